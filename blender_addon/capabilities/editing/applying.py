"""Puts finished edits into the scene, and keeps what came of them in the panel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import bpy

from ...blender.jobs.last_result import keep_result
from ...blender.jobs.stale import remember
from ...blender.keys.giving_way import told_in_brief
from ...blender.keys.undo import undone_on_error
from ...core.jobs import Outcome
from . import scene as editing_scene
from .depends import made_from
from .job import EditJob
from .several import EditJobs, Made
from .written import WrittenEdit, armature_named


def write_edits(
    context: bpy.types.Context, jobs: EditJobs, outcome: Outcome[Made]
) -> tuple[str, tuple[str, ...]]:
    """Write the edits of all characters, or of none if one cannot be written.

    Args:
        context: whose scene.
        jobs: what was read.
        outcome: what came of it.

    Returns:
        A line about them, and what is told beside.

    Raises:
        InputError: a character is gone or cannot be animated any more; nothing is changed then.
    """
    with undone_on_error() as undo:
        written = [
            editing_scene.write(context, job, edited, undo=undo)
            for job, edited in zip(jobs.each, outcome.result, strict=True)
        ]
    told = [
        _keep(context, job, each, outcome) for job, each in zip(jobs.each, written, strict=True)
    ]
    notes = tuple(dict.fromkeys(note for _, each in told for note in each))
    if len(told) == 1:
        return told[0][0], notes
    return f"{len(told)} characters; {'; '.join(text for text, _ in told)}", notes


def _keep(
    context: bpy.types.Context, job: EditJob, written: WrittenEdit, outcome: Outcome[Made]
) -> tuple[str, tuple[str, ...]]:
    owner = armature_named(job.take.rig.object_name)
    chosen = owner.neural_motion.editing
    told, beside = describe(written), (*job.notes, *written.notes)
    keep_result(chosen, told, outcome.describe(), beside)
    chosen.last_result_edit = job.edit.value
    chosen.last_result_names = "\n".join(written.names)
    remember(chosen, made_from(context.scene, owner, job.edit))
    return told, tuple(dict.fromkeys(beside))


def describe(written: WrittenEdit) -> str:
    """What was written: a line that is always shown, and after semicolons each detail."""
    told = [written.means, *measures_in_words(written.measures), written.keys.describe()]
    return "; ".join([written.summary, *filter(None, told)]) + told_in_brief(written.gave_way)


def measures_in_words(measures: Mapping[str, float]) -> Sequence[str]:
    """What was measured, its unit behind the number."""
    return [_in_words(name, value) for name, value in measures.items()]


_UNITS = (("_cm_s", " cm/s"), ("_mm", " mm"), ("_cm", " cm"), ("_deg", "°"), ("_m", " m"),
          ("_s", " s"), ("_frames", " frames"), ("_rad", " rad"),
          ("_percent", " %"))  # fmt: skip


def _in_words(name: str, value: float) -> str:
    for ending, unit in _UNITS:
        if name.endswith(ending):
            return f"{name.removesuffix(ending).replace('_', ' ')} {value:.3g}{unit}"
    return f"{name.replace('_', ' ')} {value:.3g}"
