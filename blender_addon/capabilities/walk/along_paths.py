"""Walks for others: along paths that they choose, in the model's own size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...core.inference.choice import ModelChoice
from ...core.jobs import Cancellation
from ...core.motion.clip import MotionClip


class PathWalker:
    """See ``Package.walker``.

    Args:
        choice: where the model lies and how to run it.
        cancellation: ends a walk that is under way.
    """

    def __init__(self, choice: ModelChoice, cancellation: Cancellation) -> None:
        self._choice, self._cancellation = choice, cancellation
        self._pipeline: Any = None

    def walk(self, asked: Sequence[Any]) -> list[MotionClip]:
        """Clips of the common skeleton, 60 frames a second; one for each.

        Raises:
            NeuralMotionError: the model cannot be used, or a path not be walked.
        """
        from ...core.walk.request import WalkRequest

        requests = [
            WalkRequest(
                path=each.path,
                terrain=each.ground,
                stand_before_s=each.stand_before_s,
                stand_after_s=each.stand_after_s,
            )
            for each in asked
        ]
        return [result.clip for result in self._opened().generate(requests)]

    def _opened(self) -> Any:
        """The pipeline; opened when the first walk is asked for."""
        if self._pipeline is None:
            from ...core.inference.session import CancellableSession
            from ...core.walk.pipeline import LocomotionPipeline
            from .job import open_model

            session = open_model(self._choice)
            self._pipeline = LocomotionPipeline(CancellableSession(session, self._cancellation))
        return self._pipeline
