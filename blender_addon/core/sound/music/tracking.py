"""Finds the beats of music.

Source: Ellis 2007, Beat tracking by dynamic programming, equations 5 to 7: beats lie on onsets and
at the distance the tempo asks for, weighed by α. Here the tempo may drift (``tempo_curve``), the
steps are hundredths of a second, and as many of them are computed at once as the shortest distance
of two beats allows.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ...conventions import Floats, Ints
from ...jobs import Cancellation
from ...maths.smoothing import gaussian_smooth
from ..beats import BeatTrack
from .features import MusicFeatures
from .measures import find_measures
from .spectrum import FRAME_RATE_HZ
from .tempo import PREFERRED_BPM, TempoCurve, accent_curve, tempo_curve

_TIGHTNESS: Final = 100.0
"""α: a beat a tenth of an octave off its time costs half a deviation of the onsets."""
_SHORTEST, _LONGEST = 0.6, 1.7
"""Distance of two beats, in beats of the tempo there."""
_SURE_STRENGTH, _SURE_CONTRAST = 0.45, 2.5
_MANY: Final = 16
"""Beats from which on their number is no reason for doubt."""
_CHECK_EVERY: Final = 4096


def track_beats(
    features: MusicFeatures,
    cancellation: Cancellation | None = None,
    preferred_bpm: float = PREFERRED_BPM,
) -> BeatTrack:
    """Find the quarters of music, and which of them begin measures.

    Tempi of 36 to 288 bpm are found. Which octave counts as the quarter is a matter of taste: of
    those that the sound supports alike the one nearest to ``preferred_bpm`` is taken (130: mostly
    92 to 184), and the others are named in ``BeatTrack.other_bpm``.

    Args:
        features: of the sound.
        cancellation: of the job.
        preferred_bpm: such as the tempo of the dance that is to go with it.

    Returns:
        Beats from the first to the last onset; none in silence. In speech and noise they mean
        nothing, and the confidence is low.

    Raises:
        Cancelled: the job was cancelled.
    """
    cancellation = cancellation or Cancellation()
    accents = accent_curve(features.novelty)
    sounding = np.flatnonzero(accents > 0.5)
    if len(sounding) < 2:
        return BeatTrack(np.zeros(0), 0, 0.0, 0.0)
    curve = tempo_curve(accents, cancellation, preferred_bpm)
    frames = _best_chain(accents, _periods(curve, len(accents)), cancellation)
    frames = _sounding_part(frames, sounding)
    times = _between_frames(accents, frames) / FRAME_RATE_HZ
    if len(times) < 2:
        return BeatTrack(np.zeros(0), 0, 0.0, 0.0)
    first, sure = find_measures(features, times)
    confidence = _confidence(accents, frames, curve)
    return BeatTrack(times, first, confidence, sure * confidence, curve.other_bpm)


def _periods(curve: TempoCurve, count: int) -> Floats:
    """(N,) frames of a beat at every frame."""
    at = np.arange(count) / FRAME_RATE_HZ
    return np.interp(at, np.arange(len(curve.period_s)), curve.period_s) * FRAME_RATE_HZ


def _best_chain(accents: Floats, periods: Floats, cancellation: Cancellation) -> Ints:
    """Frames of the beats: the chain of highest score that ends near the end."""
    accents = gaussian_smooth(accents, 1.5)
    shortest = max(2, int(_SHORTEST * periods.min()))
    longest = int(np.ceil(_LONGEST * periods.max()))
    lags = np.arange(shortest, longest + 1)
    score = np.concatenate((np.zeros(longest), accents))  # nothing before the start, at no cost
    origin = np.full(len(accents), -1, np.int64)
    log_lags = np.log(lags)
    for first in range(0, len(accents), shortest):
        if first % _CHECK_EVERY < shortest:
            cancellation.check()
        stop = min(first + shortest, len(accents))
        at = np.arange(first, stop)
        cost = _TIGHTNESS * (log_lags - np.log(periods[at])[:, None]) ** 2
        options = score[at[:, None] + longest - lags] - cost
        best = np.argmax(options, axis=1)
        gain = options[np.arange(len(at)), best]
        continued = gain > 0.0
        score[at + longest] += np.where(continued, gain, 0.0)
        origin[at] = np.where(continued, at - lags[best], -1)
    return _trace(score[longest:], origin, int(np.ceil(periods[-1])))


def _trace(score: Floats, origin: Ints, last_period: int) -> Ints:
    start = max(len(score) - last_period, 0)
    at, chain = start + int(np.argmax(score[start:])), list[int]()
    while at >= 0:
        chain.append(at)
        at = int(origin[at])
    return np.array(chain[::-1], np.int64)


def _sounding_part(frames: Ints, sounding: Ints) -> Ints:
    """Without the beats before the first and after the last onset."""
    slack = int(0.1 * FRAME_RATE_HZ)
    inside = (frames >= sounding[0] - slack) & (frames <= sounding[-1] + slack)
    return np.asarray(frames[inside])


def _between_frames(accents: Floats, frames: Ints) -> Floats:
    """Where the onsets near the beats culminate, by a parabola; else the frames themselves."""
    at = np.clip(frames, 1, len(accents) - 2)
    before, here, after = (accents[at + shift] for shift in (-1, 0, 1))
    curvature = before - 2.0 * here + after
    shift = np.where(curvature < -1e-6, 0.5 * (before - after) / np.minimum(curvature, -1e-6), 0.0)
    return np.asarray(at + np.clip(shift, -0.5, 0.5))


def _confidence(accents: Floats, frames: Ints, curve: TempoCurve) -> float:
    """0 … 1: how periodic the sound is, and how much the beats stand out of it."""
    if len(frames) < 4:
        return 0.0
    near = np.maximum.reduce(
        [accents[np.clip(frames + n, 0, len(accents) - 1)] for n in (-2, 0, 2)]
    )
    contrast = float(near.mean()) / _SURE_CONTRAST
    strength = float(np.median(curve.strength)) / _SURE_STRENGTH
    few = min(1.0, len(frames) / _MANY)
    return float(np.clip(min(strength, 1.0) * min(contrast, 1.0) * few, 0.0, 1.0))
