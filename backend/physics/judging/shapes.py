"""Where the figure's shapes are, from its own text and its poses: no engine is asked."""

from __future__ import annotations

import functools
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from itertools import product

import numpy as np

from blender_addon.core.conventions import Floats, Ints
from blender_addon.core.maths.rotations import quaternion_rotate
from blender_addon.core.physics.clip_poses import body_positions, body_rotations
from blender_addon.core.physics.figure import (
    BODY_NAMES,
    PARTS,
    SOLE_CORNERS_M,
    figure_mjcf,
    without_side,
)

from ..grounds import Heights

SIDES = ("left_", "right_")
_FURTHEST_DEG = {"chest": 100.0, "head": 90.0, "upper_arm": 180.0, "thigh": 140.0, "foot": 90.0}
"""How far a ball joint turns in no body, all axes together."""
FEET = tuple(name for name in BODY_NAMES if without_side(name) in SOLE_CORNERS_M)


@dataclass(frozen=True, eq=False)
class Shapes:
    """Points of all shapes in their bodies: the outside of each is ``radius`` around them.

    Args:
        bodies: (N,) whose they are.
        points: (N, 3) in their body, metres.
        radii: (N,) metres.
        masses: (15,) of the bodies, kg.
        centres: (15, 3) of the bodies' masses in them.
    """

    bodies: Ints
    points: Floats
    radii: Floats
    masses: Floats
    centres: Floats


@dataclass(frozen=True, eq=False)
class Placed:
    """Bodies in the world: positions (T, 15, 3) of their joints and rotations (T, 15, 4)."""

    positions: Floats
    rotations: Floats

    @classmethod
    def of(cls, poses: Floats) -> Placed:
        """Of poses (T, 45)."""
        rotations = body_rotations(poses)
        return cls(body_positions(poses, rotations), rotations)


@functools.cache
def figure_shapes() -> Shapes:
    """The figure's, as it is built."""
    bodies: list[int] = []
    points: list[Floats] = []
    radii: list[float] = []
    masses, centres = np.zeros(len(BODY_NAMES)), np.zeros((len(BODY_NAMES), 3))
    tree = ET.fromstring(figure_mjcf())  # noqa: S314 (our own text)
    for body in tree.iter("body"):
        if (name := body.get("name")) not in BODY_NAMES:
            continue
        number = BODY_NAMES.index(str(name))
        for shape in body.findall("geom"):
            found, radius = _outline(shape)
            mass = float(shape.get("mass", 0.0))
            bodies += [number] * len(found)
            points.append(found)
            radii += [radius] * len(found)
            masses[number] += mass
            centres[number] += mass * found.mean(axis=0)
    centres /= np.maximum(masses, 1e-9)[:, None]
    return Shapes(np.array(bodies), np.concatenate(points), np.array(radii), masses, centres)


def joint_limits() -> dict[str, tuple[float, float]]:
    """Least and greatest angle of each joint, radians; of a ball 0 and its greatest.

    The figure's own where it has any, else what no body does.
    """
    tree = ET.fromstring(figure_mjcf())  # noqa: S314 (our own text)
    limits = {}
    for joint in tree.iter("joint"):
        if (told := joint.get("range")) is not None:
            low, high = (float(value) for value in told.split())
            limits[str(joint.get("name"))] = (low, high)
    for part in PARTS:
        if part.bend is not None:
            limits.setdefault(part.name, part.bend)
        else:
            greatest = np.radians(_FURTHEST_DEG[without_side(part.name)])
            limits.setdefault(part.name, (0.0, float(greatest)))
    return limits


def shape_bottoms(placed: Placed, heights: Heights) -> Floats:
    """(T, 15) of each body the lowest point over what is under it, metres."""
    shapes = figure_shapes()
    bodies = shapes.bodies
    world = _in_world(placed, bodies, shapes.points)
    over = world[..., 1] - shapes.radii - heights(world[..., [0, 2]])
    out = np.full(placed.positions.shape[:2], np.inf)
    for number in range(out.shape[1]):
        out[:, number] = over[:, bodies == number].min(axis=1)
    return out


def shape_distances(placed: Placed, places: Floats) -> Floats:
    """(T, P) distance over the ground of the nearest shape to upright lines at places (P, 2)."""
    shapes = figure_shapes()
    world = _in_world(placed, shapes.bodies, shapes.points)[..., [0, 2]]
    away = np.linalg.norm(world[:, :, None] - places, axis=-1) - shapes.radii[:, None]
    return np.asarray(away.min(axis=1))


def sole_corners(placed: Placed) -> Floats:
    """(T, 2, 8, 3) corners of the soles of the left and the right foot in the world."""
    sides = []
    for side in SIDES:
        parts = [
            _in_world(placed, np.full(len(corners), BODY_NAMES.index(side + name)), corners)
            for name, corners in SOLE_CORNERS_M.items()
        ]
        sides.append(np.concatenate(parts, axis=1))
    return np.stack(sides, axis=1)


def centre_of_mass(placed: Placed) -> Floats:
    """(T, 3) of the whole figure."""
    shapes = figure_shapes()
    bodies = np.arange(len(BODY_NAMES))
    world = _in_world(placed, bodies, shapes.centres)
    return np.asarray(np.einsum("tnc,n->tc", world, shapes.masses / shapes.masses.sum()))


def _in_world(placed: Placed, bodies: Ints, points: Floats) -> Floats:
    turned = quaternion_rotate(placed.rotations[:, bodies], points[None])
    return np.asarray(placed.positions[:, bodies] + turned)


def _outline(shape: ET.Element) -> tuple[Floats, float]:
    """Points (N, 3) and the radius around them."""
    kind, size = shape.get("type", "sphere"), _numbers(shape.get("size", "0"))
    place = _numbers(shape.get("pos", "0 0 0"))
    if kind == "box":
        signs = np.array([*product((-1.0, 1.0), repeat=3)])
        return place + signs * size, 0.0
    if kind == "capsule" and (ends := shape.get("fromto")) is not None:
        return _numbers(ends).reshape(2, 3), float(size[0])
    if kind == "sphere":
        return place[None], float(size[0])
    raise ValueError(f"judging knows boxes, spheres and capsules between two ends; found {kind}")


def _numbers(told: str) -> Floats:
    return np.array([float(value) for value in told.split()])
