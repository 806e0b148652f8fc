"""The pipeline, with and without its foot lock, as one of those who are judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from blender_addon.core.quadruped.pipeline import QuadrupedPipeline
from blender_addon.core.quadruped.request import QuadrupedResult

from .animal import AnimalMotion, motion_of_clip, wanted_of
from .suite import Case, case_of
from .systems import Task


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
