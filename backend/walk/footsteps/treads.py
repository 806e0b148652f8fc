"""Stairs climbed and gone down with one foot on each tread."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ, Bools, Floats
from blender_addon.core.feet.contacts import spans
from blender_addon.core.maths.smoothing import gaussian_smooth, running_maximum
from blender_addon.core.motion.common_skeleton import (
    COMMON_SKELETON,
    FOOT_JOINTS,
    HEEL_BACK_M,
    PLANTED_HEIGHTS_M,
    TIP_AHEAD_M,
)
from blender_addon.core.motion.kinematics import forward_kinematics

from ..standing.idle import Standing
from ..takes import Take
from ..terrains import Stairs
from .directions import Directions, step_along, step_rates_rad_s
from .legs import ankles_and_feet, lower_to_reach, reach_feet
from .profiles import FacingProfile

_SPEED_M_S = (0.45, 0.65)
_TREAD_M = (0.26, 0.36)
_RISE_M = (0.12, 0.2)
_TREADS = (4, 11)
_APPROACH_S = (2.2, 3.5)
_FEWEST = 3
_OUTER_M = np.array([-HEEL_BACK_M, TIP_AHEAD_M])
_CLEAR_M = 0.03
_EARLY_FRAMES = 6
_EDGE_SHARE = 0.3
"""Of a swing, in which the foot rises and in which it comes down."""


def climb(
    rng: np.random.Generator, walk: Directions, idle: Standing, name: str
) -> tuple[Take, Stairs] | None:
    """A walk that slows down, takes stairs tread by tread, and walks on.

    Args:
        rng: decides stairs and speeds.
        walk: whose steps are taken.
        idle: for the slow steps.
        name: of the take; its feet are to be locked on the stairs.

    Returns:
        The take and its stairs; None where the walk gives no landing there.
    """
    speed, tread = rng.uniform(*_SPEED_M_S), rng.uniform(*_TREAD_M)
    treads = int(rng.integers(*_TREADS))
    before, after = rng.uniform(*_APPROACH_S, 2)
    on_stairs_s = (treads + 1) * tread / speed
    seconds = before + on_stairs_s + after
    frames = int(seconds * MODEL_FRAME_RATE_HZ)
    times = np.arange(frames) / MODEL_FRAME_RATE_HZ
    there = ((times > before - 0.4) & (times < before + on_stairs_s + 0.3)).astype(np.float64)
    there = gaussian_smooth(there, 12.0)
    speeds = rng.uniform(0.9, 1.35) * (1 - there) + speed * there
    profile = FacingProfile(np.stack((0 * speeds, speeds), axis=-1), np.zeros(frames))
    own = step_rates_rad_s(profile, walk.ahead)
    rate = own * (1 - there) + np.pi * speeds / tread * there
    take = step_along(profile, walk, idle, rng.uniform(0, 2 * np.pi), name, rate)
    landings = _landings_m(take, (before, before + on_stairs_s))
    if len(landings) < _FEWEST:
        return None
    # In the middle of the treads lies what the landings have in common.
    turn = np.exp(2j * np.pi * np.array(landings) / tread).mean()
    middle = float(np.angle(turn) / (2 * np.pi) * tread)
    start = middle + tread * (np.round((landings[0] - middle) / tread) - 0.5)
    rise = rng.choice([-1.0, 1.0]) * rng.uniform(*_RISE_M)
    stairs = Stairs((0.0, float(start)), 0.0, float(rise), float(tread), treads)
    return _lift_over_edges(take, stairs), stairs


def _lift_over_edges(take: Take, stairs: Stairs) -> Take:
    """Feet rise in time, in one arc, over the edges between the tread they leave and the next."""
    world, _ = forward_kinematics(COMMON_SKELETON, *take.assemble(stairs))
    feet = world[:, COMMON_SKELETON.indices(FOOT_JOINTS)]
    ankles, turned = ankles_and_feet(take.hips, take.rotations_wxyz)
    for side in range(2):
        columns = [2 * side, 2 * side + 1]
        swings = ~take.contacts[:, columns].any(axis=1)
        places = feet[:, columns][..., [0, 2]] + _OUTER_M[:, None] * np.array([0.0, 1.0])
        under = np.maximum(stairs.heights(feet[:, columns][..., [0, 2]]), stairs.heights(places))
        lowest = under + PLANTED_HEIGHTS_M[columns] + _CLEAR_M
        missing = np.maximum(lowest - feet[:, columns, 1], 0.0).max(axis=1)
        early = gaussian_smooth(running_maximum(missing, _EARLY_FRAMES), _EARLY_FRAMES / 2)
        ankles[:, side, 1] += early * _swing_share(swings)
    hips = lower_to_reach(take.hips, take.rotations_wxyz, ankles)
    return replace(
        take,
        hips=hips.astype(np.float32),
        rotations_wxyz=reach_feet(hips, take.rotations_wxyz, ankles, turned),
    )


def _swing_share(swings: Bools) -> Floats:
    """(T,) 1 in the middle of a swing, 0 where the foot carries, smooth between."""
    share = np.zeros(len(swings))
    for start, stop in spans(swings):
        u = (np.arange(start, stop) - start + 1) / (stop - start + 1)
        edge = np.clip(np.minimum(u, 1 - u) / _EDGE_SHARE, 0.0, 1.0)
        share[start:stop] = edge * edge * (3 - 2 * edge)
    return share


def _landings_m(take: Take, within_s: tuple[float, float]) -> list[float]:
    """Where along +Z feet stand between two times: middles of heel and toe, in their order."""
    positions, _ = forward_kinematics(COMMON_SKELETON, *take.with_feet_locked().assemble())
    feet = positions[:, COMMON_SKELETON.indices(FOOT_JOINTS), 2]
    first, last = (int(second * MODEL_FRAME_RATE_HZ) for second in within_s)
    found = []
    for heel in (0, 2):
        for start, stop in spans(take.contacts[:, heel : heel + 2].all(axis=1)):
            if first <= start and stop <= last:
                found.append(float(feet[(start + stop) // 2, heel : heel + 2].mean()))
    return sorted(found)


def landing_offsets_m(take: Take, stairs: Stairs) -> Floats:
    """(N,) how far each foot that lands on the stairs is from the middle of its tread, metres."""
    landings = np.array(_landings_m(take, (0.0, take.frame_count / MODEL_FRAME_RATE_HZ)))
    along = (landings - stairs.origin_xz[1]) / stairs.run_m
    on_stairs = (along > 0) & (along < stairs.steps - 1)
    return np.asarray((along[on_stairs] % 1.0 - 0.5) * stairs.run_m)
