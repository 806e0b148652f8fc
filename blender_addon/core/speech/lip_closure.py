"""Brings the lips where the sound needs them, on top of what a network says.

A network trained on a mean error brings the lips near each other at /p b m/ and rarely together,
and smoothing parts them further; the eye notices at once. So at each phone that is heard, or told
by the user, the lips reach its position: shut at /p b m/, the lower lip at the teeth at /f v/,
narrow and rounded at /w/; vowels that are heard as rounded have some of it. They are there for the
whole phone, in one frame at the least whatever the frame rate, and go there and back within a
twentieth of a second, or half the way to the next phone of the kind.

Where no phone is heard, because nothing hears them, the press of the lips and the upper lip's roll
tell such a moment from other narrow ones: where both together peak, the lips are shut for a
twentieth of a second. Besides, mouthClose never exceeds jawOpen, or lips would pass through each
other.

Shapes that part the lips do so although mouthClose equals jawOpen: on a face of 52 shapes measured
here a third of the funnel's weight comes back as an opening (jawOpen = 1 being 1), an eighth of the
upper lip's shrug. So they go to rest together with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np

from ..conventions import Floats, Ints
from ..face.clip import FaceClip
from ..maths.smoothing import gaussian_smooth
from .phones import HeardPhone

_EVIDENCE: Final = ("mouthPressLeft", "mouthPressRight", "mouthRollUpper")
_EVIDENCE_SHARES: Final = (0.5, 0.5, 1.0)
_PARTING: Final = (
    "mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft", "mouthUpperUpRight",
    "mouthFunnel", "mouthShrugUpper",
)  # fmt: skip
_CERTAIN: Final = 0.3
"""Evidence at which lips are surely meant to meet; a full bilabial has 0.46."""
_FAINT: Final = 0.12
_NARROW: Final = 0.1
_DOUBT: Final = 0.6
"""How much of the evidence a wide opening of the lips, beyond a narrow one, takes back."""
_SHUT_S: Final = 0.05
_EASE_S: Final = 0.045

_Position = Mapping[str, tuple[float, float]]
"""By channel, without its side, what share of it is kept and how much there is at the least."""
_KINDS: Final[Mapping[str, _Position]] = {
    "bilabial": {
        "mouthLowerDown": (0.0, 0.0), "mouthUpperUp": (0.0, 0.0), "mouthFunnel": (0.0, 0.0),
        "mouthShrugUpper": (0.0, 0.0), "tongueOut": (0.0, 0.0), "mouthStretch": (0.5, 0.0),
        "jawForward": (0.5, 0.0), "mouthPress": (1.0, 0.08), "mouthRollLower": (1.0, 0.06),
        "mouthRollUpper": (1.0, 0.05), "mouthShrugLower": (0.5, 0.0),
    },
    "labiodental": {
        "mouthLowerDown": (0.0, 0.0), "mouthUpperUp": (1.0, 0.15), "mouthRollLower": (1.0, 0.45),
        "mouthRollUpper": (0.0, 0.0), "mouthPress": (0.3, 0.0), "mouthFunnel": (0.4, 0.0),
        "mouthPucker": (0.7, 0.0), "tongueOut": (0.0, 0.0),
    },
    "rounded_glide": {
        "mouthPucker": (1.0, 0.4), "mouthFunnel": (1.0, 0.12), "mouthSmile": (0.3, 0.0),
        "mouthStretch": (0.3, 0.0), "mouthDimple": (0.3, 0.0), "mouthPress": (0.5, 0.0),
        "tongueOut": (0.0, 0.0),
    },
}  # fmt: skip
_SHUT_JAW: Final = (0.02, 0.15)
"""Of the jaw there is so much left behind shut lips, and this share of what it was besides."""
_TEETH_JAW: Final = (0.06, 0.1)
_TEETH_CLOSE: Final = 0.02
_GLIDE_JAW: Final = 0.2
_ROUNDED: Final = {"mouthPucker": 0.4, "mouthFunnel": 0.12}
_ROUNDING_S: Final = 0.03
"""Rounding spreads so far into its neighbours."""


def shape_lips(clip: FaceClip, phones: Iterable[HeardPhone], start_s: float) -> FaceClip:
    """Bring the lips to the positions of phones.

    Args:
        clip: T frames of ARKit channels; those that it lacks are left out.
        phones: in the sound.
        start_s: where in the sound the first frame is.

    Returns:
        The clip, changed in the lips and the jaw near the phones.
    """
    times = start_s + np.arange(clip.frame_count) / clip.frame_rate_hz
    told = tuple(phones)
    shut = _reached(told, "bilabial", times)
    teeth = _reached(told, "labiodental", times) * (1.0 - shut)
    glide = _reached(told, "rounded_glide", times) * (1.0 - np.maximum(shut, teeth))
    changed = FaceClip(clip.channels, clip.frame_rate_hz, clip.weights.copy())
    for kind, amount in (("rounded_glide", glide), ("labiodental", teeth), ("bilabial", shut)):
        near = np.flatnonzero(amount)
        if len(near):
            _take_position(changed, near, _KINDS[kind], amount[near])
            _move_jaw(changed, near, kind, amount[near])
    return _keep_lips_apart(changed)


def round_lips(clip: FaceClip, rounded: Floats, left: Floats | float = 1.0) -> None:
    """Let rounded vowels be rounded at the least so far; changes the clip in place.

    Args:
        clip: T frames of ARKit channels; those that it lacks are left out.
        rounded: (T,) chance that a rounded vowel is heard.
        left: (T,) how much is left to what is heard; the rest was told by hand.
    """
    amount = left * gaussian_smooth(rounded, _ROUNDING_S * clip.frame_rate_hz)
    for name, least in _ROUNDED.items():
        if name in clip.channels:
            column = clip.channel(name)
            np.maximum(column, least * amount, out=column)


def close_lips(clip: FaceClip, left: Floats | float = 1.0) -> FaceClip:
    """Shut the lips where the curves press them.

    Args:
        clip: T frames of ARKit channels; without jawOpen or mouthClose it is given back as it is.
        left: (T,) how much is left to the curves; the rest was told by hand.

    Returns:
        The clip, changed in mouthClose and in the shapes that part the lips.
    """
    names = clip.channels
    if "jawOpen" not in names or "mouthClose" not in names:
        return clip
    weights = clip.weights.copy()
    jaw = weights[:, names.index("jawOpen")]
    close = weights[:, names.index("mouthClose")]
    shut = _how_shut(clip) * left
    close[:] = np.maximum(close, shut * jaw)
    for name in _PARTING:
        if name in names:
            weights[:, names.index(name)] *= 1.0 - shut
    return _keep_lips_apart(FaceClip(names, clip.frame_rate_hz, weights))


def _keep_lips_apart(clip: FaceClip) -> FaceClip:
    """No lip passes through the other; changes the clip in place."""
    if "mouthClose" in clip.channels and "jawOpen" in clip.channels:
        close = clip.channel("mouthClose")
        np.minimum(close, clip.channel("jawOpen"), out=close)
    return clip


def _reached(phones: tuple[HeardPhone, ...], kind: str, times: Floats) -> Floats:
    """(T,) how far the position of a kind is reached."""
    reached = np.zeros(len(times), np.float32)
    spans = sorted((each.start_s, each.end_s, each.closure) for each in phones if each.kind == kind)
    for n, (start, end, closure) in enumerate(spans):
        before = start - spans[n - 1][1] if n else np.inf
        after = spans[n + 1][0] - end if n + 1 < len(spans) else np.inf
        rise, fall = (min(_EASE_S, max(0.5 * gap, 1e-6)) for gap in (before, after))
        low, high = np.searchsorted(times, (start - rise, end + fall))
        part = reached[low:high]
        away = np.maximum((start - times[low:high]) / rise, (times[low:high] - end) / fall)
        np.maximum(part, closure * _eased(away), out=part)
        nearest = _nearest_frame(times, 0.5 * (start + end))
        if nearest is not None and not ((times >= start) & (times <= end))[low:high].any():
            reached[nearest] = max(reached[nearest], closure)
    return reached


def _nearest_frame(times: Floats, time: float) -> int | None:
    """The frame nearest to a time, unless that lies outside of the clip."""
    at = int(np.searchsorted(times, time))
    candidates = [n for n in (at - 1, at) if 0 <= n < len(times)]
    nearest = min(candidates, key=lambda n: abs(times[n] - time), default=None)
    step = times[1] - times[0] if len(times) > 1 else _SHUT_S
    return nearest if nearest is not None and abs(times[nearest] - time) <= 0.51 * step else None


def _eased(away: Floats) -> Floats:
    return np.asarray(0.5 + 0.5 * np.cos(np.pi * np.clip(away, 0.0, 1.0)), np.float32)


def _take_position(clip: FaceClip, near: Ints, position: _Position, amount: Floats) -> None:
    for stem, (kept, least) in position.items():
        for name in (stem, stem + "Left", stem + "Right"):
            if name in clip.channels:
                weights = clip.channel(name)
                left = weights[near] * (1.0 - amount * (1.0 - kept))
                weights[near] = np.maximum(left, amount * least)


def _move_jaw(clip: FaceClip, near: Ints, kind: str, amount: Floats) -> None:
    if "jawOpen" not in clip.channels:
        return
    jaws, closes = clip.channel("jawOpen"), clip.channel("mouthClose")
    jaw, close = jaws[near], closes[near]
    closable = "mouthClose" in clip.channels
    if kind == "bilabial":
        desired = _SHUT_JAW[0] + _SHUT_JAW[1] * jaw if closable else np.zeros_like(jaw)
        meeting = desired
    elif kind == "labiodental":
        desired, meeting = np.clip(jaw, *_TEETH_JAW), np.minimum(close, _TEETH_CLOSE)
    else:
        desired, meeting = np.minimum(jaw, _GLIDE_JAW), np.minimum(close, 0.5 * _GLIDE_JAW)
    jaws[near] = jaw + amount * (desired - jaw)
    closes[near] = close + amount * (meeting - close)


def _how_shut(clip: FaceClip) -> Floats:
    """(T,) 0 … 1, one around every peak of the evidence."""
    evidence = np.zeros(clip.frame_count, np.float32)
    for name, share in zip(_EVIDENCE, _EVIDENCE_SHARES, strict=True):
        evidence += share * clip.channel(name)
    gap = clip.channel("jawOpen") - clip.channel("mouthClose")
    evidence -= _DOUBT * np.maximum(gap - _NARROW, 0.0)
    peaks = _peaks(evidence)
    strength = np.clip((evidence[peaks] - _FAINT) / (_CERTAIN - _FAINT), 0.0, 1.0)
    shut = np.zeros(clip.frame_count, np.float32)
    bump = _bump(clip.frame_rate_hz)
    reach = len(bump) // 2
    for peak, height in zip(peaks, strength, strict=True):
        low, high = max(peak - reach, 0), min(peak + reach + 1, len(shut))
        part = height * bump[low - peak + reach : high - peak + reach]
        np.maximum(shut[low:high], part, out=shut[low:high])
    return shut


def _peaks(values: Floats) -> Ints:
    """Frames that stand out from the faint ones and are no lower than their neighbours."""
    padded = np.pad(values, 1, mode="edge")
    higher = (values >= padded[:-2]) & (values > padded[2:])
    last = len(values) - 1
    higher[last] = values[last] > padded[last]
    return np.flatnonzero(higher & (values > _FAINT))


def _bump(frame_rate_hz: float) -> Floats:
    """1 for the time lips are shut, eased on both sides; one full frame at the least."""
    reach = int(np.ceil((0.5 * _SHUT_S + _EASE_S) * frame_rate_hz))
    away_s = np.abs(np.arange(-reach, reach + 1)) / frame_rate_hz - 0.5 * _SHUT_S
    return _eased(away_s / _EASE_S)
