"""The last result of an edit: left out while the motion is read again, if it makes room.

An edit that is made again starts from what was there before it. Only what nobody laid a hand on
makes room (takes.py); all else is a motion like any other, on which the next edit builds.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

import bpy

from ....blender import compat
from ....blender.keys.fingerprint import MARKS
from ....blender.keys.giving_way import Span, is_covered, layers_of, mute_layers, playing
from ....blender.keys.options import ResultKind, ResultOptions
from ....blender.keys.strips import strips_of_ours
from ....blender.keys.takes import is_active_ours_alone, is_ours_alone
from ..choice import Edit
from ..written import CAPABILITY

_BEGAN_WITH: Final = f"{MARKS}began_with"
"""Custom property of an action that an edit wrote: the name of the one that it was made from."""
_SLOT: Final = f"{MARKS}began_with_slot"
_EDIT: Final = f"{MARKS}edit"


def layer_mark(edit: Edit) -> str:
    """By what the layers of an edit are known: those of different edits add up."""
    return edit.value.lower()


def remember_beginning(action: bpy.types.Action, edit: Edit, before: compat.Assignment) -> None:
    """Keep on a new action which edit wrote it, and what was assigned before.

    Args:
        action: before it is marked as written.
        edit: that wrote it.
        before: what it was made from.
    """
    action[_EDIT] = edit.value
    if before.action is not None:
        action[_BEGAN_WITH] = before.action.name
        action[_SLOT] = str(before.slot_handle)


def beginning_of(armature: bpy.types.Object, edit: Edit) -> compat.Assignment | None:
    """What was assigned before the active action, where that is an untouched result of an edit.

    Returns:
        None where the active action is anybody else's.
    """
    if not is_active_ours_alone(armature, CAPABILITY):
        return None
    action = armature.animation_data.action
    if action.get(_EDIT) != edit.value:
        return None
    before = bpy.data.actions.get(str(action.get(_BEGAN_WITH, "")))
    if before is None and _BEGAN_WITH in action:
        return None  # what it was made from is gone: this is all there is
    told = str(action.get(_SLOT, ""))
    return compat.Assignment(True, before, int(told) if told.lstrip("-").isdigit() else None)


@contextmanager
def last_left_out(
    armature: bpy.types.Object,
    edit: Edit,
    options: ResultOptions,
    span: Span | None = None,
    scene: bpy.types.Scene | None = None,
) -> Iterator[None]:
    """Let what a new result takes the place of not play for as long as the body runs.

    Args:
        armature: whose animation is as before afterwards.
        edit: that is made again.
        options: of the new result.
        span: first and last frame of it; None leaves layers and strips as they are.
        scene: gives the frame rate.
    """
    with ExitStack() as undo:
        if options.replace_last and options.kind is ResultKind.ACTION:
            before = beginning_of(armature, edit)
            if before is not None:
                _assign(armature, before, undo)
        if options.replace_last and span is not None and armature.animation_data is not None:
            if options.kind is ResultKind.LAYER:
                going = layers_going(scene or bpy.context.scene, armature, edit, span)
                mute_layers(armature, going, undo)
            elif options.kind is ResultKind.STRIP:
                for _, strip in strips_of_ours(armature, CAPABILITY):
                    if strip.frame_start < span[1] and strip.frame_end > span[0]:
                        undo.callback(setattr, strip, "mute", strip.mute)
                        strip.mute = True
        yield


def layers_going(
    scene: bpy.types.Scene, armature: bpy.types.Object, edit: Edit, span: Span
) -> list[bpy.types.NlaTrack]:
    """Layers of an edit that play and that a new one takes the place of."""
    mark = layer_mark(edit)
    own = playing(layers_of(armature, mark))
    return [
        track for track in own
        if is_covered(track, span, scene, own) and is_ours_alone(track.strips[0], track, mark)
    ]  # fmt: skip


def _assign(armature: bpy.types.Object, which: compat.Assignment, undo: ExitStack) -> None:
    now = compat.remember_assignment(armature)
    fake = now.action.use_fake_user
    undo.callback(setattr, now.action, "use_fake_user", fake)
    undo.callback(compat.restore_assignment, armature, now)
    now.action.use_fake_user = True
    compat.restore_assignment(armature, which)
