"""What selected objects are to a character."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import bpy

from ...blender.face.shape_keys import armature_of


@dataclass(frozen=True)
class Selection:
    """Selected objects by their part.

    Args:
        rigs: armatures, and those that deform a selected mesh.
        curves: what could be walked along.
        grounds: meshes that belong to no armature.
    """

    rigs: tuple[bpy.types.Object, ...]
    curves: tuple[bpy.types.Object, ...]
    grounds: tuple[bpy.types.Object, ...]

    @property
    def faces(self) -> tuple[bpy.types.Object, ...]:
        """Meshes that could speak without an armature."""
        return tuple(each for each in self.grounds if each.data.shape_keys is not None)


def sort_selection(objects: Iterable[bpy.types.Object]) -> Selection:
    """Tell characters, paths and grounds apart."""
    rigs: dict[bpy.types.Object, None] = {}
    curves, grounds = [], []
    for each in objects:
        armature = armature_of(each) if each.type in ("ARMATURE", "MESH") else None
        if armature is not None:
            rigs[armature] = None
        elif each.type == "CURVE":
            curves.append(each)
        elif each.type == "MESH":
            grounds.append(each)
    return Selection(tuple(rigs), tuple(curves), tuple(grounds))
