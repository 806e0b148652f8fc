"""The learned policy: keeps figures on their feet at a tenth of a plan's cost.

Source: Peng et al. 2018, DeepMimic, ACM TOG 37(4):143; what it says is added to the targets of the
muscles, as in Bergamin et al. 2019, DReCon, ACM TOG 38(6):206.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from ..conventions import Floats
from ..errors import ContractError
from ..inference.session import ModelSession
from .balance import GAINS, Balance, Gains
from .controllers import Controller, NoController
from .figure import CONTROL_RATE_HZ, MUSCLE_COUNT
from .observation import OBSERVATION, observe
from .reference import Reference
from .simulation import Simulation

TASK: Final = "physics_policy"
BASES: Final = ("none", "balance")
_REMEMBERED: Final = 3


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
        settings = session.contract.settings
        base, gains = str(settings.get("base", "none")), GAINS
        if base == "balance":
            gains = gains_of_settings(settings.get("base_gains", {}))
        self._base = base_controller(base, gains)

    def residuals(self, simulation: Simulation) -> Floats:
        """See Controller."""
        told = self._session.run({"observation": observe(simulation)})["residuals"]
        return np.asarray(told, np.float64) + self._base.residuals(simulation)


class Law:
    """The law of feedback to which the policy adds, whatever reference is followed.

    Args:
        gains: of the feedback with which the policy was trained.
    """

    def __init__(self, gains: Gains = GAINS) -> None:
        self.gains = gains
        self._recent: list[Balance] = []

    def residuals(self, simulation: Simulation) -> Floats:
        """See Controller."""
        return self._of(simulation.reference).residuals(simulation)

    def _of(self, reference: Reference) -> Balance:
        """What is known of a reference; a few are remembered, since making it takes a while."""
        for each in self._recent:
            if each.reference is reference:
                return each
        self._recent = [Balance(reference, self.gains), *self._recent[: _REMEMBERED - 1]]
        return self._recent[0]


def base_controller(name: str, gains: Gains = GAINS) -> Controller:
    """What the policy adds to.

    Args:
        name: one of ``BASES``.
        gains: of the law of feedback.

    Raises:
        ContractError: there is no such base.
    """
    if name == "none":
        return NoController()
    if name == "balance":
        return Law(gains)
    raise ContractError(f"the policy adds to '{name}'; expected one of {', '.join(BASES)}")


def gains_to_settings(gains: Gains) -> dict[str, Any]:
    """Gains as a contract keeps them."""
    return {name: np.round(table, 6).tolist() for name, table in vars(gains).items()}


def gains_of_settings(settings: Mapping[str, Any]) -> Gains:
    """Gains as a contract has them; of what it does not know there is none.

    Raises:
        ContractError: they are none, or of another shape.
    """
    tables = {}
    for name, usual in vars(GAINS).items():
        try:
            told = settings[name] if not settings or name in settings else np.zeros(usual.shape)
            tables[name] = np.array(told, np.float64)
        except (KeyError, TypeError, ValueError):
            tables[name] = np.zeros(0)
        if tables[name].shape != usual.shape or not np.isfinite(tables[name]).all():
            raise ContractError(
                f"the setting base_gains.{name} has shape {tables[name].shape}, expected are "
                f"finite numbers of shape {usual.shape}; export the policy again"
            )
    return Gains(**tables)


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
