"""Where the feet of an animal stand under its trunk, and how far they reach."""

from __future__ import annotations

from typing import Final

import numpy as np

from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ, Floats
from blender_addon.core.ground.terrain import FlatTerrain, Terrain
from blender_addon.core.maths.smoothing import gaussian_smooth
from blender_addon.core.quadruped.body import QuadrupedBody
from blender_addon.core.quadruped.plan import QuadrupedPlan
from blender_addon.core.quadruped.skeleton import CHEST, HIPS, LEGS

BLADE: Final = 0.4
"""Of a front paw's way to and fro, what the shoulder blade carries the top of the leg along."""

_STRAIGHT: Final = 0.98
_STANDING_STRAIGHT: Final = 0.995
"""No leg is straighter; of a leg that stands so already, no straighter than that."""
_SINKS: Final = 0.05
"""Of the hip height, by which the trunk may sink at the ends of a stance."""
_LEAST_M: Final = 0.05
_STEEPEST: Final = 0.6
_SLOPE_SIGMA_S: Final = 0.15

_UNDER_TOP: Final = np.array([0.7, 0.5, 0.7, 0.5])
"""At mid-stance a paw is so far on the way from where it stands at rest to under its top."""


def trunk_middle(body: QuadrupedBody) -> Floats:
    """(2,) x, z of the middle between hips and chest, standing at rest."""
    return np.asarray(body.rest_m[[HIPS, CHEST]][:, [0, 2]].mean(axis=0), np.float64)


def square_feet(body: QuadrupedBody) -> Floats:
    """(4, 2) x, z of the paws from the middle of the trunk as the animal stands square."""
    paws = body.rest_m[[leg.joints[3] for leg in LEGS]][:, [0, 2]]
    return np.asarray(paws - trunk_middle(body), np.float64)


def feet_under(body: QuadrupedBody) -> Floats:
    """(4, 2) x, z of the paws from the middle of the trunk at mid-stance."""
    tops = body.rest_m[_tops()][:, [0, 2]] - trunk_middle(body)
    square = square_feet(body)
    under = square.copy()
    under[:, 1] += _UNDER_TOP * (tops[:, 1] - square[:, 1])
    return under


def _tops() -> list[int]:
    """Hip joints and the tops of the free front legs."""
    return [leg.joints[1 if leg.fore else 0] for leg in LEGS]


def stance_reach(body: QuadrupedBody) -> Floats:
    """(4,) metres by which a paw may be ahead of or behind its place at mid-stance."""
    rest = body.rest_m
    sinks = _SINKS * body.hip_height_m
    found = []
    for leg, segments in zip(LEGS, body.segments_m, strict=True):
        top = rest[leg.joints[1 if leg.fore else 0]]
        paw = rest[leg.joints[3]]
        length = float(segments[1:].sum() if leg.fore else segments.sum())
        stands = float(np.hypot(*(top - paw)[1:])) / length
        longest = length * min(max(_STRAIGHT, stands), _STANDING_STRAIGHT)
        height = float(top[1] - paw[1]) - sinks
        half = np.sqrt(max(longest**2 - height**2, 0.0)) / (1.0 - BLADE * leg.fore)
        found.append(max(float(half), _LEAST_M))
    return np.array(found)


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
