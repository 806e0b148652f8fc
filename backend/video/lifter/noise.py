"""Errors as a landmark network makes them, drawn at random.

A point's error is a constant of its own on the body (its joint is not quite where ours is), a
slow drift, a trembling, and now and then a stretch of frames in which it is somewhere else, hidden,
or taken for that of the other side. Sizes are of the body, in metres.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from blender_addon.core.conventions import Bools, Floats
from blender_addon.core.video.lifting.features import POINT_COUNT, POINTS
from blender_addon.core.video.lifting.mirror import OTHER_SIDE
from blender_addon.core.video.lifting.viewpoint import turned, turns_to
from blender_addon.core.video.points import JOINTS

_SPREADS_M: Final = {
    "UpLeg": 0.025, "Arm": 0.022, "ForeArm": 0.018, "Leg": 0.018, "Foot": 0.018, "Hand": 0.02,
    "Neck": 0.018, "HeadTop": 0.035, "Nose": 0.025, "Knuckles": 0.025, "Tip": 0.03,
}  # fmt: skip
_SIDES: Final = ("Left", "Right")
SPREADS_M: Final = np.array(
    [_SPREADS_M[name.removeprefix("Left").removeprefix("Right")] for name in POINTS]
)
_HALF_HIDDEN: Final = np.array(
    [any(part in name for part in ("Hand", "ForeArm", "Knuckles", "Leg", "Foot", "Tip"))
     and "UpLeg" not in name for name in POINTS]
)  # fmt: skip
"""Points that the body may hide."""
_LEGS: Final = np.array(
    [any(part in name for part in ("Leg", "Foot", "Tip")) for name in POINTS]
)  # fmt: skip
_LIMBS: Final = tuple(
    tuple(POINTS.index(f"{side}{part}") for part in parts)
    for side in _SIDES
    for parts in (("Leg", "Foot", "Tip"), ("ForeArm", "Hand", "Knuckles"))
)
_LIMB_STARTS: Final = tuple(
    POINTS.index(f"{side}{part}") for side in _SIDES for part in ("UpLeg", "Arm")
)
_TORSO: Final = tuple(JOINTS.index(f"{side}{part}") for side in _SIDES for part in ("UpLeg", "Arm"))


@dataclass(frozen=True, eq=False)
class Detections:
    """What a landmark network would say of bodies in view.

    Args:
        rays: (B, T, 19, 2).
        confidence: (B, T, 19).
        world_m: (B, T, 19, 3).
        has_world: (B, T).
    """

    rays: Floats
    confidence: Floats
    world_m: Floats
    has_world: Bools


def smooth_noise(shape: tuple[int, ...], knots_apart: float, rng: np.random.Generator) -> Floats:
    """(B, T, ...) noise that goes from one random value to the next, of unit deviation or below."""
    batch, count, *rest = shape
    knots = int(np.ceil(count / knots_apart)) + 2
    values = rng.standard_normal((batch, knots, *rest), np.float32)
    at = np.arange(count) / knots_apart + rng.random()
    before = at.astype(np.int64)
    share = (at - before).astype(np.float32).reshape(1, -1, *[1] * len(rest))
    share = share * share * (3.0 - 2.0 * share)
    return np.asarray(values[:, before] * (1.0 - share) + values[:, before + 1] * share)


def spells(
    shape: tuple[int, ...], chance: float, frames: tuple[int, int], rng: np.random.Generator
) -> Bools:
    """(B, T, ...) stretches of time, of one in so many sequences a stretch of so many frames."""
    batch, count, *rest = shape
    size = (batch, 1, *rest)
    start = rng.integers(-frames[1], count, size)
    length = rng.integers(frames[0], frames[1] + 1, size)
    at = np.arange(count).reshape(1, -1, *[1] * len(rest))
    return (rng.random(size) < chance) & (at >= start) & (at < start + length)


def hidden(places_m: Floats) -> Bools:
    """(B, T, 19) points behind the trunk, as seen from the camera; hips at 0, camera's axes."""
    trunk = places_m[..., _TORSO, :]
    depth = trunk[..., 2].mean(axis=-1, keepdims=True)
    low, high = trunk[..., :2].min(axis=-2) - 0.04, trunk[..., :2].max(axis=-2) + 0.04
    flat = places_m[..., :2]
    inside = ((flat > low[..., None, :]) & (flat < high[..., None, :])).all(axis=-1)
    behind = places_m[..., 2] > depth + 0.03
    other = places_m[..., OTHER_SIDE, :]
    covered = np.hypot(*np.moveaxis(flat - other[..., :2], -1, 0)) < 0.09
    covered &= places_m[..., 2] > other[..., 2] + 0.04
    return ((inside & behind) | covered) & _HALF_HIDDEN


def detect(
    places_m: Floats, hips_m: Floats, body_axes: Floats, rng: np.random.Generator
) -> Detections:
    """What a landmark network would say of bodies.

    Args:
        places_m: (B, T, 19, 3) from the hips, camera's axes.
        hips_m: (B, T, 3) of the hips from the camera.
        body_axes: (B, T, 3, 3) of the hips in the camera's axes, as columns.
        rng: draws.
    """
    batch, count = places_m.shape[:2]
    shape = (batch, count, POINT_COUNT)
    level = rng.gamma(4.0, 0.25, (batch, 1, 1, 1))  # how bad this film is; 1 is usual
    offsets = rng.normal(size=(batch, POINT_COUNT, 3)) * SPREADS_M[:, None] * level[:, 0]
    there = places_m + offsets[:, None] @ np.swapaxes(body_axes, -1, -2)
    covered = hidden(places_m)
    bad = spells(shape, 0.06, (3, 25), rng)
    flat = _flat_errors(shape, covered, bad, level, rng)
    whole = there + hips_m[:, :, None]
    depth = np.maximum(whole[..., 2:], 0.3)
    rays = (whole[..., :2] + flat) / depth
    confidence = _confidence(shape, covered, bad, rng)
    swapped = spells((batch, count), 0.05, (3, 15), rng)
    which = np.where(rng.random((batch, 1, 1)) < 0.7, _LEGS, True)
    swap = swapped[..., None] & which
    rays = np.where(swap[..., None], rays[:, :, OTHER_SIDE], rays)
    world = _world(there, flat, swap, level, rng)
    world = turned(world, turns_to(hips_m[..., :2] / hips_m[..., 2:]))
    lost = spells((batch, count), 0.12, (1, 25), rng)
    rays, confidence = _lose(rays, confidence, lost)
    has_world = np.broadcast_to(rng.random((batch, 1)) < 0.75, (batch, count))
    return Detections(rays, confidence, world, has_world & ~lost)


def _flat_errors(
    shape: tuple[int, ...], covered: Bools, bad: Bools, level: Floats, rng: np.random.Generator
) -> Floats:
    """(B, T, 19, 2) metres."""
    size = (*shape, 2)
    batch = shape[0]
    slow = 0.010 * smooth_noise(size, 14.0, rng) + 0.006 * smooth_noise(size, 4.0, rng)
    steady = 0.009 * rng.normal(size=(batch, 1, POINT_COUNT, 2))
    tremble = rng.gamma(2.0, 0.002, (batch, 1, 1, 1)) * rng.standard_normal(size, np.float32)
    more = 1.0 + 2.2 * covered[..., None]
    away = 0.10 * rng.normal(size=(batch, 1, POINT_COUNT, 2)) + 0.04 * smooth_noise(size, 3.0, rng)
    return np.asarray(
        (slow + steady + tremble) * level * more * (SPREADS_M / 0.02)[:, None]
        + bad[..., None] * away
    )


def _confidence(
    shape: tuple[int, ...], covered: Bools, bad: Bools, rng: np.random.Generator
) -> Floats:
    batch = shape[0]
    sure = 1.0 - rng.random((batch, 1, POINT_COUNT)) ** 3 * 0.3 - 0.06 * rng.random(shape)
    doubt = rng.uniform(0.0, 0.8, (batch, 1, POINT_COUNT))
    seen = sure - covered * doubt - bad * rng.uniform(0.0, 0.8, (batch, 1, POINT_COUNT))
    return np.clip(seen, 0.0, 1.0)


def _world(
    there: Floats, flat: Floats, swap: Bools, level: Floats, rng: np.random.Generator
) -> Floats:
    """(B, T, 19, 3): flattened, leaning, drifting, limbs now and then on the wrong side."""
    batch, count = there.shape[:2]
    size = (batch, count, POINT_COUNT, 3)
    world = there * rng.normal(1.0, 0.08, (batch, 1, 1, 1))
    world[..., :2] += 0.7 * flat
    lean = rng.normal(0.0, 0.22, (batch, 1, 1)) + 0.08 * smooth_noise((batch, count, 1), 20.0, rng)
    world[..., 2] += lean * there[..., 1] + rng.normal(0.0, 0.12, (batch, 1, 1)) * there[..., 0]
    world[..., 2] *= rng.uniform(0.55, 1.1, (batch, 1, 1))
    wide = np.array([0.018, 0.018, 0.035])
    world += level * wide * rng.normal(size=(batch, 1, POINT_COUNT, 3))
    world += level * wide * smooth_noise(size, 10.0, rng)
    world += level * 0.008 * rng.standard_normal(size, np.float32)
    flipped = spells((batch, count, len(_LIMBS)), 0.12, (5, 60), rng)
    for n, (limb, start) in enumerate(zip(_LIMBS, (0, 1, 2, 3), strict=True)):
        root = world[..., [_LIMB_STARTS[start]], 2]
        depths = world[..., limb, 2]
        world[..., limb, 2] = np.where(flipped[..., [n]], 2.0 * root - depths, depths)
    world = np.where(swap[..., None], world[:, :, OTHER_SIDE], world)
    middle = world[..., [4, 5], :].mean(axis=-2, keepdims=True)
    return np.asarray(world - middle)


def _lose(rays: Floats, confidence: Floats, lost: Bools) -> tuple[Floats, Floats]:
    """Frames without anybody: bridged by lines, as for a film, and not to be trusted."""
    rays = rays.copy()
    for n in np.flatnonzero(lost.any(axis=1)):
        known = np.flatnonzero(~lost[n])
        if not len(known):
            continue
        gone = np.flatnonzero(lost[n])
        after = np.searchsorted(known, gone)
        low = known[np.maximum(after - 1, 0)]
        high = known[np.minimum(after, len(known) - 1)]
        share = np.where(high > low, (gone - low) / np.maximum(high - low, 1), 0.0)
        rays[n, gone] = rays[n, low] + share[:, None, None] * (rays[n, high] - rays[n, low])
    return rays, np.where(lost[..., None], 0.0, confidence)


def plain_errors(places_m: Floats, hips_m: Floats, rng: np.random.Generator) -> Detections:
    """Errors of no network in particular, without places in space.

    A point has a constant error in a sequence, a tremble, errors that last three frames, and 3 % of
    the points are elsewhere. The constant is of a gamma distribution of mean 1.2 % of the body's
    extent, the tremble and the short errors 60 % of it; a point that is elsewhere is 8 % away, and
    its confidence tells.

    Args:
        places_m, hips_m, rng: as for ``detect``.
    """
    whole = places_m + hips_m[:, :, None]
    rays = whole[..., :2] / whole[..., 2:]
    batch, count = rays.shape[:2]
    joints = rays[..., : len(JOINTS), :]
    extent = (joints.max(axis=2) - joints.min(axis=2)).max(axis=-1).mean(axis=1)
    size = rng.gamma(2.0, 0.006, (batch, 1, 1, 1))
    each = (batch, 1, POINT_COUNT, 2)
    short = np.repeat(rng.normal(size=(batch, -(-count // 3), POINT_COUNT, 2)), 3, axis=1)
    error = 0.6 * (rng.normal(size=rays.shape) + short[:, :count]) + rng.normal(size=each)
    away = (rng.random((batch, 1, POINT_COUNT, 1)) < 0.03) * rng.normal(size=each) * 0.08
    doubt = 8.0 * np.abs(away).sum(axis=-1) + 0.1 * rng.random((batch, count, POINT_COUNT))
    return Detections(
        rays + (size * error + away) * extent[:, None, None, None],
        np.clip(1.0 - doubt, 0.0, 1.0),
        np.zeros_like(places_m),
        np.zeros((batch, count), bool),
    )
