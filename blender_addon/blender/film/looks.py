"""What the pictures of a film depend on: as long as it stays, they need not be looked at again."""

from __future__ import annotations

import os
from collections.abc import Hashable
from pathlib import Path
from typing import Any, Final

import bpy

from ..sound.mixdown import strips_inside

_NO_MATTER: Final = frozenset({
    "rna_type", "color_tag", "lock", "mute", "show_waveform", "orig_width", "orig_height",
    "orig_fps", "elements", "strips", "sequences", "channels", "name",
})  # fmt: skip
"""Of a strip; what lies in it is looked at by itself."""
_NO_MATTER_PREFIXES: Final = ("select", "input_")
_UNKNOWABLE: Final = frozenset({"SCENE"})
"""Strips that show what anything of the file may change."""


def stamp_of(path: Path) -> Hashable:
    """A file by its name, size and time."""
    try:
        found = path.stat()
    except OSError:
        return str(path)
    return str(path), found.st_size, found.st_mtime_ns


def stamp_of_folder(path: Path) -> Hashable:
    """All files of a folder by their names, sizes and times.

    Args:
        path: of the folder, or of a file in it.
    """
    try:
        with os.scandir(path if path.is_dir() else path.parent) as files:
            stats = [(each.name, each.stat()) for each in files]
    except OSError:
        return str(path)
    return str(path), tuple(sorted((name, s.st_size, s.st_mtime_ns) for name, s in stats))


def look_of(strip: Any) -> Hashable:
    """Whatever is set of a strip, of those that it is made of, and the files that they show.

    Args:
        strip: of the sequencer.

    Returns:
        What equals only itself where nothing tells whether the pictures stayed the same.
    """
    if strip.type in _UNKNOWABLE:
        return object()
    inputs = (getattr(strip, name, None) for name in ("input_1", "input_2"))
    parts = tuple(look_of(each) for each in (*strips_inside(strip), *inputs) if each is not None)
    return strip.name, _set(strip), _files(strip), parts


def _files(strip: Any) -> Hashable:
    if strip.type == "IMAGE":
        names = tuple(each.filename for each in strip.elements)
        folder = bpy.path.abspath(strip.directory, library=strip.id_data.library)
        return names, stamp_of_folder(Path(folder))
    clip = getattr(strip, "clip", None)
    owner = strip if clip is None else clip
    path = getattr(owner, "filepath", "")
    if not path:
        return None
    file = Path(bpy.path.abspath(path, library=owner.id_data.library))
    if clip is None:
        return stamp_of(file)
    stamp = stamp_of_folder(file) if clip.source == "SEQUENCE" else stamp_of(file)
    return stamp, clip.frame_start, clip.frame_offset


def _set(owner: Any) -> Hashable:
    """The settings of a strip, and of what belongs to it alone."""
    found: list[Hashable] = []
    for prop in owner.bl_rna.properties:
        name = prop.identifier
        if getattr(prop, "is_deprecated", False):  # under another name it is there, too
            continue
        if name in _NO_MATTER or name.startswith(_NO_MATTER_PREFIXES):
            continue
        value = getattr(owner, name)
        if prop.type == "COLLECTION":
            found.append((name, tuple(_set(each) for each in value)))
        elif prop.type != "POINTER":
            found.append((name, _plain(value)))
        elif isinstance(value, bpy.types.ID):
            found.append((name, value.session_uid))
        elif value is not None and not isinstance(value, type(owner)):
            found.append((name, _set(value)))
    return tuple(found)


def _plain(value: Any) -> Hashable:
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        return value  # type: ignore[no-any-return]
    return tuple(_plain(each) for each in value)
