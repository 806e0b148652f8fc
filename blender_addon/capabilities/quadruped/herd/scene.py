"""Several animals go, generated as one batch: read all, then write all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

import bpy

from ....blender.keys.options import DEFAULT_RESULT, ResultOptions
from ....blender.keys.undo import Undo, undone_on_error
from ....core.errors import NeuralMotionError, SettingsError
from ....core.inference.choice import ModelChoice
from ....core.jobs import OnProgress, Outcome, Progress
from .. import scene as quadruped_scene
from ..choice import AnimalChoice
from ..job import AnimalMotion, Pipeline, QuadrupedJob, run_together
from ..writing import WrittenMotion, commit, prepare

MOST_ANIMALS: Final = 256


@dataclass(frozen=True, eq=False)
class HerdJob:
    """Everything that several animals need; holds no Blender data.

    Args:
        jobs: one for each.
    """

    jobs: tuple[QuadrupedJob, ...]

    def run(
        self, on_progress: Progress | OnProgress | None = None, *, pipeline: Pipeline | None = None
    ) -> Outcome[list[AnimalMotion]]:
        """Generate all motions at once.

        Args:
            on_progress: given how much is done; may cancel.
            pipeline: another than the one of the chosen model.

        Raises:
            Cancelled: the job was cancelled.
            NeuralMotionError: the model cannot be used, or a path not be gone along.
        """
        return run_together(self.jobs, on_progress, pipeline)


def read_herd(
    context: bpy.types.Context,
    choices: Sequence[AnimalChoice],
    models: ModelChoice | None = None,
) -> HerdJob:
    """Read and check all animals before anything is made; changes nothing.

    Those whose frame is told by what they replace begin together.

    Raises:
        InputError: there is none, one is there twice, or something chosen cannot be used; says of
            which animal.
    """
    _check(choices)
    jobs = []
    for number, choice in enumerate(choices, 1):
        with _told_of(number, choice):
            jobs.append(quadruped_scene.read(context, choice, models))
    starts = [
        job.start_frame
        for job, choice in zip(jobs, choices, strict=True)
        if choice.start_frame is None
    ]
    common = min(starts, default=0)
    return HerdJob(
        tuple(
            job if choice.start_frame is not None else replace(job, start_frame=common)
            for job, choice in zip(jobs, choices, strict=True)
        )
    )


def _check(choices: Sequence[AnimalChoice]) -> None:
    if not choices:
        raise SettingsError("there is no animal. Select four-legged armatures")
    if len(choices) > MOST_ANIMALS:
        raise SettingsError(
            f"{len(choices)} animals are too many for one run; generate up to {MOST_ANIMALS} at a "
            "time"
        )
    names = [each.armature.name for each in choices if each.armature is not None]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise SettingsError(f"'{twice}' is named twice, but can go only once. Leave one out")


@contextmanager
def _told_of(number: int, choice: AnimalChoice) -> Iterator[None]:
    """Say of which animal an error is."""
    try:
        yield
    except NeuralMotionError as error:
        name = f" '{choice.armature.name}'" if choice.armature is not None else ""
        raise type(error)(f"animal {number}{name}: {error}") from error


def write_herd(
    context: bpy.types.Context,
    job: HerdJob,
    motions: Sequence[AnimalMotion],
    options: Sequence[ResultOptions] | ResultOptions = DEFAULT_RESULT,
    undo: Undo | None = None,
) -> list[WrittenMotion]:
    """Write all motions; on any error nothing is changed.

    Args:
        context: whose scene.
        job, motions: what was generated.
        options: of each, or of all.
        undo: answers for what was written, where something after this may fail.

    Raises:
        InputError: one of the animals cannot be animated any more; nothing is changed then.
    """
    each_options = [options] * len(motions) if isinstance(options, ResultOptions) else options
    prepared = [
        prepare(context, *each) for each in zip(job.jobs, motions, each_options, strict=True)
    ]
    with undone_on_error(undo) as own:
        return [commit(context, each, own) for each in prepared]
