"""Whether what was generated last still fits what it was generated from.

The key is kept with the result when it is written; a panel compares it, a few times a second at
the most, and says so where they differ.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable
from pathlib import Path
from typing import Any, Final

import bpy

from ..compat import action_fcurves
from ..keys.places import animation_key, digest, place_key
from ..keys.takes import was_made
from ..ui.common import draw_wrapped

OUT_OF_DATE: Final = "Out of date: generate again"
_LOOKED_EVERY_S: Final = 0.5
_NOT_OF_THE_RESULT: Final = frozenset({
    "rna_type", "name", "preset", "family", "heard", "show_expanded", "result",
})  # fmt: skip
_NOT_OF_THE_RESULT_PREFIXES: Final = ("last_result", "last_pro", "last_warn", "last_notes",
                                      "made_from", "active_")  # fmt: skip
_seen: dict[tuple[int, str], tuple[float, str]] = {}


def settings_of_group(group: bpy.types.PropertyGroup) -> Hashable:
    """Changes with whatever is set in a group and in those within it, what is keyed left out."""
    return _settings(group, _keyed_paths(group.id_data))


def _keyed_paths(owner: Any) -> frozenset[str]:
    """Paths of our settings whose value is another one on another frame."""
    data = owner.animation_data
    if data is None:
        return frozenset()
    actions = [data.action, *(s.action for track in data.nla_tracks for s in track.strips)]
    curves = [*data.drivers, *(c for a in filter(None, actions) for c in action_fcurves(a))]
    return frozenset(c.data_path for c in curves if c.data_path.startswith("neural_motion"))


def _settings(group: bpy.types.PropertyGroup, keyed: frozenset[str]) -> Hashable:
    found: list[Hashable] = []
    for prop in group.bl_rna.properties:
        name = prop.identifier
        if name in _NOT_OF_THE_RESULT or name.startswith(_NOT_OF_THE_RESULT_PREFIXES):
            continue
        if keyed and group.path_from_id(name) in keyed:
            continue
        value = getattr(group, name)
        if prop.type == "COLLECTION":
            found.append((name, tuple(_settings(each, keyed) for each in value)))
        elif isinstance(value, bpy.types.PropertyGroup):
            found.append((name, _settings(value, keyed)))
        elif isinstance(value, bpy.types.Object):
            found.append((name, place_key(value)))
        elif prop.type == "STRING" and prop.subtype == "FILE_PATH":
            found.append((name, _file(value)))
        else:
            found.append((name, tuple(value) if hasattr(value, "__len__") else value))
    return tuple(found)


def animation_beneath(
    owner: bpy.types.Object, layers: Iterable[str], *, with_bones: bool = True
) -> Hashable:
    """Changes with what animates a character, the layers of these capabilities left out.

    Args:
        owner: of the animation.
        layers: names of capabilities.
        with_bones: the keys of bones count, too.
    """
    capabilities = tuple(layers)

    def stands(action: bpy.types.Action) -> str:
        if any(was_made(action, each) for each in capabilities):
            return "layer"
        return str(action.get("neural_motion_walk", ""))

    keys = animation_key(owner.animation_data, stands, with_bones=with_bones)
    return tuple(each for each in keys if each != "layer")


def strip_key(scene: bpy.types.Scene, name: str) -> Hashable:
    """Changes with where a sound strip lies and what it plays."""
    editor = scene.sequence_editor
    strips = getattr(editor, "strips_all", None) or getattr(editor, "sequences_all", ())
    for strip in strips:
        if strip.name == name:
            sound = getattr(strip, "sound", None)
            path = "" if sound is None else sound.filepath
            return strip.frame_final_start, strip.frame_final_end, strip.frame_start, _file(path)
    return None


def remember(shown: Any, key: Hashable) -> None:
    """Keep with a result what it was generated from."""
    shown.made_from = digest(key)
    _seen.clear()


def draw_if_stale(
    layout: bpy.types.UILayout, shown: Any, capability: str, key: Callable[[], Hashable]
) -> None:
    """Say so where the last result no longer fits.

    Args:
        layout: where.
        shown: settings of the character, with ``made_from``.
        capability: such as "gaze".
        key: what it would be generated from now.
    """
    if not shown.last_result or not shown.made_from:
        return
    place, now_s = (shown.id_data.session_uid, capability), time.monotonic()
    looked_s, found = _seen.get(place, (float("-inf"), ""))
    if now_s - looked_s > _LOOKED_EVERY_S:
        found = digest(key())
        _seen[place] = now_s, found
    if found != shown.made_from:
        draw_wrapped(layout.column(align=True), OUT_OF_DATE, "FILE_REFRESH")


def _file(path: str) -> Hashable:
    """A file by its name, size and time; by its name where it cannot be read."""
    if not path:
        return ""
    try:
        found = Path(bpy.path.abspath(path)).stat()
    except (OSError, ValueError):
        return path
    return path, found.st_size, found.st_mtime_ns
