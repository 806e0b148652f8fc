"""The scene's time: its rate, its end, and the playhead."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

import bpy

from ..core.notes import Note
from .keys.takes import is_leaving
from .unkeyed import UnkeyedValues, playhead_of, set_playhead

_LAST: Final = "neural_motion_last_frame"
"""Custom property of an action: where the result ends that it was written for."""
_MOVED_END: Final = "neural_motion_moved_end"
"""Custom property of a scene: from where to where its end was moved for a result."""


def frame_rate_of(scene: bpy.types.Scene) -> float:
    """Frames a second, fractions included."""
    return scene.render.fps / scene.render.fps_base


def animation_rate_of(scene: bpy.types.Scene) -> float:
    """Frames of animation, as keys count them, that are played in a second."""
    return frame_rate_of(scene) * _stretch(scene)


def animation_frame(scene: bpy.types.Scene, frame: float) -> int:
    """The frame of animation, as keys count them, that is shown on a frame of the scene.

    The two differ where the scene's time is stretched.
    """
    return round(frame * _stretch(scene))


def scene_frame(scene: bpy.types.Scene, frame: float) -> float:
    """The frame of the scene on which a frame of animation is shown."""
    return frame / _stretch(scene)


def show_frame(scene: bpy.types.Scene, frame: float) -> None:
    """Move the playhead to where a frame of animation is shown."""
    set_playhead(scene, scene_frame(scene, frame))


def _stretch(scene: bpy.types.Scene) -> float:
    """Frames of animation for each frame of the scene."""
    return scene.render.frame_map_old / scene.render.frame_map_new


def extend_scene(
    scene: bpy.types.Scene, last_frame: int, results: Iterable[bpy.types.Action] = ()
) -> bool:
    """Let the scene end no earlier than on a frame, and no later than anything still needs.

    Where an earlier result had moved the end, nobody moved it since and that result is gone, it
    goes back: to where the user had it, or to the last frame of what is left.

    Args:
        scene: whose end it is.
        last_frame: of animation, of what was written just now.
        results: the actions that were written; they remember that frame.

    Returns:
        Whether its end was moved.
    """
    last_frame = math.ceil(scene_frame(scene, last_frame) - 1e-6)
    for action in results:
        action[_LAST] = last_frame
    before, moved = scene.frame_end, scene.get(_MOVED_END)
    ours = moved is not None and moved["to"] == before
    users = int(moved["from"]) if ours else before
    needed = [
        int(action[_LAST])
        for action in bpy.data.actions
        if _LAST in action and not is_leaving(action)
    ]
    end = max(users, last_frame, min(before, max(needed, default=users)))
    if end > users:
        scene[_MOVED_END] = {"from": users, "to": end}
    elif moved is not None:
        del scene[_MOVED_END]
    scene.frame_end = end
    return end != before


def end_kept(scene: bpy.types.Scene, undo: ExitStack) -> None:
    """Register how a scene's end goes back to where it is now, whatever moves it from here on."""
    end, moved = scene.frame_end, scene.get(_MOVED_END)
    kept = None if moved is None else {"from": int(moved["from"]), "to": int(moved["to"])}

    def back() -> None:
        scene.frame_end = end
        if kept is not None:
            scene[_MOVED_END] = kept
        elif _MOVED_END in scene:
            del scene[_MOVED_END]

    undo.callback(back)


def unseen_frames(scene: bpy.types.Scene, first_frame: int, last_frame: int) -> str:
    """Says if a preview range leaves out some of these frames of animation; empty if none does."""
    first, last = scene_frame(scene, first_frame), scene_frame(scene, last_frame)
    start, end = scene.frame_preview_start, scene.frame_preview_end
    if not scene.use_preview_range or (start <= first and last <= end):
        return ""
    return Note(
        f"the preview range, frames {start} to {end}, plays only a part of frames {first:.0f} to "
        f"{last:.0f}. Widen or clear it (Ctrl Alt P in the timeline)"
    )


def stop_playback(context: bpy.types.Context) -> None:
    """Let the playhead stand still where it is, before its frame is read."""
    if context.screen is not None and context.screen.is_animation_playing:
        bpy.ops.screen.animation_cancel(restore_frame=False)


@contextmanager
def playhead_kept(scene: bpy.types.Scene) -> Iterator[None]:
    """Whatever the body moves, evaluates or writes, the rest of the scene is as before, to the bit.

    Afterwards the playhead is where it was, to the part of a frame, what was written shows there,
    and values that somebody set without keying them are set again. Everything that steps through
    frames, mutes tracks for a while or writes keys does so in here.
    """
    back, unkeyed = playhead_of(scene), UnkeyedValues(scene)
    try:
        yield
    finally:
        set_playhead(scene, back)
        unkeyed.set_again()
