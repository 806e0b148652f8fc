"""The room of the short film: a doorway with two steps, a window, a lamp, and what stands around.

The entrance lies higher than the room. Light comes through the window, from the lamp and from the
entrance; large soft lights that no camera sees do what these would do.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import radians
from typing import Any, Final, Literal

import bpy
import numpy as np
from mathutils import Vector

from .solids import (
    Array,
    Colour,
    Paint,
    Place,
    add_box,
    add_boxes,
    add_sheet,
    add_turned,
)

RISE_M: Final = 0.16
"""Of each of the two steps."""
HALL_M: Final = 2 * RISE_M
DOOR_X: Final = -1.25
STEP_EDGES_Y: Final = (2.05, 1.70)
"""Where one steps down: from the entrance, and from the lower step."""

_LEFT, _RIGHT, _FRONT, _BACK = -2.7, 3.1, -5.0, 2.4
_HIGH, _WALL_M = 3.1, 0.16
_DOOR_WIDE, _DOOR_HIGH = 1.02, 2.12
_FAR_Y: Final = 6.4
_HALL_X: Final = -0.30  # the entrance's right wall
_WINDOW: Final = (0.02, 1.12, 0.92, 2.32)  # low and high x, low and high z
_FRAME_M: Final = 0.085

_COARSE, _ALONG, _CLOTH = (2.5, 2.5, 2.5), (2.0, 30.0, 30.0), (90.0, 90.0, 90.0)
_WALL = Paint("Wall", (0.055, 0.150, 0.165), 0.85, grain=0.10, grain_size=_COARSE, bump=0.08)
_HALL = Paint("Entrance Wall", (0.46, 0.33, 0.20), 0.85, grain=0.06)
_WHITE = Paint("Woodwork", (0.62, 0.57, 0.48), 0.45)
_OAK: Final = tuple(
    Paint(f"Oak {n}", colour, 0.42, grain=0.22, grain_size=(1.5, 28.0, 28.0), bump=0.05)
    for n, colour in enumerate(
        ((0.215, 0.112, 0.050), (0.180, 0.090, 0.038), (0.250, 0.136, 0.064), (0.200, 0.104, 0.048))
    )
)
_STEP = Paint("Step", (0.29, 0.165, 0.080), 0.38, grain=0.2, grain_size=_ALONG, bump=0.04)
_RISER = Paint("Riser", (0.50, 0.45, 0.37), 0.5)
_WALNUT = Paint("Walnut", (0.085, 0.042, 0.020), 0.4, grain=0.25, grain_size=(2.0, 25.0, 25.0))
_RUG = Paint("Rug", (0.235, 0.066, 0.036), 0.95, grain=0.25, grain_size=_CLOTH, bump=0.3)
_RUG_EDGE = Paint("Rug Edge", (0.50, 0.41, 0.29), 0.95, grain=0.15, grain_size=_CLOTH)
_BRASS = Paint("Brass", (0.46, 0.29, 0.10), 0.3)
_SHADE = Paint("Lampshade", (1.0, 0.72, 0.42), 0.9, glow=2.2)
_SKY = Paint("Outside", (0.66, 0.82, 1.0), 1.0, glow=1.25)
_CURTAIN = Paint("Curtain", (0.60, 0.50, 0.36), 0.95, grain=0.08, grain_size=(60.0, 60.0, 60.0))
_CLAY = Paint("Clay", (0.42, 0.16, 0.075), 0.6)
_CREAM = Paint("Cream", (0.66, 0.58, 0.45), 0.6)
_LEAF = Paint("Leaf", (0.045, 0.105, 0.035), 0.5)
_BOOKS: Final = tuple(
    Paint(f"Book {n}", colour, 0.7)
    for n, colour in enumerate(
        (
            (0.42, 0.16, 0.07), (0.06, 0.15, 0.18), (0.60, 0.50, 0.34), (0.30, 0.18, 0.05),
            (0.03, 0.06, 0.08), (0.50, 0.30, 0.07), (0.22, 0.07, 0.05),
        )
    )
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Room:
    """What of the room others need.

    Args:
        ground: collection of what one walks on.
        lamp: to look at.
    """

    ground: bpy.types.Collection
    lamp: bpy.types.Object


def build_room(scene: bpy.types.Scene) -> Room:
    """Build it around the origin, in metres, Blender's axes."""
    ground = _add_ground(scene)
    _add_walls(scene)
    _add_doorway(scene)
    _add_window(scene)
    _add_rug(scene)
    _add_shelf(scene)
    _add_pictures(scene)
    _add_sideboard(scene)
    _add_plant(scene, (-2.25, 2.02, 0.0))
    _add_stand(scene)
    lamp = _add_lamp(scene, (2.42, 1.55, 0.0))
    _add_lights(scene)
    return Room(ground, lamp)


def _add_ground(scene: bpy.types.Scene) -> bpy.types.Collection:
    """Floor of planks, two steps, and the entrance's floor."""
    parts = [_add_planks(scene)]
    upper, lower = STEP_EDGES_Y
    wide = (DOOR_X - 0.80, DOOR_X + 0.80)
    for name, y, high in (("Upper Step", upper, HALL_M), ("Lower Step", lower, RISE_M)):
        far = _BACK - 0.001
        tread = ((wide[0], y, high - 0.035), (wide[1], far, high))
        parts.append(add_box(scene, name, *tread, _STEP, 0.008))
        riser = ((wide[0] + 0.02, y + 0.025, 0.0), (wide[1] - 0.02, far, high - 0.035))
        add_box(scene, f"{name} Riser", *riser, _RISER)
    sill = (DOOR_X - _DOOR_WIDE / 2, _BACK - 0.001, HALL_M - 0.1)
    halls = [[sill, (DOOR_X + _DOOR_WIDE / 2, _BACK + _WALL_M, HALL_M)]]
    halls += [[(_LEFT, _BACK + _WALL_M, HALL_M - 0.1), (_HALL_X, _FAR_Y, HALL_M)]]
    parts.append(add_boxes(scene, "Entrance Floor", np.array(halls), (_STEP,)))
    ground = bpy.data.collections.new("Ground")
    scene.collection.children.link(ground)
    for part in parts:
        scene.collection.objects.unlink(part)
        ground.objects.link(part)
    return ground


def _add_planks(scene: bpy.types.Scene) -> bpy.types.Object:
    rng = np.random.default_rng(3)
    wide, gap, planks = 0.14, 0.003, []
    for y in np.arange(_FRONT, _BACK, wide):
        x = _LEFT - float(rng.uniform(0.0, 1.6))
        while x < _RIGHT:
            long = float(rng.uniform(1.2, 2.2))
            ends = max(x, _LEFT), min(x + long - gap, _RIGHT)
            if ends[1] > ends[0]:
                planks.append([[ends[0], y, -0.03], [ends[1], y + wide - gap, 0.0]])
            x += long
    order = rng.permutation(len(planks))
    return add_boxes(scene, "Floor", np.array(planks)[order], _OAK)


def _add_walls(scene: bpy.types.Scene) -> None:
    left, right = DOOR_X - _DOOR_WIDE / 2, DOOR_X + _DOOR_WIDE / 2
    top = HALL_M + _DOOR_HIGH
    x0, x1, z0, z1 = _WINDOW
    back = _BACK + _WALL_M
    pieces = [
        [[_LEFT, _BACK, 0], [left, back, _HIGH]], [[left, _BACK, top], [right, back, _HIGH]],
        [[right, _BACK, 0], [x0, back, _HIGH]], [[x0, _BACK, 0], [x1, back, z0]],
        [[x0, _BACK, z1], [x1, back, _HIGH]], [[x1, _BACK, 0], [_RIGHT, back, _HIGH]],
        [[_LEFT - _WALL_M, _FRONT, 0], [_LEFT, back, _HIGH]],
        [[_RIGHT, _FRONT, 0], [_RIGHT + _WALL_M, back, _HIGH]],
    ]  # fmt: skip
    add_boxes(scene, "Walls", np.array(pieces, float), (_WALL,))
    hall = [
        [[_LEFT - 0.1, back + 0.01, 0], [_LEFT, _FAR_Y, _HIGH]],
        [[_HALL_X, back + 0.01, 0], [_HALL_X + 0.1, _FAR_Y, _HIGH]],
        [[_LEFT, _FAR_Y, 0], [_HALL_X + 0.1, _FAR_Y + 0.1, _HIGH]],
    ]
    hall += [[[_LEFT, back, _HIGH - 0.3], [_HALL_X, _FAR_Y, _HIGH - 0.2]]]
    add_boxes(scene, "Entrance Walls", np.array(hall, float), (_HALL,))
    base = [
        [[_LEFT, _BACK - 0.018, 0], [DOOR_X - 0.80, _BACK, 0.12]],
        [[DOOR_X + 0.80, _BACK - 0.018, 0], [_RIGHT, _BACK, 0.12]],
        [[_LEFT, _FRONT, 0], [_LEFT + 0.018, _BACK, 0.12]],
        [[_RIGHT - 0.018, _FRONT, 0], [_RIGHT, _BACK, 0.12]],
    ]
    add_boxes(scene, "Skirting", np.array(base, float), (_WHITE,), 0.004)


def _add_doorway(scene: bpy.types.Scene) -> None:
    """A frame, and the door open into the entrance."""
    left, right = DOOR_X - _DOOR_WIDE / 2, DOOR_X + _DOOR_WIDE / 2
    top, f = HALL_M + _DOOR_HIGH, _FRAME_M
    near, far = _BACK - 0.025, _BACK + _WALL_M + 0.02
    frame = [
        [[left - f, near, HALL_M], [left + 0.02, far, top]],
        [[right - 0.02, near, HALL_M], [right + f, far, top]],
        [[left - f, near, top - 0.02], [right + f, far, top + f]],
    ]
    add_boxes(scene, "Door Frame", np.array(frame), (_WHITE,), 0.006)
    hinge = left + 0.02
    door = [
        [[0.0, 0.0, 0.0], [0.96, 0.045, 2.08]], [[0.12, -0.008, 0.2], [0.84, 0.0, 0.95]],
        [[0.12, -0.008, 1.1], [0.84, 0.0, 1.92]],
    ]  # fmt: skip
    leaf = add_boxes(scene, "Door", np.array(door), (_WALNUT,), 0.006)
    leaf.location = (hinge - 0.05, far + 0.03, HALL_M + 0.01)
    leaf.rotation_euler.z = radians(104.0)
    knob = add_turned(
        scene, "Door Handle", (0.0, 0.0, 0.0),
        [(0.0, 0.0), (0.012, 0.0), (0.012, 0.04), (0.028, 0.045), (0.030, 0.065), (0.0, 0.075)],
        _BRASS,
    )  # fmt: skip
    knob.parent, knob.location = leaf, (0.90, 0.0, 1.02)
    knob.rotation_euler.x = radians(90.0)


def _add_window(scene: bpy.types.Scene) -> None:
    """A sash window with the sky behind it, and curtains."""
    x0, x1, z0, z1 = _WINDOW
    near, far, f = _BACK - 0.03, _BACK + _WALL_M + 0.02, 0.06
    middle_x, middle_z = 0.5 * (x0 + x1), z0 + 0.58 * (z1 - z0)
    bars = [
        [[x0 - f, near, z0 - f], [x0 + 0.01, far, z1 + f]],
        [[x1 - 0.01, near, z0 - f], [x1 + f, far, z1 + f]],
        [[x0, near, z1 - 0.01], [x1, far, z1 + f]],
        [[x0 - 0.1, near - 0.07, z0 - f], [x1 + 0.1, far, z0 + 0.005]],
        [[middle_x - 0.016, near + 0.07, z0], [middle_x + 0.016, near + 0.11, z1]],
        [[x0, near + 0.06, middle_z - 0.02], [x1, near + 0.12, middle_z + 0.02]],
    ]  # fmt: skip
    add_boxes(scene, "Window", np.array(bars), (_WHITE,), 0.004)
    add_box(scene, "Sky", (-0.19, _BACK + 0.9, -0.4), (4.5, _BACK + 0.95, 3.6), _SKY)
    rail = add_turned(scene, "Curtain Rail", (x0 - 0.32, near - 0.06, z1 + 0.16),
                      [(0.0, 0.0), (0.013, 0.0), (0.013, x1 - x0 + 0.64), (0.0, x1 - x0 + 0.64)],
                      _BRASS, 12)  # fmt: skip
    rail.rotation_euler.y = radians(90.0)
    for name, start, end in (("Left", x0 - 0.30, x0 + 0.02), ("Right", x1 - 0.02, x1 + 0.30)):
        _add_curtain(scene, f"{name} Curtain", start, end, near - 0.06, (0.06, z1 + 0.15))


def _add_curtain(
    scene: bpy.types.Scene, name: str, start: float, end: float, y: float, z: tuple[float, float]
) -> None:
    across, down = np.linspace(0.0, 1.0, 60), np.linspace(0.0, 1.0, 12)
    s, t = np.meshgrid(across, down)
    fold = np.sin(2 * np.pi * 5.0 * s + 0.8 * np.sin(4.0 * s))
    x = start + (end - start) * s
    depth = y - (0.022 + 0.016 * (1 - t)) * fold
    add_sheet(scene, name, np.stack((x, depth, z[0] + (z[1] - z[0]) * t), axis=-1), _CURTAIN)


def _add_rug(scene: bpy.types.Scene) -> None:
    x0, x1, y0, y1, b = -0.75, 1.75, -1.0, 0.95, 0.10
    add_box(scene, "Rug Edge", (x0, y0, -0.001), (x1, y1, 0.0015), _RUG_EDGE)
    add_box(scene, "Rug", (x0 + b, y0 + b, 0.0), (x1 - b, y1 - b, 0.003), _RUG)


def _add_shelf(scene: bpy.types.Scene) -> None:
    """Books along the left wall."""
    x, deep, y0, y1, high = _LEFT + 0.02, 0.27, -0.95, 1.30, 2.12
    levels = np.linspace(0.08, high - 0.03, 6)
    boards = [[[x, y0, z], [x + deep, y1, z + 0.03]] for z in levels]
    boards += [[[x, y, 0.0], [x + deep, y + 0.03, high]] for y in (y0, (y0 + y1) / 2, y1 - 0.03)]
    boards += [[[x, y0, 0.0], [x + 0.012, y1, high]]]
    add_boxes(scene, "Shelf", np.array(boards), (_WALNUT,), 0.003)
    rng, books = np.random.default_rng(8), []
    for z in levels[:-1] + 0.03:
        for start in (y0 + 0.04, (y0 + y1) / 2 + 0.04):
            y, end = start, start + rng.uniform(0.62, 1.0) * ((y1 - y0) / 2 - 0.10)
            while y < end:
                thick, tall = rng.uniform(0.018, 0.048), rng.uniform(0.20, 0.31)
                books.append([[x + 0.03, y, z], [x + rng.uniform(0.17, 0.23), y + thick, z + tall]])
                y += thick + 0.002
    order = rng.permutation(len(books))
    add_boxes(scene, "Books", np.array(books)[order], _BOOKS)


def _add_pictures(scene: bpy.types.Scene) -> None:
    """Two on the right wall, one beside the door."""
    for n, (y, z, wide, tall) in enumerate(((0.62, 1.70, 0.50, 0.66), (-0.42, 1.62, 0.74, 0.54))):
        x = _RIGHT
        low, high = (y - wide / 2, z - tall / 2), (y + wide / 2, z + tall / 2)
        add_box(scene, f"Frame {n}", (x - 0.03, *low), (x, *high), _BRASS, 0.004)
        near, far = (x - 0.033, *(c + 0.02 for c in low)), (x - 0.03, *(c - 0.02 for c in high))
        add_box(scene, f"Sheet {n}", near, far, _CREAM)
        shapes = [
            [[x - 0.035, y - 0.15 * wide, low[1] + 0.1], [x - 0.0335, y + 0.30 * wide, z + 0.1]],
            [[x - 0.036, y - 0.30 * wide, low[1] + 0.1], [x - 0.0345, y + 0.05 * wide, z - 0.05]],
            [[x - 0.037, y - 0.05 * wide, z], [x - 0.0355, y + 0.18 * wide, high[1] - 0.1]],
        ]
        add_boxes(scene, f"Print {n}", np.array(shapes), _BOOKS[n::2])


def _add_sideboard(scene: bpy.types.Scene) -> None:
    """Below the pictures: a low cupboard, a bowl and a pile of books."""
    x, y0, y1, high = _RIGHT - 0.45, -1.15, 1.05, 0.78
    body = [[[x, y0, 0.12], [_RIGHT - 0.02, y1, high]]]
    body += [[[x - 0.012, y0 + 0.04 + k * 0.71, 0.16], [x, y0 + 0.72 + k * 0.71, high - 0.05]]
             for k in range(3)]  # fmt: skip
    body += [[[x + 0.04, y, 0.0], [x + 0.08, y + 0.04, 0.12]] for y in (y0 + 0.06, y1 - 0.1)]
    add_boxes(scene, "Sideboard", np.array(body), (_WALNUT,), 0.004)
    vase = [(0.0, 0.0), (0.06, 0.0), (0.105, 0.09), (0.11, 0.16), (0.06, 0.27), (0.035, 0.31),
            (0.05, 0.35), (0.042, 0.35), (0.03, 0.31), (0.0, 0.3)]  # fmt: skip
    add_turned(scene, "Vase", (x + 0.22, 0.78, high), vase, _CLAY)
    pile = np.array([
        [[0.0, 0.0, 0.0], [0.19, 0.27, 0.035]], [[0.01, 0.02, 0.035], [0.18, 0.26, 0.06]],
        [[0.02, 0.01, 0.06], [0.17, 0.24, 0.10]],
    ])  # fmt: skip
    add_boxes(scene, "Pile of Books", pile + np.array([x + 0.1, -0.9, high]), _BOOKS[2:5])


def _add_plant(scene: bpy.types.Scene, place: Place) -> None:
    pot = [(0.0, 0.0), (0.12, 0.0), (0.17, 0.30), (0.18, 0.32), (0.16, 0.32), (0.155, 0.27),
           (0.0, 0.27)]  # fmt: skip
    add_turned(scene, "Pot", place, pot, _CLAY)
    rng = np.random.default_rng(5)
    for n in range(18):
        turn, lean = 2.4 * n + rng.uniform(-0.2, 0.2), rng.uniform(0.15, 0.62)
        sheet = _leaf(rng.uniform(0.65, 1.15), turn, lean)
        add_sheet(scene, f"Leaf {n}", sheet + np.array(place) + [0.0, 0.0, 0.26], _LEAF)


def _leaf(long: float, turn: float, lean: float) -> Array:
    """(R, C, 3) of a blade that grows upward and bends over."""
    t, s = np.meshgrid(np.linspace(0.0, 1.0, 12), np.linspace(-1.0, 1.0, 5), indexing="ij")
    out = long * (lean * t + 0.35 * lean * t**3)
    up = long * (t * np.sqrt(max(1.0 - lean**2, 0.1)) - 0.30 * lean * t**3)
    wide = 0.045 * np.sin(np.pi * np.clip(0.08 + 0.92 * t, 0, 1)) ** 0.7
    across = s * wide
    x = np.cos(turn) * out - np.sin(turn) * across
    y = np.sin(turn) * out + np.cos(turn) * across
    return np.stack((x, y, up + 0.25 * np.abs(s) * wide), axis=-1)


def _add_stand(scene: bpy.types.Scene) -> None:
    """In the entrance: a bench and a mirror."""
    bench = [[[-0.75, 5.2, HALL_M + 0.40], [_HALL_X - 0.02, 6.2, HALL_M + 0.45]],
             [[-0.72, 5.25, HALL_M], [_HALL_X - 0.05, 5.3, HALL_M + 0.40]],
             [[-0.72, 6.1, HALL_M], [_HALL_X - 0.05, 6.15, HALL_M + 0.40]]]  # fmt: skip
    add_boxes(scene, "Bench", np.array(bench), (_WALNUT,), 0.004)
    z = HALL_M + 1.55
    frame = ((-1.65, _FAR_Y - 0.03, z - 0.42), (-1.0, _FAR_Y, z + 0.42))
    add_box(scene, "Mirror Frame", *frame, _BRASS)
    sheet = ((-1.61, _FAR_Y - 0.035, z - 0.38), (-1.04, _FAR_Y - 0.03, z + 0.38))
    add_box(scene, "Mirror Sheet", *sheet, _CREAM)


def _add_lamp(scene: bpy.types.Scene, place: Place) -> bpy.types.Object:
    pole = [(0.0, 0.0), (0.16, 0.0), (0.16, 0.02), (0.014, 0.035), (0.011, 1.5), (0.0, 1.5)]
    add_turned(scene, "Lamp", place, pole, _BRASS)
    shade = [(0.16, 1.70), (0.24, 1.36)]
    thing = add_turned(scene, "Lampshade", place, shade, _SHADE)
    _light(scene, "Lamp Glow", (place[0], place[1], 1.50), None, "POINT", 26.0, 0.10, _WARM)
    return thing


_WARM: Final[Colour] = (1.0, 0.62, 0.32)
_DAY: Final[Colour] = (0.90, 0.95, 1.0)
_SOFT: Final[Colour] = (1.0, 0.90, 0.78)
_GLOW: Final[Colour] = (1.0, 0.80, 0.56)


def _add_lights(scene: bpy.types.Scene) -> None:
    """Key from the window's side, fill from before, rims from the lamp and the entrance."""
    _light(scene, "Key", (0.45, 1.70, 2.35), (0.35, 0.0, 1.35), "AREA", 100.0, 1.5, _DAY)
    _light(scene, "Fill", (0.2, -4.3, 2.0), (0.1, 0.6, 1.1), "AREA", 92.0, 2.8, _SOFT)
    _light(scene, "Rim", (2.6, 1.9, 2.6), (0.7, 0.0, 1.4), "AREA", 36.0, 0.7, _WARM)
    _light(scene, "Eyes of Her", (1.55, -1.30, 1.75), (-0.1, 0.15, 1.5), "AREA", 16.0, 0.7, _SOFT)
    _light(scene, "Eyes of Him", (-0.75, -1.20, 1.75), (0.95, 0.0, 1.6), "AREA", 18.0, 0.7, _SOFT)
    _light(scene, "Entrance Light", (-1.35, 4.2, HALL_M + 2.4), (-1.3, 3.9, 0.0), "AREA", 80.0, 1.1,
           _GLOW)  # fmt: skip
    _light(scene, "Door Light", (-0.35, 0.4, 2.25), (-1.25, 2.9, 1.55), "AREA", 34.0, 1.2, _SOFT)
    _light(scene, "Over the Door", (-1.2, 2.68, HALL_M + 2.05), (-1.25, 4.0, 1.75), "AREA", 16.0,
           0.5, _SOFT)  # fmt: skip
    world = bpy.data.worlds.new("Room")
    world.color = (0.05, 0.07, 0.08)
    if bpy.app.version < (5, 0, 0):
        world.use_nodes = True
    back: Any = next(node for node in world.node_tree.nodes if node.type == "BACKGROUND")
    back.inputs["Color"].default_value = (0.56, 0.52, 0.46, 1.0)
    back.inputs["Strength"].default_value = 0.30
    scene.world = world


def _light(
    scene: bpy.types.Scene,
    name: str,
    place: Place,
    target: Place | None,
    kind: Literal["AREA", "POINT"],
    watts: float,
    size_m: float,
    colour: Colour,
) -> None:
    data: Any = bpy.data.lights.new(name, kind)
    data.energy, data.color = watts, colour
    if kind == "AREA":
        data.shape, data.size = "SQUARE", size_m
    else:
        data.shadow_soft_size = size_m
    light = bpy.data.objects.new(name, data)
    light.location = place
    if target is not None:
        light.rotation_euler = (Vector(target) - Vector(place)).to_track_quat("-Z", "Y").to_euler()
    light.visible_camera = False
    scene.collection.objects.link(light)
