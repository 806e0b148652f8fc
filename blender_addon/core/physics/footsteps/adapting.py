"""Footsteps in a run of the simulation: before it begins, and while it goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ...conventions import Bools, Floats
from ..balancing import Keeper
from ..reference import FRAMES_A_STEP
from ..request import PhysicsRequest
from ..running import Character
from ..settings import Mode
from ..simulation import Simulation
from ..timeline import AHEAD_STEPS
from .chooser import Guide
from .prepare import prepare_reference
from .trying import Trials
from .walk_on import PathKeeper


def adapted(
    request: PhysicsRequest, guide: Guide, threads: int = 1
) -> tuple[PhysicsRequest, tuple[str, ...]]:
    """A request whose motion is adapted to ground and obstacles, if it wishes that; and notes."""
    if not request.settings.footsteps or request.settings.mode is Mode.FALL:
        return request, ()
    if request.clip.frame_count < FRAMES_A_STEP + 1:
        return request, ()
    world = request.world
    trials = Trials(world, threads) if guide.tries else None
    prepared = prepare_reference(request.clip, world, guide.walker, guide.choose, trials)
    return replace(request, clip=prepared.clip), prepared.notes


def kept_on_paths(keeper: Keeper, characters: Sequence[Character], guide: Guide) -> Keeper:
    """A keeper that also leads balancing figures back to their paths, if any wish it."""
    wished = [_walks_on(each.request) for each in characters]
    return _OnPaths(keeper, characters, wished, guide) if any(wished) else keeper


def _walks_on(request: PhysicsRequest) -> bool:
    return request.settings.footsteps and request.settings.mode is Mode.BALANCE


class _OnPaths:
    """See Keeper."""

    def __init__(
        self,
        keeper: Keeper,
        characters: Sequence[Character],
        wished: list[bool],
        guide: Guide,
    ) -> None:
        rows = [each.timeline.steps + AHEAD_STEPS for each in characters]
        starts = np.cumsum([0, *rows])[:-1].tolist()
        # Plans of a single figure look ahead in its own reference.
        others = (characters[0].reference,) if len(characters) == 1 else ()
        requests = [each.request for each in characters]
        self._keeper, self._wished = keeper, np.array(wished)
        self._paths = PathKeeper(
            [each.clip for each in requests], [each.world for each in requests],
            starts, rows, [each.reference.lift for each in characters], others, guide,
        )  # fmt: skip

    def residuals(self, simulation: Simulation, idle: Bools) -> Floats:
        """See Keeper."""
        return self._keeper.residuals(simulation, idle)

    def after_step(self, simulation: Simulation) -> None:
        """See Keeper."""
        self._keeper.after_step(simulation)
        self._paths.after_step(simulation, self._wished)
