"""Reads and writes one part of a performance, by the protocol that every part fulfils."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import bpy

from ...blender.keys.undo import Undo
from ...core.errors import REPORTED, Cancelled, InputError, NeuralMotionError, in_words
from ...core.jobs import Outcome
from ..package import Cue, Part, Written
from .cues import Taking
from .job import PerformJob


@dataclass(frozen=True, eq=False)
class Step:
    """One part of one character.

    Args:
        character: who performs.
        cue: what.
        part: what of it.
        share: from where to where it is of the whole performance, 0 … 1.
    """

    character: bpy.types.Object
    cue: Cue
    part: Part
    share: tuple[float, float] = (0.0, 1.0)


def steps_of(cast: Sequence[tuple[bpy.types.Object, Cue, Taking]]) -> list[Step]:
    """What is done one after the other: each part for all characters before the next part.

    So whoever looks at somebody sees how that one's head moves.
    """
    planned = sorted(
        ((part, who, cue) for who, cue, taking in cast for part in taking.parts.values()),
        key=lambda each: each[0].order,
    )
    count = len(planned)
    return [
        Step(who, cue, part, (n / count, (n + 1) / count))
        for n, (part, who, cue) in enumerate(planned)
    ]


def read(context: bpy.types.Context, step: Step) -> PerformJob:
    """Read what a part needs from the scene; changes nothing.

    Raises:
        InputError: something chosen cannot be used; says whose part and what to do.
    """
    with _named(step):
        job = step.part.read(context, step.character, step.cue)
    return PerformJob(step.part.title, step.character.name, job, step.share)


def write(
    context: bpy.types.Context, job: PerformJob, outcome: Outcome[Any], step: Step, undo: Undo
) -> Written:
    """Put what came of a part into the scene.

    Args:
        context: whose scene.
        job, outcome: of the part.
        step: that it was read for.
        undo: answers for what was written.

    Raises:
        InputError: it cannot be written; says whose part and what to do.
    """
    with _named(step):
        return step.part.write(context, step.character, step.cue, job.job, outcome, undo)


@contextmanager
def _named(step: Step) -> Iterator[None]:
    """Let an error say whose part it stopped."""
    try:
        yield
    except Cancelled:
        raise
    except REPORTED as error:
        raise failed(step, error) from error


def failed(step: Step, error: BaseException) -> NeuralMotionError:
    """The error that says whose part could not be performed."""
    told = f"{step.part.title} of '{step.character.name}': {in_words(error)}"
    return InputError(f"{told}. Nothing was changed; mend it, or untick {step.part.title}")
