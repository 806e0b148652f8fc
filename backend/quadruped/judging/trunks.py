"""What trunk, head and tail do in a stride: up and down, from side to side, like the last one?"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from blender_addon.core.conventions import Bools
from blender_addon.core.quadruped.body import MODEL_HIP_HEIGHT_M
from blender_addon.core.quadruped.gaits import speed_of
from blender_addon.core.quadruped.skeleton import CHEST, HEAD, HIPS, TAIL

from .animal import AnimalMotion, Reals
from .feet import GALLOPS_FROM_M_S, WALKS_BELOW_M_S
from .looks import joint_angles, joints_of
from .strides import Strides

_SLOWEST_M_S: Final = 0.35
_TROTS_FROM_M_S: Final = float(speed_of(0.65))
_TROTS_BELOW_M_S: Final = float(speed_of(1.8))
_STRAIGHT_RAD: Final = 0.12
_SHORTEST_M: Final = 0.05
_EVEN: Final = 0.1
"""Of the speed: strides that differ less within are compared with each other."""


def bounces(motion: AnimalMotion, strides: Strides) -> Reals:
    """(S, 2) of each stride: hips' way up and down in hip heights, and how often they go up."""
    height = motion.hips_m[..., 1].mean(axis=1) - motion.under_m
    found = []
    for start, stop in strides.frames:
        part = height[start:stop]
        level = part - np.linspace(part[0], height[min(stop, len(height) - 1)], len(part))
        power = np.abs(np.fft.rfft(level - level.mean()))[1:5]
        found.append((np.ptp(part) / MODEL_HIP_HEIGHT_M, 1.0 + int(np.argmax(power))))
    return np.array(found, np.float64).reshape(-1, 2)


def nods(motion: AnimalMotion, strides: Strides, joint: int) -> Reals:
    """(S,) of each stride: a joint's way up and down against the hips, in hip heights."""
    over = joints_of(motion)[:, joint, 1] - motion.hips_m[..., 1].mean(axis=1)
    return np.array([np.ptp(over[a:b]) for a, b in strides.frames]) / MODEL_HIP_HEIGHT_M


def pitches(motion: AnimalMotion, strides: Strides) -> Reals:
    """(S,) of each stride: how much the trunk's front end is raised beside standing, degrees."""
    if motion.joints_m is None or motion.body is None:
        return np.full(len(strides), np.nan)
    places = np.concatenate((motion.joints_m, motion.body.rest_m[None].astype(np.float64)))
    along = places[:, CHEST] - places[:, HIPS]
    angles = np.degrees(np.arctan2(along[:, 1], np.hypot(along[:, 0], along[:, 2])))
    return np.array([angles[a:b].mean() - angles[-1] for a, b in strides.frames], np.float64)


def sways(motion: AnimalMotion, strides: Strides) -> Reals:
    """(S,) of each stride: hips' way from side to side in hip heights; NaN where it turns."""
    flat = motion.hips_m.mean(axis=1)[:, [0, 2]]
    found = []
    for (start, stop), turn in zip(strides.frames, strides.turns_rad, strict=True):
        part = flat[start : stop + 1]
        along = part[-1] - part[0]
        length = float(np.linalg.norm(along))
        if abs(turn) > _STRAIGHT_RAD or length < _SHORTEST_M:
            found.append(np.nan)
            continue
        across = np.array([along[1], -along[0]]) / length
        found.append(float(np.ptp(part @ across)) / MODEL_HIP_HEIGHT_M)
    return np.array(found, np.float64)


def stride_differences(motion: AnimalMotion, strides: Strides) -> Reals:
    """(S − 1,) how different successive strides are, in degrees; 0 is clockwork."""
    angles = joint_angles(joints_of(motion))
    share = np.linspace(0.0, 1.0, 20, endpoint=False)
    shapes = []
    for start, stop in strides.frames:
        places = start + share * (stop - start)
        shapes.append(
            np.stack([np.interp(places, np.arange(len(angles)), a) for a in angles.T], axis=-1)
        )
    follow = strides.frames[1:, 0] == strides.frames[:-1, 1]
    gaps = [np.abs(b - a).mean() for a, b in pairwise(shapes)]
    return np.array(gaps, np.float64)[follow[: len(gaps)]]


def measure_trunks(
    motions: Sequence[AnimalMotion], strides: Sequence[Strides]
) -> dict[str, float | None]:
    """What happens in the strides of a row on level ground.

    Returns:
        bounce_walk_h …: hips' mean way up and down; sway_walk_h …: from side to side;
        pitch_walk_deg …: front end raised beside standing; head_nod and tail_nod: against the hips;
        bounces_as_expected: share of strides that go up twice at a walk or trot, once at a gallop;
        stride_to_stride_deg. None where there is no such stride.
    """
    level = [(m, s) for m, s in zip(motions, strides, strict=True) if m.level]
    up = np.concatenate([np.zeros((0, 2)), *(bounces(m, s) for m, s in level)])
    side = np.concatenate([np.zeros(0), *(sways(m, s) for m, s in level)])
    pitch = np.concatenate([np.zeros(0), *(pitches(m, s) for m, s in level)])
    nod = {
        name: np.concatenate([np.zeros(0), *(_nods(m, s, joint) for m, s in level)])
        for name, joint in (("head", HEAD), ("tail", TAIL[-1]))
    }
    gaits = _by_speed(np.concatenate([np.zeros(0), *(s.speeds_m_s for _, s in level)]))
    right = [
        up[gaits[name], 1] == times for name, times in (("walk", 2), ("trot", 2), ("gallop", 1))
    ]
    return {
        **{f"bounce_{name}_h": _mean(up[chosen, 0]) for name, chosen in gaits.items()},
        **{f"sway_{name}_h": _mean(side[chosen]) for name, chosen in gaits.items()},
        **{f"pitch_{name}_deg": _mean(pitch[chosen]) for name, chosen in gaits.items()},
        **{
            f"{part}_nod_{name}_h": _mean(values[chosen])
            for part, values in nod.items()
            for name, chosen in gaits.items()
        },
        "bounces_as_expected": _mean(np.concatenate(right).astype(np.float64)),
        "stride_to_stride_deg": _mean(_all_differences(motions, strides)),
    }


def _by_speed(speeds_m_s: Reals) -> dict[str, Bools]:
    walk = (speeds_m_s > _SLOWEST_M_S) & (speeds_m_s < WALKS_BELOW_M_S)
    trot = (speeds_m_s > _TROTS_FROM_M_S) & (speeds_m_s < _TROTS_BELOW_M_S)
    return {"walk": walk, "trot": trot, "gallop": speeds_m_s >= GALLOPS_FROM_M_S}


def _nods(motion: AnimalMotion, strides: Strides, joint: int) -> Reals:
    """NaN where only points are known."""
    if motion.joints_m is None:
        return np.full(len(strides), np.nan)
    return nods(motion, strides, joint)


def _all_differences(motions: Sequence[AnimalMotion], strides: Sequence[Strides]) -> Reals:
    found = [
        stride_differences(m, s.select(s.changes < _EVEN))
        for m, s in zip(motions, strides, strict=True)
        if m.joints_m is not None and (s.changes < _EVEN).sum() > 1
    ]
    return np.concatenate([np.zeros(0), *found])


def _mean(values: Reals) -> float | None:
    values = values[np.isfinite(values)]
    return float(values.mean()) if len(values) else None
