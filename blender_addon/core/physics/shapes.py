"""Boxes and convex hulls as the engine's text."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np

from ..conventions import Floats
from ..errors import PhysicsError
from ..maths.rotations import (
    matrix_to_quaternion,
    normalise,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
)

MOST_CORNERS: Final = 10_000
THINNEST_M: Final = 0.001
LARGEST_M: Final = 10_000.0

_MOST_OF_A_HULL: Final = 64  # more corners than that cost time and are not felt
_RIGHT: Final = 1e-3  # how far from a right angle, or from its place, a box's corner may be
_ROOT_M: Final = 0.3
_UPRIGHT: Final = 0.9999
_TOUCHED: Final = 'contype="1" conaffinity="2"'


@dataclass(frozen=True, eq=False)
class Shape:
    """A box, or the convex hull of corners.

    Args:
        middle: (3,) of a box in the obstacle's axes, metres.
        turn: (4,) of a box in these axes, wxyz.
        half: (3,) of a box's lengths, metres; None for a hull.
        corners: (N, 3) of a hull, metres.
    """

    middle: Floats
    turn: Floats
    half: Floats | None
    corners: Floats


def shape_of(name: str, corners: Floats, places: Floats, turns: Floats) -> Shape:
    """What an obstacle is, once it is known to be possible.

    Args:
        name: in messages.
        corners: (N, 3), metres.
        places: (T, 3) of its origin.
        turns: (T, 4).

    Raises:
        PhysicsError: it is not possible.
    """
    what = f"the obstacle {name!r}"
    if corners.ndim != 2 or corners.shape[1:] != (3,) or len(corners) < 4:
        raise PhysicsError(f"{what} has no four corners; found an array {corners.shape}")
    if len(corners) > MOST_CORNERS:
        raise PhysicsError(
            f"{what} has {len(corners):,} corners, expected {MOST_CORNERS:,} at most. "
            "Use a simpler mesh in its place"
        )
    if places.shape != (len(turns), 3) or turns.shape != (len(places), 4) or not len(places):
        raise PhysicsError(f"{what} has {places.shape} places and {turns.shape} turns")
    for array, of_what in ((corners, "corner"), (places, "place"), (turns, "turn")):
        if not np.isfinite(array).all():
            raise PhysicsError(f"{what} has a {of_what} that is not a finite number")
    if np.linalg.norm(turns, axis=1).min() < 0.5:
        raise PhysicsError(f"{what} has a rotation of no length")
    _check_size(what, corners, places)
    return _box_of(corners) or Shape(np.zeros(3), np.array([1.0, 0, 0, 0]), None, corners)


def depths_in(corners: Floats, points: Floats) -> Floats:
    """(N,) how deep points (N, 3) are inside the hull of corners (C, 3), metres; 0 outside.

    Hulls of more corners than the engine is told contain nothing here.
    """
    outside = np.zeros(len(points))
    if len(corners) > _MOST_OF_A_HULL:
        return outside
    inside = (points > corners.min(axis=0)) & (points < corners.max(axis=0))
    if not inside.all(axis=1).any():
        return outside
    first, second, third = corners[np.array(list(combinations(range(len(corners)), 3)))].swapaxes(
        0, 1
    )
    across = np.cross(second - first, third - first)
    size = np.linalg.norm(across, axis=1)
    across, first = across[size > 1e-9] / size[size > 1e-9, None], first[size > 1e-9]
    heights = across @ corners.T - np.einsum("fi,fi->f", across, first)[:, None]
    sides = [sign * across[(sign * heights).max(axis=1) < 1e-6] for sign in (1.0, -1.0)]
    faces = np.concatenate(sides)
    within = (faces @ corners.T).max(axis=1)[:, None] - faces @ points.T
    return np.asarray(np.maximum(within.min(axis=0, initial=np.inf), 0.0))


def text_of(shape: Shape, name: str, at: tuple[Floats, Floats] | None) -> tuple[str, str]:
    """Asset and geom of a shape.

    Args:
        shape: of an obstacle.
        name: of the asset where there is one.
        at: place (3,) and turn (4,) of the obstacle; None where its body has these.
    """
    place, turn = at or (np.zeros(3), np.array([1.0, 0.0, 0.0, 0.0]))
    turn = normalise(turn)
    if shape.half is None:
        asset = (
            f'<mesh name="{name}" vertex="{numbers(shape.corners)}"'
            f' maxhullvert="{_MOST_OF_A_HULL}"/>'
        )
        where = f'pos="{numbers(place)}" quat="{numbers(turn)}"'
        return asset, f'<geom type="mesh" mesh="{name}" {where} {_TOUCHED}/>'
    middle = place + quaternion_rotate(turn, shape.middle)
    where = f'pos="{numbers(middle)}" quat="{numbers(quaternion_multiply(turn, shape.turn))}"'
    return "", f'<geom type="box" size="{numbers(shape.half)}" {where} {_TOUCHED}/>'


def rooted(shape: Shape, turn: Floats) -> Shape:
    """What stands on the ground, carried on into it: nothing is then pushed out underneath.

    Args:
        shape: of an obstacle.
        turn: (4,) of the obstacle.
    """
    down = quaternion_rotate(quaternion_conjugate(normalise(turn)), np.array([0.0, -1.0, 0.0]))
    if shape.half is not None:
        along = quaternion_rotate(quaternion_conjugate(shape.turn), down)
        axis = int(np.abs(along).argmax())
        if abs(along[axis]) > _UPRIGHT:
            half = shape.half.copy()
            half[axis] += 0.5 * _ROOT_M
            return Shape(shape.middle + 0.5 * _ROOT_M * down, shape.turn, half, shape.corners)
    both = np.concatenate((shape.corners, shape.corners + _ROOT_M * down))
    return Shape(shape.middle, shape.turn, None, both)


def numbers(values: Floats) -> str:
    """As they stand in the engine's text."""
    return " ".join(f"{value:.6g}" for value in np.ravel(values))


def _check_size(what: str, corners: Floats, places: Floats) -> None:
    centred = corners - corners.mean(axis=0)
    if max(np.abs(corners).max(), np.abs(places).max()) > LARGEST_M:
        raise PhysicsError(f"{what} reaches further than {LARGEST_M / 1000:g} km. Make it smaller")
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    extents = np.ptp(centred @ axes.T, axis=0)
    if extents.min() < THINNEST_M:
        raise PhysicsError(
            f"{what} has no volume: it is {1000 * extents.min():.2g} mm thick, "
            f"expected {1000 * THINNEST_M:g} mm at least. Give it thickness"
        )


def _box_of(corners: Floats) -> Shape | None:
    """A box whose eight corners these are, in any order; None where they are not."""
    if len(corners) != 8:
        return None
    size = float(np.ptp(corners, axis=0).max())
    middle = corners.mean(axis=0)
    edges = corners[1:] - corners[0]
    for three in combinations(range(7), 3):
        axes = edges[list(three)]
        lengths = np.linalg.norm(axes, axis=1)
        if lengths.min() < THINNEST_M:
            return None
        unit = axes / lengths[:, None]
        if np.abs(unit @ unit.T - np.eye(3)).max() > _RIGHT:
            continue
        inside = np.abs((corners - middle) @ unit.T)
        if np.abs(inside - 0.5 * lengths).max() < _RIGHT * size:
            unit[2] *= np.sign(np.linalg.det(unit))
            return Shape(middle, matrix_to_quaternion(unit.T), 0.5 * lengths, corners)
    return None
