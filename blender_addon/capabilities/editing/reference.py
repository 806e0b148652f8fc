"""A motion whose style is taken: an action or a strip, of the character itself or of another."""

from __future__ import annotations

from collections.abc import Iterator

import bpy
import numpy as np

from ...blender.keys.alone import find_strip, played_alone
from ...blender.keys.sampled import action_slot_of
from ...blender.rig.skeleton import read_skeleton
from ...blender.rig.take import Take, read_take
from ...blender.timeline import animation_rate_of, playhead_kept
from ...core.errors import SettingsError
from ...core.motion.clip import MotionClip

_FITS = 0.5
_LONGEST_S = 5 * 60.0


def read_alone(context: bpy.types.Context, armature: bpy.types.Object, name: str) -> Take:
    """What a character does in one action or strip alone; the scene is as before afterwards.

    Args:
        context: whose scene.
        armature: the object.
        name: of a strip of its NLA, or of an action.

    Raises:
        InputError: there is neither, or it is too short or too long.
    """
    rig = read_skeleton(context, armature)
    with playhead_kept(context.scene), played_alone(armature, name) as (first, last):
        frames = np.arange(np.ceil(first - 1e-3), np.floor(last + 1e-3) + 1.0)
        rate = animation_rate_of(context.scene)
        if len(frames) < 3 or len(frames) / rate > _LONGEST_S:
            raise SettingsError(
                f"'{name}' lasts {len(frames) / rate:.1f} s; from three frames to "
                f"{_LONGEST_S / 60.0:.0f} minutes are read. Choose another, or a part of it as a "
                "strip"
            )
        return read_take(context, armature, rig, frames, name)


def read_reference(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    other: bpy.types.Object | None,
    name: str,
) -> MotionClip:
    """The motion whose style is taken, on the common skeleton.

    Args:
        context: whose scene.
        armature: who takes it.
        other: whose motion it is; None to find out.
        name: of a strip or an action.

    Raises:
        InputError: there is none of that name, or nobody that it fits.
    """
    if not name:
        raise SettingsError("no reference is chosen. Choose an action or a strip with that style")
    owner = other or _owner_of(context, armature, name)
    return read_alone(context, owner, name).common


def _owner_of(
    context: bpy.types.Context, armature: bpy.types.Object, name: str
) -> bpy.types.Object:
    """Whose action it is: the character's own if it fits, else that of the rig it fits best."""
    action = bpy.data.actions.get(name)
    if find_strip(armature, name) is not None or action is None:
        return armature
    fits = [(action_slot_of(each, action)[1], each) for each in _candidates(context, armature)]
    best, owner = max(fits, key=lambda each: each[0])
    if best < _FITS:
        raise SettingsError(
            f"the action '{name}' fits no armature of this scene: at most {100 * best:.0f} % of "
            "what it moves exists in one. Add the character it was made for, or choose another "
            "action"
        )
    return armature if fits[0][0] >= _FITS else owner


def _candidates(
    context: bpy.types.Context, armature: bpy.types.Object
) -> Iterator[bpy.types.Object]:
    yield armature
    for each in context.scene.objects:
        if each.type == "ARMATURE" and each != armature and each.is_editable:
            yield each
