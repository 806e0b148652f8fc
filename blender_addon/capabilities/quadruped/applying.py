"""Puts a finished motion into the scene, and keeps and tells what came of it."""

from __future__ import annotations

import json
from collections.abc import Hashable
from typing import Any

import bpy

from ...blender.jobs.last_result import keep_result
from ...blender.jobs.stale import animation_beneath, remember, settings_of_group
from ...core.jobs import Outcome
from ...core.notes import Note
from .job import AnimalMotion, QuadrupedJob
from .residual import AnimalResidual, measure_residual
from .secondary.mark import LAYER
from .writing import WrittenMotion

_OVER = ("gaze", "speech", LAYER)
"""Layers above the motion, which change nothing of it."""


def motion_notes(motion: AnimalMotion) -> tuple[str, ...]:
    """What of the request did not come about, in the user's words."""
    notes = tuple(Note(each) for each in motion.result.notes)
    if motion.result.reached_end:
        return notes
    return (*notes, "the end of the path was not reached in the time expected")


def tell_motion(
    context: bpy.types.Context,
    shown: Any,
    job: QuadrupedJob,
    outcome: Outcome[AnimalMotion],
    written: WrittenMotion,
) -> tuple[str, tuple[str, ...]]:
    """Measure a motion that was written just now, and keep its result for its panel.

    Returns:
        What is told of it, and warnings and notes beside.
    """
    residual = measure_residual(context, job, outcome.result, written)
    told = describe(job, outcome.result, written, residual)
    after = (*written.notes, *residual.warnings(), *motion_notes(outcome.result))
    keep_result(shown, told, outcome.describe(), (*job.rig.warnings, *job.notes, *after))
    shown.last_result_bones = json.dumps(dict(residual.largest_m))
    remember(shown, made_from(shown))
    return told, after


def describe(
    job: QuadrupedJob, motion: AnimalMotion, written: WrittenMotion, residual: AnimalResidual
) -> str:
    """Frames, seconds and how exactly the rig shows them; after a semicolon length and keys."""
    count = written.last_frame - written.first_frame + 1
    brief = f"{count} frames, {motion.clip.duration_s:.1f} s"
    brief = ", ".join(filter(None, (brief, residual.brief)))
    return "; ".join(filter(None, (brief, job.length, written.keys.describe())))


def made_from(shown: Any) -> Hashable:
    """Changes with whatever an animal's motion depends on; quick.

    Args:
        shown: settings of the animal.
    """
    own = {"active_mark", "result", "drive"}
    settings = tuple(e for e in settings_of_group(shown) if e[0] not in own)  # type: ignore[attr-defined]
    return settings, animation_beneath(shown.id_data, _OVER, with_bones=False)
