"""Every four-legged rig that is measured, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from math import radians
from pathlib import Path
from typing import Final

import bpy
import numpy as np

from backend.rigs.generated import make_rigify

MakeRig = Callable[[], bpy.types.Object]

METARIGS: Final = ("Animals.horse", "Animals.wolf", "Animals.cat", "Basic.basic_quadruped")


def all_quadrupeds(data: Path) -> Iterator[tuple[str, MakeRig]]:
    """Name and maker of each rig.

    Args:
        data: with quadruped/*/*.glb; what is absent is left out.
    """
    files = sorted((data / "quadruped").glob("*/*.glb"))
    for file in files:
        yield f"{file.parent.name}/{file.stem}", partial(import_animal, file)
    for file in files:
        yield f"{file.parent.name}/{file.stem}, unnamed", partial(_unnamed, file)
    if files:
        yield "turned and small", partial(_turned, files[0])
        yield "Euler angles, below an empty", partial(_parented, files[-1])
        yield "scene in centimetres", partial(_centimetres, files[-2])
    for metarig in METARIGS:
        yield f"Rigify {metarig.partition('.')[2]} meta-rig", partial(make_metarig, metarig)
    for metarig in METARIGS:
        title = f"Rigify {metarig.partition('.')[2]} generated"
        yield f"{title}, legs IK", partial(make_rigify, metarig)
        yield f"{title}, legs FK", partial(_on_fk, metarig)


def import_animal(file: Path) -> bpy.types.Object:
    """The armature of a glTF file, at rest."""
    bpy.ops.import_scene.gltf(filepath=str(file))
    armature = next(each for each in bpy.data.objects if each.type == "ARMATURE")
    armature.animation_data_clear()
    for bone in armature.pose.bones:
        bone.matrix_basis.identity()
    bpy.context.view_layer.update()
    return armature


def make_metarig(metarig: str) -> bpy.types.Object:
    """One of Rigify's meta-rigs, in Object Mode."""
    import addon_utils

    addon_utils.enable("rigify", default_set=True)
    armature = bpy.data.objects.new("Metarig", bpy.data.armatures.new("Metarig"))
    bpy.context.scene.collection.objects.link(armature)
    bpy.context.view_layer.objects.active = armature
    import_module(f"rigify.metarigs.{metarig}").create(armature)
    bpy.ops.object.mode_set(mode="OBJECT")
    return armature


def unname(armature: bpy.types.Object, seed: int = 0) -> None:
    """Name bones, object and meshes by number."""
    bones = list(armature.data.bones)
    order = np.random.default_rng(seed).permutation(len(bones))
    for bone in bones:
        bone.name = f"~{bone.name}"
    for bone, number in zip(bones, order.tolist(), strict=True):
        bone.name = f"Bone.{number + 1:03d}"
    for number, each in enumerate((armature, armature.data, *armature.children)):
        each.name = f"Object.{number:03d}"


def _unnamed(file: Path) -> bpy.types.Object:
    armature = import_animal(file)
    unname(armature)
    return armature


def _turned(file: Path) -> bpy.types.Object:
    armature = import_animal(file)
    armature.rotation_mode = "XYZ"
    armature.rotation_euler.z += radians(70)
    armature.location = (3.0, 2.0, 0.5)
    armature.scale = 0.37 * armature.scale
    return armature


def _parented(file: Path) -> bpy.types.Object:
    armature = import_animal(file)
    for number, bone in enumerate(armature.pose.bones):
        bone.rotation_mode = ("XYZ", "ZYX", "AXIS_ANGLE")[number % 3]
    empty = bpy.data.objects.new("Empty", None)
    bpy.context.scene.collection.objects.link(empty)
    empty.location, empty.scale = (1.0, 2.0, 0.0), (2.0, 2.0, 2.0)
    empty.rotation_euler.z = 1.0
    armature.parent = empty
    return armature


def _centimetres(file: Path) -> bpy.types.Object:
    armature = import_animal(file)
    bpy.context.scene.unit_settings.scale_length = 0.01
    armature.scale = 40.0 * armature.scale
    return armature


def _on_fk(metarig: str) -> bpy.types.Object:
    armature = make_rigify(metarig)
    for bone in armature.pose.bones:
        if "IK_FK" in bone:
            bone["IK_FK"] = 1.0
    return armature
