"""The scene's time: its rate, its end, and the playhead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

import bpy

from .unkeyed import UnkeyedValues, playhead_of, set_playhead

_LAST: Final = "neural_motion_last_frame"
"""Custom property of an action: where the result ends that it was written for."""
_MOVED_END: Final = "neural_motion_moved_end"
"""Custom property of a scene: from where to where its end was moved for a result."""


def frame_rate_of(scene: bpy.types.Scene) -> float:
    """Frames a second, fractions included."""
    return scene.render.fps / scene.render.fps_base


def extend_scene(
    scene: bpy.types.Scene, last_frame: int, results: Iterable[bpy.types.Action] = ()
) -> bool:
    """Let the scene end no earlier than on a frame, and no later than anything still needs.

    Where an earlier result had moved the end, nobody moved it since and that result is gone, it
    goes back: to where the user had it, or to the last frame of what is left.

    Args:
        scene: whose end it is.
        last_frame: of what was written just now.
        results: the actions that were written; they remember that frame.

    Returns:
        Whether its end was moved.
    """
    for action in results:
        action[_LAST] = last_frame
    before, moved = scene.frame_end, scene.get(_MOVED_END)
    ours = moved is not None and moved["to"] == before
    users = int(moved["from"]) if ours else before
    needed = [int(action[_LAST]) for action in bpy.data.actions if _LAST in action]
    end = max(users, last_frame, min(before, max(needed, default=users)))
    if end > users:
        scene[_MOVED_END] = {"from": users, "to": end}
    elif moved is not None:
        del scene[_MOVED_END]
    scene.frame_end = end
    return end != before


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
