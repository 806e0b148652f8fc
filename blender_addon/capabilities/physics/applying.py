"""Puts a finished simulation into the scene and keeps what came of it, for the button."""

from __future__ import annotations

import bpy

from ...blender.jobs.last_result import keep_result
from ...blender.jobs.stale import remember
from ...core.jobs import Outcome
from . import scene as physics_scene
from .depends import made_from
from .job import PhysicsJob, PhysicsMotion
from .told import describe, ran_on, shown_of, told_of
from .writing import armature_of


def write_physics(
    context: bpy.types.Context, job: PhysicsJob, outcome: Outcome[PhysicsMotion]
) -> tuple[str, tuple[str, ...]]:
    """Write a motion as its character's panel says, and keep what came of it.

    Returns:
        A line about it, and what is told beside.

    Raises:
        InputError: the character is gone or cannot be animated any more; nothing is changed then.
    """
    owner = armature_of(job)
    chosen, motion = owner.neural_motion.physics, outcome.result
    written = physics_scene.write(context, job, motion)
    told = describe(job, motion, written.feet_off_cm)
    if keys := written.keys.describe():
        told = f"{told}; {keys}"
    told = told[0].upper() + told[1:]
    beside = tuple(dict.fromkeys((*told_of(job, motion), *written.notes)))
    keep_result(chosen, told, ran_on(job, outcome), beside)
    chosen.last_result_shown = shown_of(job, motion).as_text()
    remember(chosen, made_from(context.scene, chosen))
    return told, beside
