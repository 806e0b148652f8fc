"""From the chosen models to pipelines that can be run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...core.inference.choice import ModelChoice
from ...core.inference.model_list import models_of
from ...core.inference.opening import open_models
from ...core.inference.session import CancellableSession
from ...core.jobs import Cancellation, RanModel
from ...core.notes import Note

# Who talks does not wait for what only dancers need.
if TYPE_CHECKING:
    from ...core.gesture.dance.pipeline import DancePipeline
    from ...core.gesture.talk.pipeline import TalkPipeline

TALK_TASK: Final = "gesture_prior"
DANCE_TASK: Final = "dance"
WITHOUT_NETWORK: Final = Note(
    "no model of talking gestures is installed: the arms go by the nearest recorded moves"
)


def open_talk(
    choice: ModelChoice, cancellation: Cancellation
) -> tuple[TalkPipeline, tuple[RanModel, ...], tuple[str, ...]]:
    """What moves a talker, what runs it, and what is to be told.

    Raises:
        NeuralMotionError: the chosen model cannot be used.
    """
    from ...core.gesture.talk.pipeline import TalkPipeline

    if not choice.names.get(TALK_TASK) and not models_of(TALK_TASK, choice):
        return TalkPipeline(), (), (WITHOUT_NETWORK,)
    session = open_models([TALK_TASK], choice)[0]
    return TalkPipeline(CancellableSession(session, cancellation)), (session.ran,), ()


def open_dance(
    choice: ModelChoice, cancellation: Cancellation
) -> tuple[DancePipeline, tuple[RanModel, ...]]:
    """What moves a dancer, and what runs it.

    Raises:
        NeuralMotionError: there is no model, or it cannot be used.
    """
    from ...core.gesture.dance.pipeline import DancePipeline

    session = open_models([DANCE_TASK], choice)[0]
    return DancePipeline(CancellableSession(session, cancellation)), (session.ran,)
