"""The scene's time: its rate, its end, and the playhead."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import bpy

from .unkeyed import UnkeyedValues, playhead_of, set_playhead


def frame_rate_of(scene: bpy.types.Scene) -> float:
    """Frames a second, fractions included."""
    return scene.render.fps / scene.render.fps_base


def extend_scene(scene: bpy.types.Scene, last_frame: int) -> bool:
    """Let the scene end no earlier than on a frame.

    Returns:
        Whether its end was moved.
    """
    if last_frame <= scene.frame_end:
        return False
    scene.frame_end = last_frame
    return True


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
