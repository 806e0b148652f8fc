"""A motion seen once, for every measure of this package: joints, feet, knees, headings, standing.

Angles are in degrees, heights in metres over the ground and over what they are when planted.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from backend.motion_quality.frechet import Reals
from backend.motion_quality.windows import STANDING_M_S, facing
from blender_addon.core.conventions import Bools
from blender_addon.core.feet.contacts import detect_contacts, spans
from blender_addon.core.feet.measures import SMOOTHING_S, heights_over_ground, moving_average
from blender_addon.core.ground.terrain import FlatTerrain
from blender_addon.core.maths.rotations import quaternion_rotate
from blender_addon.core.motion.common_skeleton import (
    FOOT_JOINTS,
    HEEL_BACK_M,
    HEEL_HEIGHT_M,
    PLANTED_HEIGHTS_M,
    TIP_AHEAD_M,
    TOE_HEIGHT_M,
)
from blender_addon.core.motion.kinematics import forward_kinematics

from ..metrics import Performance, ground_under_feet

SIDES = ("Left", "Right")
REST_M_S = 0.2
SHORTEST_REST_S = 0.25
GOES_M = 0.5
CONTACT_M_S = 0.4
CONTACT_SHARE = 0.33
"""A planted foot of a fast recording slides: it may move with this share of the body's speed."""
_POINTS = (
    np.array([0.0, -HEEL_HEIGHT_M, -HEEL_BACK_M], np.float32),
    np.array([0.0, -TOE_HEIGHT_M, TIP_AHEAD_M], np.float32),
)
"""Heel's edge from the ankle and toes' tip from the ball, foot flat."""


@dataclass(frozen=True, eq=False)
class Motion:
    """One performance and what is seen of it.

    Args:
        performance: on the common skeleton.
    """

    performance: Performance

    @property
    def rate_hz(self) -> float:
        """Frames per second."""
        return float(self.performance.clip.frame_rate_hz)

    @property
    def frame_count(self) -> int:
        """T."""
        return self.performance.clip.frame_count

    @property
    def is_level(self) -> bool:
        """On flat ground."""
        return isinstance(self.performance.terrain, FlatTerrain)

    @cached_property
    def _world(self) -> tuple[Reals, Reals]:
        clip = self.performance.clip
        joints, turns = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
        return joints.astype(np.float64), turns.astype(np.float64)

    @property
    def joints(self) -> Reals:
        """(T, J, 3) metres."""
        return self._world[0]

    def joint(self, name: str) -> Reals:
        """(T, 3) of the joint of that name."""
        return self.joints[:, self.performance.clip.skeleton.index(name)]

    def turns(self, name: str) -> Reals:
        """(T, 4) world rotation of the joint of that name."""
        return self._world[1][:, self.performance.clip.skeleton.index(name)]

    @cached_property
    def feet(self) -> Reals:
        """(T, 4, 3) left heel, left toe, right heel, right toe."""
        return self.joints[:, self.performance.clip.skeleton.indices(FOOT_JOINTS)]

    @cached_property
    def heights(self) -> Reals:
        """(T, 4) of heels and toes over where they are when planted."""
        planted = self.performance.planted_heights_m
        ground = ground_under_feet(self.feet, self.performance.terrain, planted)
        return heights_over_ground(self.feet, ground, planted)

    @cached_property
    def sole_depths(self) -> Reals:
        """(T, 4) depth of heels' edges and toes' tips under the ground; 0 above it."""
        parts = [
            self.feet[:, n] + quaternion_rotate(self.turns(name), _POINTS[n % 2])
            for n, name in enumerate(FOOT_JOINTS)
        ]
        points = np.stack(parts, axis=1)
        # Somebody else's foot is planted at another height: its sole is that much further off.
        lower = np.asarray(self.performance.planted_heights_m - PLANTED_HEIGHTS_M, np.float64)
        ground = ground_under_feet(points, self.performance.terrain, lower)
        return np.maximum(ground + lower - points[..., 1], 0.0)

    @cached_property
    def speeds(self) -> Reals:
        """(T,) horizontal speed of the hips, averaged over 0.5 s."""
        smooth = moving_average(self.performance.root_xz, round(SMOOTHING_S * self.rate_hz))
        if len(smooth) < 2:
            return np.zeros(len(smooth))
        return np.asarray(np.linalg.norm(np.gradient(smooth, axis=0), axis=-1) * self.rate_hz)

    @cached_property
    def contacts(self) -> Bools:
        """(T, 4) whether heels and toes are near the ground and slow."""
        if self.frame_count < 2:
            return np.ones((self.frame_count, 4), np.bool_)
        raised = self.feet.copy()
        raised[..., 1] = self.heights + PLANTED_HEIGHTS_M
        limit = np.maximum(CONTACT_M_S, CONTACT_SHARE * self.speeds)
        ground = np.zeros(raised.shape[:2])
        return detect_contacts(raised, ground, self.rate_hz, speed_m_s=limit)

    @cached_property
    def standing(self) -> list[tuple[int, int]]:
        """Half-open spans of at least 0.25 s in which the hips go slower than 0.2 m/s."""
        shortest = SHORTEST_REST_S * self.rate_hz
        return [(a, b) for a, b in spans(self.speeds < REST_M_S) if b - a >= shortest]

    @cached_property
    def quiet(self) -> list[tuple[int, int]]:
        """The parts of ``standing`` in which both feet carry, 0.25 s from where it begins or ends.

        Nothing is taken off where the motion itself begins or ends.
        """
        carried = self.contacts[:, :2].any(axis=-1) & self.contacts[:, 2:].any(axis=-1)
        settled = np.zeros(self.frame_count, np.bool_)
        margin = round(SHORTEST_REST_S * self.rate_hz)
        for start, stop in self.standing:
            first = start + margin * (start > 0)
            settled[first : stop - margin * (stop < self.frame_count)] = True
        return spans(settled & carried)

    @property
    def goes(self) -> bool:
        """Whether the hips ever get half a metre away from where they began."""
        way = self.performance.root_xz - self.performance.root_xz[0]
        return bool(np.linalg.norm(way, axis=-1).max() > GOES_M)

    @cached_property
    def walking(self) -> Bools:
        """(T,) whether the hips go at 0.5 m/s or more."""
        return self.speeds >= STANDING_M_S

    @cached_property
    def knees(self) -> Reals:
        """(T, 2) flexion of the left and the right knee; 0 for a straight leg."""
        return np.stack(
            [self.bend(side, ("UpLeg", "Leg"), ("Leg", "Foot")) for side in SIDES], axis=-1
        )

    @cached_property
    def ankles(self) -> Reals:
        """(T, 2) angle between shin and foot."""
        return np.stack(
            [self.bend(side, ("Leg", "Foot"), ("Foot", "Toe")) for side in SIDES], axis=-1
        )

    def bend(self, side: str, upper: tuple[str, str], lower: tuple[str, str]) -> Reals:
        """(T,) degrees between two limbs of a side, each from its first joint to its second."""
        first, second = (
            self.joint(side + end) - self.joint(side + start) for start, end in (upper, lower)
        )
        across = np.linalg.norm(np.cross(first, second), axis=-1)
        return np.degrees(np.arctan2(across, np.sum(first * second, axis=-1)))

    @cached_property
    def ahead(self) -> Reals:
        """(T, 2) unit direction (x, z) that hips and shoulders face."""
        return facing(self.joints, self.performance.clip.skeleton.names)

    @cached_property
    def headings(self) -> Reals:
        """(T,) of hips and shoulders, averaged over 0.5 s, unwrapped, from +Z toward +X."""
        raw = np.unwrap(np.arctan2(self.ahead[:, 0], self.ahead[:, 1]))
        width = round(SMOOTHING_S * self.rate_hz)
        return np.asarray(np.degrees(moving_average(raw[:, None], width)[:, 0]))
