"""Slaloms and rubble: ways with posts and boxes on which footsteps are judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.ground.path import Path
from blender_addon.core.maths.rotations import heading_to_quaternion
from blender_addon.core.physics.world import Obstacle, World

POSTS: Final = 6
POST_SPACING_M: Final = 2.5
POST_RADIUS_M: Final = 0.06
RUBBLE_M: Final = 10.0
LARGEST_BOX_M: Final = 0.04
_SPEED_M_S: Final = 1.2
_CLEAR_START_M: Final = 1.5
_XZ: Final = [0, 2]


@dataclass(frozen=True, eq=False)
class Scene:
    """A way through a world.

    Args:
        path: where the walk goes that knows nothing of the obstacles.
        world: with them.
        posts: (P, 2) middles of posts on the way.
        sides: (P,) +1 where a post is to be left on the right hand, −1 on the left.
    """

    path: Path
    world: World
    posts: Floats
    sides: Floats


def slalom(seed: int) -> Scene:
    """Six posts along a line, alternately a little to its left and right.

    A post is passed on the side where the line passes it.

    Args:
        seed: of the places.
    """
    rng = np.random.default_rng(seed)
    along = 2.0 + POST_SPACING_M * np.arange(POSTS) + rng.uniform(-0.15, 0.15, POSTS)
    sides = np.where(np.arange(POSTS) % 2 == 0, 1.0, -1.0) * rng.choice((-1.0, 1.0))
    posts = np.stack((-sides * rng.uniform(0.1, 0.22, POSTS), along), axis=-1)
    end = along[-1] + 2.0
    path = Path.from_points([(0.0, 0.0, 0.0), (0.0, 0.0, end)], _SPEED_M_S)
    return Scene(
        path, World(obstacles=tuple(_post(n, p) for n, p in enumerate(posts))), posts, sides
    )


def rubble(seed: int, length_m: float = RUBBLE_M, highest_m: float = LARGEST_BOX_M) -> Scene:
    """Boxes of all sizes strewn along a straight way.

    Args:
        seed: of the places.
        length_m: of the ground with boxes.
        highest_m: of a box.
    """
    rng = np.random.default_rng(seed)
    count = round(4.0 * length_m)
    boxes = []
    for n in range(count):
        place = rng.uniform((-0.5, _CLEAR_START_M), (0.5, _CLEAR_START_M + length_m))
        size = np.array(
            [rng.uniform(0.08, 0.35), rng.uniform(0.015, highest_m), rng.uniform(0.08, 0.35)]
        )
        boxes.append(box(f"box {n}", size, place, rng.uniform(0.0, np.pi)))
    end = length_m + 2.0 * _CLEAR_START_M
    path = Path.from_points([(0.0, 0.0, 0.0), (0.0, 0.0, end)], _SPEED_M_S)
    return Scene(path, World(obstacles=tuple(boxes)), np.zeros((0, 2)), np.zeros(0))


def box(name: str, size: Floats, place_xz: Floats, heading_rad: float) -> Obstacle:
    """A box (3,) metres in size that lies on the ground."""
    signs = np.array(np.meshgrid((-0.5, 0.5), (0.0, 1.0), (-0.5, 0.5))).reshape(3, -1).T
    place = np.array([[place_xz[0], 0.0, place_xz[1]]])
    return Obstacle(name, signs * size, place, heading_to_quaternion(np.array([heading_rad])))


def passed(scene: Scene, track_xz: Floats, radius_m: float = 0.0) -> int:
    """How many posts of a slalom a body passed on their side, without coming nearer than allowed.

    Args:
        scene: the slalom.
        track_xz: (T, 2) of the body's middle.
        radius_m: between the post's middle and the body's, at the least.
    """
    count = 0
    for post, side in zip(scene.posts, scene.sides, strict=True):
        beyond = np.flatnonzero(track_xz[:, 1] > post[1])
        away = np.linalg.norm(track_xz - post, axis=1).min()
        if len(beyond) and (track_xz[beyond[0], 0] - post[0]) * side > 0 and away > radius_m:
            count += 1
    return count


def _post(number: int, place: Floats) -> Obstacle:
    angles = 2 * np.pi * np.arange(8) / 8
    ring = POST_RADIUS_M * np.stack((np.cos(angles), np.sin(angles)), axis=-1)
    corners = np.array([(x, y, z) for y in (0.0, 1.8) for x, z in ring])
    origin = np.array([[place[0], 0.0, place[1]]])
    return Obstacle(f"post {number + 1}", corners, origin, np.array([[1.0, 0.0, 0.0, 0.0]]))
