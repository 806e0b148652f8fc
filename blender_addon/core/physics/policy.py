"""The learned policy: keeps figures on their feet at a tenth of a plan's cost.

Source: Peng et al. 2018, DeepMimic, ACM TOG 37(4):143; what it says is added to the targets of the
muscles, as in Bergamin et al. 2019, DReCon, ACM TOG 38(6):206.
"""

from __future__ import annotations

from typing import Final
from weakref import WeakKeyDictionary

import numpy as np

from ..conventions import Floats
from ..errors import ContractError
from ..inference.session import ModelSession
from .controllers import Controller, NoController
from .feed_forward import feed_forward
from .figure import CONTROL_RATE_HZ, MUSCLE_COUNT
from .observation import OBSERVATION, observe
from .reference import Reference
from .simulation import Simulation

TASK: Final = "physics_policy"
BASES: Final = ("none", "forward")


class PolicyController:
    """Runs the policy.

    Args:
        session: of a model for the task ``physics_policy``.

    Raises:
        ContractError: the model is for something else.
    """

    def __init__(self, session: ModelSession) -> None:
        _check(session)
        self._session = session
        self._base = base_controller(str(session.contract.settings.get("base", "none")))

    def residuals(self, simulation: Simulation) -> Floats:
        """See Controller."""
        told = self._session.run({"observation": observe(simulation)})["residuals"]
        return np.asarray(told, np.float64) + self._base.residuals(simulation)


class FeedForward:
    """What a motion needs is told to the muscles beforehand; the policy adds to that."""

    def __init__(self) -> None:
        self._tables: WeakKeyDictionary[Reference, Floats] = WeakKeyDictionary()

    def know(self, reference: Reference, table: Floats) -> None:
        """Take a table (K, 30) for a reference instead of making it."""
        self._tables[reference] = table

    def residuals(self, simulation: Simulation) -> Floats:
        """See Controller."""
        reference = simulation.reference
        if reference not in self._tables:
            self._tables[reference] = feed_forward(reference)
        return np.asarray(self._tables[reference][reference.clamped(simulation.steps)])


def base_controller(name: str) -> Controller:
    """What the policy adds to.

    Args:
        name: one of ``BASES``.

    Raises:
        ContractError: there is no such base.
    """
    if name == "none":
        return NoController()
    if name == "forward":
        return FeedForward()
    raise ContractError(f"the policy adds to '{name}'; expected one of {', '.join(BASES)}")


def _check(session: ModelSession) -> None:
    contract = session.contract
    expected = (
        TASK, ("observation",), ("residuals",), OBSERVATION.size, MUSCLE_COUNT, CONTROL_RATE_HZ
    )  # fmt: skip
    found = (
        contract.task,
        tuple(spec.name for spec in contract.inputs),
        tuple(spec.name for spec in contract.outputs),
        contract.inputs[0].shape[-1],
        contract.outputs[0].shape[-1],
        contract.frame_rate_hz,
    )
    if found != expected:
        raise ContractError(
            f"model '{contract.name}' is no policy for this figure: found {found}, expected "
            f"{expected}; choose another model, or export it again"
        )
