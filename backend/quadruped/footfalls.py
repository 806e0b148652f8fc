"""Footfalls of an animal along a plan: when, where and how its feet step."""

from __future__ import annotations

import numpy as np

from blender_addon.core.ground.terrain import Terrain
from blender_addon.core.quadruped.body import QuadrupedBody
from blender_addon.core.quadruped.plan import QuadrupedPlan

from .arcs import clearances, foot_track
from .cycles import foot_cycles
from .prints import find_stances
from .rhythm import JUMP, find_rhythm
from .sequence import Footfalls


def plan_footfalls(
    plan: QuadrupedPlan, body: QuadrupedBody, terrain: Terrain, rng: np.random.Generator
) -> Footfalls:
    """Every step of an animal.

    Args:
        plan: where, how fast and in which gait, at 60 Hz of the model's world.
        body: at the model's size.
        terrain: what it goes over, in the model's metres.
        rng: the same plan gives other strides with another one.
    """
    rhythm = find_rhythm(plan, body, terrain, rng)
    stances = find_stances(plan, body, terrain, rhythm, rng)
    highest = clearances(rhythm.froudes, plan.actions[:, JUMP], body.family)
    tracks = [
        foot_track(stances[foot], foot, highest[:, foot], rhythm.froudes, body, terrain)
        for foot in range(4)
    ]
    cycles = [foot_cycles(rhythm, stances[foot], foot) for foot in range(4)]
    return Footfalls(
        phases=np.stack([phases for phases, _ in cycles], axis=-1),
        duties=np.stack([duties for _, duties in cycles], axis=-1),
        contacts=np.stack([stands for _, stands in tracks], axis=-1),
        paws_m=np.stack([paws for paws, _ in tracks], axis=1),
        strides=rhythm.strides,
    )
