"""A dancer in the scene: where it stands, and the action or strip of its dance."""

from __future__ import annotations

import bpy
import numpy as np

from ...blender.keys.options import DEFAULT_RESULT, ResultOptions
from ...blender.keys.together import remember_together
from ...blender.keys.undo import Undo, undone_on_error
from ...blender.rig.body_motion import BodyMotion, write_body_motion
from ...blender.rig.girth import read_girth
from ...blender.rig.skeleton import RigSkeleton
from ...blender.rig.standing import read_standing_place
from ...blender.timeline import extend_scene, unseen_frames
from .choice import GestureChoice
from .dance_job import DancePlace
from .fingers import dance_fingers
from .job import Gesture, GestureJob
from .written import CAPABILITY, WrittenGesture, armature_of


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
    stands = read_standing_place(context, armature, rig, frame)
    return DancePlace(
        stands.place_m, stands.heading_rad, choice.root_motion, choice.limbs,
        read_girth(context, rig),
    )  # fmt: skip


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
    frames = job.frames[0] + np.arange(dance.clip.frame_count, dtype=np.float64)
    motion = BodyMotion(
        title="Dance", rig=job.rig, clip=dance.clip, track=dance.track, scale=dance.scale,
        frames=frames, root_motion=job.dance.root_motion, limbs=job.dance.limbs,
    )  # fmt: skip
    first, last = int(frames[0]), int(frames[-1])
    with undone_on_error(undo) as own:
        action, keys = write_body_motion(
            context, armature, motion, CAPABILITY, options or DEFAULT_RESULT,
            lambda owner, at: dance_fingers(owner, job, at), own,
        )  # fmt: skip
        remember_together([action.name])
        extended = extend_scene(context.scene, last, [action])
    unseen = unseen_frames(context.scene, first, last)
    return WrittenGesture(
        action.name, first, last, extended, keys, notes=(unseen,) if unseen else ()
    )
