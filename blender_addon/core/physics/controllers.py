"""What decides what muscles are told besides the reference."""

from __future__ import annotations

from typing import Protocol

from ..conventions import Floats
from .simulation import Simulation, no_residuals


class Controller(Protocol):
    """Keeps figures on their feet: nothing, a plan or the learned policy."""

    def residuals(self, simulation: Simulation) -> Floats:
        """(B, 30) radians to add to the targets of the muscles for one control step."""
        ...


class NoController:
    """Muscles are told the reference alone."""

    def residuals(self, simulation: Simulation) -> Floats:
        """See Controller."""
        return no_residuals(simulation.engine.count)
