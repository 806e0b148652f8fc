"""Trembling taken out of joints: much where they are slow, little where they are quick.

Each joint is filtered at several cut-off frequencies; how fast it goes, moment by moment, says
which of them counts. Nothing lags, because the filters run both ways.

Source: Casiez, Roussel and Vogel 2012, 1 Euro Filter, for the cut-off that grows with the speed.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ...maths.lowpass import back, padded_spectrum, response
from ...maths.smoothing import gaussian_smooth
from .body import Doubles

CUTOFFS_HZ: Final = (1.5, 2.4, 3.6, 5.5, 8.0)
_ORDER: Final = 2
_SPEED_HZ: Final = 2.4
_SPEED_S: Final = 0.1
_SLOW_HZ: Final = 2.0
_HZ_PER_M_S: Final = 1.8
"""Cut-off of a joint at rest, and by how much it grows with each metre a second."""
_END_S: Final = 0.15
_FEW: Final = 4


def smooth_joints(places: Doubles, rate_hz: float, strength: float) -> Doubles:
    """Places (T, P, C) without their trembling.

    Args:
        places: metres.
        rate_hz: frames a second.
        strength: 0 changes nothing, 1 is usual.

    Returns:
        (T, P, C).
    """
    if strength <= 0.0 or len(places) < _FEW:
        return places
    places = _with_calm_ends(places, max(round(_END_S * strength * rate_hz), 2))
    spectrum, frequencies, inside = padded_spectrum(places, rate_hz)

    def filtered(cutoff_hz: float) -> Doubles:
        gains = response(frequencies, cutoff_hz, _ORDER)
        return np.asarray(back(spectrum * gains[:, None, None], inside, places))

    slow = filtered(_SPEED_HZ / strength)
    speed = np.linalg.norm(np.gradient(slow, axis=0), axis=-1) * rate_hz
    speed = gaussian_smooth(speed, _SPEED_S * rate_hz)
    wanted = (_SLOW_HZ + _HZ_PER_M_S * speed) / strength
    usable = [each / strength for each in CUTOFFS_HZ if each / strength < 0.45 * rate_hz]
    candidates = [filtered(each) for each in usable]
    if strength < 1.0 or not candidates:
        usable.append(0.5 * rate_hz)
        candidates.append(places)
    return _blend(candidates, np.log(np.array(usable)), np.log(wanted))


def _with_calm_ends(places: Doubles, frames: int) -> Doubles:
    """Places (T, P, C) whose first and last are on lines through what is next to them.

    A filter that continues a curve beyond its ends leaves these two as they are.
    """
    frames = min(frames, len(places) // 2)
    if frames < 2:
        return places
    made = places.copy()
    # Of a line fitted to equally spaced values, where it begins.
    at = np.arange(frames, dtype=np.float64)
    weights = (4.0 * frames - 2.0 - 6.0 * at) / (frames * (frames + 1.0))
    made[0] = np.tensordot(weights, places[:frames], axes=1)
    made[-1] = np.tensordot(weights, places[: -frames - 1 : -1], axes=1)
    return made


def _blend(candidates: list[Doubles], at: Doubles, wanted: Doubles) -> Doubles:
    """Of candidates (T, P, C) that are for log cut-offs ``at``, what is wanted (T, P)."""
    place = np.interp(wanted, at, np.arange(len(at), dtype=np.float64))
    total = np.zeros_like(candidates[0])
    for number, candidate in enumerate(candidates):
        share = np.clip(1.0 - np.abs(place - number), 0.0, 1.0)
        total += share[..., None] * candidate
    return total
