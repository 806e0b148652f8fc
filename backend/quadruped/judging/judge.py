"""Every measure over a row of motions: pooled, by body and by path, and unseen bodies over seen."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from backend.motion_quality.naturalness import NaturalnessReference
from backend.motion_quality.windows import Windows, join_windows
from blender_addon.core.feet.measures import PathDeviation, path_deviation
from blender_addon.core.quadruped.body import MODEL_HIP_HEIGHT_M

from .animal import AnimalMotion
from .changes import (
    ChangeFigures,
    measure_changes,
    measure_stride_law,
    pool_changes,
    tiny_steps,
)
from .feet import measure_feet
from .footfalls import GaitStrides, gait_strides, measure_footfalls
from .looks import measure_looks
from .natural import both_sides, measure_naturalness, windows_of
from .patterns import Reference
from .strides import FootSteps, Strides, join_strides, steps_of, strides_of
from .suite import RAMP
from .trunks import measure_trunks

KEYS: Final = (
    "path_deviation_mean_h",
    "path_deviation_p95_h",
    "slip_walk_cm_s",
    "slip_gallop_cm_s",
    "footfall_phase_error",
    "duty_error",
    "stride_law_error",
    "gait_change_strides",
    "frechet",
    "reach_p95",
    "reach_max",
    "stretch_cm",
    "stability_ratio",
    "unseen_ratio",
)
"""Every row has these."""

RATIO_FLOORS: Final = {
    "path_deviation_mean_h": 0.02,
    "path_deviation_p95_h": 0.05,
    "slip_walk_cm_s": 0.75,
    "slip_gallop_cm_s": 3.75,
    "footfall_phase_error": 0.015,
    "duty_error": 0.02,
    "stride_law_error": 0.04,
    "gait_change_strides": 0.25,
    "frechet": 5.0,
    "reach_p95": 0.25,
    "reach_max": 0.25,
    "stretch_cm": 0.1,
}
"""What is compared between bodies, and what the seen bodies' figure counts as at least: a quarter
of the target, since ratios of almost nothing say nothing."""


@dataclass(frozen=True, eq=False)
class Judge:
    """What motions are held against.

    Args:
        dogs: how dogs' feet fall, recorded or published.
        natural: what is natural, all bodies together.
        head: whether it sees heads.
        source: "recorded" or "synthesised".
        owners: (N,) whose each window of the reference is, where bodies are told apart: some of
            them are then held against their own alone.
    """

    dogs: Reference
    natural: NaturalnessReference
    head: bool
    source: str
    owners: NDArray[np.str_] | None = None

    def natural_of(self, bodies: Collection[str]) -> NaturalnessReference:
        """What is natural for some bodies, on the components of all."""
        if self.owners is None:
            return self.natural
        chosen = np.isin(self.owners, list(bodies))
        if not chosen.any():
            return self.natural
        whole = self.natural
        return NaturalnessReference(
            whole.components, whole.projected[chosen], whole.windows.select(chosen)
        )


@dataclass(frozen=True, eq=False)
class Judged:
    """A motion with what is found in it once."""

    motion: AnimalMotion
    judge: Judge
    seen: bool = True

    @cached_property
    def steps(self) -> tuple[FootSteps, ...]:
        """Of its four feet."""
        return steps_of(self.motion)

    @cached_property
    def strides(self) -> Strides:
        """All strides."""
        return strides_of(self.motion, self.steps)

    @cached_property
    def gaits(self) -> list[GaitStrides]:
        """Its steady strides by gait."""
        return gait_strides(self.motion, self.strides)

    @cached_property
    def changes(self) -> list[ChangeFigures]:
        """Of its gait."""
        return measure_changes(self.motion, self.steps, self.strides)

    @cached_property
    def windows(self) -> Windows:
        """Half seconds, for naturalness."""
        return both_sides(windows_of(self.motion, self.judge.head))

    @cached_property
    def deviation(self) -> PathDeviation | None:
        """From its path; None where none was asked for, or where it is over within a second."""
        wanted = self.motion.wanted
        if wanted is None or wanted.path_xz is None:
            return None
        if self.motion.frame_count <= 1.1 * self.motion.rate_hz:
            return None
        return path_deviation(self.motion.root[:, :2], wanted.path_xz, self.motion.rate_hz)


def measure_row(row: Sequence[Judged], judge: Judge) -> dict[str, Any]:
    """All measures of a row, with those of each body and path, and of unseen bodies over seen."""
    pooled = measure_some(row, judge)
    return {
        **pooled,
        **unseen_over_seen(row, judge),
        "per_body": _by(row, judge, lambda each: each.motion.body_name, measure_some),
        "per_path": _by(row, judge, lambda each: each.motion.name, measure_ways),
    }


def _by(
    row: Sequence[Judged],
    judge: Judge,
    name: Callable[[Judged], str],
    measure: Callable[[Sequence[Judged], Judge], dict[str, Any]],
) -> dict[str, dict[str, Any]]:
    names = list(dict.fromkeys(name(each) for each in row))
    if len(names) < 2:
        return {}
    return {n: measure([each for each in row if name(each) == n], judge) for n in names}


def unseen_over_seen(row: Sequence[Judged], judge: Judge) -> dict[str, Any]:
    """How much worse bodies are that training never saw.

    Returns:
        unseen_ratio: mean over ``RATIO_FLOORS`` of the unseen bodies' figure over the seen ones';
        unseen_worst and unseen_worst_measure: the largest; unseen_ratios: each.
    """
    parts = [[each for each in row if each.seen is seen] for seen in (False, True)]
    if not all(parts):
        return dict.fromkeys(("unseen_ratio", "unseen_worst", "unseen_worst_measure"))
    unseen, seen = (measure_some(part, judge) for part in parts)
    ratios = {
        key: float(unseen[key] / max(seen[key], floor))
        for key, floor in RATIO_FLOORS.items()
        if unseen.get(key) is not None and seen.get(key) is not None
    }
    worst = max(ratios, key=lambda key: ratios[key])
    return {
        "unseen_ratio": float(np.mean(list(ratios.values()))),
        "unseen_worst": ratios[worst],
        "unseen_worst_measure": worst,
        "unseen_ratios": ratios,
    }


def measure_some(row: Sequence[Judged], judge: Judge) -> dict[str, Any]:
    """Every measure pooled over some motions."""
    motions = [each.motion for each in row]
    windows = join_windows([each.windows for each in row])
    return {
        **measure_ways(row, judge),
        **measure_naturalness(windows, judge.natural_of({m.body_name for m in motions})),
        **measure_looks(motions),
        **measure_trunks(motions, [each.strides for each in row]),
    }


def measure_ways(row: Sequence[Judged], judge: Judge) -> dict[str, Any]:
    """What the feet and the root of some motions do, pooled."""
    motions = [each.motion for each in row]
    ramps = [each.strides for each in row if each.motion.name == RAMP]
    gaits = [part for each in row for part in each.gaits]
    tiny = [tiny_steps(each.motion, each.steps) for each in row]
    return {
        "motions": len(motions),
        "model_seconds": round(sum(m.frame_count / m.rate_hz for m in motions), 1),
        **measure_paths(row),
        **measure_feet(motions),
        **measure_footfalls(gaits, judge.dogs),
        **measure_stride_law(join_strides(ramps)),
        **pool_changes([change for each in row for change in each.changes]),
        "tiny_steps": sum(len(each) for each in tiny),
    }


def measure_paths(row: Sequence[Judged]) -> dict[str, Any]:
    """Deviation pooled over frames, and how many paths were finished."""
    followed = [found for each in row if (found := each.deviation) is not None]
    if not followed:
        return dict.fromkeys(("path_deviation_mean_h", "path_deviation_p95_h", "paths_completed"))
    distances = np.concatenate([found.distances_m for found in followed]) / MODEL_HIP_HEIGHT_M
    return {
        "path_deviation_mean_h": float(np.nanmean(distances)),
        "path_deviation_p95_h": float(np.nanpercentile(distances, 95)),
        "paths_completed": sum(found.completed() for found in followed),
    }


def finite(value: Any) -> Any:
    """The same for JSON: what is no finite number is None, NumPy's numbers are Python's."""
    if isinstance(value, Mapping):
        return {str(key): finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [finite(inner) for inner in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    return value
