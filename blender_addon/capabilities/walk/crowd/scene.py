"""Several characters walk, each along a curve of its own, generated as one batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

import bpy

from ....blender.keys.options import DEFAULT_RESULT, ResultOptions
from ....blender.timeline import animation_rate_of
from ....core.errors import NeuralMotionError, SettingsError
from ....core.inference.choice import ModelChoice
from ....core.jobs import OnProgress, Outcome, Progress
from ....core.walk.crowd.settings import AS_SET, CrowdSettings
from ....core.walk.request import WalkRequest
from .. import scene as walk_scene
from ..job import Pipeline, Walk, WalkJob, run_together
from ..scene import WalkSettings, WrittenWalk, check_fits, commit_walk, prepare_walk
from .ways import crowd_requests

MOST_CHARACTERS: Final = 256


@dataclass(frozen=True, eq=False)
class CrowdMember:
    """One character of several.

    Args:
        settings: as for a single walk.
        delay_s: how much later than the others it begins.
    """

    settings: WalkSettings
    delay_s: float = 0.0


@dataclass(frozen=True, eq=False)
class CrowdJob:
    """Everything several walks need; holds no Blender data.

    Args:
        jobs: one for each character.
        requests: what is asked of the model for each.
    """

    jobs: tuple[WalkJob, ...]
    requests: tuple[WalkRequest, ...]

    def run(
        self, on_progress: Progress | OnProgress | None = None, *, pipeline: Pipeline | None = None
    ) -> Outcome[list[Walk]]:
        """Generate all walks at once.

        Args:
            on_progress: given how much is done; may cancel.
            pipeline: another than the one of the chosen model.

        Raises:
            Cancelled: the job was cancelled.
            NeuralMotionError: the model cannot be used, or a path not be walked.
        """
        return run_together(self.jobs, on_progress, pipeline, self.requests)


def read_crowd(
    context: bpy.types.Context,
    members: Sequence[CrowdMember],
    models: ModelChoice | None = None,
    settings: CrowdSettings = AS_SET,
) -> CrowdJob:
    """Read and check all characters before anything is made; changes nothing.

    Args:
        context: whose scene it is.
        members: who walks, those first who keep their way.
        models: which model to use.
        settings: how they differ and make way; by default all is as set.

    Raises:
        InputError: nobody walks, one is there twice, or something chosen cannot be used; says of
            which character.
    """
    _check_members(members)
    jobs = []
    for number, member in enumerate(members):
        with _told_of(number, member):
            jobs.append(walk_scene.read(context, member.settings, models))
    starts = _starts(context, members, jobs)
    for number, (member, start) in enumerate(zip(members, starts, strict=True)):
        frames = round(member.delay_s * animation_rate_of(context.scene))
        with _told_of(number, member):
            jobs[number] = replace(jobs[number], start_frame=start + frames, delay_frames=frames)
            check_fits(jobs[number])
    chosen = [member.settings for member in members]
    return CrowdJob(*crowd_requests(context, chosen, jobs, settings))


def _starts(
    context: bpy.types.Context, members: Sequence[CrowdMember], jobs: Sequence[WalkJob]
) -> list[int]:
    """Where each begins but for its delay: together, also where only some replace a walk."""
    replaced = [
        walk_scene.replaced_start(context, member.settings, job.path)
        for member, job in zip(members, jobs, strict=True)
    ]
    common = min((start for start in replaced if start is not None), default=None)
    return [
        job.start_frame if common is None or member.settings.start_frame is not None else common
        for member, job in zip(members, jobs, strict=True)
    ]


def _check_members(members: Sequence[CrowdMember]) -> None:
    if not members:
        raise SettingsError("there is nobody to walk. Add characters under Several Characters")
    if len(members) > MOST_CHARACTERS:
        raise SettingsError(
            f"{len(members)} characters are too many for one run; generate up to "
            f"{MOST_CHARACTERS} at a time"
        )
    seen: dict[Any, int] = {}
    for number, member in enumerate(members):
        armature = member.settings.armature
        if not 0 <= member.delay_s <= 3600:
            raise SettingsError(
                f"character {number + 1} begins {member.delay_s:g} s later than the others; set "
                "0 to 3600 seconds"
            )
        if armature is not None and armature in seen:
            raise SettingsError(
                f"'{armature.name}' is character {seen[armature] + 1} and {number + 1}, but can "
                "walk only one path. Remove one of the two lines"
            )
        seen[armature] = number


@contextmanager
def _told_of(number: int, member: CrowdMember) -> Iterator[None]:
    """Say of which character an error is."""
    try:
        yield
    except NeuralMotionError as error:
        armature = member.settings.armature
        name = f" '{armature.name}'" if armature is not None else ""
        raise type(error)(f"character {number + 1}{name}: {error}") from error


def write_crowd(
    context: bpy.types.Context,
    job: CrowdJob,
    walks: Sequence[Walk],
    options: ResultOptions = DEFAULT_RESULT,
) -> list[WrittenWalk]:
    """Write all walks; before the first, everything that could stand in the way is looked for.

    Raises:
        InputError: one of the characters cannot be animated any more; nothing is changed then.
    """
    prepared = [
        prepare_walk(context, each, walk, options)
        for each, walk in zip(job.jobs, walks, strict=True)
    ]
    return [commit_walk(context, each) for each in prepared]
