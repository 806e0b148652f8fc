"""An animal in the scene: armature, mesh, materials."""

from __future__ import annotations

from typing import Any, Final

import bpy
import numpy as np
from mathutils import Vector

from ...blender.adding import open_collection
from ...blender.axes import core_to_blender_points
from ...core.errors import SettingsError
from .dog import DOG
from .frame import Animal
from .horse import HORSE
from .shape import AnimalShape, shape_animal

ANIMALS: Final = {animal.kind: animal for animal in (HORSE, DOG)}
"""By kind."""

KIND: Final = "neural_motion_animal"
"""Custom property of an animal's armature data: its kind."""

_WEIGHT_STEPS: Final = 128


def add_animal(context: bpy.types.Context, kind: str, name: str = "") -> bpy.types.Object:
    """Add an animal to the scene, standing at its origin and looking along −Y.

    Args:
        context: whose collection receives it; the armature becomes the active object.
        kind: a key of ANIMALS.
        name: of the armature, "" for the animal's; its mesh is named after it.

    Returns:
        The armature object; its mesh is its child.

    Raises:
        SettingsError: there is no such animal.
    """
    if kind not in ANIMALS:
        raise SettingsError(f"there is no animal '{kind}'. Choose one of: {', '.join(ANIMALS)}")
    if context.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    animal = ANIMALS[kind]
    shape = shape_animal(animal)
    armature = _add_armature(context, name or animal.title, animal)
    _add_mesh(armature, animal, shape)
    context.view_layer.objects.active = armature
    return armature


def _add_armature(context: bpy.types.Context, name: str, animal: Animal) -> bpy.types.Object:
    data = bpy.data.armatures.new(name)
    data.display_type = "STICK"
    data[KIND] = animal.kind
    armature = bpy.data.objects.new(name, data)
    open_collection(context).objects.link(armature)
    for other in context.selected_objects:
        other.select_set(False)
    armature.select_set(True)
    context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    for bone in animal.bones:
        _add_bone(data, bone)
    bpy.ops.object.mode_set(mode="OBJECT")
    return armature


def _add_bone(data: bpy.types.Armature, bone: Any) -> None:
    new = data.edit_bones.new(bone.name)
    new.head, new.tail = _to_blender(bone.head), _to_blender(bone.tail)
    new.use_deform = bone.deforms
    # Legs bend about their X axes, the trunk about its own.
    down = abs(new.vector.normalized().z) > 0.7
    new.align_roll(Vector((0.0, -1.0, 0.0)) if down else Vector((0.0, 0.0, 1.0)))
    if bone.parent:
        new.parent = data.edit_bones[bone.parent]
        new.use_connect = bone.parent != "root" and (new.parent.tail - new.head).length < 1e-5


def _to_blender(place: tuple[float, float, float]) -> Vector:
    return Vector(core_to_blender_points(np.array(place, np.float32)))


def _add_mesh(armature: bpy.types.Object, animal: Animal, shape: AnimalShape) -> bpy.types.Object:
    name = f"{armature.name} Body"
    mesh = bpy.data.meshes.new(name)
    points = core_to_blender_points(shape.vertices)
    mesh.from_pydata(points.tolist(), [], shape.quads.tolist())
    mesh.polygons.foreach_set("use_smooth", np.ones(len(shape.quads), np.bool_))
    for each in shape.materials:
        mesh.materials.append(_material(animal, each))
    mesh.polygons.foreach_set("material_index", shape.painted.astype(np.int32))
    mesh.update()
    thing = bpy.data.objects.new(name, mesh)
    armature.users_collection[0].objects.link(thing)
    thing.parent = armature
    _add_weights(thing, animal.deforming, shape)
    modifier: Any = thing.modifiers.new("Armature", "ARMATURE")
    modifier.object = armature
    return thing


def _add_weights(thing: bpy.types.Object, bones: tuple[str, ...], shape: AnimalShape) -> None:
    """A group a bone, filled with equal weights at once, which is much quicker than one by one."""
    steps = np.round(shape.weights * _WEIGHT_STEPS).astype(np.int64)
    for column, bone in enumerate(bones):
        group = thing.vertex_groups.new(name=bone)
        for step in np.unique(steps[:, column]):
            if step:
                held = np.flatnonzero(steps[:, column] == step)
                group.add(held.tolist(), float(step) / _WEIGHT_STEPS, "REPLACE")


def _material(animal: Animal, name: str) -> bpy.types.Material:
    title = f"{animal.title} {name}"
    material = bpy.data.materials.new(title)
    gloss = {"Coat": animal.gloss, "Eye": 0.95, "Hoof": 0.5}.get(name, 0.3)
    colour = (*animal.colours[name], 1.0)
    material.diffuse_color = colour
    material.roughness = 1.0 - gloss
    material.specular_intensity = 0.3
    if bpy.app.version < (5, 0, 0):
        material.use_nodes = True  # later ones have nodes from the start
    shader: Any = next(n for n in material.node_tree.nodes if n.type == "BSDF_PRINCIPLED")
    shader.inputs["Base Color"].default_value = colour
    shader.inputs["Roughness"].default_value = 1.0 - gloss
    shader.inputs["Specular IOR Level"].default_value = 0.3
    return material
