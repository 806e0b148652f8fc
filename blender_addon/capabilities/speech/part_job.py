"""What a face does in a performance: it speaks, it listens, or both; no Blender data."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from ...core.jobs import OnProgress, Outcome, Progress
from .job import Speech, SpeechJob
from .listening import Listening, Nods

_SPOKEN: Final = 0.95  # share of the work


@dataclass(frozen=True, eq=False)
class Performed:
    """What came of it.

    Args:
        spoken: None of who only listens.
        nods: of who listens; None of who only speaks.
    """

    spoken: Outcome[Speech] | None
    nods: Nods | None


@dataclass(frozen=True, eq=False)
class SpeechPartJob:
    """A speech, and where its speaker listens; one of the two at least.

    Args:
        speech: None of who only listens.
        listening: None of who only speaks.
    """

    speech: SpeechJob | None
    listening: Listening | None

    def run(self, on_progress: Progress | OnProgress | None = None) -> Outcome[Performed]:
        """Generate face and nods.

        Raises:
            Cancelled: the job was cancelled.
            NeuralMotionError: the model or a sound cannot be used.
        """
        started, progress = time.perf_counter(), Progress.of(on_progress)
        spoken = nods = None
        if self.speech is not None:
            spoken = self.speech.run(progress.part(0.0, _SPOKEN))
        if self.listening is not None:
            nods = self.listening.nods(progress.cancellation)
        models = () if spoken is None else spoken.models
        return Outcome(Performed(spoken, nods), models, time.perf_counter() - started)
