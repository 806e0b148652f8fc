"""Puts finished motion into the scene and keeps what came of it: for the button and others."""

from __future__ import annotations

import bpy

from ...blender.jobs.last_result import keep_result
from ...blender.jobs.stale import remember
from ...blender.keys.result_properties import action_options
from ...blender.keys.undo import Undo
from ...core.jobs import Outcome
from . import scene as video_scene
from .depends import made_from
from .fitted import camera_in_scene
from .job import VideoJob, VideoMotion
from .solved import Solved, keep
from .told import describe, told_of
from .writing import armature_of


def write_video(
    context: bpy.types.Context,
    job: VideoJob,
    outcome: Outcome[VideoMotion],
    undo: Undo | None = None,
) -> tuple[str, tuple[str, ...]]:
    """Write motion as its character's panel says, and keep what came of it.

    Returns:
        A line about it, and what is told beside.

    Raises:
        InputError: the character is gone or cannot be animated any more; nothing is changed then.
    """
    owner = armature_of(job)
    chosen = owner.neural_motion.video
    motion = outcome.result
    written = video_scene.write(context, job, motion, action_options(chosen.result), undo)
    told = describe(job, motion)
    if keys := written.keys.describe():
        told = f"{told}; {keys}"
    beside = (*told_of(job, motion), *written.notes)
    keep_result(chosen, told, outcome.describe(), beside)
    remember(chosen, made_from(context.scene, chosen))
    camera = camera_in_scene(motion.result.fitted, job.stands, motion.scale)
    keep(owner, Solved(motion.result, camera))
    return told, beside
