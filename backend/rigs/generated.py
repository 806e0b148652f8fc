"""Rigs that Blender's own Rigify generates, each made once in a process of its own.

A process in which Rigify has generated a rig does not end by itself: its modules keep Blender's
alive. So it saves the rig and leaves, and tests take the rig from the file.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

import bpy

from backend.processes import run_limited, run_main

from .human import Person
from .metarig import add_metarig, skin_generated

_ROOT: Final = Path(__file__).resolve().parents[2]


class RigError(RuntimeError):
    """Blender could not make a rig."""


def make_rigify(metarig: str = "Basic.basic_human") -> bpy.types.Object:
    """A rig generated from one of Rigify's own meta-rigs in the present file."""
    return _take(_file_of(metarig))


def make_rigify_human(folder: Path, person: Person | None = None) -> bpy.types.Object:
    """A person on the rig generated from the meta-rig with toes and a face, with true weights.

    Args:
        folder: of the data on the human body.
        person: a young woman of average weight where it is None.
    """
    return _take(_file_of(json.dumps({"folder": str(folder), **asdict(person or Person())})))


def _take(path: str) -> bpy.types.Object:
    with bpy.data.libraries.load(path) as (held, desired):
        desired.objects = [name for name in held.objects if name in ("rig", "Body")]
    for each in desired.objects:
        bpy.context.scene.collection.objects.link(each)
    return next(each for each in desired.objects if each.type == "ARMATURE")


@cache
def _file_of(source: str) -> str:
    target = str(Path(mkdtemp(prefix="rigify-")) / "rig.blend")
    command = [sys.executable, "-m", __name__, source, target]
    done = run_limited(command, 300, cwd=_ROOT)
    if done.returncode:
        raise RigError(f"Rigify did not generate '{source}':\n{done.stdout}{done.stderr}")
    return target


def generate(source: str, target: str) -> int:
    """Generate a rig and save it as the object "rig", a person's with the mesh "Body".

    Args:
        source: one of Rigify's meta-rigs, or a person and the folder of the data as JSON.
        target: the file.

    Returns:
        The exit code.
    """
    import addon_utils

    bpy.ops.wm.read_factory_settings(use_empty=True)
    addon_utils.enable("rigify", default_set=True)
    if source.startswith("{"):
        told = json.loads(source)
        folder = Path(told.pop("folder"))
        _generate(add_metarig(folder, Person(**told)))
        skin_generated(folder, Person(**told), bpy.data.objects["rig"])
    else:
        metarig = bpy.data.objects.new("Metarig", bpy.data.armatures.new("Metarig"))
        bpy.context.scene.collection.objects.link(metarig)
        bpy.context.view_layer.objects.active = metarig
        import_module(f"rigify.metarigs.{source}").create(metarig)
        _generate(metarig)
    bpy.ops.wm.save_as_mainfile(filepath=target)
    return 0


def _generate(metarig: bpy.types.Object) -> None:
    import_module("rigify.generate").generate_rig(bpy.context, metarig)
    (rig,) = (o for o in bpy.data.objects if o.type == "ARMATURE" and o != metarig)
    rig.name = "rig"


if __name__ == "__main__":
    sys.exit(run_main(lambda: generate(*sys.argv[1:])))
