"""A skinned character built from code alone, so that everyone has somebody to walk with."""

from __future__ import annotations

from typing import Final

import bpy
import numpy as np
from mathutils import Vector

from ..blender.axes import core_to_blender_points
from ..core.conventions import Floats, Ints
from ..core.face.arkit import ARKIT_52
from .body import build_parts
from .bones import Bone, list_bones
from .part import Part
from .weights import keep_strongest

_DEFAULT_NAME: Final = "Neural Motion Character"
_MESHES: Final = ("Body", "Head", "Teeth", "Tongue", "Eyes")
_WEIGHT_STEPS: Final = 512

# Linear colour, roughness.
_MATERIALS: Final = {
    "Skin": ((0.72, 0.41, 0.29), 0.55),
    "Lips": ((0.52, 0.19, 0.16), 0.45),
    "Hair": ((0.045, 0.024, 0.014), 0.6),
    "Jumper": ((0.05, 0.22, 0.30), 0.9),
    "Trousers": ((0.075, 0.085, 0.12), 0.9),
    "Socks": ((0.45, 0.42, 0.36), 0.9),
    "Shoes": ((0.42, 0.12, 0.06), 0.5),
    "Soles": ((0.62, 0.58, 0.50), 0.7),
    "EyeWhite": ((0.80, 0.79, 0.76), 0.2),
    "Mouth": ((0.11, 0.022, 0.022), 0.7),
    "Gums": ((0.55, 0.20, 0.19), 0.35),
    "Teeth": ((0.83, 0.80, 0.72), 0.25),
    "Tongue": ((0.58, 0.20, 0.19), 0.45),
    "Limbus": ((0.035, 0.022, 0.014), 0.2),
    "Iris": ((0.15, 0.12, 0.045), 0.15),
    "Glint": ((1.0, 1.0, 1.0), 0.2),
    "Pupil": ((0.004, 0.004, 0.004), 0.1),
}


def add_demo_character(context: bpy.types.Context, name: str = _DEFAULT_NAME) -> bpy.types.Object:
    """Add the character to the scene, standing at its origin and looking along −Y.

    Args:
        context: whose collection receives it; the armature becomes the active object.
        name: of the armature; its meshes are named after it.

    Returns:
        The armature object: the 22 common joints under their own names, and Root, fingers, eyes.
        Its meshes "<name> Body", Head, Teeth, Tongue and Eyes are its children; the 52 ARKit
        shapes are keys of Head, and those that move the jaw of Teeth and Tongue too.
    """
    if context.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    armature = _add_armature(context, name, list_bones())
    parts = build_parts()
    for mesh in _MESHES:
        _add_mesh(armature, mesh, [part for part in parts if part.mesh == mesh])
    context.view_layer.objects.active = armature
    return armature


def _add_armature(
    context: bpy.types.Context, name: str, bones: tuple[Bone, ...]
) -> bpy.types.Object:
    data = bpy.data.armatures.new(name)
    armature = bpy.data.objects.new(name, data)
    context.collection.objects.link(armature)
    for other in context.selected_objects:
        other.select_set(False)
    armature.select_set(True)
    context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    for bone in bones:
        _add_bone(data, bone)
    bpy.ops.object.mode_set(mode="OBJECT")
    _sort_bones(data)
    return armature


def _add_bone(data: bpy.types.Armature, bone: Bone) -> None:
    new = data.edit_bones.new(bone.name)
    new.head, new.tail = _to_blender(bone.head), _to_blender(bone.tail)
    new.align_roll(_to_blender(bone.front))
    new.use_deform = bone.deforms
    if bone.parent:
        new.parent = data.edit_bones[bone.parent]
        # Connected bones cannot move apart; only the hips are meant to.
        gap = (new.parent.tail - new.head).length
        new.use_connect = gap < 1e-5 and bone.parent != "Root"


def _sort_bones(data: bpy.types.Armature) -> None:
    """Bone collections, so that fingers and face can be hidden while posing the body."""
    groups = {kind: data.collections.new(kind) for kind in ("Body", "Fingers", "Face")}
    for bone in data.bones:
        finger = "Hand" in bone.name and bone.name[-1].isdigit()
        kind = "Fingers" if finger else "Face" if bone.name.endswith("Eye") else "Body"
        groups[kind].assign(bone)


def _to_blender(triple: tuple[float, float, float]) -> Vector:
    return Vector(core_to_blender_points(np.array(triple)))


def _add_mesh(armature: bpy.types.Object, kind: str, parts: list[Part]) -> bpy.types.Object:
    name = f"{armature.name} {kind}"
    mesh = bpy.data.meshes.new(name)
    _fill_mesh(mesh, parts)
    body = bpy.data.objects.new(name, mesh)
    armature.users_collection[0].objects.link(body)
    body.parent = armature
    _weigh(body, parts)
    _add_shapes(body, parts)
    modifier = body.modifiers.new("Armature", "ARMATURE")
    modifier.object = armature
    return body


def _fill_mesh(mesh: bpy.types.Mesh, parts: list[Part]) -> None:
    starts = np.cumsum([0] + [len(part.surface.vertices) for part in parts])
    vertices = core_to_blender_points(np.concatenate([part.surface.vertices for part in parts]))
    quads = np.concatenate(
        [part.surface.quads + start for part, start in zip(parts, starts, strict=False)]
    )
    mesh.vertices.add(len(vertices))
    mesh.vertices.foreach_set("co", np.asarray(vertices, np.float32).ravel())
    mesh.loops.add(quads.size)
    mesh.loops.foreach_set("vertex_index", quads.astype(np.int32).ravel())
    mesh.polygons.add(len(quads))
    mesh.polygons.foreach_set("loop_start", np.arange(0, quads.size, 4, dtype=np.int32))
    mesh.polygons.foreach_set("material_index", _paint(mesh, parts))
    mesh.polygons.foreach_set("use_smooth", np.ones(len(quads), np.bool_))
    mesh.update(calc_edges=True)
    mesh.validate()


def _paint(mesh: bpy.types.Mesh, parts: list[Part]) -> Ints:
    """Give the mesh its materials; returns the slot of each quad."""
    names = list(dict.fromkeys(name for p in parts for name in (p.material, *p.paint)))
    for name in names:
        mesh.materials.append(_material(name))
    slots = []
    for part in parts:
        slot = np.full(len(part.surface.quads), names.index(part.material), np.int32)
        for name, quads in part.paint.items():
            slot[quads] = names.index(name)
        slots.append(slot)
    return np.concatenate(slots)


def _add_shapes(body: bpy.types.Object, parts: list[Part]) -> None:
    """Shape keys relative to the rest face, in ARKit's order."""
    present = {name for part in parts for name in part.shapes}
    if not present:
        return
    rest = np.concatenate([part.surface.vertices for part in parts])
    still = {len(p.surface.vertices): np.zeros_like(p.surface.vertices) for p in parts}
    body.shape_key_add(name="Basis", from_mix=False)
    for name in (name for name in ARKIT_52 if name in present):
        moves = [part.shapes.get(name, still[len(part.surface.vertices)]) for part in parts]
        moved = core_to_blender_points(rest + np.concatenate(moves))
        key = body.shape_key_add(name=name, from_mix=False)
        key.points.foreach_set("co", np.asarray(moved, np.float32).ravel())
    for key in body.data.shape_keys.key_blocks:
        key.value = 0.0  # from 5.0 on a new key starts at 1


def _weigh(body: bpy.types.Object, parts: list[Part]) -> None:
    start = 0
    for part in parts:
        names, table = keep_strongest(part.weights)
        for column, name in enumerate(names):
            group = body.vertex_groups.get(name) or body.vertex_groups.new(name=name)
            _fill_group(group, table[:, column], start)
        start += len(table)


def _fill_group(group: bpy.types.VertexGroup, shares: Floats, start: int) -> None:
    """Vertices of equal weight go in together: one call for each of a few hundred levels."""
    levels = np.rint(shares * _WEIGHT_STEPS).astype(np.int64)
    order = np.argsort(levels, kind="stable")
    values, firsts = np.unique(levels[order], return_index=True)
    for level, members in zip(values, np.split(order, firsts[1:]), strict=True):
        if level:
            group.add((members + start).tolist(), float(level) / _WEIGHT_STEPS, "REPLACE")


def _material(name: str) -> bpy.types.Material:
    """The character's material of that name, made once and shared by several characters."""
    full_name = f"{_DEFAULT_NAME} {name}"
    existing = bpy.data.materials.get(full_name)
    if existing is not None:
        return existing
    colour, roughness = _MATERIALS[name]
    material = bpy.data.materials.new(full_name)
    material.diffuse_color = (*colour, 1.0)
    material.roughness = roughness
    if bpy.app.version < (5, 0, 0):
        material.use_nodes = True
    shader = material.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = (*colour, 1.0)
    shader.inputs["Roughness"].default_value = roughness
    return material
