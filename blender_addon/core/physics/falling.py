"""Who has fallen, whose muscles give way, and who lies still."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..conventions import Bools, Floats
from ..maths.rotations import quaternion_rotate
from ..maths.smoothing import smoothstep
from .engine import Engine
from .figure import CONTROL_RATE_HZ, DAMPING_S, MASS_KG, MUSCLE_COUNT
from .figure import GRAVITY_M_S2 as GRAVITY
from .sensing import FEET, Touches

FLESH: Final = 0.03
"""What is left of a limp body's muscles: they only brake, as flesh does."""
SETTLED: Final = 0.5
"""The same of a body that has been down for long: it shall not rock for ever."""
_SETTLING_STEPS: Final = (65, 95)

CARRIES_SHARE: Final = 0.3
"""An obstacle that bears this much of the weight on anything but a foot carries the body."""

_LOW_M: Final = 0.3  # a pelvis so far under that of the reference is not going to rise again
_TOPPLES: Final = 0.64
"""Cosine of a lean that no step mends: muscles that went on walking would fling legs about."""
_SURE_STEPS: Final = 6
_RELAX_S: Final = 0.5
_STILL_M_S, _STILL_RAD_S = 0.15, 0.8
_STILL_STEPS: Final = 9
_PATIENCE_STEPS: Final = 4 * CONTROL_RATE_HZ


class Falls:
    """Keeps account of B figures' falls, control step by control step.

    Attributes:
        limp: (B,) how far their muscles have faded, 0 to 1.
        down: (B,) for how many steps each has been down.
    """

    def __init__(self, count: int) -> None:
        self.limp: Floats = np.zeros(count)
        self.down = np.zeros(count, np.int64)
        self._low = np.zeros(count, np.int64)
        self._still = np.zeros(count, np.int64)

    def note(self, engine: Engine, touches: Touches, followed: Floats, limp: Bools) -> None:
        """Look at what a control step brought.

        Args:
            engine: after it.
            touches: likewise.
            followed: (B, 45) the pose in the reference.
            limp: (B,) whose muscles are wholly gone: they are down whatever they touch.
        """
        low = engine.qpos[:, 1] < followed[:, 1] - _LOW_M
        lies = low & is_carried_otherwise(touches)
        topples = np.sum(_up(engine.qpos) * _up(followed), axis=1) < _TOPPLES
        self._low = np.where(lies | topples, self._low + 1, 0)
        is_down = (self.down > 0) | (self._low >= _SURE_STEPS) | limp
        self.down = np.where(is_down, self.down + 1, 0)
        slow = np.abs(engine.qvel[:, :3]).max(1) < _STILL_M_S
        slow &= np.abs(engine.qvel[:, 3:]).max(1) < _STILL_RAD_S
        self._still = np.where(slow, self._still + 1, 0)

    def relax(self, wished: Floats) -> None:
        """Let muscles of those who are down fade, and of those for whom it is wished (B,)."""
        step = np.where(self.down > 0, 1.0 / (_RELAX_S * CONTROL_RATE_HZ), 0.0)
        self.limp = np.maximum(np.minimum(self.limp + step, 1.0), wished)

    def flesh(self) -> Floats:
        """(B,) what is left of a limp body's muscles."""
        start, stop = _SETTLING_STEPS
        share = smoothstep((self.down - start) / (stop - start))
        return np.asarray(FLESH + (SETTLED - FLESH) * share)

    def rests(self) -> Bools:
        """(B,) who is down and lies still, or has been down for long."""
        still = self._still >= _STILL_STEPS
        return np.asarray((self.down > 0) & (still | (self.down > _PATIENCE_STEPS)))

    def forget(self, row: int) -> None:
        """It stands again."""
        self.limp[row] = 0.0
        self.down[row] = self._low[row] = self._still[row] = 0


def _up(poses: Floats) -> Floats:
    """(B, 3) where the pelvis's up points."""
    return np.asarray(quaternion_rotate(poses[:, 3:7], np.array([0.0, 1.0, 0.0])))


def is_carried_otherwise(touches: Touches) -> Bools:
    """(B,) whether something else than a foot touches the ground or is carried by an obstacle."""
    on_ground = (touches.grounded & ~FEET).any(axis=1)
    lifted = np.where(FEET, 0.0, touches.forces[:, 1:, :, 1]).sum(axis=(1, 2))
    return np.asarray(on_ground | (lifted > CARRIES_SHARE * MASS_KG * GRAVITY))


def strengths(limp: Floats, muscles: Floats, flesh: Floats) -> Floats:
    """(B, 30) how strong muscles are that have faded.

    Args:
        limp: (B,) how far.
        muscles: (B,) how strong they were.
        flesh: (B,) what is left in the end.
    """
    left = (1.0 - limp) * muscles + limp * flesh
    return np.repeat(left[:, None], MUSCLE_COUNT, axis=1)


def limp_residuals(limp: Floats, joints: Floats, targets: Floats, rates: Floats) -> Floats:
    """(B, 30) what turns muscles' targets into where joints are, the more the limper they are.

    Args:
        limp: (B,) 0 to 1.
        joints: (B, 30) where they are.
        targets: (B, 30) what the reference says.
        rates: (B, 30) by which the targets lead.
    """
    return np.asarray(limp[:, None] * (joints - targets - DAMPING_S * rates))
