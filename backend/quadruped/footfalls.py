"""Footfalls of an animal along a plan: when, where and how its feet step."""

from __future__ import annotations

import numpy as np

from blender_addon.core.conventions import Bools, Floats
from blender_addon.core.ground.terrain import Terrain
from blender_addon.core.quadruped.body import QuadrupedBody
from blender_addon.core.quadruped.plan import QuadrupedPlan

from .arcs import clearances, foot_track
from .prints import Stances, find_stances
from .rhythm import JUMP, Rhythm, find_rhythm
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
    rhythm = find_rhythm(plan, body, rng)
    stances = find_stances(plan, body, terrain, rhythm, rng)
    highest = clearances(rhythm.froudes, plan.actions[:, JUMP], body.family)
    tracks = [foot_track(stances[foot], foot, highest[:, foot], body, terrain) for foot in range(4)]
    contacts = np.stack([stands for _, stands in tracks], axis=-1)
    phases = np.stack(
        [_phases(rhythm, stances[foot], contacts[:, foot], foot) for foot in range(4)], axis=-1
    )
    paws = np.stack([paws for paws, _ in tracks], axis=1)
    return Footfalls(phases, rhythm.duties, contacts, paws, rhythm.strides)


def _phases(rhythm: Rhythm, stances: Stances, stands: Bools, foot: int) -> Floats:
    """(T,) 0 ≤ p < 1, below the duty while a foot stands and above it in the air."""
    count = len(stands)
    duty = rhythm.duties[:, foot]
    frames = np.arange(count, dtype=np.float64)
    number = np.searchsorted(stances.lands, frames, side="right") - 1
    lift = stances.lifts[number]
    land = stances.lands[np.minimum(number + 1, len(stances.lands) - 1)]
    air = np.clip((frames - lift) / np.maximum(land - lift, 1e-6), 0.0, 1.0 - 1e-6)
    in_stance = np.zeros(count)
    for begin, end in rhythm.spells:
        here = slice(begin, end)
        part = np.mod(rhythm.phases[here, foot], 1.0)
        in_stance[here] = np.where(part < duty[here], part, 0.0)
    return np.where(stands, np.minimum(in_stance, duty), duty + (1.0 - duty) * air)
