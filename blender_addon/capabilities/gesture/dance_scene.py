"""A dancer in the scene: where it stands, and the action or strip of its dance."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import bpy
import numpy as np

from ...blender.keys.beneath import bones_moving, held_channels, playing_on
from ...blender.keys.blending import blend_into_pose
from ...blender.keys.keyframes import Channel
from ...blender.keys.options import DEFAULT_RESULT, ResultKind, ResultOptions
from ...blender.keys.playback import PlayedRig, thin_out_on_rig
from ...blender.keys.result import check_result, write_result
from ...blender.keys.together import remember_together
from ...blender.keys.undo import Undo, undone_on_error
from ...blender.rig.bone_scales import keyed_scale_channels
from ...blender.rig.carrier import may_be_carried, sample_carrier
from ...blender.rig.girth import read_girth
from ...blender.rig.pose import RootMotion, clip_channels
from ...blender.rig.posed import posed_clip, read_poses
from ...blender.rig.skeleton import RigSkeleton
from ...blender.timeline import animation_rate_of, extend_scene, playhead_kept, unseen_frames
from ...core.motion.kinematics import forward_kinematics
from .choice import GestureChoice
from .dance_job import Dance, DancePlace
from .fingers import dance_fingers
from .job import Gesture, GestureJob
from .written import CAPABILITY, WrittenGesture, armature_of

_ON_LEVEL_GROUND_M: Final = 0.05
"""Feet this near height 0 stand on it."""


def read_place(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    rig: RigSkeleton,
    choice: GestureChoice,
    frame: float,
) -> DancePlace:
    """Where a character stands and looks on a frame, with its lower foot on the floor.

    Args:
        context: whose scene.
        armature: the object; only looked at.
        rig: what was read of it.
        choice: what the user chose.
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
    place = np.array([hips[0], floor, hips[2]], np.float64)
    return DancePlace(place, heading, choice.root_motion, choice.limbs, read_girth(context, rig))


def write_dance(
    context: bpy.types.Context,
    job: GestureJob,
    gesture: Gesture,
    options: ResultOptions | None,
    undo: Undo | None = None,
) -> WrittenGesture:
    """Write a dance as an action or a strip; on any error nothing is changed.

    ``undo`` answers for it where something after this may fail.

    Raises:
        InputError: the character is gone or cannot be animated any more.
    """
    armature, dance = armature_of(job.rig), gesture.dance
    options = options or DEFAULT_RESULT
    check_result(armature, options)
    frames = job.frames[0] + np.arange(dance.clip.frame_count, dtype=np.float64)
    channels = _channels(context, armature, job, dance, frames, options)
    channels = _blended(context, armature, job, channels, options)
    options = replace(options, shift_bound_m=options.shift_bound_m * dance.scale)
    rig = PlayedRig(
        armature,
        tuple(name for name in job.rig.skeleton.names if name in job.rig.joint_map),
        job.rig.unit_m * job.rig.object_scale,
        by_hierarchy=job.rig.controls is None,
    )
    thinned, keys = thin_out_on_rig(context, rig, channels, options)
    name = f"{armature.name} Dance"
    first, last = int(frames[0]), int(frames[-1])
    with undone_on_error(undo) as own:
        action = write_result(context, armature, CAPABILITY, name, thinned, options, undo=own)
        remember_together([action.name])
        extended = extend_scene(context.scene, last, [action])
    unseen = unseen_frames(context.scene, first, last)
    return WrittenGesture(
        action.name, first, last, extended, keys, notes=(unseen,) if unseen else ()
    )


def _channels(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    job: GestureJob,
    dance: Dance,
    frames: np.ndarray,
    options: ResultOptions,
) -> list[Channel]:
    mode, carried = job.dance.root_motion, None
    if mode is not RootMotion.IN_PLACE and may_be_carried(armature):
        carried = sample_carrier(context, armature, frames, without_own_keys=True)
    channels = clip_channels(
        armature, job.rig, dance.clip, dance.track, mode, frames, job.dance.limbs, carried
    )
    channels += dance_fingers(armature, job, frames)
    beneath = playing_on(armature)
    if options.kind is not ResultKind.STRIP:
        beneath = [each for each in beneath if each.track]
    if not beneath:
        return channels
    also = bones_moving(armature, job.rig.skeleton.names) if job.rig.controls else ()
    with_object = mode is not RootMotion.IN_PLACE
    return channels + held_channels(armature, channels, beneath, also=also, with_object=with_object)


def _blended(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    job: GestureJob,
    channels: list[Channel],
    options: ResultOptions,
) -> list[Channel]:
    """The ends of a dance that becomes an action, blended; a strip blends by itself."""
    if options.kind is ResultKind.STRIP:
        return channels
    taken = {each.data_path for each in channels}
    kept = keyed_scale_channels(armature, job.frames)
    channels = [*channels, *(each for each in kept if each.data_path not in taken)]
    carrier = job.rig.root_bone or job.rig.skeleton.names[0]
    lengths = (options.blend_in_s * job.frame_rate_hz, options.blend_out_s * job.frame_rate_hz)
    return blend_into_pose(context, armature, channels, *lengths, except_bones=[carrier])
