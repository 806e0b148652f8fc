"""How fast an animal goes where: as asked, as far as bends, starts, stops and jumps allow."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..conventions import GRAVITY_M_S2, Floats
from .gaits import froude, speed_of

BACKING_M_S: Final = 0.5
"""Fastest that animals back up, in the model's world."""

JUMPING_M_S: Final = 2.3
"""Slowest that a jump is approached with, if there is room."""
_BEFORE_JUMP_M: Final = 2.4
_AFTER_JUMP_M: Final = 2.6

_SIDEWAYS_G: Final = (0.25, 0.55)
_SIDEWAYS_FROUDE: Final = (0.1, 2.0)
"""Acceleration to the side that is leant into, at a walk and at a gallop."""
_SLOPES_DEG: Final = (12.0, 20.0, 30.0, 45.0)
_SLOPES_M_S: Final = (12.0, 3.0, 1.2, 0.4)
_TURN_RAD_S: Final = 1.6
_SLOWEST_M_S: Final = 0.12
_SPEEDS: Final = np.linspace(0.02, 12.0, 1200)

_GAIN: Final = (0.9, 0.35)
_LOSS: Final = (0.9, 0.45)
"""Most acceleration and braking in m/s²: a, b of a + b·v. From rest to a gallop takes five
strides, a first step is not yet a whole one."""


def bend_limits(bends: Floats) -> Floats:
    """Speeds (N,) with which bends of curvature (N,) are gone at most."""
    sideways = np.interp(froude(_SPEEDS), _SIDEWAYS_FROUDE, _SIDEWAYS_G) * GRAVITY_M_S2
    tightest = np.minimum(sideways / _SPEEDS**2, _TURN_RAD_S / _SPEEDS)
    limits = np.interp(-np.abs(bends), -tightest, _SPEEDS)
    return np.asarray(np.maximum(limits, _SLOWEST_M_S))


def slope_limits(slopes: Floats) -> Floats:
    """Speeds (N,) with which slopes (N,), rises a metre, are gone at most, up or down."""
    return np.asarray(np.interp(np.degrees(np.arctan(np.abs(slopes))), _SLOPES_DEG, _SLOPES_M_S))


def with_jumps(asked_m_s: Floats, path_m: Floats, jumps_m: tuple[float, ...]) -> Floats:
    """Speeds (N,) asked for at places (N,), raised before jumps."""
    speeds = asked_m_s.copy()
    for at in jumps_m:
        near = (path_m > at - _BEFORE_JUMP_M) & (path_m < at + _AFTER_JUMP_M)
        speeds[near] = np.maximum(speeds[near], JUMPING_M_S)
    return speeds


def backing_limit(asked_m_s: Floats) -> Floats:
    """Speeds (N,) as far as they can be gone backwards."""
    return np.minimum(asked_m_s, BACKING_M_S)


def travel_times(gone_m: Floats, limits_m_s: Floats) -> tuple[Floats, Floats]:
    """When places are reached, from rest to rest.

    Args:
        gone_m: (N,) arc lengths.
        limits_m_s: (N,) speeds that are not exceeded.

    Returns:
        (N,) seconds from 0 and (N,) speeds.
    """
    limits = limits_m_s.copy()
    limits[[0, -1]] = 0.0
    speeds = _rising(gone_m, limits, _GAIN)
    speeds = _rising(-gone_m[::-1], speeds[::-1], _LOSS)[::-1]
    middle = np.maximum(0.5 * (speeds[1:] + speeds[:-1]), 1e-3)
    return np.concatenate(([0.0], np.cumsum(np.diff(gone_m) / middle))), speeds


def _rising(gone: Floats, limits: Floats, rise: tuple[float, float]) -> Floats:
    """Cap speeds so that none is reached with more than the acceleration a + b·v.

    Of E(v) = ∫ v / (a + b·v) dv, which grows by as much as is gone: a running minimum.
    """
    a, b = rise
    fine = np.linspace(0.0, max(float(limits.max()), 0.1), 2000)
    energies = fine / b - a / b**2 * np.log1p(b * fine / a)
    energy = np.interp(limits, fine, energies) - gone
    return np.asarray(np.interp(np.minimum.accumulate(energy) + gone, energies, fine))


def speed_words(speed_m_s: float, hip_height_m: float) -> str:
    """A speed of the model's world in an animal's own, for a note."""
    own = speed_m_s * float(speed_of(1.0, hip_height_m) / speed_of(1.0))
    return f"{own:.1f} m/s"
