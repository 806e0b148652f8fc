"""From the chosen models to a pipeline that can be run."""

from __future__ import annotations

from typing import Final

from ...core.inference.choice import ModelChoice
from ...core.inference.opening import open_models
from ...core.inference.session import CancellableSession
from ...core.jobs import Cancellation, RanModel
from ...core.video.lifting.lifter import Lifter
from ...core.video.pipeline import VideoPipeline
from ...core.video.settings import Quality
from ...core.video.tracking.tracker import BodyTracker

DETECTOR: Final = "person_detector"
LANDMARKS: Final = {Quality.FULL: "body_landmarks", Quality.LITE: "body_landmarks_lite"}
LIFTER: Final = "pose_lifter"


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
    sessions = open_models([DETECTOR, LANDMARKS[quality], LIFTER], choice)
    detector, landmarks, lifter = (CancellableSession(each, cancellation) for each in sessions)
    pipeline = VideoPipeline(BodyTracker(detector, landmarks), Lifter(lifter))
    return pipeline, tuple(each.ran for each in sessions)
