"""Puts a finished walk into the scene and keeps what came of it: for the button and Auto Update."""

from __future__ import annotations

from dataclasses import dataclass

import bpy

from ...blender.jobs.last_result import keep_result
from ...core.jobs import Outcome
from . import scene as walk_scene
from .job import Walk, WalkJob
from .properties import NEURALMOTION_PG_walk
from .residual import measure_residual
from .result_properties import result_options


@dataclass(frozen=True)
class Applied:
    """What is told of a walk that was written.

    Args:
        action_name: the new action.
        told: frames, seconds, length and measures.
        warnings: what the writing had to tell.
    """

    action_name: str
    told: str
    warnings: tuple[str, ...]


def write_walk(
    context: bpy.types.Context,
    shown: NEURALMOTION_PG_walk,
    job: WalkJob,
    outcome: Outcome[Walk],
) -> walk_scene.WrittenWalk:
    """Write a walk as a character's settings say.

    Raises:
        InputError: the armature is gone or cannot be animated any more; nothing is changed then.
    """
    return walk_scene.write(context, job, outcome.result, result_options(shown.result))


def tell_walk(
    context: bpy.types.Context,
    shown: NEURALMOTION_PG_walk,
    job: WalkJob,
    outcome: Outcome[Walk],
    written: walk_scene.WrittenWalk,
) -> Applied:
    """Measure a walk that was written, and keep the result for its panel."""
    result = outcome.result
    count = written.last_frame - written.first_frame + 1
    residual = measure_residual(
        context, job, result, written.first_frame, blended_s=written.blended_s
    )
    told = f"{count} frames, {result.clip.duration_s:.1f} s, {job.length}; " + "; ".join(
        filter(None, (residual.describe(), written.keys.describe()))
    )
    warnings = (*written.notes, *residual.warnings(), *walk_scene.walk_warnings(result))
    keep_result(shown, told, outcome.describe(), (*job.rig.warnings, *job.notes, *warnings))
    return Applied(written.action_name, told, warnings)
