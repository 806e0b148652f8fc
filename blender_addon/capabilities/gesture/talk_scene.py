"""A talker in the scene: how it is posed, what of it may be moved, and its layer."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import replace

import bpy
import numpy as np

from ...blender.keys.beneath import Playing, playing_on
from ...blender.keys.layer_values import capability_of, other_layers, track_paths
from ...blender.keys.layers import add_layer, layers_muted
from ...blender.keys.options import EASED_LAYER, ResultOptions
from ...blender.keys.together import remember_together
from ...blender.keys.undo import Undo
from ...blender.paths import bone_of_path
from ...blender.rig.fingers import find_hands
from ...blender.rig.girth import read_girth
from ...blender.rig.holding import what_hand_holds
from ...blender.rig.joint_map import judge_joints
from ...blender.rig.posed import posed_clip, read_poses
from ...blender.rig.skeleton import RigSkeleton, read_skeleton
from ...blender.rig.soles import with_soles
from ...blender.rig.upper_body import (
    UpperBody,
    bones_to_look_at,
    find_upper_body,
    upper_channels,
)
from ...blender.rig.upper_skeleton import read_upper_body
from ...blender.rig.warnings import without_layers_before
from ...blender.timeline import animation_rate_of, extend_scene, playhead_kept, unseen_frames
from ...core.errors import SkeletonError
from ...core.gesture.layering import SIDES, ArmWay, Ways, rests
from ...core.motion.clip import MotionClip
from ...core.notes import Note
from .choice import GestureChoice
from .fingers import talk_fingers
from .job import GestureJob
from .talk_job import Talk, TalkPose
from .written import CAPABILITY, WrittenGesture, armature_of

_HEAD_OWNERS = ("speech", "gaze")
_OURS = ("walk", CAPABILITY)


def read_talker(
    context: bpy.types.Context, armature: bpy.types.Object | None, *, dances: bool
) -> RigSkeleton:
    """A character that gestures.

    Args:
        context: gives the scene's units.
        armature: the object.
        dances: whether it needs legs.

    Raises:
        SkeletonError: no armature, or it lacks what has to move.
    """
    if dances:
        return with_soles(context, read_skeleton(context, armature))
    if armature is not None and armature.type == "ARMATURE" and judge_joints(armature)[0].missing:
        return read_upper_body(context, armature)
    return read_skeleton(context, armature)


def read_pose(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    rig: RigSkeleton,
    choice: GestureChoice,
    frames: np.ndarray,
) -> tuple[TalkPose, tuple[str, ...]]:
    """How a character is posed, earlier gestures left out, and what of it may be moved.

    Args:
        context: whose scene.
        armature: the object; only looked at.
        rig: what was read of it.
        choice: what the user chose.
        frames: (K,) of animation.

    Raises:
        SkeletonError: nothing of it may be moved.
    """
    upper = find_upper_body(context, armature, rig, frames)
    with playhead_kept(context.scene), layers_muted([armature], CAPABILITY):
        names = bones_to_look_at(armature, rig, upper)
        posed = read_poses(context, armature, names, frames)
        base = posed_clip(rig, posed, animation_rate_of(context.scene))
    playing = playing_on(armature)
    found = [_way_of(armature, rig, base, upper, playing, side, choice) for side in SIDES]
    ways, hang, notes = zip(*found, strict=True)
    if all(way is ArmWay.LEFT_ALONE for way in ways):
        raise SkeletonError(
            f"no arm of '{armature.name}' can gesture: "
            f"{'; '.join(dict.fromkeys(n for n in notes if n))}. Free a hand, or choose another "
            "character"
        )
    owner = _owner_of_head(armature, rig, upper)
    hands, told = _free_hands(armature, rig, ways, playing)
    notes = (*(Note(note) for note in notes if note), *told, *_told_hanging(hang))
    if owner:
        notes = (*notes, Note(f"the head is left to the {owner}"))
    hidden = tuple(f"the bone '{name}' {why}" for name, why in upper.hidden)
    girth = read_girth(context, rig)
    pose = TalkPose(posed, base, Ways(ways, hang, head=not owner), not owner, hands, girth)
    return pose, (*without_layers_before(rig.warnings), *notes, *hidden)


def _way_of(
    armature: bpy.types.Object,
    rig: RigSkeleton,
    base: MotionClip,
    upper: UpperBody,
    playing: Iterable[Playing],
    side: str,
    choice: GestureChoice,
) -> tuple[ArmWay, bool, str]:
    """How an arm gestures, whether it hangs meanwhile, and why it is left alone."""
    controls = upper.arms.get(side)
    if controls is None:
        return ArmWay.LEFT_ALONE, False, f"there is no {side.lower()} arm"
    if held := what_hand_holds(armature, rig, side, controls.bones):
        return ArmWay.LEFT_ALONE, False, f"the {side.lower()} arm is left alone: {held}"
    if rests(base, rig.joint_map, side):
        return ArmWay.TO_GESTURE, True, ""
    bones = {*controls.bones, *_bones_of_arm(rig, side)}
    if choice.replace_arms or not _is_animators(armature, playing, bones):
        return ArmWay.TO_GESTURE, False, ""
    return ArmWay.ADDED, False, ""


def _bones_of_arm(rig: RigSkeleton, side: str) -> set[str]:
    parts = tuple(f"{side}{part}" for part in ("Arm", "ForeArm", "Hand"))
    return {bone for bone, common in rig.joint_map.items() if common in parts}


def _is_animators(armature: bpy.types.Object, playing: Iterable[Playing], bones: Set[str]) -> bool:
    """Whether an animator posed an arm: with keys, or without any."""
    moving = [each for each in playing if each.bones & bones]
    return not moving or any(not each.makers & {*_OURS} for each in moving)


def _owner_of_head(armature: bpy.types.Object, rig: RigSkeleton, upper: UpperBody) -> str:
    """Whose layer moves the head; empty for nobody's."""
    head = {name for name, joint in upper.trunk if rig.joint_map.get(joint) in ("Neck", "Head")}
    for track in other_layers(armature):
        capability = capability_of(track)
        if capability in _HEAD_OWNERS and head & set(map(bone_of_path, track_paths(track))):
            return capability
    return ""


def _free_hands(
    armature: bpy.types.Object,
    rig: RigSkeleton,
    ways: Iterable[ArmWay],
    playing: Iterable[Playing],
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Sides whose fingers nothing else moves, and what is told of others."""
    found, notes = [], []
    hands = find_hands(armature, rig.joint_map)
    layered = {bone_of_path(p) for t in other_layers(armature) for p in track_paths(t)
               if capability_of(t) != CAPABILITY}  # fmt: skip
    for side, way in zip(SIDES, ways, strict=True):
        if side not in hands or way is ArmWay.LEFT_ALONE:
            continue
        bones = {bone for finger in hands[side].fingers for bone in finger.bones}
        other = next((each for each in playing if each.bones & bones), None)
        if other is not None:
            if not other.makers & {*_OURS}:
                notes.append(
                    Note(f"the fingers of the {side.lower()} hand are left to {other.label}")
                )
        elif not layered & bones and not any(map(_is_posed, _pose_bones(armature, bones))):
            found.append(side)
    return tuple(found), tuple(notes)


def _pose_bones(armature: bpy.types.Object, names: Iterable[str]) -> list[bpy.types.PoseBone]:
    return [armature.pose.bones[name] for name in names]


def _is_posed(bone: bpy.types.PoseBone) -> bool:
    """Whether somebody turned a bone without keying it."""
    return bool(bone.matrix_basis.to_quaternion().angle > 1e-3)


def _told_hanging(hang: Iterable[bool]) -> tuple[str, ...]:
    sides = [side.lower() for side, hangs in zip(SIDES, hang, strict=True) if hangs]
    if not sides:
        return ()
    arms = f"the {sides[0]} arm rests in the rig's own pose and hangs" if len(sides) == 1 else (
        "the arms rest in the rig's own pose and hang"
    )  # fmt: skip
    return (Note(f"{arms} relaxed as long as the gestures last"),)


def write_talk(
    context: bpy.types.Context,
    job: GestureJob,
    talk: Talk,
    options: ResultOptions | None,
    undo: Undo | None,
) -> WrittenGesture:
    """Write a talker's gestures as a layer on top; on any error nothing is changed.

    Raises:
        InputError: the character is gone or cannot be animated any more.
    """
    armature, pose = armature_of(job.rig), job.talk
    upper = find_upper_body(context, armature, job.rig, job.frames)
    with layers_muted([armature], CAPABILITY):
        channels = upper_channels(
            context, armature, job.rig, upper, pose.posed, pose.base, talk.laid.clip,
            talk.laid.joints, job.frames,
        )  # fmt: skip
    channels += talk_fingers(armature, job, talk)
    options = options or EASED_LAYER
    if any(pose.ways.hang):  # nobody is to see the rest pose at the ends
        options = replace(options, blend_in_s=0.0, blend_out_s=0.0)
    layer = add_layer(
        context, armature, CAPABILITY, f"{armature.name} Gesture", channels, undo, options
    )
    remember_together([layer.action_name])
    first, last = int(job.frames[0]), int(job.frames[-1])
    extended = extend_scene(context.scene, last, [bpy.data.actions[layer.action_name]])
    unseen = unseen_frames(context.scene, first, last)
    return WrittenGesture(
        layer.action_name, first, last, extended, layer.keys, layer.gave_way,
        (unseen,) if unseen else (),
    )  # fmt: skip
