"""Brings the mouth to shapes that the user corrected, over what a network says.

A network's curves stay as they are wherever nobody corrected anything. At a shape that was told,
the mouth goes to what its kind asks for, blended in and out around its borders, so that half the
way is made where one shape gives way to the next. Where a shape was switched off, or moved away,
the mouth passes over its place: it goes straight from what it did before to what it does after.

The weights are those of plain speech. They follow the table of targets by Cohen and Massaro's model
of coarticulation that the networks were taught with, without its neighbours' pull: consonants that
leave the lips to the vowels around them (t, k) have the narrow, parted mouth that they have there.

Source: Cohen and Massaro 1993, *Modeling coarticulation in synthetic visual speech*; vowels by
their height, backness and rounding in the chart of the IPA.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from ..conventions import Floats
from ..face.clip import FaceClip
from ..maths.smoothing import smoothstep
from .phones import OPEN_ROUNDED, SILENCE, HeardPhone

_STEMS: Final = (
    "jawOpen", "jawForward", "mouthClose", "mouthFunnel", "mouthPucker", "mouthStretch",
    "mouthSmile", "mouthDimple", "mouthLowerDown", "mouthUpperUp", "mouthPress", "mouthRollLower",
    "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "tongueOut",
)  # fmt: skip
"""What a shape has a say in, without sides; what it does not name goes to 0. Of the rest, such as
a crooked jaw or a frown, the network's own is kept."""
TARGETS: Final[Mapping[str, Mapping[str, float]]] = {
    SILENCE: {},  # lips meet at rest
    "bilabial": {  # the jaw is nearly shut; the lips' own rule presses and rolls them further
        "jawOpen": 0.05, "mouthClose": 0.05, "mouthPress": 0.20, "mouthRollLower": 0.12,
        "mouthRollUpper": 0.10,
    },
    "labiodental": {  # the lower lip rolls in under the upper teeth, the upper lip lifts off it
        "jawOpen": 0.07, "mouthRollLower": 0.45, "mouthUpperUp": 0.20, "mouthShrugLower": 0.10,
    },
    "rounded_glide": {"jawOpen": 0.10, "mouthPucker": 0.62, "mouthFunnel": 0.16},
    "dental": {  # the tongue's tip shows between the teeth
        "jawOpen": 0.14, "tongueOut": 0.18, "mouthLowerDown": 0.16, "mouthUpperUp": 0.09,
    },
    "alveolar": {"jawOpen": 0.13, "mouthLowerDown": 0.16, "mouthUpperUp": 0.08},
    "sibilant": {  # teeth together and bared
        "jawOpen": 0.05, "mouthStretch": 0.18, "mouthLowerDown": 0.24, "mouthUpperUp": 0.13,
    },
    "postalveolar": {  # teeth together, lips pushed out
        "jawOpen": 0.07, "jawForward": 0.10, "mouthFunnel": 0.42, "mouthPucker": 0.18,
        "mouthLowerDown": 0.14, "mouthUpperUp": 0.10,
    },
    "rhotic": {"jawOpen": 0.12, "mouthFunnel": 0.28, "mouthPucker": 0.18, "mouthLowerDown": 0.07},
    "velar": {"jawOpen": 0.18, "mouthLowerDown": 0.14, "mouthUpperUp": 0.06},
    "open_vowel": {
        "jawOpen": 0.46, "mouthStretch": 0.06, "mouthLowerDown": 0.28, "mouthUpperUp": 0.13,
    },
    "mid_vowel": {
        "jawOpen": 0.28, "mouthStretch": 0.15, "mouthSmile": 0.08, "mouthLowerDown": 0.23,
        "mouthUpperUp": 0.13,
    },
    "close_vowel": {  # corners apart, teeth nearly together
        "jawOpen": 0.12, "mouthStretch": 0.30, "mouthSmile": 0.20, "mouthDimple": 0.08,
        "mouthLowerDown": 0.20, "mouthUpperUp": 0.12,
    },
    "rounded_vowel": {"jawOpen": 0.13, "mouthPucker": 0.62, "mouthFunnel": 0.22},
    OPEN_ROUNDED: {"jawOpen": 0.36, "mouthFunnel": 0.42, "mouthPucker": 0.24},
}  # fmt: skip
"""Weights of ARKit's shapes by kind; of a pair, of both sides."""
_VOWEL_EASE_S: Final = 0.08
_EASE_S: Final = 0.05
"""From the mouth without a shape to the mouth with it; half of it lies on either side."""
PASSING_S: Final = 0.07
"""Before and after a shape that is passed over, where the mouth is as it should be."""
REACH_S: Final = 0.5 * _VOWEL_EASE_S
"""A shape changes nothing so far from its borders."""


def bring_shapes(
    clip: FaceClip, phones: Sequence[HeardPhone], start_s: float, strength: Floats
) -> Floats:
    """Bring the mouth to the shapes told, and over those switched off; changes the clip in place.

    Args:
        clip: T frames of ARKit channels; those that it lacks are left out.
        phones: in the sound, in order and without overlap; only those told count.
        start_s: where in the sound the first frame is.
        strength: (T,) factor on every shape.

    Returns:
        (T,) how much of the mouth was told, 0 … 1.
    """
    times = start_s + np.arange(clip.frame_count) / clip.frame_rate_hz
    told = [phone for phone in phones if phone.told]
    passed = [phone for phone in told if not phone.used]
    for phone in passed:
        _pass_over(clip, phone, times)
    shares = [(phone, *_share(phone, times)) for phone in told if phone.used]
    total = np.zeros(len(times), np.float32)
    for _, first, share in shares:
        total[first : first + len(share)] += share
    _blend(clip, shares, total, strength)
    known = np.minimum(total, 1.0)
    for phone in passed:
        first, share = _share(phone, times)
        span = known[first : first + len(share)]
        np.maximum(span, share, out=span)
    return known


def _blend(
    clip: FaceClip,
    shares: Sequence[tuple[HeardPhone, int, Floats]],
    total: Floats,
    strength: Floats,
) -> None:
    """The network's mouth, and over it the targets: shares that add up to more are scaled."""
    kept, over = 1.0 - np.minimum(total, 1.0), np.maximum(total, 1.0)
    for name, column in _columns(clip):
        column *= kept
        stem = name.removesuffix("Left").removesuffix("Right")
        for phone, first, share in shares:
            target = TARGETS[phone.kind].get(stem, 0.0)
            if target:
                part = slice(first, first + len(share))
                column[part] += share / over[part] * target * strength[part]


def _columns(clip: FaceClip) -> list[tuple[str, Floats]]:
    stems = {"": ""} | {stem + side: stem for stem in _STEMS for side in ("", "Left", "Right")}
    return [
        (name, column)
        for name, column in zip(clip.channels, clip.weights.T, strict=True)
        if name in stems
    ]


def _share(phone: HeardPhone, times: Floats) -> tuple[int, Floats]:
    """First frame on which a shape has a say, and how much on it and those that follow."""
    vowel = phone.kind.endswith("_vowel")
    ease = min(_VOWEL_EASE_S if vowel else _EASE_S, phone.end_s - phone.start_s)
    half = 0.5 * max(ease, 1e-6)
    first, stop = np.searchsorted(times, (phone.start_s - half, phone.end_s + half), side="left")
    near = times[first:stop]
    inside = np.minimum(near - phone.start_s, phone.end_s - near) + half
    share = smoothstep(inside / (2.0 * half)).astype(np.float32)
    if len(share) == 0 or share.max() < 1.0:  # a frame rate that would miss its middle
        first, share = _at_middle(phone, times, int(first), share)
    return int(first), share * np.float32(phone.closure)


def _at_middle(phone: HeardPhone, times: Floats, first: int, share: Floats) -> tuple[int, Floats]:
    if not len(times) or not times[0] <= phone.middle_s <= times[-1]:
        return first, share
    nearest = int(np.abs(times - phone.middle_s).argmin())
    if not len(share):
        return nearest, np.ones(1, np.float32)
    if first <= nearest < first + len(share):
        share[nearest - first] = 1.0
    return first, share


def _pass_over(clip: FaceClip, phone: HeardPhone, times: Floats) -> None:
    """From what the mouth does before a shape straight to what it does after."""
    low, high = phone.start_s - PASSING_S, phone.end_s + PASSING_S
    first, stop = np.searchsorted(times, (low, high))
    if first >= stop:
        return
    near = times[first:stop]
    way = smoothstep((near - low) / (high - low))
    for _, column in _columns(clip):
        ends = np.interp((low, high), times[max(first - 1, 0) : stop + 1],
                         column[max(first - 1, 0) : stop + 1])  # fmt: skip
        column[first:stop] = ends[0] + way * (ends[1] - ends[0])
