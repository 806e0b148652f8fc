"""Phones to curves of the lower face by a model of coarticulation: teacher two.

Every phone pulls each part of the mouth toward its shape with a dominance that is full while it
lasts and fades before and after. The curve is the mean of all targets, weighted by dominance
(Cohen and Massaro 1993, eq. 1 to 4, with exponent c = 1):

    D(τ) = α exp(−θ |τ|),   F(t) = Σ D T / Σ D

τ is the distance from the phone's core instead of its middle, so that long phones are held. Then
the curves are smoothed, and where lips must touch they are shut by ``mouthClose``, whatever the jaw
does: a weighted mean alone never shuts them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from scipy.ndimage import gaussian_filter1d

from backend.phonetics.phones import CLASS_OF, PhoneTrack
from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ, Floats
from blender_addon.core.face.arkit import SPEECH_CHANNELS

from .mouth_shapes import PARTS, Shape, shape_of

_REACH_S: Final = 0.5
"""Beyond this a phone is not felt."""
_LEAST: Final = 1e-9
_STRESS_OPENS: Final = (0.82, 1.0, 1.15)
"""Jaw and lips of a vowel without, with secondary and with primary stress."""
_DB_OPENS: Final = 0.025
_LOUDNESS_RANGE: Final = (0.7, 1.3)
CLOSING_S: Final = (0.030, 0.049)
"""Before and after a bilabial: how long the lips take to meet and to part."""
_SHUT_MARGIN_S: Final = 0.008
_FUNNEL_IN_CLOSURE: Final = 0.2
"""A funnel parts the lips; this much of it stays when they are shut, as protrusion."""


@dataclass(frozen=True)
class Timing:
    """How a part of the mouth moves.

    Args:
        before_s: a phone's dominance fades to 1/e this long before its core.
        after_s: and this long after it.
        core: share of the phone that is held, around its middle.
    """

    before_s: float
    after_s: float
    core: float


@dataclass(frozen=True)
class Mouth:
    """The model's constants.

    Of the defaults the gains of jaw, rounding, opening and closure, and the timing of rounding, are
    as ``coarticulation_fit`` finds them on hand-made curves. Timing of opening, spread and closure
    is as a fit of ``coarticulation_grid`` to measured faces found it, which are shy with rounding;
    that of the jaw, the grip and the smoothing are chosen on the same faces to move faster than
    the fit would have it, at nearly the same agreement. The tongue and the gain of spread are
    estimates.

    Args:
        timings: by part.
        gains: factor on the table's targets by part.
        jaw_grip: factor on the strength with which consonants hold the jaw.
        smoothing_s: standard deviation of the smoothing.
        closing_s: before and after a bilabial, how long the lips take to meet and to part.
    """

    timings: dict[str, Timing] = field(
        default_factory=lambda: {
            "jaw": Timing(0.032, 0.020, 0.9),
            "rounding": Timing(0.045, 0.030, 0.6),
            "spread": Timing(0.024, 0.082, 0.95),
            "opening": Timing(0.025, 0.0155, 0.95),
            "closure": Timing(0.010, 0.0105, 0.9),
            "tongue": Timing(0.025, 0.025, 0.9),
        }
    )
    gains: dict[str, float] = field(
        default_factory=lambda: {
            "jaw": 0.95,
            "rounding": 0.78,
            "spread": 1.0,
            "opening": 1.07,
            "closure": 0.79,
            "tongue": 1.0,
        }
    )
    jaw_grip: float = 1.3
    smoothing_s: float = 0.012
    closing_s: tuple[float, float] = CLOSING_S


@dataclass(frozen=True)
class _Aim:
    """One phone at work: its shape with stress and loudness, and where it lies."""

    shape: Shape
    start_s: float
    end_s: float
    opens: float


def phones_to_curves(
    track: PhoneTrack,
    times_s: Floats,
    loudness_db: Floats | None = None,
    mouth: Mouth | None = None,
) -> Floats:
    """Curves of the lower face for a track of single signs.

    Args:
        track: phones in order, each one IPA sign (``phone_segments``).
        times_s: (T,) evenly spaced moments.
        loudness_db: (P,) level of each phone against the speaker's usual one; louder vowels open
            further.
        mouth: constants, if not the fitted ones.

    Returns:
        (T, C) float32 in the order of ``SPEECH_CHANNELS``.
    """
    mouth = mouth or Mouth()
    aims = _aims(track, loudness_db)
    frame_s = float(times_s[1] - times_s[0]) if len(times_s) > 1 else 1.0 / MODEL_FRAME_RATE_HZ
    parts = {
        channel: curve
        for part, channels in PARTS.items()
        for channel, curve in zip(channels, _blend(aims, part, times_s, mouth).T, strict=True)
    }
    sigma = mouth.smoothing_s / frame_s
    smooth = {name: gaussian_filter1d(curve, sigma) for name, curve in parts.items()}
    return _to_channels(_shut_lips(smooth, lip_contact(track, times_s, mouth.closing_s)))


def _aims(track: PhoneTrack, loudness_db: Floats | None) -> list[_Aim]:
    stress = track.stress if len(track.stress) else np.zeros(len(track), np.int64)
    levels = np.zeros(len(track)) if loudness_db is None else loudness_db
    opens = np.array(_STRESS_OPENS)[stress] * np.clip(1.0 + _DB_OPENS * levels, *_LOUDNESS_RANGE)
    return [
        _Aim(shape, float(start), float(end), float(factor) if shape.is_vowel else 1.0)
        for name, start, end, factor in zip(
            track.names, track.starts_s, track.ends_s, opens, strict=True
        )
        for shape in (shape_of(name),)
    ]


def _blend(aims: list[_Aim], part: str, times_s: Floats, mouth: Mouth) -> Floats:
    """Σ D T / Σ D for the channels of a part: (T, channels)."""
    channels, timing, gain = PARTS[part], mouth.timings[part], mouth.gains[part]
    pulled = np.zeros((len(times_s), len(channels)))
    total = np.full((len(times_s), 1), _LEAST)
    for aim in aims:
        first, last = np.searchsorted(times_s, (aim.start_s - _REACH_S, aim.end_s + _REACH_S))
        grip = mouth.jaw_grip if part == "jaw" and not aim.shape.is_vowel else 1.0
        weight = (
            grip * aim.shape.strengths[part] * _dominance(aim, timing, times_s[first:last, None])
        )
        opens = aim.opens if part in ("jaw", "opening") else 1.0
        targets = np.array([aim.shape.targets.get(name, 0.0) for name in channels])
        pulled[first:last] += weight * targets * (opens * gain)
        total[first:last] += weight
    return np.clip(pulled / total, 0.0, 1.0)


def _dominance(aim: _Aim, timing: Timing, times_s: Floats) -> Floats:
    """exp(−θ |τ|), 1 within the core."""
    inset = 0.5 * (1.0 - timing.core) * (aim.end_s - aim.start_s)
    early = np.maximum(aim.start_s + inset - times_s, 0.0)
    late = np.maximum(times_s - (aim.end_s - inset), 0.0)
    return np.exp(-early / timing.before_s - late / timing.after_s)


def lip_contact(
    track: PhoneTrack, times_s: Floats, closing_s: tuple[float, float] = CLOSING_S
) -> Floats:
    """How far the lips are brought together by bilabials, 0 … 1 touching: (T,).

    Args:
        track: phones.
        times_s: (T,) moments.
        closing_s: how long they take to meet and to part.
    """
    contact = np.zeros(len(times_s))
    for name, start, end in zip(track.names, track.starts_s, track.ends_s, strict=True):
        if CLASS_OF[name] == "bilabial":
            closing = (times_s - start + _SHUT_MARGIN_S) / closing_s[0] + 1.0
            parting = (end - times_s) / closing_s[1] + 1.0
            contact = np.maximum(contact, np.clip(np.minimum(closing, parting), 0.0, 1.0))
    return contact * contact * (3.0 - 2.0 * contact)


def _shut_lips(parts: dict[str, Floats], contact: Floats) -> dict[str, Floats]:
    """Take away what parts the lips, and bring them together over the jaw that is left open."""
    open_share = 1.0 - contact
    kept = _FUNNEL_IN_CLOSURE + (1.0 - _FUNNEL_IN_CLOSURE) * open_share
    return parts | {
        "mouthLowerDown": parts["mouthLowerDown"] * open_share,
        "mouthUpperUp": parts["mouthUpperUp"] * open_share,
        "mouthFunnel": parts["mouthFunnel"] * kept,
        "tongueOut": parts["tongueOut"] * open_share,
        "mouthClose": parts["jawOpen"] * contact,
    }


def _to_channels(parts: dict[str, Floats]) -> Floats:
    """Both sides alike: a model of the tongue's neighbours knows no asymmetry."""
    stems = [name.removesuffix("Left").removesuffix("Right") for name in SPEECH_CHANNELS]
    return np.stack([parts[stem] for stem in stems], axis=-1).astype(np.float32)
