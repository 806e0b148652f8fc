"""Rigs that Blender's own Rigify generates, each made once in a process of its own.

A process in which Rigify has generated a rig does not end by itself: its modules keep Blender's
alive. So it saves the rig and leaves at once, and tests take the rig from the file.
"""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import mkdtemp

import bpy


class RigError(RuntimeError):
    """Blender could not make a rig."""


def make_rigify(metarig: str = "Basic.basic_human") -> bpy.types.Object:
    """A generated rig in the present file."""
    with bpy.data.libraries.load(_file_of(metarig)) as (_, desired):
        desired.objects = ["rig"]
    (rig,) = desired.objects
    bpy.context.scene.collection.objects.link(rig)
    return rig


@cache
def _file_of(metarig: str) -> str:
    target = str(Path(mkdtemp(prefix="rigify-")) / "rig.blend")
    command = [sys.executable, __file__, metarig, target]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        raise RigError(f"Rigify did not generate '{metarig}':\n{done.stdout}{done.stderr}")
    return target


def generate(metarig: str, target: str) -> None:
    """Generate a rig and save it as the object "rig"."""
    import addon_utils

    bpy.ops.wm.read_factory_settings(use_empty=True)
    addon_utils.enable("rigify", default_set=True)
    source = bpy.data.objects.new("Metarig", bpy.data.armatures.new("Metarig"))
    bpy.context.scene.collection.objects.link(source)
    bpy.context.view_layer.objects.active = source
    import_module(f"rigify.metarigs.{metarig}").create(source)
    import_module("rigify.generate").generate_rig(bpy.context, source)
    (rig,) = (o for o in bpy.data.objects if o.type == "ARMATURE" and o != source)
    rig.name = "rig"
    bpy.ops.wm.save_as_mainfile(filepath=target)


if __name__ == "__main__":
    status = 1
    try:
        generate(*sys.argv[1:])
        status = 0
    finally:
        sys.stdout.flush()
        os._exit(status)
