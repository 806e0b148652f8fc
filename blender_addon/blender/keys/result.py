"""Writes keys as an action or a strip of the NLA; says what an earlier result becomes.

The animator's own is never touched. What the extension made makes room only as long as nobody
laid a hand on it (takes.py).
"""

from __future__ import annotations

from collections.abc import Sequence

import bpy

from ...core.errors import SettingsError
from .. import compat
from .keyframes import (
    Channel,
    check_can_be_animated,
    set_pose_markers,
    write_action,
)
from .layers import check_nla_plays, check_none_solo
from .options import ResultKind, ResultOptions
from .strips import StripEnds, write_strip
from .takes import is_active_ours_alone, let_leave, mark_active
from .undo import BEFORE, Undo, undone_on_error


def check_result(armature: bpy.types.Object, options: ResultOptions) -> None:
    """Refuse an armature to which keys could not be written, or would not show.

    Raises:
        InputError: says what to do.
    """
    if options.kind is ResultKind.LAYER:
        raise SettingsError("this is written to a new action or an NLA strip, not to a layer")
    check_can_be_animated(armature)
    if options.kind is ResultKind.STRIP:
        check_nla_plays(armature, "strip")
    else:
        check_none_solo(armature, "new action")


def write_result(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    capability: str,
    name: str,
    channels: Sequence[Channel],
    options: ResultOptions,
    moments: Sequence[tuple[int, str]] = (),
    undo: Undo | None = None,
) -> bpy.types.Action:
    """Write channels as an action or a strip; on any error everything is as it was.

    Moments, frame and name of each, become pose markers if the options say so. ``undo`` answers for
    what was written, where something after this may fail.

    Raises:
        InputError: the armature cannot be animated now.
    """
    moments = moments if options.markers else ()
    if options.kind is ResultKind.STRIP:
        ends = StripEnds.of(context.scene, options.blend_in_s, options.blend_out_s)
        return write_strip(
            armature, capability, name, channels, ends, options.replace_last, moments, undo
        )
    before = compat.remember_assignment(armature)
    earlier = before.action
    makes_room = options.replace_last and is_active_ours_alone(armature, capability)
    with undone_on_error(undo) as own:
        if earlier is not None and earlier.is_editable:
            own.callback(setattr, earlier, "use_fake_user", earlier.use_fake_user)
        if makes_room:
            own.callback(setattr, earlier, "name", earlier.name)
            earlier.name = f"{earlier.name}{BEFORE}"  # its name is free for the new one
            let_leave(earlier, own)
        action = write_action(armature, name, channels)
        own.callback(bpy.data.actions.remove, action)
        own.callback(compat.restore_assignment, armature, before)
        set_pose_markers(action, moments)
        mark_active(armature, capability)
    return action
