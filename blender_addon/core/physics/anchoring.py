"""A reference moves with its figure: a walk that is late, or was pushed, goes on where it is."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..conventions import Floats
from .figure import BODY_NAMES
from .simulation import Simulation

_FEET: Final = np.array([BODY_NAMES.index(side + "_foot") for side in ("left", "right")])
_LEVEL: Final = np.array([1.0, 0.0, 1.0])
_STILL_M_S: Final = 0.2


def reanchor(simulation: Simulation, share: Floats | float, beside: float = 1.0) -> None:
    """Move each figure's reference a share of the way to it; call after each control step.

    Lateness would add up until the figure topples. While the reference walks it follows the
    pelvis; while it stands it follows the feet: after the pelvis it would lean with a figure that
    leans, and nothing would bring that back.

    Args:
        simulation: whose offsets are moved.
        share: of the way, (B,) or one number.
        beside: how much of that a walk moves to its side: a body that sways is to come back over
            its path.
    """
    reference, engine = simulation.reference, simulation.engine
    at = reference.clamped(simulation.steps)
    velocity = reference.rates[at][:, :3] * _LEVEL
    speed = np.linalg.norm(velocity, axis=1, keepdims=True)
    stands = reference.carries[at].all(axis=1, keepdims=True) & (speed < _STILL_M_S)
    feet = (engine.positions[:, 1 + _FEET] - reference.bodies[at][:, _FEET]).mean(axis=1)
    ahead = velocity / np.maximum(speed, _STILL_M_S)
    place = simulation.errors().place
    along = (place * ahead).sum(axis=1, keepdims=True) * ahead
    away = np.where(stands, feet - simulation.offsets, along + beside * (place - along))
    away *= _LEVEL
    simulation.offsets += np.asarray(share, np.float64).reshape(-1, 1) * away
