"""A gait's manner as Fourier coefficients of joint angles against the phase of its cycle.

Source: Unuma, Anjyo, Takeuchi 1995, *Fourier principles for emotion-based human figure animation*,
SIGGRAPH. Theirs are rescaled Fourier functions of each joint angle against time; here it is the
phase that stands for time, so that motions of any tempo are compared step for step, and angles are
turns from the mean pose, so that posture and movement stay apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ...conventions import Floats
from ...maths.rotation_vectors import quaternion_to_vector, vector_to_quaternion
from ...maths.rotations import (
    heading_to_quaternion,
    make_continuous,
    normalise,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_nlerp,
    quaternion_rotate,
)
from ...maths.smoothing import gaussian_smooth
from ...motion.clip import MotionClip
from ..gait_cycle import Gait
from ..manifold.features import JOINTS, RATE_HZ, Places

HARMONICS: Final = 5
TERMS: Final = 2 * HARMONICS + 1
_RIDGE: Final = 1e-3
_WALKS: Final = 0.5


@dataclass(frozen=True, eq=False)
class BodyCurves:
    """A motion seen from its own body.

    Args:
        turns: (T, 22, 4) local rotations; of the hips less their heading.
        sway: (T, 3) how far the hips are left of and ahead of their smoothed way, and how high.
        headings: (T,) smoothed.
        way: (T, 3) the smoothed way over the ground.
    """

    turns: Floats
    sway: Floats
    headings: Floats
    way: Floats

    @classmethod
    def of(cls, clip: MotionClip, places: Places, cycle_s: float) -> BodyCurves:
        """Curves of a clip at 60 Hz; its way is smoothed over a cycle."""
        headings = gaussian_smooth(places.headings, cycle_s * RATE_HZ / 3.0, keep_ends=True)
        turns = make_continuous(clip.rotations_wxyz).copy()
        turns[:, 0] = quaternion_multiply(heading_to_quaternion(-headings), turns[:, 0])
        way = gaussian_smooth(places.ground, cycle_s * RATE_HZ / 3.0, keep_ends=True)
        apart = clip.root_positions - way
        sway = quaternion_rotate(heading_to_quaternion(-headings), apart)[:, [0, 2, 1]]
        return cls(turns, sway, headings, way)

    def clip(self, like: MotionClip) -> MotionClip:
        """The motion again."""
        turns = self.turns.copy()
        facing = heading_to_quaternion(self.headings)
        turns[:, 0] = quaternion_multiply(facing, turns[:, 0])
        moved = quaternion_rotate(facing, self.sway[:, [0, 2, 1]])
        return MotionClip(like.skeleton, like.frame_rate_hz, self.way + moved, turns, like.contacts)


@dataclass(frozen=True, eq=False)
class Spectrum:
    """What a cycle looks like, whatever its tempo.

    Args:
        posture: (22, 4) mean local rotations.
        height_m: mean of the hips.
        turns: (11, 22, 3) coefficients of the turns from the mean, radians.
        sway: (11, 3) of the hips' left, ahead and up, metres.
        steps_s: time of a step that ends with the right foot ahead, and with the left.
        speed_m_s: of the body.
    """

    posture: Floats
    height_m: float
    turns: Floats
    sway: Floats
    steps_s: tuple[float, float]
    speed_m_s: float

    @classmethod
    def of(cls, curves: BodyCurves, gait: Gait) -> Spectrum:
        """Least squares over all frames that walk."""
        walking = gait.activity > _WALKS
        walking = walking if walking.any() else np.ones(len(walking), bool)
        turns, sway = curves.turns[walking], curves.sway[walking]
        terms = fourier(gait.phase[walking])
        middle = mean_rotation(turns)
        around = quaternion_to_vector(quaternion_multiply(quaternion_conjugate(middle), turns))
        height = float(sway[:, 2].mean())
        flat = np.concatenate((around.reshape(len(around), -1), sway - [0, 0, height]), axis=1)
        square = terms.T @ terms + _RIDGE * len(terms) * np.diag(np.arange(TERMS) > 0)
        found = np.linalg.solve(square, terms.T @ flat)
        steps = gait.step_s(left=False), gait.step_s(left=True)
        coefficients = found[:, :-3].reshape(TERMS, JOINTS, 3)
        return cls(middle, height, coefficients, found[:, -3:], steps, gait.speed_m_s)

    def blended(self, other: Spectrum, share: float) -> Spectrum:
        """Between this one and another, 0 … 1."""
        ours, theirs = 1.0 - share, share
        steps = [ours * a + theirs * b for a, b in zip(self.steps_s, other.steps_s, strict=True)]
        return Spectrum(
            quaternion_nlerp(self.posture, other.posture, share),
            ours * self.height_m + theirs * other.height_m,
            ours * self.turns + theirs * other.turns,
            ours * self.sway + theirs * other.sway,
            (steps[0], steps[1]),
            ours * self.speed_m_s + theirs * other.speed_m_s,
        )


def fourier(phase: Floats) -> Floats:
    """(T, 11) one, and cosines and sines of a phase (T,) and its multiples."""
    multiples = np.arange(1, HARMONICS + 1) * np.asarray(phase, np.float64)[:, None]
    one = np.ones((len(multiples), 1))
    return np.concatenate((one, np.cos(multiples), np.sin(multiples)), axis=1)


def mean_rotation(turns_wxyz: Floats) -> Floats:
    """(J, 4) middle of rotations (T, J, 4) that are near each other."""
    first = turns_wxyz[:1]
    signs = np.where(np.sum(turns_wxyz * first, axis=-1, keepdims=True) < 0, -1.0, 1.0)
    return normalise((turns_wxyz * signs).mean(axis=0)).astype(np.float32)


def powered(q_wxyz: Floats, share: float) -> Floats:
    """A share of rotations (..., 4); above 1 more than all."""
    return vector_to_quaternion(quaternion_to_vector(q_wxyz) * share)
