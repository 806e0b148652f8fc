"""A take: motion taken apart into a root that travels and a body that moves over it.

Taken apart like this, motions can be looped, blended at equal phase, bent along a turn and put on
a slope, and put together again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from backend.mocap.knees import with_straight_knees
from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ, Bools, Floats
from blender_addon.core.feet.contacts import contacts_to_phase
from blender_addon.core.feet.foot_lock import lock_feet
from blender_addon.core.ground.terrain import FlatTerrain, Terrain, soften
from blender_addon.core.maths.headings import directions_to_headings, root_to_world, world_to_root
from blender_addon.core.maths.rotations import (
    heading_to_quaternion,
    make_continuous,
    quaternion_conjugate,
    quaternion_multiply,
)
from blender_addon.core.maths.smoothing import gaussian_smooth
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON, FOOT_JOINTS
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.walk.features import ground_under_root

ROOT_SMOOTHING_S = 0.3
"""Sway of the hips belongs to the body, not to the root: a path has none."""


@dataclass(frozen=True, eq=False)
class Take:
    """Motion over a moving root, 60 Hz, common skeleton.

    Args:
        name: where it comes from.
        label: walk, turn, run, uneven, stand …
        style: index of the captured walk whose style it has.
        root_xz: (T, 2) metres.
        heading_rad: (T,) unwrapped.
        hips: (T, 3) hips over the root: x, z in the root's frame, y over the ground.
        rotations_wxyz: (T, J, 4) local; the first is relative to the heading.
        contacts: (T, 4).
        phase_rad: (T,) unwrapped.
        captured: recorded, or made from recordings.
    """

    name: str
    label: str
    style: int
    root_xz: Floats
    heading_rad: Floats
    hips: Floats
    rotations_wxyz: Floats
    contacts: Bools
    phase_rad: Floats
    captured: bool = True

    @property
    def frame_count(self) -> int:
        """T."""
        return len(self.root_xz)

    def speeds_m_s(self) -> Floats:
        """(T,) speed of the root."""
        steps = np.gradient(self.root_xz, axis=0) * MODEL_FRAME_RATE_HZ
        return np.asarray(np.linalg.norm(steps, axis=-1))

    def assemble(self, terrain: Terrain | None = None) -> tuple[Floats, Floats]:
        """Hips positions (T, 3) in the world and local rotations (T, J, 4) with the heading."""
        ground = ground_under_root(soften(terrain or FlatTerrain()), self.root_xz, self.heading_rad)
        place = self.root_xz + root_to_world(self.hips[:, [0, 2]], self.heading_rad)
        hips = np.stack((place[:, 0], self.hips[:, 1] + ground, place[:, 1]), axis=-1)
        rotations = self.rotations_wxyz.copy()
        rotations[:, 0] = quaternion_multiply(
            heading_to_quaternion(self.heading_rad), rotations[:, 0]
        )
        return hips.astype(np.float32), rotations.astype(np.float32)

    def with_feet_locked(self, terrain: Terrain | None = None) -> Take:
        """The same take, its carrying feet held still on the terrain, contacts as they hold."""
        terrain = terrain or FlatTerrain()
        hips, rotations = self.assemble(terrain)
        held = lock_feet(COMMON_SKELETON, hips, rotations, self.contacts, terrain)
        take = self._with_body(held.root_positions, held.rotations_wxyz, terrain)
        return replace(take, contacts=held.contacts)

    def with_straight_knees(self, terrain: Terrain | None = None) -> Take:
        """The same take; its feet stay, and its knees lose the bend that editing gave them."""
        terrain = terrain or FlatTerrain()
        clip = MotionClip(COMMON_SKELETON, MODEL_FRAME_RATE_HZ, *self.assemble(terrain))
        straight = with_straight_knees(clip)
        return self._with_body(straight.root_positions, straight.rotations_wxyz, terrain)

    def _with_body(self, hips: Floats, rotations: Floats, terrain: Terrain) -> Take:
        ground = ground_under_root(soften(terrain), self.root_xz, self.heading_rad)
        over = world_to_root(hips[:, [0, 2]] - self.root_xz, self.heading_rad)
        body = np.stack((over[:, 0], hips[:, 1] - ground, over[:, 1]), axis=-1)
        rotations = rotations.copy()
        rotations[:, 0] = quaternion_multiply(
            quaternion_conjugate(heading_to_quaternion(self.heading_rad)), rotations[:, 0]
        )
        return replace(self, hips=body, rotations_wxyz=rotations)

    def cut(self, start: int, stop: int) -> Take:
        """Frames [start, stop)."""
        names = ("root_xz", "heading_rad", "hips", "rotations_wxyz", "contacts", "phase_rad")
        return replace(self, **{name: getattr(self, name)[start:stop] for name in names})


def clip_to_take(
    clip: MotionClip, contacts: Bools, *, name: str, label: str, style: int, terrain: Terrain
) -> Take:
    """Take a clip of the common skeleton apart.

    Args:
        clip: 60 Hz, common skeleton, over ``terrain``.
        contacts: (T, 4).
    """
    positions, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    root_xz, heading = track_root(positions)
    take = Take(
        name=name,
        label=label,
        style=style,
        root_xz=root_xz,
        heading_rad=heading,
        hips=np.zeros((clip.frame_count, 3), np.float32),
        rotations_wxyz=clip.rotations_wxyz,
        contacts=contacts,
        phase_rad=contacts_to_phase(contacts, MODEL_FRAME_RATE_HZ),
    )
    continuous = make_continuous(clip.rotations_wxyz)
    return take._with_body(clip.root_positions, continuous, terrain)


def track_root(positions: Floats) -> tuple[Floats, Floats]:
    """Smooth ground track under the hips, and heading from hips and shoulders.

    Args:
        positions: (T, J, 3) of the common skeleton.

    Returns:
        root (T, 2) as x, z and heading (T,), unwrapped.

    Source: Holden et al. 2017, section 5.1; the position is smoothed too, so that a root moves the
    way a path does.
    """
    sigma = ROOT_SMOOTHING_S * MODEL_FRAME_RATE_HZ
    root = gaussian_smooth(positions[:, 0, [0, 2]], sigma, keep_ends=True)
    pairs = (("LeftUpLeg", "RightUpLeg"), ("LeftArm", "RightArm"))
    across = sum(
        positions[:, COMMON_SKELETON.index(left)] - positions[:, COMMON_SKELETON.index(right)]
        for left, right in pairs
    )
    forward = np.cross(across, np.array([0.0, 1.0, 0.0]))[:, [0, 2]]
    heading = np.unwrap(directions_to_headings(forward))
    return root.astype(np.float64), gaussian_smooth(heading, sigma, keep_ends=True)


def foot_positions(positions: Floats) -> Floats:
    """(T, J, 3) to (T, 4, 3): left heel, left toe, right heel, right toe."""
    return positions[:, COMMON_SKELETON.indices(FOOT_JOINTS)]
