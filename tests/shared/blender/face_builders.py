"""Faces for tests: meshes with shape keys that move a vertex each."""

from __future__ import annotations

import bpy

from blender_addon.core.face.arkit import ARKIT_52


def make_face(names=ARKIT_52, name: str = "Face", parent=None) -> bpy.types.Object:
    """A mesh whose vertex n rises by 1 with shape n."""
    names = list(names)
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata([(n, 0.0, 0.0) for n in range(max(len(names), 1))], [], [])
    face = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(face)
    face.parent = parent
    if names:
        face.shape_key_add(name="Basis")
    for n, shape in enumerate(names):
        block = face.shape_key_add(name=shape)
        block.data[n].co.z = 1.0
        block.value = 0.0  # 5.0 and later add shapes at 1
    return face


def make_armature(bones=("Jaw", "Tongue"), name: str = "Rig") -> bpy.types.Object:
    """Bones that lie forward (-Y) from the middle of a head, each the child of the one before."""
    data = bpy.data.armatures.new(name)
    armature = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(armature)
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    parent = None
    for n, bone_name in enumerate(bones):
        bone = data.edit_bones.new(bone_name)
        bone.head, bone.tail = (0, -0.1 * n, 1.5), (0, -0.1 * n - 0.1, 1.4)
        bone.roll = 0.4
        bone.parent, parent = parent, bone
    bpy.ops.object.mode_set(mode="OBJECT")
    return armature


def evaluated_weights(face) -> dict[str, float]:
    """Values of the shape keys as Blender evaluates them at the current frame."""
    evaluated = face.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return {block.name: block.value for block in evaluated.data.shape_keys.key_blocks}
