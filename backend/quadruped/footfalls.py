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
    rhythm = find_rhythm(plan, body, terrain, rng)
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
    """(T,) 0 ≤ p < 1, below the duty while a foot stands and above it in the air.

    Before the first step of a spell a foot is from the middle of its stance on, after the last one
    up to there; between spells it is 0.
    """
    duty = rhythm.duties[:, foot]
    frames = np.arange(len(stands), dtype=np.float64)
    number = np.searchsorted(stances.lands, frames, side="right") - 1
    lift, began = stances.lifts[number], stances.lands[number]
    land = stances.lands[np.minimum(number + 1, len(stances.lands) - 1)]
    air = np.clip((frames - lift) / np.maximum(land - lift, 1e-6), 0.0, 1.0 - 1e-6)
    in_stance = np.zeros(len(stands))
    for begin, end in rhythm.spells:
        here = slice(begin, end)
        in_stance[here] = _stood(rhythm, foot, (begin, end), began[here], lift[here])
    return np.where(stands, np.minimum(in_stance, duty), duty + (1.0 - duty) * air)


def _stood(
    rhythm: Rhythm, foot: int, spell: tuple[int, int], began: Floats, lift: Floats
) -> Floats:
    """Parts of a stride that have passed of stances, frame by frame of a spell."""
    begin, end = spell
    here = slice(begin, end)
    frames, duty = np.arange(begin, end, dtype=np.float64), rhythm.duties[here, foot]
    first, last = began < begin, lift >= end
    since = np.maximum(began, begin)
    share = (frames - since) / np.maximum(lift - since, 1e-6)
    whole = np.where(first, 0.5 + 0.5 * share, share) * duty
    known = np.arange(len(rhythm.strides), dtype=np.float64)
    landed = rhythm.strides[here] - np.interp(since, known, rhythm.strides)
    settling = np.minimum(landed, 0.5 * duty)
    return np.where(first & last, 0.0, np.where(last, settling, whole))
