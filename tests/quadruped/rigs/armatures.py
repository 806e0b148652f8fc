"""Trees of joints as armatures."""

from __future__ import annotations

import bpy

from blender_addon.core.retarget.joint_tree import JointTree


def make_armature(
    tree: JointTree, name: str = "Animal", connect: bool = False, free: tuple[str, ...] = ("hips",)
) -> bpy.types.Object:
    """An armature with a bone for each joint, in the present file.

    Args:
        tree: in Blender's axes.
        name: of the object.
        connect: connect bones to where the one before ends.
        free: bones that are never connected.
    """
    data = bpy.data.armatures.new(name)
    armature = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(armature)
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    bones = []
    for joint, called in enumerate(tree.names):
        bone = data.edit_bones.new(called)
        bone.head, bone.tail = tree.heads[joint], tree.tails[joint]
        if bone.length < 1e-4:
            bone.tail.z += 0.05
        bone.roll = 0.3 * (joint % 5)
        if tree.parents[joint] >= 0:
            bone.parent = bones[tree.parents[joint]]
            bone.use_connect = (
                connect and called not in free and (bone.parent.tail - bone.head).length < 1e-4
            )
        bones.append(bone)
    bpy.ops.object.mode_set(mode="OBJECT")
    bpy.context.view_layer.update()
    return armature
