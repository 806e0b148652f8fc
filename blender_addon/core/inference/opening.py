"""From tasks to warm sessions."""

from __future__ import annotations

from collections.abc import Iterable

from .choice import ModelChoice
from .model_list import find_model
from .session import ModelSession, open_session


def open_models(tasks: Iterable[str], choice: ModelChoice) -> list[ModelSession]:
    """The warm session of each task's model.

    Raises:
        NeuralMotionError: a model is missing or cannot be used.
    """
    return [
        open_session(find_model(task, choice), choice.providers, choice.threads) for task in tasks
    ]
