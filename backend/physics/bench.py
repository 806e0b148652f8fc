"""How fast figures with weight are, for the bench."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from backend.bench.cancel import MOMENTS, slowest_stop
from backend.bench.loading import load_seconds
from backend.bench.report import Figures, Row, Section
from backend.bench.setting import BenchSetting
from backend.bench.timing import time_calls
from blender_addon.core.conventions import Floats
from blender_addon.core.errors import NeuralMotionError
from blender_addon.core.inference.model_list import find_model
from blender_addon.core.jobs import Progress
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.physics.engine import Engine, why_no_engine
from blender_addon.core.physics.figure import (
    CONTROL_RATE_HZ,
    LEVEL_GROUND,
    SUBSTEPS,
    figure_mjcf,
)
from blender_addon.core.physics.joints import joint_vectors, still_pose
from blender_addon.core.physics.pipeline import PhysicsPipeline
from blender_addon.core.physics.plan import ROLLOUT_SUBSTEPS, PlanSettings
from blender_addon.core.physics.request import PhysicsRequest
from blender_addon.core.physics.settings import Balancer, Mode, PhysicsSettings

from .judging.policies import open_policy
from .suite import walk_orders
from .walks import walks_of

POLICY_TASK: Final = "physics_policy"
CHARACTERS: Final = 16
_FROM_S: Final = 5.0
_HELP_X, _POLICY_X, _PLAN_S, _FIRST_S = 3.0, 2.0, 4.0, 0.5
_STANDING_M: Final = 0.93

_HELP = PhysicsSettings(mode=Mode.TRACK, help_percent=100.0)
_PLAN = PhysicsSettings(mode=Mode.BALANCE, balancer=Balancer.PLAN)
_POLICY = PhysicsSettings(mode=Mode.BALANCE, balancer=Balancer.POLICY)


def measure(setting: BenchSetting) -> Figures:
    """Help, plan and policy as times of real time, the first pose, many in one batch."""
    return Figures(
        {Section.STEP: lambda: _step_rows(setting), Section.LOAD: lambda: _load_rows(setting)},
        cancel_s=None if why_no_engine() else _cancel_s,
    )


def _step_rows(setting: BenchSetting) -> list[Row]:
    if (reason := why_no_engine()) is not None:
        return [_row(key, None, note=reason) for key in _ROWS]
    seconds = 0.5 if setting.is_short else 4.0
    walk, threads = _walk(), os.cpu_count() or 1
    pipeline = PhysicsPipeline(None, threads)
    calls: dict[str, Callable[[], object]] = {
        "engine": lambda: _bare(seconds, 1),
        "help": lambda: _simulate(pipeline, [_request(walk, _HELP, seconds)]),
        "many": lambda: _simulate(
            pipeline, [_request(walk, _HELP, seconds, 0.1 * n) for n in range(CHARACTERS)]
        ),
    }
    took = time_calls(calls, seconds=2 * setting.seconds, warm_up=1, least=2)
    x = {name: seconds / timing.median_s for name, timing in took.items()}
    return [
        _row("physics_engine_x", x["engine"]),
        _row("physics_help_x", x["help"]),
        _row("physics_help16_x", CHARACTERS * x["many"]),
        *_plan_rows(setting, walk, threads),
        _policy_row(setting, walk),
        _row("physics_first_frame_s", _first_frame_s(pipeline, walk, setting.repeats)),
    ]


def _plan_rows(setting: BenchSetting, walk: MotionClip, threads: int) -> list[Row]:
    seconds = 0.1 if setting.is_short else 1.0
    pipeline = PhysicsPipeline(None, threads)
    calls: dict[str, Callable[[], object]] = {
        "plan": lambda: _simulate(pipeline, [_request(walk, _PLAN, seconds)]),
        "tried": lambda: _bare(seconds, threads, _tried_per_step(), ROLLOUT_SUBSTEPS),
    }
    took = time_calls(calls, seconds=2 * setting.seconds, warm_up=1, least=1)
    return [
        _row("physics_plan_s_per_s", took["plan"].median_s / seconds),
        _row("physics_plan_engine_s_per_s", took["tried"].median_s / seconds),
    ]


def _policy_row(setting: BenchSetting, walk: MotionClip) -> Row:
    try:
        policy = open_policy(find_model(POLICY_TASK, setting.models))
    except NeuralMotionError as error:
        return _row("physics_policy_x", None, note=str(error))
    seconds = 0.5 if setting.is_short else 4.0
    pipeline = PhysicsPipeline(policy)
    call = {"policy": lambda: _simulate(pipeline, [_request(walk, _POLICY, seconds)])}
    took = time_calls(call, seconds=setting.seconds, warm_up=1, least=2)
    return _row("physics_policy_x", seconds / took["policy"].median_s)


def _load_rows(setting: BenchSetting) -> list[Row]:
    key, title = "physics_policy_load_s", "physics_policy load"
    try:
        model = find_model(POLICY_TASK, setting.models)
    except NeuralMotionError as error:
        return [Row(key, title, None, "s", 0.2, note=str(error))]
    return [Row(key, title, load_seconds(model, setting.provider), "s", 0.2)]


_ROWS: Final[dict[str, tuple[Any, ...]]] = {
    "physics_engine_x": ("the engine alone, one figure standing", "x real time", None, None),
    "physics_help_x": ("a walk with help, request to clip", "x real time", _HELP_X, None),
    "physics_help16_x": (f"{CHARACTERS} in one batch, all together", "x real time", None, None),
    "physics_plan_s_per_s": ("a walk that is planned, a second of film", "s", _PLAN_S, None),
    "physics_plan_engine_s_per_s": (
        "  the engine alone, as many steps of standing figures", "s", None, "physics_plan_s_per_s"
    ),
    "physics_policy_x": ("a walk by the learned policy", "x real time", _POLICY_X, None),
    "physics_first_frame_s": ("planned, from the request to the first pose", "s", _FIRST_S, None),
}  # fmt: skip
"""Title, unit, target and what it is another way of, by key."""


def _row(key: str, value: float | None, note: str = "") -> Row:
    title, unit, target, ours = _ROWS[key]
    return Row(key, title, value, unit, target, ours, note, at_least=unit == "x real time")


def _walk() -> MotionClip:
    (walk,) = walks_of(walk_orders(1)).values()
    return walk


def _request(
    walk: MotionClip, settings: PhysicsSettings, seconds: float, later_s: float = 0.0
) -> PhysicsRequest:
    first = round((_FROM_S + later_s) * walk.frame_rate_hz)
    part = slice(first, first + round((seconds + 1.0) * walk.frame_rate_hz))
    contacts = None if walk.contacts is None else walk.contacts[part]
    clip = replace(
        walk, root_positions=walk.root_positions[part], contacts=contacts,
        rotations_wxyz=walk.rotations_wxyz[part],
    )  # fmt: skip
    return PhysicsRequest(clip, settings=settings, end_s=seconds)


def _simulate(pipeline: PhysicsPipeline, requests: Sequence[PhysicsRequest]) -> None:
    for _ in pipeline.generate(requests):
        pass


def _bare(seconds: float, threads: int, count: int = 1, substeps: int = SUBSTEPS) -> None:
    """Step standing figures through so many seconds."""
    engine = Engine(figure_mjcf(LEVEL_GROUND), count, threads)
    pose = still_pose()
    pose[1] = _STANDING_M
    engine.qpos[:] = pose
    engine.control[:] = joint_vectors(pose)
    for _ in range(max(1, round(seconds * CONTROL_RATE_HZ))):
        engine.step(substeps)


def _tried_per_step() -> int:
    """Control steps that are tried for each one that is made."""
    plan = PlanSettings()
    return max(1, plan.candidates * plan.horizon // plan.every)


class _FirstSeenError(Exception):
    """The first pose came."""


def _first_frame_s(pipeline: PhysicsPipeline, walk: MotionClip, repeats: int) -> float:
    """From the request until the first pose that was simulated, of the planned kind."""
    took = []
    for _ in range(max(1, min(repeats, 5))):
        started = time.perf_counter()

        def stop(frame: int, pose: Floats) -> None:
            if frame > 0:
                raise _FirstSeenError

        try:
            next(iter(pipeline.generate([_request(walk, _PLAN, 1.0)], None, stop)))
        except _FirstSeenError:
            took.append(time.perf_counter() - started)
    return float(np.median(took))


def _cancel_s() -> float:
    walk, pipeline = _walk(), PhysicsPipeline()

    def run(progress: Progress) -> None:
        next(iter(pipeline.generate([_request(walk, _PLAN, 0.5)], progress)))

    return slowest_stop(run, MOMENTS[::4])
