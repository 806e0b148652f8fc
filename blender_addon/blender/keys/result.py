"""Writes keys as an action or a strip of the NLA; says what an earlier result becomes.

The animator's own is never touched. What the extension made makes room only as long as nobody
laid a hand on it (takes.py).
"""

from __future__ import annotations

from collections.abc import Sequence

import bpy

from ...core.errors import SettingsError
from .keyframes import (
    Channel,
    check_can_be_animated,
    set_pose_markers,
    write_action,
)
from .layers import check_nla_plays, check_none_solo
from .options import ResultKind, ResultOptions
from .strips import StripEnds, write_strip
from .takes import is_active_ours_alone, mark_active


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
) -> bpy.types.Action:
    """Write channels as an action or a strip; on any error everything is as it was.

    Moments, frame and name of each, become pose markers if the options say so.

    Raises:
        InputError: the armature cannot be animated now.
    """
    moments = moments if options.markers else ()
    if options.kind is ResultKind.STRIP:
        ends = StripEnds.of(context.scene, options.blend_in_s, options.blend_out_s)
        return write_strip(
            armature, capability, name, channels, ends, options.replace_last, moments
        )
    data = armature.animation_data
    earlier = data.action if data is not None else None
    makes_room = options.replace_last and is_active_ours_alone(armature, capability)
    action = write_action(armature, name, channels)
    set_pose_markers(action, moments)
    if makes_room:
        bpy.data.actions.remove(earlier)
        action.name = name  # it is free again
    mark_active(armature, capability)
    return action
