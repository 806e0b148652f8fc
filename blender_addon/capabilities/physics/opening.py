"""From the chosen settings and models to what simulates."""

from __future__ import annotations

from typing import Final

from ...core.errors import PhysicsError
from ...core.inference.choice import ModelChoice
from ...core.inference.model_list import ListedModel, models_of
from ...core.jobs import Cancellation, RanModel
from ...core.physics.engine import why_no_engine
from ...core.physics.pipeline import PhysicsPipeline
from ...core.physics.settings import PhysicsSettings
from .. import path_walker

POLICY: Final = "physics_policy"


def open_physics(
    choice: ModelChoice, settings: PhysicsSettings, cancellation: Cancellation, threads: int
) -> tuple[PhysicsPipeline, tuple[RanModel, ...]]:
    """What simulates, and the models that take part.

    Args:
        choice: where the models lie and how to run them.
        settings: what is to be simulated.
        cancellation: ends a run of a model that is under way.
        threads: of the processor.

    Raises:
        PhysicsError: nothing can be simulated here.
        NeuralMotionError: a model cannot be used.
    """
    if (reason := why_no_engine()) is not None:
        raise PhysicsError(reason)
    anew = settings.footsteps and settings.walk_anew
    walker = path_walker(choice, cancellation) if anew else None
    return PhysicsPipeline(threads=threads, walker=walker), ()


def policies(choice: ModelChoice) -> list[ListedModel]:
    """The learned policies that are there."""
    return models_of(POLICY, choice)
