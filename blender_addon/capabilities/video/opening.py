"""From the chosen models to a pipeline that can be run."""

from __future__ import annotations

from ...core.inference.choice import ModelChoice
from ...core.inference.opening import open_models
from ...core.inference.session import CancellableSession
from ...core.jobs import Cancellation, RanModel
from ...core.video.lifting.lifter import LIFTER_TASK, Lifter
from ...core.video.pipeline import VideoPipeline
from ...core.video.settings import Quality
from ...core.video.tracking.tracker import DETECTOR_TASK, LANDMARKS_TASKS, BodyTracker


def open_video(
    choice: ModelChoice, quality: Quality, cancellation: Cancellation
) -> tuple[VideoPipeline, tuple[RanModel, ...]]:
    """What turns a film into motion, and what runs it.

    Args:
        choice: where the models lie and how to run them.
        quality: which network finds the landmarks.
        cancellation: ends a run that is under way.

    Raises:
        NeuralMotionError: a model is missing or cannot be used.
    """
    sessions = open_models([DETECTOR_TASK, LANDMARKS_TASKS[quality], LIFTER_TASK], choice)
    detector, landmarks, lifter = (CancellableSession(each, cancellation) for each in sessions)
    pipeline = VideoPipeline(BodyTracker(detector, landmarks), Lifter(lifter))
    return pipeline, tuple(each.ran for each in sessions)
