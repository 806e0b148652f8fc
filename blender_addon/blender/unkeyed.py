"""Values that an animator has set by hand on animated properties and not keyed yet.

Blender holds such a value until the animation of its datablock is evaluated again: by another
frame, but also by a track that is added or muted. Then it is gone. So whoever evaluates remembers
these values before, and sets them again afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import bpy

from . import compat
from .drivers import driven_paths

_WITH_NODES: Final = ("materials", "worlds", "lights", "scenes")

_Values = dict[str, Any]


class UnkeyedValues:
    """Values that differ from what the animation gives on the scene's current frame.

    Args:
        scene: is evaluated once; its playhead and all its values stay.
    """

    def __init__(self, scene: bpy.types.Scene) -> None:
        shown = [(block, _read(block, _animated_paths(block))) for block in _animated_blocks()]
        shown = [(block, values) for block, values in shown if values]
        self._found: list[tuple[bpy.types.ID, str, Any, Any]] = []
        if not shown or not _is_evaluated(scene):
            return
        set_playhead(scene, playhead_of(scene))
        for block, values in shown:
            given = _read(block, values)
            for path, value in values.items():
                if path in given and given[path] != value:
                    self._found.append((block, path, value, given[path]))
        for block, path, value, _ in self._found:
            _assign(block, path, value)

    def set_again(self) -> None:
        """Set them again, but not those on which something else acts by now."""
        for block, path, value, given in self._found:
            if _is_there(block) and _read(block, [path]).get(path) == given:
                _assign(block, path, value)


class PosedValues:
    """What characters hold: how bones and objects are placed, values of shapes, custom properties.

    Where an animation that did not exist before is taken out again, Blender would leave what it
    animated as it was shown last.

    Args:
        objects: the characters, with all that hangs on them.
    """

    def __init__(self, objects: Iterable[bpy.types.Object]) -> None:
        blocks: dict[bpy.types.ID, list[str]] = {}
        for obj in objects:
            for each in (obj, *obj.children_recursive):
                if each.library is None:
                    blocks[each] = [*_PLACED, *_paths_of_bones(each)]
                keys = getattr(each.data, "shape_keys", None)
                if keys is not None and keys.library is None:
                    blocks[keys] = [f"{key.path_from_id()}.value" for key in keys.key_blocks]
        self._found = [(block, _read(block, paths)) for block, paths in blocks.items()]

    def set_again(self) -> None:
        """Hold all of it again; what is animated shows its animation from the next frame on."""
        for block, values in self._found:
            if not _is_there(block):
                continue
            now = _read(block, values)
            for path, value in values.items():
                if path in now and now[path] != value:
                    _assign(block, path, value)


_PLACED: Final = (
    "location", "rotation_quaternion", "rotation_euler", "rotation_axis_angle", "scale",
)  # fmt: skip


def _paths_of_bones(obj: bpy.types.Object) -> Iterator[str]:
    for bone in obj.pose.bones if obj.pose is not None else ():
        prefix = bone.path_from_id()
        yield from (f"{prefix}.{name}" for name in _PLACED)
        for name, value in bone.items():
            if isinstance(value, (int, float)):
                yield f'{prefix}["{bpy.utils.escape_identifier(name)}"]'


def playhead_of(scene: bpy.types.Scene) -> float:
    """The current frame and the part of one, before any time stretching."""
    return float(scene.frame_current) + float(scene.frame_subframe)


def set_playhead(scene: bpy.types.Scene, frame: float) -> None:
    """Go to a frame, fractions and negative ones included."""
    whole = int(frame // 1)
    scene.frame_set(whole, subframe=frame - whole)


def _is_evaluated(scene: bpy.types.Scene) -> bool:
    """Whether values are those of the current frame: not if it was set and nothing drawn since."""
    layers = [layer.depsgraph for layer in scene.view_layers]
    times = [playhead_of(graph.scene_eval) for graph in layers if graph is not None]
    return not times or playhead_of(scene) in times


def _animated_blocks() -> Iterator[bpy.types.ID]:
    """Datablocks that an action or strips animate."""
    for prop in bpy.data.bl_rna.properties:
        if prop.type != "COLLECTION":
            continue
        for block in getattr(bpy.data, prop.identifier):
            if not isinstance(block, bpy.types.ID) or block.library is not None:
                continue
            trees = [getattr(block, "node_tree", None)] if prop.identifier in _WITH_NODES else []
            for each in (block, *filter(None, trees)):
                if getattr(each, "animation_data", None) is not None:
                    yield each


def _animated_paths(block: bpy.types.ID) -> set[str]:
    data = block.animation_data
    curves = list(compat.fcurves_of(block))
    for track in data.nla_tracks:
        for strip in _playing(track.strips) if not track.mute else ():
            curves += compat.action_fcurves(strip.action, compat.strip_slot_handle(strip))
    return {curve.data_path for curve in curves} - driven_paths(block)


def _playing(strips: Iterable[bpy.types.NlaStrip]) -> Iterator[bpy.types.NlaStrip]:
    """Strips of actions, those within meta strips too."""
    for strip in strips:
        if strip.action is not None:
            yield strip
        yield from _playing(strip.strips)


def _read(block: bpy.types.ID, paths: Iterable[str]) -> _Values:
    """Values by path, of those that lead somewhere."""
    values = {}
    for path in paths:
        owner, name, is_item = _split(path)
        try:
            held = block.path_resolve(owner) if owner else block
            value = held[name] if is_item else getattr(held, name)
        except (ValueError, KeyError, AttributeError):  # the bone, shape or property is gone
            continue
        many = hasattr(value, "__len__") and not isinstance(value, (str, bytes))
        values[path] = tuple(value) if many else value
    return values


def _assign(block: bpy.types.ID, path: str, value: Any) -> None:
    owner, name, is_item = _split(path)
    held = block.path_resolve(owner) if owner else block
    if is_item:
        held[name] = value
    else:
        setattr(held, name, value)


def _split(path: str) -> tuple[str, str, bool]:
    """Path of the owner, name of the property, and whether that is a custom one.

    A custom property is read by its name: its path gives it in single precision.
    """
    if path.endswith('"]'):
        owner, _, name = path[:-2].rpartition('["')
        return owner, bpy.utils.unescape_identifier(name), True
    owner, _, name = path.rpartition(".")
    return owner, name, False


def _is_there(block: bpy.types.ID) -> bool:
    try:
        return bool(block.name)
    except ReferenceError:  # removed since
        return False
