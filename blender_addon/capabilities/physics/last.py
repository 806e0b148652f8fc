"""The last result of physics: left out while the motion beneath it is looked at again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

import bpy

from ...blender.keys.played import played_spans
from ...blender.keys.strips import strips_of_ours
from ...blender.keys.takes import was_made

CAPABILITY: Final = "physics"


@contextmanager
def last_left_out(
    armature: bpy.types.Object, replaced: bool, span: tuple[int, int] | None = None
) -> Iterator[None]:
    """Let what a new result takes the place of not play for as long as the body runs.

    Args:
        armature: whose animation is as before afterwards.
        replaced: whether earlier results that nobody touched make room.
        span: first and last frame of the new one; None for wherever they lie.
    """
    with ExitStack() as undo:
        for _, strip in strips_of_ours(armature, CAPABILITY) if replaced else ():
            meets = span is None or (strip.frame_start < span[1] and strip.frame_end > span[0])
            if meets and not strip.mute:
                undo.callback(setattr, strip, "mute", False)
                strip.mute = True
        yield


def animates(armature: bpy.types.Object) -> bool:
    """Whether anything plays on an armature besides what physics made; quick enough for a panel."""
    data = armature.animation_data
    if data is None:
        return False
    tracks = data.nla_tracks if data.use_nla else ()
    strips = [s for track in tracks if not track.mute for s in track.strips if not s.mute]
    return data.action is not None or any(
        each.action is None or not was_made(each.action, CAPABILITY) for each in strips
    )


def own_span(armature: bpy.types.Object) -> tuple[float, float] | None:
    """First and last frame of what plays without our last results; None where nothing does."""
    with last_left_out(armature, replaced=True):
        spans = played_spans(armature)
    if not spans:
        return None
    return min(first for first, _ in spans), max(last for _, last in spans)
