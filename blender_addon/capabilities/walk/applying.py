"""Puts a finished walk into the scene and keeps what came of it: for the button and Auto Update."""

from __future__ import annotations

from dataclasses import dataclass

import bpy

from ...blender.jobs.last_result import keep_result
from ...blender.keys.result_properties import action_options
from ...blender.keys.undo import Undo
from ...core.jobs import Outcome
from . import scene as walk_scene
from .auto_update.take import remember_made_from
from .job import Walk, WalkJob
from .properties import NEURALMOTION_PG_walk
from .residual import measure_if_possible


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
    undo: Undo | None = None,
) -> walk_scene.WrittenWalk:
    """Write a walk as a character's settings say; ``undo`` as in ``scene.write``.

    Raises:
        InputError: the armature is gone or cannot be animated any more; nothing is changed then.
    """
    written = walk_scene.write(context, job, outcome.result, action_options(shown.result), undo)
    remember_made_from(context, shown.id_data, written.action_name)
    return written


def tell_walk(
    context: bpy.types.Context,
    shown: NEURALMOTION_PG_walk,
    job: WalkJob,
    outcome: Outcome[Walk],
    written: walk_scene.WrittenWalk,
    *,
    measured: bool = True,
) -> Applied:
    """Keep the result of a walk that was written for its panel, and say what is told of it.

    Args:
        shown: where the result is kept; the rest as for ``describe_walk``.
    """
    applied = describe_walk(context, job, outcome, written, measured=measured)
    keep_walk(shown, job, outcome, applied)
    return applied


def keep_walk(
    shown: NEURALMOTION_PG_walk, job: WalkJob, outcome: Outcome[Walk], applied: Applied
) -> None:
    """Keep what is told of a walk for its panel."""
    told = (*job.rig.warnings, *job.notes, *applied.warnings)
    keep_result(shown, applied.told, outcome.describe(), told)


def describe_walk(
    context: bpy.types.Context,
    job: WalkJob,
    outcome: Outcome[Walk],
    written: walk_scene.WrittenWalk,
    *,
    measured: bool = True,
) -> Applied:
    """What is told of a walk that was written just now.

    Args:
        context: whose scene shows the walk.
        job, outcome, written: the walk.
        measured: look at the rig on some frames and say how exactly it shows the walk.
    """
    result, residual = outcome.result, None
    count = written.last_frame - written.first_frame + 1
    if measured:
        residual = measure_if_possible(context, job, result, written.first_frame, written.blended_s)
    feet = "" if residual is None else residual.brief
    brief = f"{count} frames, {result.clip.duration_s:.1f} s{feet}"
    measures = job.length if residual is None else f"{job.length}, {residual.describe()}"
    told = "; ".join(filter(None, (brief, measures, written.keys.describe())))
    doubts = () if residual is None else residual.warnings()
    warnings = (*written.notes, *doubts, *walk_scene.walk_warnings(result))
    return Applied(written.action_name, told, warnings)
