"""What animates an object beneath its new keys, and how none of it leaks into them.

A strip replaces what lies below it channel by channel, and so does the active action: whatever
animates a channel that the new keys leave out goes on showing. So each of those channels is given
one key with the value that the new keys were made for, which is the one that it has now.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import bpy
import numpy as np

from .. import compat
from ..paths import bone_of_path
from .keyframes import Channel
from .layer_values import REST, capability_of, playing_strips, strip_curves
from .takes import makers_of

PLACING: Final = (
    "location", "rotation_euler", "rotation_quaternion", "rotation_axis_angle", "scale",
    "rotation_mode", "delta_location", "delta_rotation_euler", "delta_rotation_quaternion",
    "delta_scale",
)  # fmt: skip
"""Properties that place an object; those of a bone are among them."""
_OBJECT_GROUP: Final = "Object Transforms"


@dataclass(frozen=True)
class Playing:
    """An action that plays, and how the user finds it.

    Args:
        action: its name.
        track: name of the NLA track, empty for the active action.
        channels: data path and index of each F-curve that is not muted.
        makers: capabilities that wrote it, whatever was changed since.
    """

    action: str
    track: str
    channels: frozenset[tuple[str, int]]
    makers: frozenset[str] = frozenset()

    @property
    def bones(self) -> set[str]:
        """Those that it animates."""
        return {bone for path, _ in self.channels if (bone := bone_of_path(path))}

    @property
    def label(self) -> str:
        """In the user's words."""
        where = f" (NLA track '{self.track}')" if self.track else ""
        return f"the action '{self.action}'{where}"


def playing_on(obj: bpy.types.Object) -> list[Playing]:
    """The user's actions that play on an object: strips from the lowest, then the active one.

    Layers of ours are left out: they are made to be added.
    """
    data = obj.animation_data
    if data is None:
        return []
    found = []
    for track in data.nla_tracks if data.use_nla else ():
        if not track.mute and capability_of(track) in ("", REST):
            for strip in playing_strips(track.strips):
                found.append(_playing(strip.action, track.name, strip_curves(strip)))
    if data.action is not None:
        found.append(_playing(data.action, "", compat.fcurves_of(obj)))
    return found


def bones_of_makers(playing: Iterable[Playing], capability: str) -> set[str]:
    """Bones that a capability's actions animate, and nobody else's.

    Args:
        playing: all that plays on an armature.
        capability: such as "walk".
    """
    theirs, others = set[str](), set[str]()
    for each in playing:
        (theirs if capability in each.makers else others).update(each.bones)
    return theirs - others


def _playing(action: bpy.types.Action, track: str, curves: Iterable[Any]) -> Playing:
    channels = {
        (curve.data_path, curve.array_index)
        for curve in curves
        if not curve.mute and not (curve.group is not None and curve.group.mute)
    }
    return Playing(action.name, track, frozenset(channels), makers_of(action))


def held_channels(
    armature: bpy.types.Object,
    channels: Sequence[Channel],
    beneath: Iterable[Playing],
    *,
    also: Iterable[str] = (),
    with_object: bool = True,
) -> list[Channel]:
    """One key for each channel that is animated beneath, on what carries the keyed bones.

    Args:
        armature: only looked at.
        channels: the new keys; every bone that they name is held.
        beneath: what will lie below them.
        also: names of further bones to hold.
        with_object: whether the object itself is held.

    Returns:
        Channels that are not among the new ones, on their first frame.
    """
    keyed = {(channel.data_path, channel.index) for channel in channels}
    animated = frozenset[tuple[str, int]]().union(*(each.channels for each in beneath))
    bones = {bone for channel in channels if (bone := bone_of_path(channel.data_path))} | {*also}
    first = min(channel.frames[0] for channel in channels)
    held = []
    for path, index in sorted(animated - keyed):
        bone = bone_of_path(path)
        if bone in bones if bone else with_object:
            value = _present_value(armature, path, index)
            if value is not None:
                held.append(
                    Channel(path, index, np.array([first]), np.array([value]),
                            bone or _OBJECT_GROUP, interpolation="CONSTANT")
                )  # fmt: skip
    return held


def bones_moving(armature: bpy.types.Object, names: Iterable[str]) -> set[str]:
    """Every bone that can move these: those above them, and what their constraints aim at."""
    found: set[str] = set()
    open_ends = [*names]
    while open_ends:
        bone = armature.pose.bones.get(open_ends.pop())
        if bone is None or bone.name in found:
            continue
        found.add(bone.name)
        open_ends += [each.name for each in bone.parent_recursive]
        open_ends += [name for c in bone.constraints for name in _aims(c, armature)]
    return found


def _aims(constraint: bpy.types.Constraint, armature: bpy.types.Object) -> Iterator[str]:
    """Bones of the armature itself that a constraint looks at."""
    for target in (constraint, *getattr(constraint, "targets", ())):
        if getattr(target, "target", None) == armature:
            yield getattr(target, "subtarget", "")
    if getattr(constraint, "pole_target", None) == armature:
        yield getattr(constraint, "pole_subtarget", "")


def _present_value(armature: bpy.types.Object, path: str, index: int) -> float | None:
    """What a property that places a bone or the object has now; None for any other."""
    owner_path, _, name = path.rpartition(".")
    if name not in PLACING:
        return None
    try:
        owner = armature.path_resolve(owner_path) if owner_path else armature
    except ValueError:
        return None  # of a bone that is gone
    value = getattr(owner, name)
    if name == "rotation_mode":
        return float(owner.bl_rna.properties[name].enum_items[value].value)
    return float(value[index])
