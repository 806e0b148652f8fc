"""Where the feet of an animal stand under its trunk, and how far they reach."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np

from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ, Floats
from blender_addon.core.ground.terrain import FlatTerrain, Terrain
from blender_addon.core.maths.smoothing import gaussian_smooth
from blender_addon.core.quadruped.body import QuadrupedBody
from blender_addon.core.quadruped.legs import solve_legs
from blender_addon.core.quadruped.plan import QuadrupedPlan
from blender_addon.core.quadruped.skeleton import CHEST, HIPS, LEGS

_SINKS: Final = 0.06
"""Of the hip height, by which the trunk may sink at the ends of a stance."""
_SHORT_M: Final = 0.003
"""A paw that stays off its place by less is there."""
_FAR_M: Final = 0.45
_SAMPLES: Final = 91
_LEAST_M: Final = 0.05
_LONG_M: Final = 0.25
"""Half of the longest stance: a leg that reaches further to both sides stands where it likes."""

_UNDER_TOP: Final = np.array([0.4, 0.5, 0.4, 0.5])
"""At mid-stance a paw likes to be so far on the way from where it stands at rest to under the hip
joint, or under the top of the free front leg."""

_STEEPEST: Final = 0.6
_SLOPE_SIGMA_S: Final = 0.15


def trunk_middle(body: QuadrupedBody) -> Floats:
    """(2,) x, z of the middle between hips and chest, standing at rest."""
    return np.asarray(body.rest_m[[HIPS, CHEST]][:, [0, 2]].mean(axis=0), np.float64)


def square_feet(body: QuadrupedBody) -> Floats:
    """(4, 2) x, z of the paws from the middle of the trunk as the animal stands square."""
    paws = body.rest_m[[leg.joints[3] for leg in LEGS]][:, [0, 2]]
    return np.asarray(paws - trunk_middle(body), np.float64)


def feet_under(body: QuadrupedBody) -> Floats:
    """(4, 2) x, z of the paws from the middle of the trunk at mid-stance.

    Where the legs like to be, unless they then would not reach as far ahead as behind.
    """
    under = square_feet(body)
    low, high = _reached(body)
    half = np.minimum(0.5 * (high - low), _LONG_M)
    under[:, 1] += np.clip(_liked(body), low + half, high - half)
    return under


def stance_reach(body: QuadrupedBody) -> Floats:
    """(4,) metres by which a paw may be ahead of or behind its place at mid-stance."""
    low, high = _reached(body)
    middle = feet_under(body)[:, 1] - square_feet(body)[:, 1]
    return np.maximum(np.minimum(high - middle, middle - low), _LEAST_M)


def _liked(body: QuadrupedBody) -> Floats:
    """(4,) metres by which the paws are ahead of standing square at mid-stance."""
    tops = body.rest_m[[leg.joints[1 if leg.fore else 0] for leg in LEGS], 2]
    paws = body.rest_m[[leg.joints[3] for leg in LEGS], 2]
    return np.asarray(_UNDER_TOP * (tops - paws), np.float64)


@lru_cache(maxsize=64)
def _reached(body: QuadrupedBody) -> tuple[Floats, Floats]:
    """(4,) furthest behind and ahead of standing square that paws reach from a sunk trunk."""
    ahead = np.linspace(-_FAR_M, _FAR_M, _SAMPLES)
    trunk = np.tile(body.rest_m[[HIPS, CHEST]], (_SAMPLES, 1, 1))
    trunk[..., 1] -= _SINKS * body.hip_height_m
    level = np.tile(np.array([1.0, 0.0, 0.0, 0.0]), (_SAMPLES, 2, 1))
    paws = np.tile(body.rest_m[[leg.joints[3] for leg in LEGS]], (_SAMPLES, 1, 1))
    paws[..., 2] += ahead[:, None]
    lacks = solve_legs(body, trunk, level, paws).lacking_m > _SHORT_M
    found = np.zeros((2, 4))
    for foot in range(4):
        out = ahead[lacks[:, foot]]
        found[0, foot] = out[out < 0].max(initial=-_FAR_M)
        found[1, foot] = out[out > 0].min(initial=_FAR_M)
    return found[0], found[1]


def slopes(plan: QuadrupedPlan, body: QuadrupedBody, terrain: Terrain) -> Floats:
    """(T,) rise a metre of the ground under the trunk, ahead, no more than animals climb."""
    if isinstance(terrain, FlatTerrain) or plan.frame_count < 2:
        return np.zeros(plan.frame_count)
    length = float(np.linalg.norm(body.rest_m[CHEST, [0, 2]] - body.rest_m[HIPS, [0, 2]]))
    ahead = np.stack((np.sin(plan.headings_rad), np.cos(plan.headings_rad)), axis=-1)
    ends = [plan.positions_xz + side * length * ahead for side in (-0.5, 0.5)]
    low, high = (np.asarray(terrain.heights(end), np.float64) for end in ends)
    rises = np.clip((high - low) / length, -_STEEPEST, _STEEPEST)
    return gaussian_smooth(rises, _SLOPE_SIGMA_S * MODEL_FRAME_RATE_HZ)
