"""Where a character stands and looks, whatever poses it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.motion.kinematics import forward_kinematics
from ..timeline import animation_rate_of, playhead_kept
from .posed import posed_clip, read_poses
from .skeleton import RigSkeleton

_ON_LEVEL_GROUND_M: Final = 0.05
"""Feet this near height 0, of a person's height, stand on it."""


@dataclass(frozen=True, eq=False)
class StandingPlace:
    """Where a character stands and looks.

    Args:
        place_m: (3,) under the hips, as high as the lower foot stands; core axes, metres.
        heading_rad: where it looks.
    """

    place_m: NDArray[np.float64]
    heading_rad: float


def read_standing_place(
    context: bpy.types.Context, armature: bpy.types.Object, rig: RigSkeleton, frame: float
) -> StandingPlace:
    """Where a character stands and looks on a frame, with its lower foot on the floor.

    Args:
        context: whose scene.
        armature: the object; only looked at.
        rig: what was read of it.
        frame: of animation.
    """
    with playhead_kept(context.scene):
        posed = read_poses(context, armature, rig.skeleton.names, np.array([float(frame)]))
    clip = posed_clip(rig, posed, animation_rate_of(context.scene))
    places, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    joints = {common: places[0, rig.skeleton.index(name)] for name, common in rig.joint_map.items()}
    across = joints["LeftUpLeg"] - joints["RightUpLeg"]
    heading = float(np.arctan2(-across[2], across[0]))
    rest = rig.skeleton.rest_positions()[:, 1] - rig.floor_m
    feet = [
        joints[f"{side}Foot"][1] - rest[rig.skeleton.index(bone)]
        for bone, common in rig.joint_map.items()
        for side in ("Left", "Right")
        if common == f"{side}Foot"
    ]
    floor = float(min(feet))
    size = float(places[0, :, 1].max() - places[0, :, 1].min())
    floor = 0.0 if abs(floor) < _ON_LEVEL_GROUND_M * size else floor
    hips = joints["Hips"]
    return StandingPlace(np.array([hips[0], floor, hips[2]], np.float64), heading)
