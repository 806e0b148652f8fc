"""The ground below single places, cast while it is asked for: quick where only a line matters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Matrix, Vector
from numpy.typing import NDArray

from ...core.conventions import Floats
from ..axes import core_to_blender_points
from ..units import metres_per_unit


@dataclass(frozen=True, eq=False)
class GroundBelow:
    """Meshes as a ground; NaN where there is none.

    Args:
        meshes: evaluated, each with the way from the world into its own space, and back.
        top: above all of them, in the scene's units.
        metres: the scene's unit at the size of a person.
    """

    meshes: tuple[tuple[bpy.types.Object, Matrix, Matrix], ...]
    top: float
    metres: float

    def heights(self, xz: Floats) -> NDArray[np.float32]:
        """See Terrain."""
        places = np.asarray(xz, np.float64).reshape(-1, 2)
        core = np.stack((places[:, 0], np.zeros(len(places)), places[:, 1]), axis=-1)
        starts = core_to_blender_points(core) / self.metres
        found = [self._height(Vector((x, y, self.top))) for x, y, _ in starts.tolist()]
        return (self.metres * np.array(found)).astype(np.float32).reshape(np.shape(xz)[:-1])

    def _height(self, above: Vector) -> float:
        highest = float("nan")
        for mesh, inverse, world in self.meshes:
            down = inverse.to_3x3() @ Vector((0.0, 0.0, -1.0))
            hit, place, _, _ = mesh.ray_cast(inverse @ above, down)
            if hit:
                height = (world @ place).z
                highest = height if not highest >= height else highest
        return highest


def ground_below(
    context: bpy.types.Context, objects: Sequence[bpy.types.Object], size: float
) -> GroundBelow:
    """Meshes as a ground at a person's size; what cannot be stood on is left out.

    Args:
        context: gives the scene's units and the evaluated meshes.
        objects: what to walk on.
        size: of the character, compared with a person.
    """
    depsgraph = context.evaluated_depsgraph_get()
    meshes, top = [], 0.0
    for item in objects:
        evaluated = item.evaluated_get(depsgraph)
        world = evaluated.matrix_world.copy()
        if item.mode == "EDIT" or abs(world.determinant()) < 1e-12 or not evaluated.data.polygons:
            continue
        top = max(top, *((world @ Vector(corner)).z for corner in evaluated.bound_box))
        meshes.append((evaluated, world.inverted(), world))
    return GroundBelow(tuple(meshes), top + 1.0, metres_per_unit(context.scene) / size)
