"""Longer or shorter steps at the same speed, by walking at another speed and in another tempo.

Step length grows with the square root of speed: people (0.56 m at 0.8 m/s, 0.86 m at 1.9 m/s) and
the network alike. For steps k times as long at a speed v the network goes at k·v, where its steps
are √k as long; they are stretched by √k more and played k^1.5 times as slowly, for
k·v · √k / k^1.5 = v. Stretching alone would put giant's steps on a stroller's legs, tempo alone
would show a jog in slow motion.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Final

import numpy as np

from ...conventions import Bools, Floats
from ...ground.terrain import FlatTerrain, Terrain
from ...maths.rotations import make_continuous, normalise
from ...maths.smoothing import gaussian_smooth, running_maximum
from ..direction import Directions
from ..plan import WalkPlan

_FULL: Final = 0.75
_SLOW_M_S: Final = 0.3
"""Slower than this share of the usual speed, or than this, a step is less and less what was asked
for; who stands stands in true time."""
_USUAL_FRAMES: Final = 120
_WALK_ENDS_M_S: Final = 1.9
_JOG_BEGINS_M_S: Final = 2.4
_EASE_FRAMES: Final = 12.0
_FIELD: Final = "step_length"
_STEEP: Final = (0.3, 0.45)
"""Rise by the metre between which steps become those that the ground asks for, as on stairs."""
_NEAR_M: Final = 0.5
_TREADS_FRAMES: Final = 20
"""Around stairs, for which steps are as long as they need to be."""


@dataclass(frozen=True, eq=False)
class Tempo:
    """How the model's time runs beside the true one.

    Args:
        plan: M frames, what the model walks.
        at: (T,) the model's frame of each true one, with parts.
        stretch: (M,) how much further the root goes than the model thinks.
        rate: (M,) model seconds to a true second.
    """

    plan: WalkPlan
    at: Floats
    stretch: Floats
    rate: Floats


def taken_up(speeds_m_s: Floats, usual_m_s: Floats, slope: Floats) -> Floats:
    """Share (...) of what is asked for: none of it standing, nor on stairs; little while braking.

    Args:
        speeds_m_s: (...) true ones.
        usual_m_s: (...) the highest of them around.
        slope: (...) of the ground, rise by the metre.
    """
    full = np.maximum(_FULL * usual_m_s, _SLOW_M_S)
    going = np.clip(speeds_m_s / full, 0.0, 1.0)
    level = np.clip((_STEEP[1] - np.abs(slope)) / (_STEEP[1] - _STEEP[0]), 0.0, 1.0)
    return np.asarray(level * going * going * (3.0 - 2.0 * going))


def step_tempo(longer: Floats, speeds_m_s: Floats, fastest_m_s: float) -> tuple[Floats, Floats]:
    """Rate (...) of the model's time and stretch (...) of its steps.

    Args:
        longer: (...) factor on the length of steps.
        speeds_m_s: (...) true ones.
        fastest_m_s: of the model.
    """
    # A walk stays a walk and a jog a jog: what the speed may not give, the stretch has to.
    walks = speeds_m_s < _JOG_BEGINS_M_S
    highest = np.where(walks, np.maximum(speeds_m_s, _WALK_ENDS_M_S), fastest_m_s)
    lowest = np.where(walks, 0.0, _JOG_BEGINS_M_S)
    faster = np.clip(speeds_m_s * longer, lowest, np.maximum(highest, lowest))
    faster = faster / np.maximum(speeds_m_s, 1e-6)
    faster = np.where(speeds_m_s > 1e-3, faster, 1.0)
    stretch = longer / np.sqrt(faster)
    return 1.0 / (faster * stretch), stretch


def find_tempo(
    plan: WalkPlan, directions: Directions, terrain: Terrain, fastest_m_s: float
) -> Tempo | None:
    """What the model has to walk for the steps that are asked for; None for its own.

    Args:
        plan: T frames in true time.
        directions: what is asked for.
        terrain: the ground.
        fastest_m_s: of the model.
    """
    if directions.is_plain(_FIELD):
        return None
    speeds = plan.speeds_m_s
    usual = running_maximum(speeds, _USUAL_FRAMES)
    more = directions.along(_FIELD, plan.distances_m) - 1.0
    longer = 1.0 + more * taken_up(speeds, usual, _slopes(plan, terrain))
    rate, stretch = step_tempo(longer, speeds, fastest_m_s)
    rate, stretch = (gaussian_smooth(each, _EASE_FRAMES) for each in (rate, stretch))
    at = np.concatenate(([0.0], np.cumsum(0.5 * (rate[1:] + rate[:-1]))))
    frames = np.arange(int(np.ceil(at[-1])) + 1)
    true = np.interp(frames, at, np.arange(len(at)))

    def sampled(values: Floats) -> Floats:
        return resampled(values, true)

    rate, stretch = sampled(rate), sampled(stretch)
    parts = {each.name: getattr(plan, each.name) for each in fields(plan)}
    moved: dict[str, Any] = {
        name: sampled(part)
        for name, part in parts.items()
        if isinstance(part, np.ndarray) and len(part) == plan.frame_count
    }
    moved["speeds_m_s"] = np.maximum(moved["speeds_m_s"], 0.0) / (rate * stretch)
    return Tempo(replace(plan, **moved), np.minimum(at, frames[-1]), stretch, rate)


def _slopes(plan: WalkPlan, terrain: Terrain) -> Floats:
    """(T,) how steep the way is from a step behind to a step ahead; level beyond holes.

    Stairs that are walked tread by tread count as too steep for steps of another length.
    """
    if isinstance(terrain, FlatTerrain):
        return np.zeros(plan.frame_count)
    along, places = plan.distances_m, plan.positions_xz
    ends = []
    for shift in (-_NEAR_M, _NEAR_M):
        frames = np.interp(along + shift, along, np.arange(len(along)))
        ends.append(terrain.heights(places[np.round(frames).astype(np.int64)]))
    rise = ends[1] - ends[0]
    slope = np.where(np.isfinite(rise), rise, 0.0) / (2.0 * _NEAR_M)
    treads = running_maximum(np.isfinite(plan.treads).astype(np.float64), _TREADS_FRAMES)
    return np.maximum(np.abs(slope), _STEEP[1] * treads)


def resampled(values: Floats, at: Floats) -> Floats:
    """Values (M, ...) at frames (T,) with parts, smooth: Catmull and Rom's spline."""
    before = np.clip(np.floor(at).astype(np.int64), 0, max(len(values) - 2, 0))
    u = at - before
    weights = np.stack(
        (
            ((2.0 - u) * u - 1.0) * u,
            (3.0 * u - 5.0) * u * u + 2.0,
            ((4.0 - 3.0 * u) * u + 1.0) * u,
            (u - 1.0) * u * u,
        )
    ) * 0.5  # fmt: skip
    shape = (-1, *[1] * (values.ndim - 1))
    total = np.zeros((len(at), *values.shape[1:]))
    for tap, weight in enumerate(weights, start=-1):
        taken = np.clip(before + tap, 0, len(values) - 1)
        total += weight.reshape(shape) * values[taken]
    return np.asarray(total, values.dtype if values.dtype.kind == "f" else np.float64)


def resampled_rotations(rotations: Floats, at: Floats) -> Floats:
    """Rotations (M, J, 4) at frames (T,) with parts."""
    return np.asarray(normalise(resampled(make_continuous(rotations), at)), np.float32)


def nearest(flags: Bools, at: Floats) -> Bools:
    """Flags (M, ...) at frames (T,) with parts."""
    frames = np.floor(at + 0.5).astype(np.int64)
    return np.asarray(flags[np.clip(frames, 0, len(flags) - 1)])
