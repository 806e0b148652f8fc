"""Brings a motion that was clicked in a map into the open file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import bpy

from ....blender import compat
from ....blender.keys.undo import undone_on_error
from ....blender.paths import bone_of_path
from ....core.batch.allowed import begins_like_blend
from ....core.errors import InputError
from .borrowed import is_open_file


@dataclass(frozen=True, eq=False)
class Fetched:
    """A motion in the open file.

    Args:
        action: of it.
        rig: an armature of its own, where it came with one.
    """

    action: bpy.types.Action
    rig: bpy.types.Object | None = None


@contextmanager
def fetch(context: bpy.types.Context, name: str, file: str) -> Iterator[Fetched]:
    """A motion; its action is taken out again if what is done with it fails.

    Args:
        context: whose scene.
        name: of the action, or of the motion file without its ending.
        file: that it lies in; empty for the open one.

    Raises:
        InputError: it is gone, or cannot be read.
    """
    if not file or is_open_file(Path(file)):
        action = bpy.data.actions.get((name, None))
        if action is None:
            raise InputError(f"the action '{name}' is gone. Make the map again")
        yield Fetched(action)
        return
    path = Path(file)
    if not path.is_file():
        raise InputError(f"{path} is gone. Make the map again")
    if path.suffix.lower() == ".bvh":
        yield _imported(context, path)
        return
    with undone_on_error() as undo:
        action = _appended(path, name)
        undo.callback(bpy.data.actions.remove, action)
        yield Fetched(action)


def _appended(path: Path, name: str) -> bpy.types.Action:
    if not begins_like_blend(path):
        raise InputError(f"{path.name} is no Blender file")
    try:
        with bpy.data.libraries.load(str(path), link=False) as (found, desired):
            if name not in found.actions:
                raise InputError(f"{path.name} has no action '{name}'. Make the map again")
            desired.actions = [name]
    except (OSError, RuntimeError) as error:
        raise InputError(f"{path.name} cannot be read: {error}") from error
    return desired.actions[0]


def _imported(context: bpy.types.Context, path: Path) -> Fetched:
    """A motion file becomes an armature of its own beside the character, which stays chosen."""
    if context.mode != "OBJECT":
        raise InputError("Switch to Object Mode first")
    chosen = context.scene.neural_motion.character
    before = set(bpy.data.actions)
    bpy.ops.neural_motion.drop_motion(filepath=str(path))
    context.scene.neural_motion.character = chosen
    rig = context.view_layer.objects.active
    if not set(bpy.data.actions) - before or rig is None:
        raise InputError(f"{path.name} cannot be imported")
    return Fetched(rig.animation_data.action, rig)


def moves(action: bpy.types.Action, armature: bpy.types.Object) -> bool:
    """Whether an action moves any bone of an armature."""
    bones = {bone_of_path(each.data_path) for each in compat.action_fcurves(action)}
    return any(bone in armature.pose.bones for bone in bones if bone)
