"""Rigs that Blender's own Rigify generates, each made once in a process of its own.

A process in which Rigify has generated a rig does not end by itself: its modules keep Blender's
alive. So it saves the rig and leaves, and tests take the rig from the file.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import mkdtemp

import bpy

from backend.processes import run_limited, run_main

_ROOT = Path(__file__).resolve().parents[2]


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
    command = [sys.executable, "-m", __name__, metarig, target]
    done = run_limited(command, 300, cwd=_ROOT)
    if done.returncode:
        raise RigError(f"Rigify did not generate '{metarig}':\n{done.stdout}{done.stderr}")
    return target


def generate(metarig: str, target: str) -> int:
    """Generate a rig and save it as the object "rig"; returns the exit code."""
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
    return 0


if __name__ == "__main__":
    sys.exit(run_main(lambda: generate(*sys.argv[1:])))
