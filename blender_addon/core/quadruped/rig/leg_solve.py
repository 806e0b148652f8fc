"""Joints of a leg from where it begins to where it stands, as near as can be to what is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ...conventions import Floats
from ...maths.rotations import dot, length, normalise

_STRAIGHT: Final = 0.9998
"""Of the sum of two segments; straighter they never get, so that the bend keeps its side."""


def solve_hind(
    top: Floats, target: Floats, wanted: Sequence[Floats], lengths: Sequence[float]
) -> tuple[Floats, Floats, Floats, Floats]:
    """Stifle, hock and paw of a hind leg.

    The hock keeps its wanted direction from the paw where the thigh and the shank reach it.

    Args:
        top: (T, 3) of the hip.
        target: (T, 3) of the paw.
        wanted: (T, 3) each: hip, stifle, hock and paw as they are desired.
        lengths: of thigh, shank and foot.

    Returns:
        (T, 3) each: stifle, hock, paw; (T,) what is lacking to the target, metres.
    """
    thigh, shank, foot = lengths
    way = normalise(wanted[2] - wanted[3])
    aim, lacking = _within(top, target, thigh + shank + foot)
    hock = brought_near(top, aim, aim + foot * way, foot, _STRAIGHT * (thigh + shank))
    stifle = bent(top, hock, (thigh, shank), wanted[1] - (wanted[0] + wanted[2]) / 2)
    paw = hock + foot * normalise(aim - hock)
    return stifle, hock, paw, lacking


def solve_fore(
    blade: Floats,
    blade_length: float,
    target: Floats,
    wanted: Sequence[Floats],
    lengths: Sequence[float],
) -> tuple[Floats, Floats, Floats, Floats]:
    """Top of the free leg, its bend and paw.

    Args:
        blade: (T, 3) top of the shoulder blade, or of the free leg where there is none.
        blade_length: to the free leg's top; 0 without a blade.
        target: (T, 3) of the paw.
        wanted: (T, 3) each: scapula, upper, lower and paw as they are desired.
        lengths: of the free leg's two segments.

    Returns:
        (T, 3) each: upper, lower, paw; (T,) what is lacking to the target, metres.
    """
    reach = _STRAIGHT * (lengths[0] + lengths[1])
    aim, lacking = _within(blade, target, blade_length + reach)
    upper = blade
    if blade_length > 0:
        first = blade + blade_length * normalise(wanted[1] - wanted[0])
        upper = brought_near(aim, blade, first, blade_length, reach)
    aside = wanted[2] - (wanted[1] + wanted[3]) / 2
    lower = bent(upper, aim, (lengths[0], lengths[1]), aside)
    paw = lower + lengths[1] * normalise(aim - lower)
    return upper, lower, paw, lacking


def bent(
    start: Floats, end: Floats, lengths: tuple[float, float | Floats], aside: Floats
) -> Floats:
    """(T, 3) the joint between two segments that bends to a side.

    Args:
        start, end: (T, 3) nearer than the two segments' sum.
        lengths: of the segments; the second may be (T,).
        aside: (T, 3) where it bends.
    """
    way = end - start
    first, second = lengths[0], np.broadcast_to(np.asarray(lengths[1]), way.shape[:-1])
    far = np.clip(length(way), np.abs(first - second) + 1e-9, first + second)
    cosine = np.clip((first**2 + far**2 - second**2) / (2 * first * far), -1.0, 1.0)[..., None]
    along = normalise(way)
    side = aside - dot(aside, along)[..., None] * along
    return np.asarray(start + first * (cosine * along + np.sqrt(1.0 - cosine**2) * normalise(side)))


def nearer_hock(
    top: Floats, hock: Floats, goal: Floats, step: Floats, lengths: tuple[float, float]
) -> Floats:
    """A hock (T, 3) moved towards a goal, where thigh and shank still reach it.

    Args:
        top: (T, 3) the hip.
        hock, goal: (T, 3).
        step: (T,) by how much.
        lengths: of thigh and shank.
    """
    moved = hock + step[..., None] * normalise(goal - hock)
    reached = length(moved - top) <= _STRAIGHT * (lengths[0] + lengths[1])
    return np.asarray(np.where(reached[..., None], moved, hock))


def nearer_carpus(
    tops: tuple[Floats, Floats], carpus: Floats, goal: Floats, step: Floats, first: float
) -> tuple[Floats, Floats]:
    """A carpus (T, 3) brought nearer to a goal, where the leg can, with its top if need be.

    Args:
        tops: (T, 3) of the free front leg, as it is and moved towards the goal.
        carpus, goal: (T, 3).
        step: (T,) by how much.
        first: length from the top to the carpus.

    Returns:
        (T, 3) each: the top and the carpus.
    """
    desired = length(goal - carpus) - step
    top = tops[0]
    for moved in tops:
        reached = (length(goal - moved) < _STRAIGHT * (first + desired)) & (step > 0)
        turned = bent(moved, goal, (first, desired), carpus - (moved + goal) / 2)
        top = np.where(reached[..., None], moved, top)
        carpus = np.where(reached[..., None], turned, carpus)
        step = np.where(reached, 0.0, step)
    return np.asarray(top), np.asarray(carpus)


def _within(start: Floats, target: Floats, reach: float) -> tuple[Floats, Floats]:
    """A target (T, 3) drawn back to within reach, and by how much (T,)."""
    way = target - start
    far = length(way)
    lacking = np.maximum(far - reach, 0.0)
    share = np.minimum(far, reach) / np.maximum(far, 1e-12)
    return start + share[..., None] * way, lacking


def brought_near(
    goal: Floats, centre: Floats, point: Floats, radius: float, reach: float | Floats
) -> Floats:
    """A point on a sphere turned about its centre as little as needed to be within reach of a goal.

    Args:
        goal, centre, point: (T, 3).
        radius: of the point from the centre.
        reach: from the goal; may be (T, 1).
    """
    line = goal - centre
    far = length(line)[..., None]
    along = line / np.maximum(far, 1e-12)
    spoke = point - centre
    most = (far**2 + radius**2 - reach**2) / np.maximum(2 * far, 1e-12)
    on = np.clip(most, -radius, radius)
    side = normalise(spoke - dot(spoke, along)[..., None] * along)
    turned = centre + on * along + np.sqrt(np.maximum(radius**2 - on**2, 0.0)) * side
    short = dot(spoke, along)[..., None] < on
    return np.asarray(np.where(short, turned, point))
