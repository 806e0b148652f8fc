"""A reference moves with its figure: a walk that is late, or was pushed, goes on where it is."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..conventions import Floats
from .figure import BODY_NAMES
from .simulation import Simulation

_FEET: Final = np.array([BODY_NAMES.index(side + "_foot") for side in ("left", "right")])
_STILL_M_S: Final = 0.2


def reanchor(simulation: Simulation, share: Floats | float) -> None:
    """Move each figure's reference a share of the way to it; call after each control step.

    Lateness would add up until the figure topples. While the reference walks it follows the
    pelvis; while it stands it follows the feet: after the pelvis it would lean with a figure that
    leans, and nothing would bring that back.

    Args:
        simulation: whose offsets are moved.
        share: of the way, (B,) or one number.
    """
    reference, engine = simulation.reference, simulation.engine
    at = reference.clamped(simulation.steps)
    slow = np.linalg.norm(reference.rates[at][:, :3], axis=1) < _STILL_M_S
    stands = reference.carries[at].all(axis=1) & slow
    feet = (engine.positions[:, 1 + _FEET] - reference.bodies[at][:, _FEET]).mean(axis=1)
    away = np.where(stands[:, None], feet - simulation.offsets, simulation.errors().place)
    away[:, 1] = 0.0
    simulation.offsets += np.asarray(share, np.float64).reshape(-1, 1) * away
