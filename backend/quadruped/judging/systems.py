"""What is asked of everyone who is judged, and the loops that answer it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from backend.quadruped.footfalls import plan_footfalls
from backend.quadruped.sequence import Footfalls
from blender_addon.core.quadruped.body import QuadrupedBody
from blender_addon.core.quadruped.plan import QuadrupedPlan
from blender_addon.core.quadruped.plan_making import plan_request
from blender_addon.core.quadruped.request import QuadrupedRequest

from .animal import PLAN_RATE_HZ, AnimalMotion, motion_of_clip, wanted_of
from .bodies import JudgedBody
from .loop_baseline import LoopPair, nearest_pair, read_loop_pairs, slide_along
from .suite import Case, Way, case_of

SEED: Final = 9_000


@dataclass(frozen=True, eq=False)
class Task:
    """One way for one body.

    Args:
        body: whose.
        way: which.
        seed: when strides begin and which lead.
    """

    body: JudgedBody
    way: Way
    seed: int = 0

    @cached_property
    def model_body(self) -> QuadrupedBody:
        """At the model's size."""
        return self.body.body.at_model_size()

    @cached_property
    def model_case(self) -> Case:
        """In the model's world."""
        return case_of(self.way, self.model_body)

    @cached_property
    def plan(self) -> QuadrupedPlan:
        """What is asked for, in the model's world."""
        return plan_request(self.request_of(self.model_body, self.model_case))

    @cached_property
    def footfalls(self) -> Footfalls:
        """When the plan has the feet land."""
        return self.footfalls_of(self.plan)

    def footfalls_of(self, plan: QuadrupedPlan) -> Footfalls:
        """When a plan for this body has the feet land."""
        rng = np.random.default_rng(SEED + self.seed)
        return plan_footfalls(plan, self.model_body, self.model_case.terrain, rng)

    def request_of(self, body: QuadrupedBody, case: Case) -> QuadrupedRequest:
        """The request for a case."""
        return QuadrupedRequest(
            body,
            case.path,
            case.terrain,
            stand_before_s=case.stand_s,
            stand_after_s=case.stand_s,
            seed=self.seed,
        )

    @property
    def names(self) -> tuple[str, str]:
        """Of way and body."""
        return self.way.name, self.body.name


class System(Protocol):
    """Something that moves animals."""

    def perform(self, tasks: Sequence[Task]) -> list[AnimalMotion]:
        """A motion for each task."""
        ...


def make_tasks(bodies: Sequence[JudgedBody], ways: Sequence[Way]) -> list[Task]:
    """Every way for every body, each with a seed of its own."""
    return [
        Task(body, way, number * len(ways) + n)
        for number, body in enumerate(bodies)
        for n, way in enumerate(ways)
    ]


@dataclass(frozen=True, eq=False)
class Looped:
    """The nearest loop slid along the plan."""

    pairs: Sequence[LoopPair]

    @classmethod
    def of(cls, data: Path) -> Looped:
        """The loops of the data."""
        return cls(read_loop_pairs(data))

    def perform(self, tasks: Sequence[Task]) -> list[AnimalMotion]:
        """See System."""
        return [self._one(task) for task in tasks]

    def _one(self, task: Task) -> AnimalMotion:
        pair = nearest_pair(task.model_body, task.body.name, self.pairs)
        case = task.model_case
        clip = slide_along(task.plan, case.terrain, pair)
        path = case.path.points[:, [0, 2]]
        wanted = wanted_of(task.plan, clip.frame_count, PLAN_RATE_HZ, path, task.footfalls)
        return motion_of_clip(clip, pair.body, task.names, case.terrain, wanted)
