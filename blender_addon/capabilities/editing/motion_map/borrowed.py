"""Takes actions and armatures out of another file for as long as they are looked at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import bpy

from ....core.batch.allowed import begins_like_blend
from ....core.errors import InputError


@contextmanager
def borrowed(path: Path) -> Iterator[tuple[list[bpy.types.Action], list[bpy.types.Armature]]]:
    """The actions and the armatures of a file; nothing of it is left in the open file afterwards.

    Raises:
        InputError: it is no Blender file, is the open one, or cannot be read by this Blender.
    """
    if not begins_like_blend(path):
        raise InputError(f"{path.name} is no Blender file")
    if is_open_file(path):  # Blender borrows nothing from itself
        raise InputError("it is the file that is open. Choose This File for its actions")
    before = _all_data()
    try:
        yield _load(path)
    finally:
        _remove_but(before)


def is_open_file(path: Path) -> bool:
    """Whether a file is the one that is open."""
    opened = bpy.data.filepath
    return bool(opened) and path.resolve() == Path(opened).resolve()


def _load(path: Path) -> tuple[list[bpy.types.Action], list[bpy.types.Armature]]:
    try:
        with bpy.data.libraries.load(str(path), link=False) as (found, desired):
            desired.actions = list(found.actions)
            desired.armatures = list(found.armatures)
    except (OSError, RuntimeError) as error:
        raise InputError(f"{path.name} cannot be read: {error}") from error
    actions = [each for each in desired.actions if each is not None]
    return actions, [each for each in desired.armatures if each is not None]


def _all_data() -> set[int]:
    """What there is, by what tells each from any other of this session."""
    return {each.session_uid for each in _every_datablock()}


def _remove_but(before: set[int]) -> None:
    bpy.data.batch_remove([e for e in _every_datablock() if e.session_uid not in before])


def _every_datablock() -> Iterator[bpy.types.ID]:
    for prop in bpy.data.bl_rna.properties:
        if prop.type == "COLLECTION":
            yield from getattr(bpy.data, prop.identifier)
