"""When each foot of an animal lands and lifts off: strides counted along a plan."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ, Bools, Floats, Ints
from blender_addon.core.feet.contacts import spans
from blender_addon.core.ground.terrain import Terrain
from blender_addon.core.maths.smoothing import gaussian_smooth, running_maximum, smoothstep
from blender_addon.core.quadruped.body import MODEL_HIP_HEIGHT_M, Family, QuadrupedBody
from blender_addon.core.quadruped.gaits import (
    ACTIONS,
    Action,
    Gait,
    duties,
    froude,
    landings,
    stride_length_ratio,
)
from blender_addon.core.quadruped.plan import QuadrupedPlan
from blender_addon.core.quadruped.skeleton import CHEST, HIPS

from .reach import slopes, stance_reach

JUMP: Final = ACTIONS.index(Action.JUMP.value)
_GAITS: Final = len(Gait)
_WALK: Final = ACTIONS.index(Gait.WALK.value)

STILL_M_S: Final = 0.04
SETTLE_S: Final = 1.0
"""After a stop each foot may still make one step, to stand square; a shorter stop is stood as
the feet happen to be."""

_QUICK_HZ: Final = (0.85, 1.4)
_QUICK_M_S: Final = (0.0, 0.8)
"""The first and last strides are not slower: small steps, the quicker the sooner it is fast."""
_FIRST_S: Final = 0.7
_LAST_S: Final = 0.8

_LONGER: Final = {Family.CANINE: 1.06, Family.HOOFED: 1.0}
"""Strides of dogs are 4 to 15 % longer than the law's."""
_ANIMAL_SPREAD: Final = 0.02
_STRIDE_SPREAD: Final = 0.015
_SHORTEST: Final = 0.86
"""A stride is not made shorter than this part of the law's, whatever the legs reach."""

_TURN_A_STRIDE_RAD: Final = 0.8
_TURNING_HZ: Final = 1.7
_ON_THE_SPOT_M_S: Final = 0.5
_GENTLE: Final = 0.15
_STEEP: Final = 0.6
_SHORTER_ON_SLOPES: Final = 0.35

_MIX_STRIDES: Final = 0.9
_INTO_JUMP_STRIDES: Final = 0.9
_BACKING: Final = np.array([0.0, 0.42, 0.5, 0.92])
"""Going backward the diagonal feet step nearly together."""

_BOUND: Final = np.array([0.0, 0.60, 0.03, 0.64])
_BOUND_DUTY: Final = 0.21
_JUMP_HZ: Final = 1.2
_MID_FLIGHT: Final = 0.42
_ALIGN_STRIDES: Final = 2.5


@dataclass(frozen=True, eq=False)
class Rhythm:
    """Strides of an animal, T frames.

    Args:
        strides: (T,) made so far.
        phases: (T, 4) of each foot, not wrapped: whole where it lands.
        duties: (T, 4) part of a stride that it stands.
        spells: (first frame, frame after the last) of every time that the feet move.
        froudes: (T,) of the speed at which the ends of the trunk move.
    """

    strides: Floats
    phases: Floats
    duties: Floats
    spells: tuple[tuple[int, int], ...]
    froudes: Floats


def find_rhythm(
    plan: QuadrupedPlan, body: QuadrupedBody, terrain: Terrain, rng: np.random.Generator
) -> Rhythm:
    """The strides of an animal along a plan.

    Args:
        plan: what is asked.
        body: at the model's size.
        terrain: steep ground is gone in shorter strides.
        rng: how long the strides of this animal are, and which foot begins.
    """
    moving = moving_speeds(plan, body)
    spells = _spells(moving)
    froudes = froude(gaussian_smooth(moving, 0.1 * MODEL_FRAME_RATE_HZ))
    gaits = _gaits(plan)
    backing = np.cos(plan.headings_rad - plan.travel_rad) < 0
    stand = _mixed_duties(gaits, froudes, body.family)
    rates = _frequencies(moving, froudes, stand, body, spells, gaits, rng)
    rates = np.maximum(rates, _turning_hz(plan) * (rates > 0))
    rates /= _on_slopes(slopes(plan, body, terrain))
    strides = np.cumsum(rates) / MODEL_FRAME_RATE_HZ
    offsets, shares = np.zeros((len(moving), 4)), stand
    for begin, end in spells:
        here = slice(begin, end)
        feet, shares[here] = _offsets(
            gaits[here], froudes[here], strides[here], backing[here], body.family
        )
        feet = feet + _beginning(feet[0], shares[begin], strides[begin], rng)
        strides = _aligned(strides, feet, plan.actions[:, JUMP], begin, end)
        offsets[here] = feet
    return Rhythm(strides, strides[:, None] - offsets, shares, spells, froudes)


def moving_speeds(plan: QuadrupedPlan, body: QuadrupedBody) -> Floats:
    """(T,) m/s at which the ends of the trunk move, going and turning."""
    if plan.frame_count < 2:
        return np.zeros(plan.frame_count)
    arm = 0.5 * float(body.rest_m[CHEST, 2] - body.rest_m[HIPS, 2])
    turning = np.gradient(plan.headings_rad) * MODEL_FRAME_RATE_HZ * arm
    return np.asarray(np.hypot(plan.speeds_m_s, turning))


def _spells(moving: Floats) -> tuple[tuple[int, int], ...]:
    """When the feet move: going or turning, and until they stand square."""
    settle = int(SETTLE_S * MODEL_FRAME_RATE_HZ)
    found: list[list[int]] = []
    for begin, end in spans(moving > STILL_M_S):
        if found and begin <= found[-1][1]:
            found[-1][1] = min(end + settle, len(moving))
        else:
            found.append([begin, min(end + settle, len(moving))])
    return tuple((begin, end) for begin, end in found)


def _gaits(plan: QuadrupedPlan) -> Ints:
    """(T,) the gait, or jump, that most weighs; while standing still the one nearest in time."""
    weights = plan.actions[:, :_GAITS].copy()
    weights[:, 0] = 0.0
    found = np.where(plan.actions[:, JUMP] >= 0.5, JUMP, weights.argmax(axis=1))
    known = (weights.max(axis=1) > 1e-3) | (found == JUMP)
    if not known.any():
        return np.full(len(found), _WALK)
    nearest = np.interp(np.arange(len(found)), np.flatnonzero(known), np.flatnonzero(known))
    return np.asarray(found[np.round(nearest).astype(np.int64)])


def _mixed_duties(gaits: Ints, froudes: Floats, family: Family) -> Floats:
    shares = np.empty((len(gaits), 4))
    for gait in np.unique(gaits).tolist():
        here = gaits == gait
        shares[here] = _duties(gait, froudes[here], family)
    return shares


def _duties(gait: int, froudes: Floats, family: Family) -> Floats:
    if gait == JUMP:
        return np.full((len(froudes), 4), _BOUND_DUTY)
    return duties(Gait(ACTIONS[gait]), froudes, family)


def _frequencies(
    moving: Floats,
    froudes: Floats,
    shares: Floats,
    body: QuadrupedBody,
    spells: tuple[tuple[int, int], ...],
    gaits: Ints,
    rng: np.random.Generator,
) -> Floats:
    """(T,) strides a second."""
    law = stride_length_ratio(froudes) * MODEL_HIP_HEIGHT_M
    within = (2.0 * stance_reach(body) / np.maximum(shares, 0.1)).min(axis=1)
    own = 1.0 + np.clip(rng.normal(0.0, _ANIMAL_SPREAD), -2 * _ANIMAL_SPREAD, 2 * _ANIMAL_SPREAD)
    noise = gaussian_smooth(rng.normal(0.0, 1.0, len(moving)), 0.4 * MODEL_FRAME_RATE_HZ)
    noise *= _STRIDE_SPREAD / max(float(noise.std()), 1e-9)
    lengths = law * _LONGER[body.family] * own * (1.0 + noise)
    lengths = np.maximum(np.minimum(lengths, within), _SHORTEST * law)
    rates = np.where(moving > 1e-4, moving / np.maximum(lengths, 1e-6), 0.0)
    rates = np.where(gaits == JUMP, _JUMP_HZ, rates)
    quick, out = _quick(moving), np.zeros(len(rates))
    for begin, end in spells:
        out[begin:end] = np.maximum(rates[begin:end], quick[begin:end])
    return gaussian_smooth(out, 0.06 * MODEL_FRAME_RATE_HZ) * (out > 0)


def _turning_hz(plan: QuadrupedPlan) -> Floats:
    """(T,) the least frequency of turning on the spot, by small steps around."""
    if plan.frame_count < 2:
        return np.zeros(plan.frame_count)
    turning = np.abs(np.gradient(plan.headings_rad)) * MODEL_FRAME_RATE_HZ
    on_the_spot = np.clip(1.0 - plan.speeds_m_s / _ON_THE_SPOT_M_S, 0.0, 1.0)
    return np.minimum(turning / _TURN_A_STRIDE_RAD, _TURNING_HZ) * on_the_spot


def _on_slopes(rises: Floats) -> Floats:
    """(T,) part of the usual length of a stride on slopes (T,)."""
    steep = np.clip((np.abs(rises) - _GENTLE) / (_STEEP - _GENTLE), 0.0, 1.0)
    return np.asarray(1.0 - _SHORTER_ON_SLOPES * steep)


def _quick(moving: Floats) -> Floats:
    """(T,) the least frequency: after standing, before it, and in stops."""
    still = moving <= STILL_M_S
    ahead, behind = (int(s * MODEL_FRAME_RATE_HZ) for s in (_LAST_S, _FIRST_S))
    near = np.convolve(still, np.ones(ahead + behind + 1))[ahead : ahead + len(still)] > 0.5
    soon = running_maximum(moving, ahead)
    return np.where(near, np.interp(soon, _QUICK_M_S, _QUICK_HZ), 0.0)


def _offsets(
    gaits: Ints, froudes: Floats, strides: Floats, backing: Bools, family: Family
) -> tuple[Floats, Floats]:
    """(T, 4) when in a stride the feet land, and for which part of it they stand."""
    edges = [0, *(np.flatnonzero(np.diff(gaits)) + 1).tolist(), len(gaits)]
    feet = shares = np.zeros((len(gaits), 4))
    shift = np.zeros(4)
    for begin, _ in pairwise(edges):
        gait = int(gaits[begin])
        new, stand = _landings(gait, froudes, backing, family), _duties(gait, froudes, family)
        if begin == 0:
            feet, shares = new, stand
            continue
        shift = _nearest_shift(feet[begin], new[begin])
        mix = _mix(gait == JUMP, gaits[begin - 1] == JUMP, strides - strides[begin])
        feet = feet + mix * (new + shift - feet)
        shares = shares + mix * (stand - shares)
    return feet, shares


def _mix(into_jump: bool, out_of_jump: bool, strides: Floats) -> Floats:
    """(T, 1) share of the new gait, from strides (T,) after a change; a jump is pure."""
    middle = -0.5 * into_jump + 0.5 * out_of_jump
    width = _INTO_JUMP_STRIDES if into_jump else _MIX_STRIDES
    return smoothstep(strides / width - middle + 0.5)[:, None]


def _landings(gait: int, froudes: Floats, backing: Bools, family: Family) -> Floats:
    if gait == JUMP:
        return np.tile(_BOUND, (len(froudes), 1))
    found = landings(Gait(ACTIONS[gait]), froudes, family)
    return np.where(backing[:, None], _BACKING, found)


def _nearest_shift(old: Floats, new: Floats) -> Floats:
    """(4,) to be added to new landings, so that no foot has to hurry or wait more than needed.

    All may be shifted alike, and each by whole strides.
    """
    changes = np.mod(new - old, 1.0)
    order = np.sort(changes)
    gaps = np.diff(np.append(order, order[0] + 1.0))
    first = order[(int(gaps.argmax()) + 1) % 4]
    changes = first + np.mod(changes - first, 1.0)
    middle = 0.5 * float(changes.min() + changes.max())
    return np.asarray(changes - middle - (new - old))


def _aligned(strides: Floats, feet: Floats, jump: Floats, begin: int, end: int) -> Floats:
    """Strides before a jump made a little longer or shorter, so that it is in the air there."""
    for first, last in spans(jump[begin:end] >= 0.5):
        middle = (first + last) // 2
        now = strides[begin + middle] - float(feet[middle, 0])
        lacking = (_MID_FLIGHT - now + 0.5) % 1.0 - 0.5
        here = max(strides[begin + middle] - _MID_FLIGHT, strides[begin])
        since = max(here - _ALIGN_STRIDES, strides[begin])
        share = smoothstep((strides - since) / max(here - since, 1e-6))
        strides = strides + lacking * share
    return strides


def _beginning(feet: Floats, shares: Floats, strides: float, rng: np.random.Generator) -> float:
    """What to add to the offsets so that a hind foot lifts off first."""
    hind = 0 if rng.random() < 0.5 else 2
    return float(strides - shares[hind] - feet[hind])
