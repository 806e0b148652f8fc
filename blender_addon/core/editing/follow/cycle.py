"""A gait's cycle laid along a way: strides as long as the feet make them, so that they hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ...conventions import Bools, Floats
from ...errors import ClipError
from ...maths.rotation_vectors import vector_to_quaternion
from ...maths.rotations import normalise, quaternion_multiply
from ...maths.smoothing import gaussian_smooth
from ...motion.clip import MotionClip
from ...motion.common_skeleton import COMMON_SKELETON, FOOT_JOINTS, HEEL_HEIGHT_M
from ...motion.kinematics import forward_kinematics
from ..manifold.features import RATE_HZ
from ..restyle.spectrum import BodyCurves, Spectrum, fourier
from .way import Way

_PHASES: Final = 96
_NEAR_M: Final = (0.05, 0.035, 0.05, 0.035)
_LARGEST: Final = 1.3
_STILL: Final = 0.12
_LEAST_STRIDE_M: Final = 0.05
_SMOOTH_FRAMES: Final = 6.0
_LARGEST_LIFT_M: Final = 0.15


@dataclass(frozen=True, eq=False)
class Cycle:
    """What a gait does in a cycle, and how far that carries.

    Args:
        spectrum: of the gait.
        stance: (96, 4) which feet carry, by phase from 0 on.
        stride_m: way covered in a cycle.
        direction: of the way against where the body faces, radians.
        cycle_s: how long one takes.
    """

    spectrum: Spectrum
    stance: Bools
    stride_m: float
    direction: float
    cycle_s: float

    @property
    def speed_m_s(self) -> float:
        """As fast as its feet carry it."""
        return self.stride_m / self.cycle_s

    @classmethod
    def of(cls, spectrum: Spectrum) -> Cycle:
        """Feet carry where they are low and go back under the body.

        Raises:
            ClipError: they do not carry the body anywhere.
        """
        phase = np.arange(_PHASES) * (2 * np.pi / _PHASES)
        feet = _feet(spectrum, phase)
        low = feet[..., 1] < np.percentile(feet[..., 1], 5, axis=0) + np.array(_NEAR_M)
        drift = 0.5 * (np.roll(feet, -1, axis=0) - np.roll(feet, 1, axis=0))[..., [0, 2]]
        along = _direction(drift, low)
        back = -(drift @ along)
        stance = low & (back > 0.0)
        if not stance.any() or (stride := float(np.median(back[stance])) * _PHASES) < (
            _LEAST_STRIDE_M
        ):
            raise ClipError(
                "the motion's feet do not carry it anywhere; choose a walk, a run, or standing"
            )
        cycle_s = float(sum(spectrum.steps_s))
        return cls(spectrum, stance, stride, float(np.arctan2(*along)), cycle_s)


def _direction(drift: Floats, low: Bools) -> Floats:
    """(2,) unit direction x, z in which the body goes over feet that carry."""
    fast = low & (np.linalg.norm(drift, axis=-1) > 0)
    back = drift[fast].mean(axis=0) if fast.any() else np.zeros(2)
    size = float(np.linalg.norm(back))
    return -back / size if size > 1e-6 else np.array([0.0, 1.0])


def _feet(spectrum: Spectrum, phase: Floats) -> Floats:
    """(N, 4, 3) of a body that stays where it is."""
    turns, sway = _pose(spectrum, phase, np.ones(len(phase)))
    places, _ = forward_kinematics(COMMON_SKELETON, sway[:, [0, 2, 1]], turns)
    return places[:, COMMON_SKELETON.indices(FOOT_JOINTS)]


def _pose(spectrum: Spectrum, phase: Floats, size: Floats) -> tuple[Floats, Floats]:
    """Local rotations (T, 22, 4) and sway (T, 3) of a phase, moving so much (T,)."""
    terms = fourier(phase)
    terms[:, 1:] *= size[:, None]
    around = np.einsum("tk,kji->tji", terms, spectrum.turns)
    turns = normalise(quaternion_multiply(spectrum.posture[None], vector_to_quaternion(around)))
    sway = terms @ spectrum.sway
    sway[:, 2] += spectrum.height_m
    return turns.astype(np.float32), sway.astype(np.float32)


@dataclass(frozen=True, eq=False)
class Laid:
    """A cycle along a way.

    Args:
        clip: at 60 Hz on the floor y = 0, with contacts.
        phase: (T,) of the cycle, radians.
    """

    clip: MotionClip
    phase: Floats


def lay_cycle(cycle: Cycle, way: Way, left_first: bool) -> Laid:
    """Go along a way with a cycle.

    It begins and ends where the feet pass each other. Slower than the gait, steps are both shorter
    and slower, by the root of the ratio.
    """
    share = np.sqrt(np.maximum(way.speeds_m_s, 0.0) / cycle.speed_m_s)
    size = np.minimum(share, _LARGEST)
    rate = way.speeds_m_s / (np.maximum(size, 1e-3) * cycle.stride_m) * (2 * np.pi / RATE_HZ)
    phase = np.concatenate(([0.0], np.cumsum(0.5 * (rate[1:] + rate[:-1]))))
    halves = max(round(phase[-1] / np.pi), 1)
    phase *= halves * np.pi / phase[-1]
    phase += np.pi * (0.5 if left_first else 1.5)
    size = gaussian_smooth(size, _SMOOTH_FRAMES)
    turns, sway = _pose(cycle.spectrum, phase, size)
    standing = np.clip(1.0 - size, 0.0, 1.0)
    sway[:, 2] += standing * _standing_lift(cycle)
    curves = BodyCurves(turns, sway, way.headings - cycle.direction, way.ground)
    which = np.floor(np.mod(phase, 2 * np.pi) / (2 * np.pi) * _PHASES).astype(np.int64) % _PHASES
    contacts = cycle.stance[which] | (size < _STILL)[:, None]
    like = MotionClip(COMMON_SKELETON, RATE_HZ, way.ground, turns, contacts)
    return Laid(curves.clip(like), phase)


def _standing_lift(cycle: Cycle) -> float:
    """How much higher the hips stand than in the mean of the gait.

    Legs are stretched as far as the gait ever does, so that who walks crouched stands so.
    """
    phase = np.arange(_PHASES) * (2 * np.pi / _PHASES)
    thighs, ankles = _legs(cycle.spectrum, phase, np.ones(_PHASES))
    longest = np.linalg.norm(thighs - ankles, axis=-1).max()
    thighs, ankles = (each[0] for each in _legs(cycle.spectrum, phase[:1], np.zeros(1)))
    level = np.linalg.norm((thighs - ankles)[:, [0, 2]], axis=-1)
    height = HEEL_HEIGHT_M + np.sqrt(np.maximum(longest**2 - level**2, 0.0))
    lift = float((height - thighs[:, 1]).min())
    return float(np.clip(lift, -_LARGEST_LIFT_M, _LARGEST_LIFT_M))


def _legs(spectrum: Spectrum, phase: Floats, size: Floats) -> tuple[Floats, Floats]:
    """(N, 2, 3) hip joints and ankles of a body that stays where it is."""
    turns, sway = _pose(spectrum, phase, size)
    places, _ = forward_kinematics(COMMON_SKELETON, sway[:, [0, 2, 1]], turns)
    index = COMMON_SKELETON.indices
    return places[:, index(("LeftUpLeg", "RightUpLeg"))], places[
        :, index(("LeftFoot", "RightFoot"))
    ]
