"""Puts a finished gaze into the scene and keeps its result: for the button and performances."""

from __future__ import annotations

from collections.abc import Sequence

import bpy

from ...blender.jobs.last_result import keep_result
from ...blender.jobs.stale import remember
from ...blender.keys.giving_way import told_in_brief
from ...blender.keys.result_properties import layer_options
from ...blender.keys.undo import Undo
from ...core.jobs import Outcome
from . import scene as gaze_scene
from .depends import made_from
from .job import CharacterGaze, CharacterJob, Gaze, GazeJob


def settings_of_job(job: GazeJob) -> list[bpy.types.PropertyGroup]:
    """The settings of each character of a job."""
    return [bpy.data.objects[each.rig.name].neural_motion.gaze for each in job.characters]


def write_gaze(
    context: bpy.types.Context, job: GazeJob, outcome: Outcome[Gaze], undo: Undo | None = None
) -> gaze_scene.WrittenGaze:
    """Write gazes as the characters' settings say; as ``scene.write``."""
    options = [layer_options(each.result) for each in settings_of_job(job)]
    return gaze_scene.write(context, job, outcome.result, options, undo)


def keep_gaze(
    context: bpy.types.Context,
    job: GazeJob,
    outcome: Outcome[Gaze],
    written: gaze_scene.WrittenGaze,
    told: Sequence[Sequence[str]],
) -> None:
    """Keep the result of gazes that were written for their panels.

    Args:
        context: whose scene shows them.
        job, outcome, written: the gazes.
        told: notes and warnings of each character.
    """
    ran_on = outcome.describe()
    each_of = zip(job.characters, settings_of_job(job), outcome.result.characters, strict=True)
    for number, (character, shown, gaze) in enumerate(each_of):
        line = describe(job, character, gaze) + told_in_brief(written.gave_way(number))
        keep_result(shown, line, ran_on, told[number])
        remember(shown, made_from(context.scene, shown.id_data))


def describe(job: GazeJob, character: CharacterJob, gaze: CharacterGaze) -> str:
    """What came of a gaze: a brief line, and after a semicolon each detail."""
    result = gaze.result
    parts = [
        f"{len(job.frames)} frames, {counted(gaze)}",
        f"{result.clip.duration_s:.1f} s",
        character.rig.limits.describe(),
    ]
    return "; ".join(part for part in parts if part)


def counted(gaze: CharacterGaze) -> str:
    """How many fixations and blinks there are."""
    blinks = len(gaze.result.blink_times_s)
    one_or_more = "1 blink" if blinks == 1 else f"{blinks} blinks"
    return f"{len(gaze.result.fixations.onset_s)} fixations, {one_or_more}"
