"""When the feet land and how long they stand, against the plan, the table and the dogs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from blender_addon.core.quadruped.body import Family
from blender_addon.core.quadruped.gaits import froude

from .animal import AnimalMotion, Reals
from .patterns import (
    GAITS,
    PLAIN,
    Reference,
    Table,
    as_right_leads,
    gait_of_feet,
    gaits_in_plan,
    galloping_left,
    interval_gap,
    leads_left,
    steady,
)
from .strides import Strides, circular_gap, circular_mean, strides_of

FEET: Final = ("left_hind", "left_fore", "right_hind", "right_fore")
JUDGED: Final = ("walk", "gallop")
"""The gaits that dogs' figures are known of."""
_FEWEST: Final = 2


@dataclass(frozen=True, eq=False)
class GaitStrides:
    """The steady strides of one motion in one gait, as right leads, beside what was planned.

    Args:
        gait: one of ``GAITS``.
        family: of the body.
        strides: what the feet did.
        planned_phases, planned_duties: (S, 4) NaN where no plan is known.
    """

    gait: str
    family: Family
    strides: Strides
    planned_phases: Reals
    planned_duties: Reals


def gait_strides(motion: AnimalMotion, strides: Strides | None = None) -> list[GaitStrides]:
    """Steady strides by the gait that the plan wanted; without a plan, by what the feet do."""
    all_strides = strides_of(motion) if strides is None else strides
    if motion.wanted is None:
        return _by_feet(motion, all_strides)
    gaits = gaits_in_plan(motion, all_strides)
    right = as_right_leads(all_strides, leads_left(gaits))
    planned = [_planned(motion, all_strides, gaits, duty) for duty in (False, True)]
    calm = steady(all_strides)
    found = []
    for name in GAITS:
        named = np.array([PLAIN.get(gait) == name if gait else False for gait in gaits], bool)
        chosen = np.flatnonzero(named & calm)
        if len(chosen):
            both = (planned[0][chosen], planned[1][chosen])
            found.append(GaitStrides(name, motion.family, right.select(chosen), *both))
    return found


def _by_feet(motion: AnimalMotion, strides: Strides) -> list[GaitStrides]:
    calm = strides.select(steady(strides))
    right = as_right_leads(calm, galloping_left(calm))
    numbers = np.array([gait_of_feet(row) for row in right.phases], np.int64)
    found = []
    for number, name in enumerate(GAITS):
        chosen = np.flatnonzero(numbers == number)
        if len(chosen):
            nothing = np.full((len(chosen), 4), np.nan)
            part = right.select(chosen)
            found.append(GaitStrides(name, motion.family, part, nothing, nothing))
    return found


def _planned(motion: AnimalMotion, strides: Strides, gaits: Sequence[object], duty: bool) -> Reals:
    """(S, 4) planned landings or duties in the middle of each stride, as right leads."""
    nothing = np.full((len(strides), 4), np.nan)
    wanted = motion.wanted
    values = None if wanted is None else wanted.duties if duty else wanted.landings
    if values is None or not len(strides):
        return nothing
    middle = values[strides.frames.mean(axis=1).astype(np.int64)]
    left = leads_left(list(gaits))  # type: ignore[arg-type]
    swapped = np.where(left[:, None], middle[:, [2, 3, 0, 1]], middle)
    return np.asarray(swapped if duty else (swapped - swapped[:, :1]) % 1.0)


@dataclass(frozen=True)
class FootError:
    """How one foot of one gait differs, in parts of a stride, over n strides."""

    gait: str
    foot: str
    phase: float
    duty: float
    strides: int


def errors_against(parts: Sequence[GaitStrides], reference: Reference) -> list[FootError]:
    """Differences of the mean strides from a reference, by gait and foot.

    Strides are gathered by body family and gait; each is compared at its own Froude number, and
    signed differences are averaged, so that a foot's scatter from stride to stride is no error.
    """
    found = []
    for gait in GAITS:
        for family in Family:
            rows = [part for part in parts if (part.gait, part.family) == (gait, family)]
            found += _errors_of(rows, reference)
    return found


def _errors_of(rows: Sequence[GaitStrides], reference: Reference) -> list[FootError]:
    phases, duties = [], []
    for part in rows:
        for row in range(len(part.strides)):
            number = float(froude(part.strides.speeds_m_s[row]))
            expected = reference.expected(part.gait, part.family, max(number, 1e-3))
            if expected is None:
                continue
            phases.append(_signed_gap(part.strides.phases[row], expected.phases))
            duties.append(_outside(part.strides.duties[row], expected.duties))
    if len(phases) < _FEWEST:
        return []
    phase, duty = (np.abs(np.mean(each, axis=0)) for each in (phases, duties))
    return [
        FootError(rows[0].gait, FEET[foot], float(phase[foot]), float(duty[foot]), len(phases))
        for foot in range(4)
    ]


def _signed_gap(parts: Reals, intervals: Reals) -> Reals:
    """(4,) how far parts of a stride are before (−) or after (+) intervals (4, 2)."""
    size = interval_gap(parts, intervals)
    late = circular_gap(parts, intervals[:, 1]) <= circular_gap(parts, intervals[:, 0])
    same = intervals[:, 0] == intervals[:, 1]
    ahead = (parts - intervals[:, 0] + 0.5) % 1.0 - 0.5
    return np.where(same, ahead, np.where(late, size, -size))


def _outside(values: Reals, intervals: Reals) -> Reals:
    below = np.minimum(values - intervals[:, 0], 0.0)
    return np.asarray(below + np.maximum(values - intervals[:, 1], 0.0))


def errors_against_plan(parts: Sequence[GaitStrides]) -> dict[str, float | None]:
    """Mean differences from the plan, stride by stride, over all feet and gaits.

    Returns:
        footfall_phase_error_plan, duty_error_plan; None where nothing was planned.
    """
    phases = [circular_gap(p.strides.phases, p.planned_phases)[:, 1:].ravel() for p in parts]
    duties = [np.abs(p.strides.duties - p.planned_duties).ravel() for p in parts]
    return {
        "footfall_phase_error_plan": _mean(phases),
        "duty_error_plan": _mean(duties),
    }


def _mean(parts: list[Reals]) -> float | None:
    values = np.concatenate(parts) if parts else np.zeros(0)
    values = values[np.isfinite(values)]
    return float(values.mean()) if len(values) else None


def measure_footfalls(parts: Sequence[GaitStrides], dogs: Reference) -> dict[str, Any]:
    """The measures of footfalls over a row's strides.

    Args:
        parts: of all its motions.
        dogs: recorded or published.

    Returns:
        footfall_phase_error, duty_error: the largest over the feet of walks and gallops; dogs where
        their figures fit the body, the table elsewhere. ``…_mean``, ``…_dogs`` (against dogs alone,
        whatever the body), ``…_plan``, and ``footfalls`` by gait and foot.
    """
    canine = [part for part in parts if part.family is Family.CANINE]
    hoofed = [part for part in parts if part.family is Family.HOOFED]
    own = errors_against(canine, dogs) + errors_against(hoofed, Table())
    judged = [error for error in own if error.gait in JUDGED]
    against_dogs = [e for e in errors_against(parts, dogs) if e.gait in JUDGED]
    trots = errors_against([p for p in parts if p.gait not in JUDGED], Table())
    return {
        "footfall_phase_error": _largest([e.phase for e in judged]),
        "duty_error": _largest([e.duty for e in judged]),
        "footfall_phase_error_mean": _average([e.phase for e in judged if e.foot != FEET[0]]),
        "duty_error_mean": _average([e.duty for e in judged]),
        "footfall_phase_error_dogs": _largest([e.phase for e in against_dogs]),
        "duty_error_dogs": _largest([e.duty for e in against_dogs]),
        "footfall_phase_error_other_gaits": _largest([e.phase for e in trots]),
        "duty_error_other_gaits": _largest([e.duty for e in trots]),
        **errors_against_plan(parts),
        "footfalls": means_by_gait(parts),
    }


def means_by_gait(parts: Sequence[GaitStrides]) -> dict[str, Any]:
    """What the feet did on average, by family and gait: phases, duties, strides a second."""
    found: dict[str, Any] = {}
    for family in Family:
        for gait in GAITS:
            rows = [p.strides for p in parts if (p.gait, p.family) == (gait, family)]
            if rows:
                found[f"{family.value} {gait}"] = _means(rows)
    return found


def _means(rows: Sequence[Strides]) -> dict[str, Any]:
    phases = np.concatenate([row.phases for row in rows])
    seconds = np.concatenate([row.seconds for row in rows])
    speeds = np.concatenate([row.speeds_m_s for row in rows])
    return {
        "phases": dict(zip(FEET, circular_mean(phases).round(4).tolist(), strict=True)),
        "phases_spread": dict(zip(FEET, _spread(phases).round(4).tolist(), strict=True)),
        "duties": dict(
            zip(
                FEET,
                np.concatenate([row.duties for row in rows]).mean(axis=0).round(4).tolist(),
                strict=True,
            )
        ),
        "stride_hz": round(float(1 / seconds.mean()), 4),
        "speed_m_s": round(float(speeds.mean()), 4),
        "froude": round(float(froude(speeds).mean()), 4),
        "strides": len(seconds),
    }


def _spread(phases: Reals) -> Reals:
    """(4,) mean distance from the mean."""
    return np.asarray(circular_gap(phases, circular_mean(phases)).mean(axis=0))


def _largest(values: list[float]) -> float | None:
    return max(values, default=None)


def _average(values: list[float]) -> float | None:
    return float(np.mean(values)) if values else None
