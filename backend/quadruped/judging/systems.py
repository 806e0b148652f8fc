"""Who is judged: the pipeline with and without its foot lock, plan and leg solver alone, loops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np

from backend.quadruped.footfalls import plan_footfalls
from backend.quadruped.sequence import Footfalls
from backend.quadruped.styles import Styles, read_styles
from backend.quadruped.synthesis import synthesise
from blender_addon.core.quadruped.body import QuadrupedBody
from blender_addon.core.quadruped.pipeline import QuadrupedPipeline
from blender_addon.core.quadruped.plan import QuadrupedPlan
from blender_addon.core.quadruped.plan_making import plan_request
from blender_addon.core.quadruped.request import QuadrupedRequest, QuadrupedResult

from .animal import PLAN_RATE_HZ, AnimalMotion, motion_of_clip, wanted_of
from .bodies import JudgedBody
from .loop_baseline import nearest_pair, read_loop_pairs, slide_along
from .suite import Case, Way, case_of

_SEED: Final = 9_000


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
        rng = np.random.default_rng(_SEED + self.seed)
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
class Controlled:
    """The pipeline, all tasks in one batch."""

    pipeline: QuadrupedPipeline
    foot_lock: bool

    def perform(self, tasks: Sequence[Task]) -> list[AnimalMotion]:
        """See System."""
        requests = [task.request_of(task.body.body, _own_case(task)) for task in tasks]
        results = self.pipeline.generate(requests, foot_lock=self.foot_lock)
        return [_of_result(task, result) for task, result in zip(tasks, results, strict=True)]


def _own_case(task: Task) -> Case:
    return case_of(task.way, task.body.body)


def _of_result(task: Task, result: QuadrupedResult) -> AnimalMotion:
    body, clip = task.body.body, result.clip
    path = task.model_case.path.points[:, [0, 2]]
    falls = task.footfalls_of(result.plan)
    rate = clip.frame_rate_hz / body.time_factor
    wanted = wanted_of(result.plan, clip.frame_count, rate, path, falls)
    return motion_of_clip(clip, body, task.names, _own_case(task).terrain, wanted)


@dataclass(frozen=True, eq=False)
class Planned:
    """Plan and leg solver, without a network: what the network learned from, on the same plans."""

    styles: Styles

    def perform(self, tasks: Sequence[Task]) -> list[AnimalMotion]:
        """See System."""
        return [self._one(task) for task in tasks]

    def _one(self, task: Task) -> AnimalMotion:
        case = task.model_case
        rng = np.random.default_rng(_SEED + task.seed)
        made = synthesise(
            task.plan,
            task.model_body,
            task.body.name,
            case.terrain,
            self.styles,
            rng,
            f"{task.way.name}_{task.body.name}",
            "test",
        )
        path = case.path.points[:, [0, 2]]
        wanted = wanted_of(
            made.plan, made.clip.frame_count, PLAN_RATE_HZ, path, made.footfalls
        )
        return motion_of_clip(made.clip, made.body, task.names, made.terrain, wanted)


@dataclass(frozen=True, eq=False)
class Looped:
    """The nearest loop slid along the plan."""

    pairs: Sequence[Any]

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


def planned_of(data: Path) -> Planned:
    """Plan and leg solver with the manners of the data's loops."""
    return Planned(read_styles(data))
