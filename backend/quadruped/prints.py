"""Where each foot lands: under its hip or shoulder in the middle of its stance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from blender_addon.core.conventions import GRAVITY_M_S2, MODEL_FRAME_RATE_HZ, Floats, Ints
from blender_addon.core.ground.terrain import Terrain
from blender_addon.core.maths.smoothing import gaussian_smooth
from blender_addon.core.quadruped.body import QuadrupedBody
from blender_addon.core.quadruped.plan import QuadrupedPlan
from blender_addon.core.quadruped.skeleton import LEGS

from .reach import feet_under, slopes, square_feet
from .rhythm import Rhythm, moving_speeds

_NARROW_FROUDE: Final = (0.0, 0.15, 1.0, 3.0)
_NARROW: Final = ((1.0, 0.9, 0.96, 1.0), (1.0, 0.85, 0.62, 0.5))
"""How near to the middle hind and front feet are set against standing: faster nearer, and hind
feet pass outside the front ones."""

_UPHILL: Final = 0.4
"""On a slope feet stand so far on the way from plumb under their leg to square under it."""

_LEAN_SHARE: Final = 0.6
_LEAN_SIGMA_S: Final = 0.15
_SPREAD_M: Final = (0.004, 0.008)
"""Across and along, by which prints vary."""
_SAME_M: Final = 0.025
"""A step shorter than this is not made, where the animal stands before or after it."""


@dataclass(frozen=True, eq=False)
class Stances:
    """When and where one foot stands, N times.

    Args:
        lands, lifts: (N,) in frames, fractions included; the first begins before the motion, the
            last ends after it.
        prints_m: (N, 3) of the paw.
    """

    lands: Floats
    lifts: Floats
    prints_m: Floats


def lean_angles(plan: QuadrupedPlan) -> Floats:
    """(T,) radians by which the trunk leans into bends, positive to its left."""
    if plan.frame_count < 2:
        return np.zeros(plan.frame_count)
    turning = np.gradient(plan.travel_rad) * MODEL_FRAME_RATE_HZ
    lean = np.arctan(_LEAN_SHARE * plan.speeds_m_s * turning / GRAVITY_M_S2)
    return gaussian_smooth(lean, _LEAN_SIGMA_S * MODEL_FRAME_RATE_HZ)


def find_stances(
    plan: QuadrupedPlan,
    body: QuadrupedBody,
    terrain: Terrain,
    rhythm: Rhythm,
    rng: np.random.Generator,
) -> tuple[Stances, Stances, Stances, Stances]:
    """Every stance of the four feet.

    Args:
        plan: where the trunk goes.
        body: at the model's size.
        terrain: gives the heights.
        rhythm: when feet land and lift.
        rng: by how much prints vary.
    """
    tracks = foot_places(plan, body, terrain, rhythm)
    moving = moving_speeds(plan, body)
    found = []
    for foot in range(4):
        lands, middles, lifts, spells = _times(rhythm, foot)
        places = _even(tracks[:, foot], lands, middles, lifts, moving)
        free = (spells >= 0) & (_at(moving, middles) > 0.2)
        places += _spread(plan, middles, rng) * free[:, None]
        lands, lifts, places = _joined(lands, lifts, places, spells)
        heights = np.asarray(terrain.heights(places), np.float64) + body.paw_heights_m[foot]
        prints = np.stack((places[:, 0], heights, places[:, 1]), axis=-1)
        found.append(Stances(lands, lifts, prints))
    return found[0], found[1], found[2], found[3]


def _even(track: Floats, lands: Floats, middles: Floats, lifts: Floats, moving: Floats) -> Floats:
    """Places (N, 2) as far ahead of the leg's top at the landing as behind it at the lift-off.

    Who gains speed has gone less than half the way by the middle of the stance. Around standing
    the middle counts, which leaves the feet square.
    """
    going = np.minimum(_at(moving, lands), _at(moving, lifts))
    share = np.clip(going / 0.4 - 0.5, 0.0, 1.0)[:, None]
    middle = _at(track, middles)
    between = 0.5 * (_at(track, lands) + _at(track, lifts))
    return np.asarray(middle + share * (between - middle))


def foot_places(
    plan: QuadrupedPlan, body: QuadrupedBody, terrain: Terrain, rhythm: Rhythm
) -> Floats:
    """(T, 4, 2) x, z where each foot would stand in the middle of its stance."""
    still = np.clip(1.0 - moving_speeds(plan, body) / 0.4, 0.0, 1.0)
    square, under = square_feet(body), feet_under(body)
    still = gaussian_smooth(still, 0.1 * MODEL_FRAME_RATE_HZ)[:, None]
    pair = [np.interp(rhythm.froudes, _NARROW_FROUDE, narrow) for narrow in _NARROW]
    narrow = np.stack([pair[int(leg.fore)] for leg in LEGS], axis=-1)
    across = square[:, 0] * (narrow + (1.0 - narrow) * still)
    across = across - (body.hip_height_m * np.tan(lean_angles(plan)))[:, None]
    along = under[:, 1] + (square[:, 1] - under[:, 1]) * still
    rises = slopes(plan, body, terrain)
    along = along + (_UPHILL * body.hip_height_m * rises / (1.0 + rises**2))[:, None]
    sin, cos = np.sin(plan.headings_rad)[:, None], np.cos(plan.headings_rad)[:, None]
    offset = np.stack((across * cos + along * sin, along * cos - across * sin), axis=-1)
    return np.asarray(plan.positions_xz[:, None] + offset)


def _times(rhythm: Rhythm, foot: int) -> tuple[Floats, Floats, Floats, Ints]:
    """Landings, middles of stances, lift-offs in frames, and the spell of each landing.

    Before the first lift-off of a spell a foot stands since the last one.
    """
    lands, middles, lifts, spells = [-1.0], [-1.0], [], [-1]
    for number, (begin, end) in enumerate(rhythm.spells):
        for lift, land, middle in _steps(rhythm, foot, begin, end):
            lifts.append(lift)
            lands.append(land)
            middles.append(middle)
            spells.append(number)
    lifts.append(float(len(rhythm.strides)))
    return np.array(lands), np.array(middles), np.array(lifts), np.array(spells)


def _steps(rhythm: Rhythm, foot: int, begin: int, end: int) -> list[tuple[float, float, float]]:
    """(lift-off, landing, middle of the stance after it) of each step in a spell, in frames."""
    phases = np.maximum.accumulate(rhythm.phases[begin:end, foot])
    stand = rhythm.duties[begin:end, foot]
    frames = np.arange(begin, end, dtype=np.float64)
    since_lift = np.maximum.accumulate(phases - stand)
    since_middle = np.maximum.accumulate(phases - 0.5 * stand)
    strides = rhythm.strides[begin:end]
    steps = []
    number = int(np.ceil(since_lift[0] - 1e-9))
    lift = _when(frames, since_lift, number)
    while number + 1 <= phases[-1]:
        land = _when(frames, phases, number + 1)
        middle = _when(frames, since_middle, number + 1)
        steps.append((lift, land, middle))
        lift = _when(frames, since_lift, number + 1)
        # A foot that has to wait for another gait waits in the air.
        longest = np.interp(land, frames, strides) + np.interp(land, frames, stand)
        lift = min(lift, _when(frames, strides, float(longest)))
        steps[-1] = (steps[-1][0], land, min(middle, 0.5 * (land + lift)))
        number += 1
    return steps


def _when(frames: Floats, rising: Floats, level: float) -> float:
    return float(np.interp(level, rising + np.arange(len(rising)) * 1e-9, frames))


def _at(values: Floats, frames: Floats) -> Floats:
    """Values (T, …) at frames (N,) with fractions."""
    frames = np.clip(frames, 0, len(values) - 1)
    low = np.minimum(frames.astype(np.int64), max(len(values) - 2, 0))
    part = (frames - low).reshape(-1, *([1] * (values.ndim - 1)))
    return np.asarray(
        values[low] * (1 - part) + values[np.minimum(low + 1, len(values) - 1)] * part
    )


def _spread(plan: QuadrupedPlan, frames: Floats, rng: np.random.Generator) -> Floats:
    noise = np.clip(rng.normal(0.0, 1.0, (2, len(frames))), -2.0, 2.0)
    across, along = noise * np.array(_SPREAD_M)[:, None]
    heading = _at(plan.headings_rad, frames)
    sin, cos = np.sin(heading), np.cos(heading)
    return np.stack((across * cos + along * sin, along * cos - across * sin), axis=-1)


def _joined(
    lands: Floats, lifts: Floats, places: Floats, spells: Ints
) -> tuple[Floats, Floats, Floats]:
    """Stances without steps that lead nowhere; who is about to stop sets the foot there at once."""
    kept = [0]
    places = places.copy()
    for number in range(1, len(places)):
        last = kept[-1]
        if float(np.linalg.norm(places[number] - places[last])) >= _SAME_M:
            kept.append(number)
        elif spells[last] == spells[number]:
            places[last] = places[number]
    starts = np.array(kept)
    ends = np.append(starts[1:], len(places)) - 1
    return lands[starts], lifts[ends], places[starts]
