"""Writes a simulated motion as a strip on top of what it followed."""

from __future__ import annotations

from dataclasses import dataclass, field

import bpy
import numpy as np

from ...blender.keys.density import KeyCount
from ...blender.keys.keyframes import Channel
from ...blender.keys.options import ResultOptions
from ...blender.keys.playback import PlayedRig, thin_out_on_rig
from ...blender.keys.result import check_result, write_result
from ...blender.keys.together import remember_together
from ...blender.keys.undo import Undo, undone_on_error
from ...blender.rig.take import Take, channels_to, part_of
from ...blender.timeline import extend_scene, playhead_kept, unseen_frames
from ...core.errors import SkeletonError
from ...core.motion.clip import MotionClip
from ...core.retarget.difference import carry_difference
from .job import PhysicsJob, PhysicsMotion
from .last import CAPABILITY, last_left_out
from .residual import feet_off_cm


@dataclass(frozen=True)
class WrittenPhysics:
    """What was written.

    Args:
        action_name: the strip's new action.
        first_frame, last_frame: of animation, where its keys lie.
        extended_scene: whether the scene's end was moved to the last frame.
        keys: how many there are, and what leaving some out costs.
        feet_off_cm: most that an ankle or a ball of the foot is off where it was simulated, until
            the character falls.
        notes: what may keep it from being seen, in the user's words.
    """

    action_name: str
    first_frame: int
    last_frame: int
    extended_scene: bool
    keys: KeyCount = field(default_factory=KeyCount)
    feet_off_cm: float = 0.0
    notes: tuple[str, ...] = ()


def write(
    context: bpy.types.Context,
    job: PhysicsJob,
    motion: PhysicsMotion,
    options: ResultOptions | None = None,
    undo: Undo | None = None,
) -> WrittenPhysics:
    """Write a simulated motion; on any error nothing is changed.

    Args:
        context: whose scene.
        job: what was asked for.
        motion: what came of it.
        options: how it is written; None for what the job says.
        undo: answers for it where something after this may fail.

    Raises:
        InputError: the character is gone or cannot be animated any more.
    """
    options, armature = options or job.options, armature_of(job)
    check_result(armature, options)
    first = job.take.first
    last = first + motion.clip.frame_count - 1
    with playhead_kept(context.scene), undone_on_error(undo) as own:
        with last_left_out(armature, options.replace_last, (first, last)):
            channels = _channels(context, armature, job.take, motion.clip)
            thinned, keys = thin_out_on_rig(context, _played(armature, job), channels, options)
        action = write_result(
            context, armature, CAPABILITY, f"{armature.name} Physics", thinned, options,
            moments_of(job, motion), own,
        )  # fmt: skip
        remember_together([action.name])
        extended = extend_scene(context.scene, last, [action])
        fell_s = motion.result.report.fell_s
        off = feet_off_cm(context, armature, job.take, motion.clip, fell_s)
    unseen = unseen_frames(context.scene, first, last)
    return WrittenPhysics(
        action.name, first, last, extended, keys, off, (unseen,) if unseen else ()
    )


def _channels(
    context: bpy.types.Context, armature: bpy.types.Object, take: Take, after: MotionClip
) -> list[Channel]:
    """Every channel of the body, on each frame that was simulated."""
    where = np.arange(after.frame_count)
    before, base = part_of(take.common, where), part_of(take.base, where)
    desired = carry_difference(before, after, base, take.rig.joint_map, take.origin)
    posed = take.posed.at(where)
    here = Take(take.rig, take.body, take.frames[where], posed, base, before, take.origin)
    return channels_to(context, armature, here, desired, where, (), every=True)


def _played(armature: bpy.types.Object, job: PhysicsJob) -> PlayedRig:
    rig = job.take.rig
    return PlayedRig(
        armature,
        tuple(name for name in rig.skeleton.names if name in rig.joint_map),
        rig.unit_m * rig.object_scale,
        by_hierarchy=rig.controls is None,
    )


def moments_of(job: PhysicsJob, motion: PhysicsMotion) -> tuple[tuple[int, str], ...]:
    """Frames of animation on which something happened, and what."""
    found = [(job.frame_at(push.at_s), "push") for push in job.request.pushes]
    fell_s = motion.result.report.fell_s
    if fell_s is not None:
        found.append((job.frame_at(fell_s), "fell"))
    return tuple((round(frame), text) for frame, text in found)


def armature_of(job: PhysicsJob) -> bpy.types.Object:
    """The armature that a job's rig was read from.

    Raises:
        SkeletonError: it is gone.
    """
    name = job.take.rig.object_name
    armature = bpy.data.objects.get((name, None))
    if armature is None:
        raise SkeletonError(f"'{name}' is gone. Choose a character and try again")
    return armature
