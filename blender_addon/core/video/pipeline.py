"""From the pictures of a film to a skeleton that does what a person in it does."""

from __future__ import annotations

from typing import Final, Protocol

from ..film.facts import FilmReader
from ..jobs import OnProgress, Progress
from .camera import FilmCamera
from .fitting.camera import camera_of
from .fitting.fit import fit_body
from .request import FitRequest, TrackRequest, VideoResult
from .tracked import LiftedBody, TrackedPerson

_TRACKED: Final = 0.9
_LIFTED: Final = 0.5  # share of the work


class PersonTracker(Protocol):
    """What is used of a BodyTracker."""

    def track(
        self,
        reader: FilmReader,
        request: TrackRequest,
        on_progress: Progress | OnProgress | None = None,
    ) -> TrackedPerson:
        """Find a person."""
        ...


class PersonLifter(Protocol):
    """What is used of a Lifter."""

    def lift(
        self,
        tracked: TrackedPerson,
        camera: FilmCamera,
        on_progress: Progress | OnProgress | None = None,
    ) -> LiftedBody:
        """Bring it into space."""
        ...


class VideoPipeline:
    """Tracks a person in a film, lifts it into space and fits a skeleton to it.

    Args:
        tracker: finds the person in pictures.
        lifter: brings what it found into space.
    """

    def __init__(self, tracker: PersonTracker, lifter: PersonLifter) -> None:
        self._tracker, self._lifter = tracker, lifter

    def track(
        self,
        reader: FilmReader,
        request: TrackRequest,
        on_progress: Progress | OnProgress | None = None,
    ) -> TrackedPerson:
        """What is seen of a person; the only part that looks at pictures.

        Args:
            reader: of the film.
            request: which part, and who.
            on_progress: given how much is done; may cancel.

        Raises:
            Cancelled: the job was cancelled.
            NeuralMotionError: the film or a model cannot be used.
        """
        return self._tracker.track(reader, request, on_progress)

    def solve(
        self,
        tracked: TrackedPerson,
        request: FitRequest,
        on_progress: Progress | OnProgress | None = None,
    ) -> VideoResult:
        """The motion of what was tracked; quick, and again with other pins or settings.

        Args:
            tracked: what ``track`` gave.
            request: how a skeleton is to follow.
            on_progress: given how much is done; may cancel.

        Raises:
            Cancelled: the job was cancelled.
            NeuralMotionError: nobody was seen, or a model cannot be used.
        """
        progress = Progress.of(on_progress)
        camera = camera_of(request.camera, tracked)
        lifted = self._lifter.lift(tracked, camera, progress.part(0.0, _LIFTED))
        fitted = fit_body(tracked, lifted, request, progress.part(_LIFTED, 1.0))
        return VideoResult(tracked, lifted, fitted)

    def generate(
        self,
        reader: FilmReader,
        track: TrackRequest,
        fit: FitRequest,
        on_progress: Progress | OnProgress | None = None,
    ) -> VideoResult:
        """Both, one after the other.

        Args:
            reader: of the film.
            track: which part, and who.
            fit: how a skeleton is to follow.
            on_progress: given how much is done; may cancel.

        Raises:
            Cancelled: the job was cancelled.
            NeuralMotionError: the film or a model cannot be used, or nobody was seen.
        """
        progress = Progress.of(on_progress)
        tracked = self.track(reader, track, progress.part(0.0, _TRACKED))
        return self.solve(tracked, fit, progress.part(_TRACKED, 1.0))
