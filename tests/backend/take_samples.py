"""Takes for tests: a walk drawn by hand, and real recordings."""

from __future__ import annotations

import numpy as np

from backend.datasets.takes import Take, clip_to_take
from blender_addon.core.conventions import Floats
from blender_addon.core.features.terrain import FlatTerrain, Terrain
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.kinematics import forward_kinematics
from tests.core.walk_samples import moved, standing_clip, walking_clip


def walking_take(cycles: int = 6, speed_m_s: float = 1.0, turn_rad: float = 0.0) -> Take:
    """The walk drawn by hand as a take, heading where asked."""
    clip = moved(walking_clip(cycles, speed_m_s), turn_rad=turn_rad)
    return clip_to_take(
        clip, clip.contacts, name="drawn", label="walk", style=0, terrain=FlatTerrain()
    )


def standing_take(frames: int = 120) -> Take:
    """Standing as a take."""
    clip = standing_clip(frames)
    return clip_to_take(
        clip, clip.contacts, name="still", label="stand", style=0, terrain=FlatTerrain()
    )


def world_joints(take: Take, terrain: Terrain | None = None) -> Floats:
    """(T, J, 3) joints in the world."""
    return forward_kinematics(COMMON_SKELETON, *take.assemble(terrain))[0]


def largest_step(positions: Floats) -> float:
    """Furthest any joint moves within one frame, metres."""
    return float(np.linalg.norm(np.diff(positions, axis=0), axis=-1).max())
