"""Pieces of a person as mesh objects: faces, materials, shape keys and skin weights."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import bpy
import numpy as np

from ..blender.axes import core_to_blender_points
from ..core.conventions import Floats, Ints
from ..core.face.arkit import ARKIT_52
from .bones import BONES, Naming, carrier
from .palette import TINT, TINTED
from .part import Part

_SHARE_STEPS: Final = 128
_MAX_INFLUENCES: Final = 4

MakeMaterial = Callable[[str], bpy.types.Material]


@dataclass(frozen=True)
class Fit:
    """Whose the meshes are.

    Args:
        armature: their parent, which deforms them.
        naming: of its bones.
        lift_m: how far soles of shoes raise everything.
    """

    armature: bpy.types.Object
    naming: Naming
    lift_m: float


def add_mesh(
    fit: Fit,
    kind: str,
    parts: Sequence[Part],
    make_material: MakeMaterial,
    known: dict[bytes, bpy.types.Mesh],
) -> bpy.types.Object:
    """Add a skinned mesh object made of some parts, as a child of the armature.

    Args:
        fit: whose it is.
        kind: what it is; it is named after the armature and this.
        parts: what it is made of.
        make_material: gives the material of a name.
        known: meshes made before. An equal one without shape keys is used again: with them, the
            values of keys belong to the mesh, and each face speaks for itself. One with the same
            faces and weights is copied and moved, which is quicker than making it.
    """
    name = f"{fit.armature.name} {kind}"
    frame, content = _digests(fit, parts)
    materials = [make_material(each) for each in _material_names(parts)]
    same = known.get(content)
    if same is not None and same.shape_keys is None:
        thing = _add_object(fit, name, same)
        _dress(thing, materials)
    elif frame in known:
        mesh = known[frame].copy()
        mesh.name = name
        thing = _add_object(fit, name, mesh)
        mesh.vertices.foreach_set("co", _flat(_rest(fit, parts)))
        _move_shapes(mesh, _rest(fit, parts), parts)
        for number, material in enumerate(materials):
            mesh.materials[number] = material
        mesh.update()
    else:
        thing = _add_object(fit, name, bpy.data.meshes.new(name))
        _make(thing, fit, parts, materials)
    known.setdefault(frame, thing.data)
    known[content] = thing.data
    modifier: Any = thing.modifiers.new("Armature", "ARMATURE")
    modifier.object = fit.armature
    return thing


def _add_object(fit: Fit, name: str, mesh: bpy.types.Mesh) -> bpy.types.Object:
    thing = bpy.data.objects.new(name, mesh)
    fit.armature.users_collection[0].objects.link(thing)
    thing.parent = fit.armature
    return thing


def _digests(fit: Fit, parts: Sequence[Part]) -> tuple[bytes, bytes]:
    """Of faces, weights and materials' names; and of these with all places."""
    digest = hashlib.blake2b(fit.naming.key.encode())
    for part in parts:
        digest.update(f"{part.material} {sorted(part.paint)} {sorted(part.shapes)}".encode())
        tint = () if part.tint is None else (part.tint,)
        for values in (part.quads, part.skin, *part.paint.values(), *tint):
            digest.update(np.ascontiguousarray(values))
    frame = digest.digest()
    digest.update(f"{fit.lift_m}".encode())
    for part in parts:
        digest.update(np.ascontiguousarray(part.vertices))
    return frame, digest.digest()


def _material_names(parts: Sequence[Part]) -> list[str]:
    return list(dict.fromkeys(name for p in parts for name in (p.material, *p.paint)))


def _rest(fit: Fit, parts: Sequence[Part]) -> Floats:
    return np.concatenate([part.vertices for part in parts]) + np.array(
        [0.0, fit.lift_m, 0.0], np.float32
    )


def _make(
    thing: bpy.types.Object,
    fit: Fit,
    parts: Sequence[Part],
    materials: Sequence[bpy.types.Material],
) -> None:
    rest = _rest(fit, parts)
    _fill(thing.data, rest, parts)
    for material in materials:
        thing.data.materials.append(material)
    _paint(thing.data, parts, _material_names(parts))
    _tint(thing.data, parts)
    _weigh(thing, np.concatenate([part.skin for part in parts]), fit.naming)
    _add_shapes(thing, rest, parts)


def _dress(thing: bpy.types.Object, materials: Sequence[bpy.types.Material]) -> None:
    """Give a shared mesh this person's own materials."""
    for slot, material in zip(thing.material_slots, materials, strict=True):
        if slot.material != material:
            slot.link, slot.material = "OBJECT", material


def _starts(parts: Sequence[Part]) -> list[int]:
    return np.cumsum([0] + [len(part.vertices) for part in parts]).tolist()


def _fill(mesh: bpy.types.Mesh, rest: Floats, parts: Sequence[Part]) -> None:
    quads = np.concatenate(
        [part.quads + start for part, start in zip(parts, _starts(parts), strict=False)]
    )
    mesh.vertices.add(len(rest))
    mesh.vertices.foreach_set("co", _flat(rest))
    mesh.loops.add(quads.size)
    mesh.loops.foreach_set("vertex_index", quads.astype(np.int32).ravel())
    mesh.polygons.add(len(quads))
    mesh.polygons.foreach_set("loop_start", np.arange(0, quads.size, 4, dtype=np.int32))
    mesh.polygons.foreach_set("use_smooth", np.ones(len(quads), np.bool_))
    mesh.update(calc_edges=True)


def _flat(points: Floats) -> Floats:
    return np.ascontiguousarray(core_to_blender_points(points), np.float32).ravel()


def _paint(mesh: bpy.types.Mesh, parts: Sequence[Part], names: Sequence[str]) -> None:
    slots = []
    for part in parts:
        slot = np.full(len(part.quads), names.index(part.material), np.int32)
        for name, quads in part.paint.items():
            slot[quads] = names.index(name)
        slots.append(slot)
    mesh.polygons.foreach_set("material_index", np.concatenate(slots))


def _tint(mesh: bpy.types.Mesh, parts: Sequence[Part]) -> None:
    """The colour attribute that skin is multiplied by, where there is any."""
    if TINTED.isdisjoint(_material_names(parts)):
        return
    every = [np.ones((len(part.vertices), 3)) if part.tint is None else part.tint for part in parts]
    colours = np.column_stack((np.concatenate(every), np.ones(sum(map(len, every)))))
    attribute: Any = mesh.color_attributes.new(TINT, "FLOAT_COLOR", "POINT")
    attribute.data.foreach_set("color", colours.astype(np.float32).ravel())


def _add_shapes(thing: bpy.types.Object, rest: Floats, parts: Sequence[Part]) -> None:
    """Shape keys relative to the rest face, in ARKit's order."""
    present = {name for part in parts for name in part.shapes}
    if not present:
        return
    for name in ("Basis", *(name for name in ARKIT_52 if name in present)):
        thing.shape_key_add(name=name, from_mix=False)
    for key in thing.data.shape_keys.key_blocks:
        key.value = 0.0  # from 5.0 on a new key starts at 1
    _move_shapes(thing.data, rest, parts)


def _move_shapes(mesh: bpy.types.Mesh, rest: Floats, parts: Sequence[Part]) -> None:
    """Put the points of all shape keys where this person has them."""
    if mesh.shape_keys is None:
        return
    for key in mesh.shape_keys.key_blocks:
        moved = rest.copy()
        for part, start in zip(parts, _starts(parts), strict=False):
            if (shape := part.shapes.get(key.name)) is not None:
                moved[start + shape.vertices] += shape.offsets_m
        key.points.foreach_set("co", _flat(moved))


def _weigh(thing: bpy.types.Object, skin: Floats, naming: Naming) -> None:
    """Vertex groups of the few bones that count most; vertices of equal share go in together."""
    shares = _by_name(skin, naming)
    used = np.flatnonzero(shares.any(axis=0))
    levels = np.rint(_SHARE_STEPS * _strongest(shares[:, used])).astype(np.int64)
    names = _names(naming)
    for name, column in zip([names[number] for number in used], levels.T, strict=True):
        held = np.flatnonzero(column)
        if not len(held):
            continue
        group = thing.vertex_groups.new(name=name)
        held = held[np.argsort(column[held], kind="stable")]
        values, firsts = np.unique(column[held], return_index=True)
        for level, members in zip(values.tolist(), np.split(held, firsts[1:]), strict=True):
            group.add(members.tolist(), level / _SHARE_STEPS, "REPLACE")


def _names(naming: Naming) -> list[str]:
    return [naming.names[bone.name] for bone in BONES if bone.name in naming.names]


def _by_name(skin: Floats, naming: Naming) -> Floats:
    """Shares of the bones that a naming has; those that it lacks go to the bone above."""
    named = [bone.name for bone in BONES if bone.name in naming.names]
    column: Ints = np.array([named.index(carrier(bone.name, naming)) for bone in BONES])
    shares = np.zeros((len(skin), len(named)), np.float32)
    for number, target in enumerate(column):
        shares[:, target] += skin[:, number]
    return shares


def _strongest(shares: Floats) -> Floats:
    if shares.shape[1] <= _MAX_INFLUENCES:
        return shares
    kept = np.zeros_like(shares)
    best = np.argpartition(shares, -_MAX_INFLUENCES, axis=1)[:, -_MAX_INFLUENCES:]
    np.put_along_axis(kept, best, np.take_along_axis(shares, best, axis=1), axis=1)
    return np.asarray(kept / kept.sum(axis=1, keepdims=True))
