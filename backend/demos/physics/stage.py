"""The physics demo's stage: a floor with metres on it, and a plank in the way."""

from __future__ import annotations

from dataclasses import dataclass
from math import radians
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

PLANK_X_M: Final = 2.3
"""Where it lies along the way."""
PLANK_M: Final = (0.09, 1.5, 0.06)
"""Its depth along the way, its width and its height."""
_FAR_M: Final = 40.0
_COLOURS: Final = {
    "Floor Light": (0.66, 0.67, 0.66),
    "Floor Dark": (0.52, 0.54, 0.55),
    "Wood": (0.50, 0.26, 0.08),
    "Push": (0.85, 0.10, 0.04),
    "Letters": (0.10, 0.02, 0.01),
}
"""Linear, as Workbench shows them."""
_SUNLIT: Final = 0.6
_SKY: Final = (0.74, 0.79, 0.84)


@dataclass(frozen=True, eq=False)
class Stage:
    """What was put into the scene.

    Args:
        floor: to stand on.
        obstacles: what is in the way.
    """

    floor: bpy.types.Object
    obstacles: bpy.types.Collection


def build_stage(context: bpy.types.Context) -> Stage:
    """Fill an empty scene with everything but the character, the arrows and the camera."""
    scene = context.scene
    obstacles = bpy.data.collections.new("Obstacles")
    scene.collection.children.link(obstacles)
    plank = box("Plank", np.array(PLANK_M), "Wood")
    plank.location = (PLANK_X_M, 0.0, 0.5 * PLANK_M[2])
    obstacles.objects.link(plank)
    floor = _floor()
    scene.collection.objects.link(floor)
    _add_light(scene)
    context.view_layer.update()
    return Stage(floor, obstacles)


def _floor() -> bpy.types.Object:
    """Chequered in metres, level, as far as one sees."""
    metres = np.arange(-12.0, 13.0)
    lines = np.concatenate(([-_FAR_M], metres, [_FAR_M]))
    x, y = np.meshgrid(lines, lines, indexing="ij")
    vertices = np.stack((x, y, np.zeros_like(x)), axis=-1).reshape(-1, 3)
    count = len(lines)
    here = (np.arange(count - 1)[:, None] * count + np.arange(count - 1)).ravel()
    quads = np.stack((here, here + count, here + count + 1, here + 1), axis=-1)
    floor = _object("Floor", vertices, quads, ("Floor Light", "Floor Dark"))
    checks = np.add.outer(np.arange(count - 1), np.arange(count - 1)).ravel() % 2
    floor.data.polygons.foreach_set("material_index", checks.astype(np.int32))
    floor.display.show_shadows = False
    return floor


def box(name: str, size: Array, colour: str) -> bpy.types.Object:
    """A box of a size (3,) around its origin, in no collection yet."""
    corners = 0.5 * size * np.array(np.meshgrid(*[(-1, 1)] * 3, indexing="ij")).reshape(3, -1).T
    quads = np.array(
        [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
    )
    return _object(name, corners, quads, (colour,))


def _object(
    name: str, vertices: Array, quads: NDArray[Any], colours: tuple[str, ...]
) -> bpy.types.Object:
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(vertices.tolist(), [], quads.tolist())
    for colour in colours:
        mesh.materials.append(material(colour))
    mesh.update()
    return bpy.data.objects.new(name, mesh)


def material(name: str) -> bpy.types.Material:
    """The demo's material of that name, made on first use."""
    known = bpy.data.materials.get(name)
    if known is not None:
        return known
    made = bpy.data.materials.new(name)
    made.diffuse_color = (*_COLOURS[name], 1.0)
    made.roughness, made.specular_intensity = 1.0, 0.0
    if bpy.app.version < (5, 0, 0):
        made.use_nodes = True
    shader: Any = next(n for n in made.node_tree.nodes if n.type == "BSDF_PRINCIPLED")
    shade = tuple(_SUNLIT * value for value in _COLOURS[name])
    shader.inputs["Base Color"].default_value = (*shade, 1.0)
    shader.inputs["Roughness"].default_value = 1.0
    return made


def _add_light(scene: bpy.types.Scene) -> None:
    data: Any = bpy.data.lights.new("Sun", "SUN")
    data.energy, data.angle = 3.0, radians(2.0)
    sun = bpy.data.objects.new("Sun", data)
    sun.rotation_euler = (radians(40), radians(-18), radians(-20))
    sun.location = (0.0, -4.0, 6.0)
    scene.collection.objects.link(sun)
    world = bpy.data.worlds.new("Sky")
    world.color = _SKY
    scene.world = world
