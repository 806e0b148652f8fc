"""Plan and leg solver without a network, as one of those who are judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from backend.quadruped.manner import Styles
from backend.quadruped.standing import Stills, read_stills
from backend.quadruped.styles import read_styles
from backend.quadruped.synthesis import synthesise

from .animal import PLAN_RATE_HZ, AnimalMotion, motion_of_clip, wanted_of
from .systems import SEED, Task


@dataclass(frozen=True, eq=False)
class Planned:
    """Plan and leg solver, without a network: what the network learned from, on the same plans."""

    styles: Styles
    stills: Stills

    def perform(self, tasks: Sequence[Task]) -> list[AnimalMotion]:
        """See System."""
        return [self._one(task) for task in tasks]

    def _one(self, task: Task) -> AnimalMotion:
        case = task.model_case
        rng = np.random.default_rng(SEED + task.seed)
        made = synthesise(
            task.plan,
            task.model_body,
            task.body.name,
            case.terrain,
            self.styles,
            self.stills,
            rng,
            f"{task.way.name}_{task.body.name}",
            "test",
        )
        path = case.path.points[:, [0, 2]]
        wanted = wanted_of(made.plan, made.clip.frame_count, PLAN_RATE_HZ, path, made.footfalls)
        return motion_of_clip(made.clip, made.body, task.names, made.terrain, wanted)


def planned_of(data: Path) -> Planned:
    """Plan and leg solver with the manners of the data's loops."""
    return Planned(read_styles(data), read_stills(data))
