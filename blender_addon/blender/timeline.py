"""The scene's time: its rate, its end, and the playhead."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import bpy


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


def show_again(scene: bpy.types.Scene) -> None:
    """Evaluate the current frame anew, so that new keys show at once; the playhead stays."""
    scene.frame_set(scene.frame_current, subframe=scene.frame_subframe)


@contextmanager
def playhead_kept(scene: bpy.types.Scene) -> Iterator[None]:
    """Put the playhead back after the body has moved it, to the part of a frame."""
    back = scene.frame_current, scene.frame_subframe
    try:
        yield
    finally:
        scene.frame_set(back[0], subframe=back[1])
