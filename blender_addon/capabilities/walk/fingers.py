"""Fingers of a walk: curled and loose, unless the animator keys the hand."""

from __future__ import annotations

from collections.abc import Iterable, Set

import bpy
import numpy as np

from ...blender.keys.beneath import Playing, playing_on
from ...blender.keys.keyframes import Channel
from ...blender.rig.fingers import SIDES, find_hands, finger_channels
from ...core.conventions import Floats
from ...core.maths.rotations import quaternion_rotate
from ...core.maths.smoothing import gaussian_smooth
from ...core.motion.kinematics import forward_kinematics
from ...core.notes import Note
from ...core.retarget.fingers import Hand
from ...core.walk.fingers import HandMotion, finger_curls
from .job import FitJob, Walk
from .writing import CAPABILITY

_STEADY_S = 0.035
_SPEED_S = 0.15


def walking_fingers(
    armature: bpy.types.Object, job: FitJob, walk: Walk, frames: Floats
) -> tuple[list[Channel], tuple[str, ...]]:
    """Channels of the fingers of those hands that nobody else keys; none without fingers.

    Args:
        armature: only looked at.
        job, walk: what was generated.
        frames: (T,) frame numbers of the walk.

    Returns:
        The channels, and which hands are left to what animates them.
    """
    playing = playing_on(armature)
    hands, notes = {}, []
    for side, hand in find_hands(armature, job.rig.joint_map).items():
        bones = {bone for finger in hand.fingers for bone in finger.bones}
        if other := keyed_by_others(playing, bones):
            notes.append(
                Note(
                    f"the fingers of the {side.lower()} hand get no keys of this walk: "
                    f"{other.label} animates them"
                )
            )
        else:
            hands[side] = hand
    if not hands:
        return [], tuple(notes)
    curls = finger_curls(_motion(job, walk, hands), job.seed)
    return finger_channels(armature, hands, curls, frames), tuple(notes)


def keyed_by_others(playing: Iterable[Playing], bones: Set[str]) -> Playing | None:
    """The uppermost that animates any of these bones and is no earlier walk."""
    found = [each for each in playing if CAPABILITY not in each.makers and each.bones & bones]
    return found[-1] if found else None


def _motion(job: FitJob, walk: Walk, hands: dict[str, Hand]) -> HandMotion:
    """How body and hands move, at a person's size."""
    clip, rate = walk.clip, walk.clip.frame_rate_hz
    ground = gaussian_smooth(walk.track.positions[:, [0, 2]], _SPEED_S * rate, keep_ends=True)
    speeds = np.linalg.norm(_rate_of_change(ground, rate), axis=1) / walk.scale
    places, turns = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    bones = {common: bone for bone, common in job.rig.joint_map.items()}
    pulls = np.zeros((clip.frame_count, 2))
    for side, hand in hands.items():
        joint = clip.skeleton.index(bones[f"{side}Hand"])
        steady = gaussian_smooth(places[:, joint].astype(np.float64), _STEADY_S * rate)
        pull = _rate_of_change(_rate_of_change(steady, rate), rate) / walk.scale
        palm = (job.rig.armature_to_character @ hand.palm)[None]
        pulls[:, SIDES.index(side)] = (pull * quaternion_rotate(turns[:, joint], palm)).sum(axis=1)
    return HandMotion(speeds, pulls, rate)


def _rate_of_change(values: Floats, rate: float) -> Floats:
    if len(values) < 2:
        return np.zeros_like(values)
    return np.asarray(np.gradient(values, axis=0) * rate)
