"""The same edit of several characters, as one job."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from ...core.editing.edited import Edited
from ...core.jobs import OnProgress, Outcome, Progress
from .job import EditJob

Made = tuple[tuple[Edited, ...], ...]
"""The variants of each character."""


@dataclass(frozen=True)
class EditJobs:
    """One job after the other; holds no Blender data.

    Args:
        each: of every character.
    """

    each: Sequence[EditJob]

    def run(self, on_progress: Progress | OnProgress | None = None) -> Outcome[Made]:
        """Make every edit.

        Args:
            on_progress: given how much of all is done; may cancel.

        Raises:
            Cancelled: the job was cancelled.
            NeuralMotionError: a motion cannot be edited so, or a model cannot be used.
        """
        started, progress, count = time.perf_counter(), Progress.of(on_progress), len(self.each)
        outcomes = [
            job.run(progress.part(n / count, (n + 1) / count)) for n, job in enumerate(self.each)
        ]
        models = tuple(dict.fromkeys(model for each in outcomes for model in each.models))
        made = tuple(each.result for each in outcomes)
        return Outcome(made, models, time.perf_counter() - started)
