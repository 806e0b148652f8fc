"""What a plan pays for coming nearer to a thing than its animation does."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..conventions import Floats
from .figure import BODY_NAMES, PELVIS
from .footsteps.surroundings import PASSING_M, Surroundings, surroundings_of
from .reference import Reference
from .simulation import Simulation
from .world import World

_FEET_M: Final = 0.17
_NEAREST_M: Final = {PELVIS: PASSING_M} | {
    side + part: _FEET_M for side in ("left_", "right_") for part in ("foot", "toe")
}
"""So far from a thing the middles of bodies pass without touching it."""
_BODIES: Final = np.array([BODY_NAMES.index(name) for name in _NEAREST_M])
_ENOUGH_M: Final = np.array([*_NEAREST_M.values()])
_LEEWAY_M: Final = 0.02
_WEIGHT: Final = 200.0
_XZ: Final = [0, 2]


class KeepingClear:
    """Costs of roll-outs; what the animation walks into is walked into.

    Args:
        around: what there is to be passed.
    """

    def __init__(self, around: Surroundings) -> None:
        self._around = around

    @classmethod
    def of(cls, world: World, reference: Reference) -> KeepingClear | None:
        """For a motion in a world; None where nothing stands beside its way."""
        around = surroundings_of(world, reference.poses[:, _XZ])
        return cls(around) if around.outlines else None

    def __call__(self, rollouts: Simulation) -> Floats:
        """(B,) what each pays at its control step."""
        reference = rollouts.reference
        meant = reference.bodies[reference.clamped(rollouts.steps)][:, _BODIES]
        places = rollouts.engine.positions[:, 1 + _BODIES]
        needed = np.minimum(self._clearance(meant), _ENOUGH_M) - _LEEWAY_M
        missing = np.maximum(needed - self._clearance(places), 0.0)
        return np.asarray(_WEIGHT * np.square(missing).sum(axis=1))

    def _clearance(self, places: Floats) -> Floats:
        return self._around.clearance(places[..., _XZ])
