"""From the chosen settings and models to what simulates."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ...core.errors import PhysicsError
from ...core.inference.choice import ModelChoice
from ...core.inference.model_list import ListedModel, models_of
from ...core.inference.opening import open_models
from ...core.inference.session import CancellableSession
from ...core.jobs import Cancellation, RanModel
from ...core.physics.engine import why_no_engine
from ...core.physics.footsteps.chooser import TASK as FOOTSTEPS
from ...core.physics.footsteps.chooser import FootstepNetwork, Guide
from ...core.physics.pipeline import PhysicsPipeline
from ...core.physics.policy import PolicyController
from ...core.physics.settings import Balancer, Mode, PhysicsSettings
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
    policy, balanced = _policy(choice, settings, cancellation)
    guide, guided = _guide(choice, settings, cancellation)
    return PhysicsPipeline(policy, threads, guide), (*balanced, *guided)


def _policy(
    choice: ModelChoice, settings: PhysicsSettings, cancellation: Cancellation
) -> tuple[PolicyController | None, tuple[RanModel, ...]]:
    """The learned policy, where it is wished for and there is one."""
    wished = settings.mode is Mode.BALANCE and settings.balancer is Balancer.POLICY
    there = policies(choice) if wished else []
    if not there:
        return None, ()
    named = replace(choice, names={POLICY: there[0].name, **choice.names})
    session = open_models([POLICY], named)[0]
    return PolicyController(CancellableSession(session, cancellation)), (session.ran,)


def _guide(
    choice: ModelChoice, settings: PhysicsSettings, cancellation: Cancellation
) -> tuple[Guide, tuple[RanModel, ...]]:
    """Who puts steps where they can stand: the network if there is one, else the search."""
    if not settings.footsteps:
        return Guide(), ()
    walker = path_walker(choice, cancellation) if settings.walk_anew else None
    if not (choice.names.get(FOOTSTEPS) or models_of(FOOTSTEPS, choice)):
        return Guide(walker), ()
    session = open_models([FOOTSTEPS], choice)[0]
    network = FootstepNetwork(CancellableSession(session, cancellation))
    return Guide(walker, network), (session.ran,)


def policies(choice: ModelChoice) -> list[ListedModel]:
    """The learned policies that are there."""
    return models_of(POLICY, choice)
