"""What the timetable of the feet says about the whole stride: phases, frequency, forces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.ndimage import gaussian_filter1d

from blender_addon.core.conventions import GRAVITY_M_S2, MODEL_FRAME_RATE_HZ, Bools, Floats
from blender_addon.core.quadruped.body import Family
from blender_addon.core.quadruped.gaits import ACTIONS, Gait, pattern
from blender_addon.core.quadruped.skeleton import LEGS

from .sequence import Footfalls

_HARMONICS: Final = 4
_PHASE_SIGMA: Final = 9.0
_BOUNCE_SIGMA: Final = 1.5
_MOST_HEAVE_M: Final = 0.06
_SLOWEST_HZ: Final = 1.1
_STILL_HZ: Final = 0.05
_GOING_HZ: Final = 0.7
"""Strides a second from which a gait's own swing is whole."""
_FORE: Final = np.array([leg.fore for leg in LEGS])
_LOAD: Final = np.where(_FORE, 0.28, 0.22)
"""Part of the weight that each leg carries."""


@dataclass(frozen=True, eq=False)
class Stride:
    """T frames of strides.

    Args:
        weights: (T, 13) of ``ACTIONS``.
        frequencies_hz: (T,) strides a second, smooth.
        going: (T,) 0 standing to 1 in full swing.
        phases: (T, 4) of the legs.
        duties: (T, 4).
        strides: (T,) made so far.
        family: whose gaits.
    """

    weights: Floats
    frequencies_hz: Floats
    going: Floats
    phases: Floats
    duties: Floats
    strides: Floats
    family: Family

    def weight(self, *names: str) -> Floats:
        """(T,) weight of some actions together."""
        return np.asarray(self.weights[:, [ACTIONS.index(name) for name in names]].sum(axis=1))

    def phase(self, gait: Gait) -> Floats:
        """(T,) phase of the stride, 0 when the left hind foot would land in this gait."""
        landings = np.array(pattern(gait, self.family).landings)
        ahead = np.exp(2j * np.pi * (self.phases + landings - self.strides[:, None])).mean(axis=1)
        # Each foot's own phase has corners where it lands early or late; the stride has none.
        ahead *= 0.05 + self.going
        smooth = gaussian_filter1d(ahead.real, _PHASE_SIGMA, mode="nearest") + 1j * (
            gaussian_filter1d(ahead.imag, _PHASE_SIGMA, mode="nearest")
        )
        return np.asarray((self.strides + np.angle(smooth) / (2 * np.pi)) % 1.0)

    def heave_m(self) -> Floats:
        """(T,) rise of the whole trunk over legs that push like springs.

        Each leg's force is half a sine over its stance, and all together carry the weight: height
        is the force integrated twice, harmonic by harmonic.

        Source: Alexander, Maloiy, Njau & Jayes 1979 for the half sine.
        """
        pace = 2 * np.pi * np.maximum(self.frequencies_hz, _SLOWEST_HZ)
        turn = self._middles()
        rise = np.zeros(len(pace))
        for n in range(1, _HARMONICS + 1):
            size = _half_sine(n, self.duties)
            force = (2 * _LOAD * size * np.cos(n * turn)).sum(axis=1)
            rise -= GRAVITY_M_S2 * force / (n * pace) ** 2
        rise = gaussian_filter1d(rise * self.going, _BOUNCE_SIGMA, mode="nearest")
        return np.asarray(_MOST_HEAVE_M * np.tanh(rise / _MOST_HEAVE_M))

    def vault(self, fore: bool) -> Floats:
        """(T,) −1 to 1: how high a pair of legs, stiff as stilts, carries its end of the trunk."""
        legs = _FORE == fore
        high = np.cos(2 * self._middles()[:, legs]).mean(axis=1) * self.going
        return gaussian_filter1d(high, _BOUNCE_SIGMA, mode="nearest")

    def rock(self) -> Floats:
        """(T,) about −1 to 1: how far the forehand is up, for the hind legs stand and push."""
        push = np.cos(self._middles())
        both = push[:, ~_FORE].mean(axis=1) - push[:, _FORE].mean(axis=1)
        return gaussian_filter1d(both / 2 * self.going, _BOUNCE_SIGMA, mode="nearest")

    def _middles(self) -> Floats:
        """(T, 4) angle of each leg's stride, 0 in the middle of its stance."""
        return 2 * np.pi * (self.phases - self.duties / 2)


def stride_of(weights: Floats, footfalls: Footfalls, family: Family) -> Stride:
    """The strides of a timetable of feet.

    Args:
        weights: (T, 13) of ``ACTIONS``.
        footfalls: T frames.
        family: whose gaits.
    """
    rates = np.gradient(np.asarray(footfalls.strides, np.float64)) * MODEL_FRAME_RATE_HZ
    frequencies = gaussian_filter1d(rates, 10.0, mode="nearest")
    going = np.clip(gaussian_filter1d(rates, 5.0, mode="nearest") / _GOING_HZ, 0.0, 1.0)
    going = going * going * (3 - 2 * going)
    duties = gaussian_filter1d(footfalls.duties, 3.0, axis=0, mode="nearest")
    phases = _held(np.asarray(footfalls.phases, np.float64), rates > _STILL_HZ)
    strides = np.asarray(footfalls.strides, np.float64)
    return Stride(weights, frequencies, going, phases, duties, strides, family)


def _held(phases: Floats, moving: Bools) -> Floats:
    """Phases (T, 4) that stay, while nothing moves, as they are at the nearest step."""
    known = np.flatnonzero(moving)
    if not len(known):
        return phases
    nearest = np.interp(np.arange(len(phases)), known, known)
    return np.asarray(phases[np.round(nearest).astype(np.int64)])


def _half_sine(harmonic: int, duty: Floats) -> Floats:
    """Fourier coefficient of a half sine of mean 1 that lasts a part ``duty`` of the turn."""
    x = 2.0 * harmonic * duty
    near = np.abs(x - 1.0) < 1e-3
    safe = np.where(near, 1.0 + 1e-3, x)
    return np.asarray(np.cos(np.pi * safe / 2) / (1.0 - safe**2))


def leg_curve(curve: Floats, phases: Floats, duties: Floats) -> Floats:
    """A curve (2 S,) over standing then swinging at phases (T,) of a leg: (T,)."""
    duty = np.clip(duties, 0.05, 0.95)
    stands = phases < duty
    half = np.where(stands, phases / duty, 1.0 + (phases - duty) / (1.0 - duty)) / 2
    at = half * len(curve)
    low = np.minimum(at.astype(np.int64), len(curve) - 1)
    part = at - low
    return np.asarray(curve[low] * (1 - part) + curve[(low + 1) % len(curve)] * part)
