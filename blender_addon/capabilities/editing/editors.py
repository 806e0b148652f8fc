"""What makes each edit of a job: the pipelines of ``core.editing``, each behind the same face."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np

from ...core.conventions import Bools, Floats
from ...core.editing.edited import Edited, unmoved
from ...core.jobs import OnProgress, Progress
from ...core.motion.clip import MotionClip
from ...core.motion.common_skeleton import COMMON_SKELETON
from ...core.retarget.difference import windowed
from .choice import Edit

if TYPE_CHECKING:
    from .job import EditJob

_EASED_FRAMES: Final = 3
"""Over so many frames an edit of a part of a motion grows out of what lies around it."""


class FillModel(Protocol):
    """What is used of a FillPipeline."""

    def fill(
        self, clip: MotionClip, known: Bools, settings: Any, *, path: Floats | None = None,
        variant: int = 0, first_frame: int = 0, on_progress: Progress | OnProgress | None = None,
    ) -> Edited: ...  # fmt: skip


class CleanModel(Protocol):
    """What is used of a CleanPipeline."""

    def clean(
        self, clip: MotionClip, settings: Any, *, missing: Bools | None = None,
        on_progress: Progress | OnProgress | None = None,
    ) -> Edited: ...  # fmt: skip


class RestyleModel(Protocol):
    """What is used of a RestylePipeline."""

    def restyle(
        self, clip: MotionClip, reference: MotionClip, settings: Any,
        on_progress: Progress | OnProgress | None = None,
    ) -> Edited: ...  # fmt: skip


class VaryModel(Protocol):
    """What is used of a VaryPipeline."""

    def vary(
        self, clip: MotionClip, settings: Any, seed: int,
        on_progress: Progress | OnProgress | None = None,
    ) -> Edited: ...  # fmt: skip


class FollowModel(Protocol):
    """What is used of a FollowPipeline."""

    def follow(
        self, clip: MotionClip, path: Floats, settings: Any, seed: int,
        on_progress: Progress | OnProgress | None = None,
    ) -> Edited: ...  # fmt: skip


LoopMaker = Callable[[MotionClip, Any, Any, Progress], Edited]
"""``make_loop`` of core: clip, settings, filler, progress."""
Connect = Callable[[MotionClip, MotionClip, Any, Any, Progress], Edited]
"""``connect`` of core: first, second, settings, filler, progress."""


@dataclass(frozen=True, eq=False)
class Filling:
    """Fills gaps, a variant for each seed."""

    pipeline: FillModel

    def edit(self, job: EditJob, progress: Progress) -> tuple[Edited, ...]:
        """As often as there are variants."""

        def fill(number: int, part: Progress) -> Edited:
            return self.pipeline.fill(
                job.take.common, job.known, job.settings, path=job.path,
                variant=job.seed + number, first_frame=job.take.first, on_progress=part,
            )  # fmt: skip

        return _each(job, progress, fill)


@dataclass(frozen=True, eq=False)
class Cleaning:
    """Cleans a capture."""

    pipeline: CleanModel

    def edit(self, job: EditJob, progress: Progress) -> tuple[Edited, ...]:
        """Once."""
        clip = job.take.common
        made = self.pipeline.clean(clip, job.settings, missing=job.missing, on_progress=progress)
        return (made,)


@dataclass(frozen=True, eq=False)
class Restyling:
    """Gives a motion the style of another."""

    pipeline: RestyleModel

    def edit(self, job: EditJob, progress: Progress) -> tuple[Edited, ...]:
        """Once."""
        clip = job.take.common
        return (self.pipeline.restyle(clip, job.reference, job.settings, on_progress=progress),)


@dataclass(frozen=True, eq=False)
class Varying:
    """Varies a motion, a variant for each seed."""

    pipeline: VaryModel

    def edit(self, job: EditJob, progress: Progress) -> tuple[Edited, ...]:
        """As often as there are variants."""

        def vary(number: int, part: Progress) -> Edited:
            seed = job.seed + number
            return self.pipeline.vary(job.take.common, job.settings, seed, on_progress=part)

        return _each(job, progress, vary)


@dataclass(frozen=True, eq=False)
class Following:
    """Lets a gait go along a path."""

    pipeline: FollowModel

    def edit(self, job: EditJob, progress: Progress) -> tuple[Edited, ...]:
        """Once."""
        clip, seed = job.take.common, job.seed
        return (self.pipeline.follow(clip, job.path, job.settings, seed, on_progress=progress),)


@dataclass(frozen=True, eq=False)
class Looping:
    """Makes a cycle of a motion."""

    make: LoopMaker
    filler: Any

    def edit(self, job: EditJob, progress: Progress) -> tuple[Edited, ...]:
        """Once."""
        return (self.make(job.take.common, job.settings, self.filler, progress),)


@dataclass(frozen=True, eq=False)
class Connecting:
    """Lets one motion go on into another."""

    make: Connect
    filler: Any

    def edit(self, job: EditJob, progress: Progress) -> tuple[Edited, ...]:
        """Once."""
        first, second = job.take.common, job.second.common
        return (self.make(first, second, job.settings, self.filler, progress),)


def _each(
    job: EditJob, progress: Progress, make: Callable[[int, Progress], Edited]
) -> tuple[Edited, ...]:
    count = max(job.variants, 1)
    return tuple(make(n, progress.part(n / count, (n + 1) / count)) for n in range(count))


def kept_within(job: EditJob, edited: Edited) -> Edited:
    """An edit as far as it may go: between two frames, on chosen joints, growing out of the rest.

    Where every frame keeps its time, what lies outside stays as it was to the bit, and at both
    ends of a part value and slope go on. A gap that is filled has its ends already.

    Args:
        job: says how far.
        edited: of all that was read.
    """
    if not keeps_time(edited, job.take.common):
        return edited
    joints = job.joints if job.joints is not None else np.ones(len(COMMON_SKELETON.names), bool)
    weight = np.ones(edited.clip.frame_count)
    if job.is_part and job.edit is not Edit.FILL:
        inside = np.minimum(job.take.frames - job.span[0], job.span[1] - job.take.frames)
        share = np.clip(inside / _EASED_FRAMES, 0.0, 1.0)
        weight = share * share * (3.0 - 2.0 * share)
    if job.joints is None and (weight >= 1.0).all():
        return edited
    return replace(edited, clip=windowed(job.take.common, edited.clip, weight, joints))


def keeps_time(edited: Edited, clip: MotionClip) -> bool:
    """Whether each frame of an edit lies over the same frame of the original."""
    same = edited.clip.frame_count == clip.frame_count
    alone = edited.share is None or not np.any(edited.share)
    return bool(same and alone and np.allclose(edited.source, unmoved(clip), rtol=0.0, atol=1e-3))
