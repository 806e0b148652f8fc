"""The rows of the evaluation: who is judged, by which judge, and why a figure lacks."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from backend.motion_quality.naturalness import NaturalnessReference
from backend.motion_quality.windows import join_windows

from .animal import AnimalMotion
from .bodies import JudgedBody
from .judge import KEYS, Judge, Judged, measure_row
from .natural import (
    both_sides,
    halves,
    measure_naturalness,
    reference_of,
    stability_ratio,
    windows_of,
)
from .patterns import PublishedDogs, RecordedDogs
from .recordings import all_have_heads
from .strides import join_strides, strides_of
from .suite import Way, random_way
from .systems import System, Task, make_tasks

RECORDED, SYNTHESISED = "recorded", "synthesised"
_REFERENCE_SEED: Final = 501
_STABILITY_SEED: Final = 77
_STABILITY_BODY: Final = "wolf"
_PLAYED: Final = "plays what is planned, step for step; nothing of it can drift"
_NOT_ASKED: Final = "the reference was not asked for it"
_ONLY_POINTS: Final = "recordings have no whole skeleton"
_FLOOR_REASONS: Final = {
    **dict.fromkeys(
        (
            "path_deviation_mean_h",
            "path_deviation_p95_h",
            "stride_law_error",
            "gait_change_strides",
            "stability_ratio",
            "unseen_ratio",
        ),
        _NOT_ASKED,
    ),
    **dict.fromkeys(("reach_p95", "reach_max", "stretch_cm"), _ONLY_POINTS),
}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Scope:
    """What is judged.

    Args:
        bodies: seen and unseen.
        ways: that each goes.
        minutes: of the stability test; under 2 none is made.
        reference_minutes: of held-out synthesis for each body, where no recordings are given.
    """

    bodies: Sequence[JudgedBody]
    ways: Sequence[Way]
    minutes: float = 10.0
    reference_minutes: float = 2.0


def judge_by_recordings(recordings: Sequence[AnimalMotion]) -> Judge:
    """A judge that knows recorded animals."""
    head = all_have_heads(recordings)
    strides = join_strides([strides_of(motion) for motion in recordings])
    natural = reference_of(recordings, head)
    return Judge(RecordedDogs.of(strides), natural, head, RECORDED)


def reference_motions(system: System, scope: Scope) -> list[AnimalMotion]:
    """Held-out motion to judge by: random ways that nobody else is asked for, every body."""
    count = max(round(scope.reference_minutes), 1)
    # The same ways for all, so that no body is held against speeds that its reference lacks.
    ways = [random_way(1.0, _REFERENCE_SEED + n) for n in range(count)]
    tasks = [
        Task(body, way, 5_000 + number * count + n)
        for number, body in enumerate(scope.bodies)
        for n, way in enumerate(ways)
    ]
    return system.perform(tasks)


def judge_by_synthesis(reference: Sequence[AnimalMotion]) -> Judge:
    """A judge that knows nothing but held-out synthesis, and dogs' published figures."""
    parts = [both_sides(windows_of(motion)) for motion in reference]
    owners = np.concatenate(
        [[m.body_name] * len(p.moving.speeds_m_s) for m, p in zip(reference, parts, strict=True)]
    )
    natural = NaturalnessReference.from_windows(join_windows(parts))
    return Judge(PublishedDogs(), natural, True, SYNTHESISED, owners)


def perform(system: System, scope: Scope, judge: Judge) -> list[Judged]:
    """What a system does on every way with every body."""
    tasks = make_tasks(scope.bodies, scope.ways)
    motions = system.perform(tasks)
    return [Judged(m, judge, t.body.seen) for m, t in zip(motions, tasks, strict=True)]


def measure_system(
    system: System, scope: Scope, judge: Judge, *, drifts: bool
) -> tuple[dict[str, Any], list[Judged]]:
    """A row, and what it was measured on.

    Args:
        system: who.
        scope: on what.
        judge: held against what.
        drifts: whether its last minute may differ from its first.
    """
    row = perform(system, scope, judge)
    found: dict[str, Any] = measure_row(row, judge)
    if not drifts:
        return with_reasons(found, {"stability_ratio": _PLAYED}), row
    return with_reasons(found | _stability(system, scope, judge)), row


def _stability(system: System, scope: Scope, judge: Judge) -> dict[str, Any]:
    if scope.minutes < 2:
        return {"stability_ratio": None}
    named = [body for body in scope.bodies if body.name == _STABILITY_BODY]
    body = (named or list(scope.bodies))[0]
    _log.info("%g minutes without a break", scope.minutes)
    motion = system.perform([Task(body, random_way(scope.minutes, _STABILITY_SEED))])[0]
    return stability_ratio(motion, judge.natural_of({body.name}), judge.head)


def measure_floor(reference: Sequence[AnimalMotion], judge: Judge) -> dict[str, Any]:
    """How near one half of the reference is to the other, and its other measures."""
    found = measure_row([Judged(motion, judge) for motion in reference], judge)
    first, second = halves(reference, judge.head)
    if len(first.moving.speeds_m_s) and len(second.moving.speeds_m_s):
        found |= measure_naturalness(second, NaturalnessReference.from_windows(first))
    return with_reasons(found, _FLOOR_REASONS)


def with_reasons(found: Mapping[str, Any], reasons: Mapping[str, str] = {}) -> dict[str, Any]:
    """A row that has all of ``KEYS``, None with a reason where it has no such figure."""
    whole: dict[str, Any] = {key: found.get(key) for key in KEYS}
    whole |= found
    lacking = [key for key in KEYS if whole[key] is None]
    told = {key: reasons.get(key, "nothing of the kind happened") for key in lacking}
    return whole | {"not_measured": told}


def absent_row(reason: str) -> dict[str, Any]:
    """A row of nothing."""
    return {**dict.fromkeys(KEYS), "not_measured": dict.fromkeys(KEYS, reason)}


Maker = Callable[[], System]
