"""A person in the scene: armature, meshes, materials, and the stance at ease."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import bpy

from .armature import add_armature
from .body import Body, build_body
from .bones import NAMINGS
from .clothes.dress import Dress, dress
from .ease import stand_at_ease
from .face.brows import brow_parts
from .face.eyes import eye_parts
from .face.lashes import lash_parts
from .face.mouth import mouth_parts
from .hair.beards import beard_parts
from .hair.styles import hair_parts
from .meshes import Fit, add_mesh
from .part import Part
from .person import Person, draw_person
from .shared import Shared
from .skin import skin_parts

SEED: Final = "neural_motion_person"
"""Custom property of a person's armature data: the seed."""


def add_person(
    context: bpy.types.Context,
    name: str = "",
    person: Person | None = None,
    naming: str = "RIGIFY",
    shared: Shared | None = None,
) -> bpy.types.Object:
    """Add somebody to the scene, standing at its origin and looking along −Y.

    Args:
        context: whose collection receives it; the armature becomes the active object.
        name: of the armature, "" for "Person" and the seed; its meshes are named after it.
        person: who; the one of seed 0 where nobody is given.
        naming: of the bones, a key of NAMINGS.
        shared: materials and meshes of others who came before, for where they are equal.

    Returns:
        The armature object. Its meshes "<name> Head", Body, Eyes, … are its children; the 52
        ARKit shapes are keys of those that they move.
    """
    if context.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    person = person or draw_person(0)
    body = build_body(person)
    clothes = dress(person, body)
    armature = add_armature(
        context, name or f"Person {person.seed}", body, NAMINGS[naming], clothes.sole_m
    )
    armature.data[SEED] = person.seed
    fit = Fit(armature, NAMINGS[naming], clothes.sole_m)
    shared = shared or Shared()
    make_material = shared.materials.of(person)
    for kind, parts in _meshes(list_parts(person, body, clothes)).items():
        add_mesh(fit, kind, parts, make_material, shared.meshes)
    stand_at_ease(armature, person, body, NAMINGS[naming])
    context.view_layer.objects.active = armature
    return armature


def list_parts(person: Person, body: Body, clothes: Dress) -> list[Part]:
    """Everything that is seen of a person."""
    return [
        *skin_parts(person, body, clothes.covered),
        *brow_parts(person, body),
        *lash_parts(person, body),
        *eye_parts(person, body),
        *mouth_parts(body),
        *hair_parts(person, body, clothes.parts),
        *beard_parts(person, body),
        *clothes.parts,
    ]


def _meshes(parts: Sequence[Part]) -> dict[str, list[Part]]:
    """Parts by the mesh that they belong to."""
    meshes: dict[str, list[Part]] = {}
    for part in parts:
        meshes.setdefault(part.mesh, []).append(part)
    return meshes
