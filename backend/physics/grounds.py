"""Ground that is not level, and posts: ways that are walked from their beginning to their end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from backend.motion_quality.ways import Reals, line
from blender_addon.core.conventions import Floats
from blender_addon.core.ground.terrain import FlatTerrain, HeightField
from blender_addon.core.physics.world import Obstacle, World

from .suite import order
from .walks import Order

Heights = Callable[[Floats], Floats]
"""Height of what is stood on at places (..., 2), metres."""

POSTS: Final = 6
POST_RADIUS_M: Final = 0.06
_POST_HEIGHT_M: Final = 1.8
_APART_M: Final = 2.5
_WAY_M: Final = 10.0
_BEFORE_M: Final = 2.0
_SPEED_M_S: Final = 1.1


@dataclass(frozen=True, eq=False)
class Rough:
    """A way over ground that is not level, or between posts.

    Args:
        name: of the walk over it.
        order: the walk; its maker knows the ground, not what lies or stands on it.
        ground: what the walk stands on; None where it is level.
        boxes: (N, 2, 3) lower and upper corner of what lies on it.
        posts: (P, 2) middles of posts; each is to be passed where the straight way passes it.
    """

    name: str
    order: Order
    ground: HeightField | None = None
    boxes: Reals = field(default_factory=lambda: np.zeros((0, 2, 3)))
    posts: Reals = field(default_factory=lambda: np.zeros((0, 2)))

    def heights(self, xz: Floats) -> Floats:
        """What is stood on there."""
        if self.ground is not None:
            return self.ground.heights(xz)
        return box_heights(self.boxes, xz)

    def world(self) -> World:
        """As it is simulated."""
        boxes = [_box(f"box {n}", low, high) for n, (low, high) in enumerate(self.boxes)]
        posts = [_post(f"post {n}", place) for n, place in enumerate(self.posts)]
        ground: FlatTerrain | HeightField = FlatTerrain() if self.ground is None else self.ground
        return World(ground, (*boxes, *posts))


def level(xz: Floats) -> Floats:
    """Heights of level ground."""
    return np.zeros(xz.shape[:-1])


def rough_ways(count: int) -> tuple[Rough, ...]:
    """Boxes, a slope, a step down, boxes again, and so on."""
    makers = (_boxes, _slope, _step_down)
    return tuple(makers[n % len(makers)](n // len(makers)) for n in range(count))


def slaloms(count: int) -> tuple[Rough, ...]:
    """Ways between six posts, each its own."""
    return tuple(_slalom(n) for n in range(count))


def rough_way(name: str) -> Rough:
    """The way of this name."""
    kind, _, turn = name.rpartition("_")
    makers = {"boxes": _boxes, "slope": _slope, "step_down": _step_down, "slalom": _slalom}
    return makers[kind](int(turn))


def is_rough(name: str) -> bool:
    """Whether a walk is one of these."""
    return name.rpartition("_")[0] in ("boxes", "slope", "step_down", "slalom")


def _straight_over(name: str, ground: HeightField | None, seed: int) -> Order:
    way = line((0.0, 0.0), (0.0, _WAY_M + _BEFORE_M))
    asked = dict(order(name, way, _SPEED_M_S, [], seed))
    if ground is not None:
        asked["ground"] = {
            "origin_xz": ground.origin_xz.tolist(), "spacing_m": ground.spacing_m,
            "samples": np.round(ground.samples, 4).tolist(),
        }  # fmt: skip
    return asked


def _field(heights: Callable[[Reals, Reals], Reals], spacing_m: float = 0.05) -> HeightField:
    x, z = np.arange(-2.0, 2.0 + 1e-9, spacing_m), np.arange(-3.0, 16.0 + 1e-9, spacing_m)
    return HeightField(
        np.array([x[0], z[0]]), spacing_m, heights(*np.meshgrid(x, z, indexing="ij"))
    )


def _boxes(turn: int) -> Rough:
    """Flat boxes up to 4 cm high, strewn over the way."""
    rng = np.random.default_rng(100 + turn)
    places = np.stack((rng.uniform(-0.5, 0.5, 30), rng.uniform(_BEFORE_M, 12.0, 30)), axis=1)
    halves = rng.uniform(0.06, 0.2, (30, 2))
    tall = rng.uniform(0.015, 0.04, 30)
    low = np.stack((places[:, 0] - halves[:, 0], 0 * tall, places[:, 1] - halves[:, 1]), axis=1)
    high = np.stack((places[:, 0] + halves[:, 0], tall, places[:, 1] + halves[:, 1]), axis=1)
    boxes = np.stack((low, high), axis=1)
    name = f"boxes_{turn}"
    return Rough(name, _straight_over(name, None, turn), None, boxes)


def _slope(turn: int) -> Rough:
    """Eight degrees up for half of the way, then down."""
    middle, rise = _BEFORE_M + _WAY_M / 2.0, np.tan(np.radians(8.0))
    ground = _field(
        lambda x, z: rise * np.clip(np.minimum(z - _BEFORE_M + 1.0, 2 * middle - z - 1.0), 0.0, 9.0)
    )
    name = f"slope_{turn}"
    return Rough(name, _straight_over(name, ground, turn), ground)


def _step_down(turn: int) -> Rough:
    """A step down of 8 cm in the middle of the way."""
    middle = _BEFORE_M + _WAY_M / 2.0 + 0.17 * turn
    ground = _field(lambda x, z: np.where(z < middle, 0.08, 0.0))
    name = f"step_down_{turn}"
    return Rough(name, _straight_over(name, ground, turn), ground)


def box_heights(boxes: Reals, xz: Reals) -> Reals:
    """Upper side of the boxes (N, 2, 3) at places (..., 2); 0 beside them."""
    at = np.zeros(xz.shape[:-1])
    for low, high in boxes:
        inside = np.all((xz >= low[[0, 2]]) & (xz <= high[[0, 2]]), axis=-1)
        at = np.where(inside, np.maximum(at, high[1]), at)
    return np.asarray(at)


def _slalom(turn: int) -> Rough:
    """Posts a little to the left and to the right of a straight way in turn."""
    rng = np.random.default_rng(200 + turn)
    side = np.where((np.arange(POSTS) + turn) % 2 == 0, 1.0, -1.0)
    along = _BEFORE_M + _APART_M * np.arange(POSTS) + rng.uniform(-0.15, 0.15, POSTS)
    posts = np.stack((side * rng.uniform(0.1, 0.22, POSTS), along), axis=1)
    name = f"slalom_{turn}"
    way = line((0.0, 0.0), (0.0, float(along[-1]) + _BEFORE_M))
    return Rough(name, order(name, way, _SPEED_M_S, [], turn), posts=posts)


def _box(name: str, low: Reals, high: Reals) -> Obstacle:
    corners = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
    return _still(name, corners * (high - low) / 2.0, (low + high) / 2.0)


def _post(name: str, place: Reals) -> Obstacle:
    angles = 2.0 * np.pi * np.arange(8) / 8.0
    ring = POST_RADIUS_M * np.stack((np.cos(angles), np.sin(angles)), axis=1)
    corners = np.array([(x, y, z) for y in (0.0, _POST_HEIGHT_M) for x, z in ring])
    return _still(name, corners, np.array([place[0], 0.0, place[1]]))


def _still(name: str, corners: Reals, place: Reals) -> Obstacle:
    return Obstacle(name, corners, place[None], np.array([[1.0, 0.0, 0.0, 0.0]]))
