"""One part of a performance between reading the scene and writing it; no Blender data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from ...core.jobs import OnProgress, Outcome, Progress


class AnyJob(Protocol):
    """What a part read from the scene."""

    def run(self, on_progress: Progress | None = None) -> Outcome[Any]:
        """Do the work."""
        ...


@dataclass(frozen=True, eq=False)
class PerformJob:
    """What one part does for one character.

    Args:
        title: of the part.
        who: name of the character.
        job: of the part.
        share: from where to where it is of the whole performance, 0 … 1.
    """

    title: str
    who: str
    job: AnyJob
    share: tuple[float, float] = field(default=(0.0, 1.0))

    def run(self, on_progress: Progress | OnProgress | None = None) -> Outcome[Any]:
        """Do the part's work.

        Raises:
            Cancelled: the job was cancelled.
            NeuralMotionError: a model or something chosen cannot be used.
        """
        return self.job.run(Progress.of(on_progress).part(*self.share))
