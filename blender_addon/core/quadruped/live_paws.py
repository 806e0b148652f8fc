"""Paws held as soon as they stand, without knowing what comes: for an animal that is steered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Bools, Floats
from ..ground.terrain import Terrain
from ..maths.rotations import length
from .body import QuadrupedBody
from .leg_rests import LEG_JOINTS
from .recording import TRUNK, Pose

_ON: Final = 0.55
_OFF: Final = 0.4
_LOW_M: Final = 0.06
_LEFT_BEHIND_M: Final = 0.15
"""A print from which the body has gone on by so much is let go."""
_LETS_GO_S: Final = 0.06
_SETTLES_S: Final = 0.03
_FOLLOW_S: Final = 0.12
_FLAT: Final = [0, 2]


@dataclass(frozen=True, eq=False)
class HeldNow:
    """Paws of one frame.

    Args:
        paws_m: (1, 4, 3).
        held: (1, 4).
    """

    paws_m: Floats
    held: Bools


class LivePaws:
    """Four paws from frame to frame.

    Args:
        body: at the model's size.
        terrain: in the model's world.
    """

    def __init__(self, body: QuadrupedBody, terrain: Terrain) -> None:
        self._standing, self._terrain = body.paw_heights_m, terrain
        self._held = np.zeros(4, bool)
        self._prints = np.zeros((4, 3))
        self._off = np.zeros((4, 3))
        self._rise = np.zeros(2)
        self._begun = False

    def hold(self, pose: Pose, scores: Floats, speed_m_s: float, seconds: float) -> HeldNow:
        """Where the paws are now; the trunk goes up and down with them, in place.

        Args:
            pose: one frame, as the network says.
            scores: (4,) probability that each stands.
            speed_m_s: of the body.
            seconds: since the last frame.
        """
        said = pose.legs[0, LEG_JOINTS[:, 3] - TRUNK].astype(np.float64)
        ground = self._terrain.heights(said[:, _FLAT]) + self._standing
        shown = said + self._off
        low = shown[:, 1] - ground < _LOW_M + 0.02 * speed_m_s
        near = length((self._prints - said)[:, _FLAT]) < _LEFT_BEHIND_M
        on = np.where(self._held, (scores > _OFF) & near, (scores > _ON) & low)
        lands = on & ~self._held
        self._prints[lands] = shown[lands]
        leaves = self._held & ~on
        self._off[leaves] = self._prints[leaves] - said[leaves]
        self._off[~on] *= np.exp(-seconds / _LETS_GO_S)
        down = self._terrain.heights(self._prints[:, _FLAT]) + self._standing
        self._prints[:, 1] = down + (self._prints[:, 1] - down) * np.exp(-seconds / _SETTLES_S)
        self._held = on
        paws = np.where(on[:, None], self._prints, said + self._off)
        self._off[on] = paws[on] - said[on]
        paws[:, 1] = np.maximum(paws[:, 1], self._terrain.heights(paws[:, _FLAT]) + self._standing)
        self._follow(pose, paws[:, 1] - said[:, 1], seconds)
        return HeldNow(paws[None].astype(np.float32), on[None])

    def _follow(self, pose: Pose, rise: Floats, seconds: float) -> None:
        share = 1.0 - np.exp(-seconds / _FOLLOW_S) if self._begun else 1.0
        self._begun = True
        for end, feet in enumerate(([0, 2], [1, 3])):
            carrying = self._held[feet]
            if carrying.any():
                aim = float(rise[feet][carrying].mean())
                self._rise[end] += share * (aim - self._rise[end])
        pose.raise_ends(self._rise[:1], self._rise[1:])
