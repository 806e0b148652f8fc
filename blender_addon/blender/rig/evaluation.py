"""Evaluates objects frame by frame apart from the user's scene.

A scene of its own holds only the objects asked for; Blender pulls in whatever moves them (parents,
targets of constraints, drivers), but no skin. That is ten to forty times as fast as stepping the
user's scene, and neither its frame nor any property of its objects changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ..drivers import driven_paths

SetFrame = Callable[[float], bpy.types.Depsgraph]

_MANY_FRAMES: Final = 2_000
_COUNTED_EVERY: Final = 100


@contextmanager
def evaluated_apart(
    context: bpy.types.Context, objects: Iterable[bpy.types.Object]
) -> Iterator[SetFrame]:
    """Step through frames of these objects.

    Args:
        context: whose scene's rate holds.
        objects: what will be looked at.

    Yields:
        A function from a frame of animation, as keys count them, fractions allowed, to the
        depsgraph at that frame, whatever the scene's time stretching; what is read from it with
        ``evaluated_get`` holds until the next call.
    """
    apart = bpy.data.scenes.new("Neural Motion evaluation")
    hidden: list[bpy.types.Object] = []
    try:
        own, given = apart.render, context.scene.render
        own.fps, own.fps_base = given.fps, given.fps_base
        for obj in dict.fromkeys(objects):
            apart.collection.objects.link(obj)
            if obj.hide_viewport:  # Blender would leave it as it is
                hidden.append(obj)
                obj.hide_viewport = False
        layer = apart.view_layers[0]

        def set_frame(frame: float) -> bpy.types.Depsgraph:
            whole = int(frame // 1)
            apart.frame_set(whole, subframe=frame - whole)
            return layer.depsgraph

        yield set_frame
    finally:
        # Not scenes.remove: it looks at the context's window, and `--command` has none.
        bpy.data.batch_remove((apart,))
        for obj in hidden:
            obj.hide_viewport = True


@contextmanager
def counting(context: bpy.types.Context, count: int) -> Iterator[Callable[[int], None]]:
    """Let the cursor count while many frames are looked at: Blender answers nothing meanwhile.

    Args:
        context: whose window's cursor it is.
        count: of all frames.

    Yields:
        A function that is told the number of each frame, from 0 on.
    """
    if count < _MANY_FRAMES:
        yield lambda _number: None
        return
    manager = context.window_manager

    def tell(number: int) -> None:
        if number % _COUNTED_EVERY == 0:
            manager.progress_update(number / count)

    manager.progress_begin(0.0, 1.0)
    try:
        yield tell
    finally:
        manager.progress_end()


@dataclass(frozen=True)
class Probe:
    """Something of an object that is looked at on every frame.

    Args:
        name: of the object.
        read: from the evaluated object to a number, a text or a matrix.
    """

    name: str
    read: Callable[[bpy.types.Object], Any]


def sample(
    context: bpy.types.Context,
    objects: Iterable[bpy.types.Object],
    probes: Mapping[str, Probe],
    frames: NDArray[np.floating],
) -> dict[str, NDArray[Any]]:
    """What probes see on frames (K,): (K,) or (K, 4, 4) each, by the probes' keys.

    Objects that nothing moves are looked at once.
    """
    seen: dict[str, list[Any]] = {key: [] for key in probes}
    by_object: dict[str, list[tuple[str, Probe]]] = {}
    for key, probe in probes.items():
        by_object.setdefault(probe.name, []).append((key, probe))
    moving = {name for name in by_object if not is_still(bpy.data.objects[name])}
    with evaluated_apart(context, objects) as set_frame:
        for frame in frames.tolist() if moving else frames[:1].tolist():
            depsgraph = set_frame(frame)
            for name, entries in by_object.items():
                evaluated = bpy.data.objects[name].evaluated_get(depsgraph)
                for key, probe in entries:
                    # Copied at once: what Blender hands out is overwritten by the next frame.
                    seen[key].append(_plain(probe.read(evaluated)))
            by_object = {name: each for name, each in by_object.items() if name in moving}
    return {key: _rows(values, len(frames)) for key, values in seen.items()}


def is_still(obj: bpy.types.Object) -> bool:
    """Whether nothing can move an object: no animation, constraint or physics, of parents too."""
    if any(map(_is_animated, (obj, obj.data))) or len(obj.constraints) or obj.rigid_body:
        return False
    if obj.pose is not None and any(len(bone.constraints) for bone in obj.pose.bones):
        return False
    return obj.parent is None or is_still(obj.parent)


def _is_animated(datablock: bpy.types.ID | None) -> bool:
    data = getattr(datablock, "animation_data", None)
    if data is None:
        return False
    strips = [s for track in data.nla_tracks if not track.mute for s in track.strips]
    return bool(data.action or any(map(_varies, strips)) or driven_paths(datablock))


def _varies(strip: bpy.types.NlaStrip) -> bool:
    """Whether a strip is more than a pose that is held."""
    if strip.action is None or strip.extrapolation != "HOLD":
        return True
    first, last = strip.action.frame_range
    return last > first


def _plain(value: Any) -> Any:
    return [*map(tuple, value)] if hasattr(value, "to_4x4") else value


def _rows(values: list[Any], count: int) -> NDArray[Any]:
    rows = np.array(values)
    return rows if len(rows) == count else np.repeat(rows, count, axis=0)
