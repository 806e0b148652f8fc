"""What several people of one crowd have in common, made once."""

from __future__ import annotations

from dataclasses import dataclass, field

import bpy

from .materials import PersonMaterials


@dataclass(frozen=True, eq=False)
class Shared:
    """Materials and meshes made so far.

    Args:
        materials: equal ones are one.
        meshes: by what they are made of.
    """

    materials: PersonMaterials = field(default_factory=PersonMaterials)
    meshes: dict[bytes, bpy.types.Mesh] = field(default_factory=dict)
