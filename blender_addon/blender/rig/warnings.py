"""What about a rig may make a walk look different from what was generated, in the user's words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

import bpy
import numpy as np

from ...core.motion.skeleton import Skeleton
from ...core.notes import Note
from ...core.retarget.joint_map import JointMap, doubt_lines
from ...core.wording import in_brief
from ..drivers import acting_drivers
from ..keys.layer_values import REST, capability_of
from ..paths import bone_of_path, rotation_property
from .acting import (
    acting_constraints,
    label_of_constraint,
    label_of_driver,
    partly_blended,
)


class LayersBefore(str):
    """A warning that layers go by another motion than the one that is about to be written."""

    __slots__ = ()


def without_layers_before(texts: Iterable[str]) -> tuple[str, ...]:
    """Texts without that warning: where those layers are written again, or are merely added to."""
    return tuple(text for text in texts if not isinstance(text, LayersBefore))


_UNEVEN: Final = 0.1  # relative difference of leg lengths that shows
_MOST_NAMED: Final = 3


def rig_warnings(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    skeleton: Skeleton,
    found: JointMap,
    keyed: Sequence[str],
) -> tuple[str, ...]:
    """Everything worth a look.

    Args:
        context: whose view layer shows the rig.
        armature: the object.
        skeleton: as read from it.
        found: its joints.
        keyed: names of the bones that get keys.
    """
    return (
        *(f"{line}. Check Joints" for line in doubt_lines(found)),
        *_uneven_legs(skeleton, found.bones),
        *_unseen(context, armature),
        *_warnings(armature, keyed),
    )


def _uneven_legs(skeleton: Skeleton, found: Mapping[str, str]) -> list[str]:
    rest = skeleton.rest_positions()
    lengths = []
    for side in ("Left", "Right"):
        joints = [rest[skeleton.index(found[side + part])] for part in ("UpLeg", "Leg", "Foot")]
        lengths.append(float(sum(np.linalg.norm(b - a) for a, b in pairwise(joints))))
    shorter, longer = sorted(lengths)
    if shorter > (1.0 - _UNEVEN) * longer:
        return []
    short = f"one leg is {100 * (1 - shorter / longer):.0f} % shorter than the other"
    told = f"{short}; the walk is fitted to their mean, so a foot may not reach. Check Joints"
    return [Note(told)]


def _unseen(context: bpy.types.Context, armature: bpy.types.Object) -> list[str]:
    name = armature.name
    if not is_evaluated(context, armature):
        hidden = f"'{name}' is hidden from this view layer"
        return [f"{hidden}: the result can be neither seen nor measured. Show it in the Outliner"]
    if context.view_layer.objects.get(name) != armature:
        instanced = f"'{name}' is in this scene only as an instance of its collection"
        lies = "the result is made for where the armature itself lies"
        return [f"{instanced}: {lies}, and is seen where the instance stands"]
    return []


def is_evaluated(context: bpy.types.Context, armature: bpy.types.Object) -> bool:
    """Whether Blender works out the armature's pose in this view layer.

    Blender calls anything so that a pointer leads to, the chosen character among it; but what is
    hidden, and what nothing shown follows, keeps its last pose.
    """
    evaluated = armature.evaluated_get(context.evaluated_depsgraph_get()).is_evaluated
    return bool(evaluated) and (armature.visible_get() or _is_seen_by_others(context, armature))


def _is_seen_by_others(context: bpy.types.Context, armature: bpy.types.Object) -> bool:
    """Whether something that is shown follows the armature, or is an instance of it."""
    shown = (each for each in context.view_layer.objects if each.visible_get())
    return any(
        armature in _followed(each)
        or (each.instance_collection and armature.name in each.instance_collection.all_objects)
        for each in shown
    )


def _followed(follower: bpy.types.Object) -> Iterator[bpy.types.Object]:
    """Objects whose pose, rather than only their place, moves this one."""
    if follower.parent_type in ("ARMATURE", "BONE"):
        yield follower.parent
    bones = follower.pose.bones if follower.pose else ()
    of_bones = (each for bone in bones for each in bone.constraints)
    for each in (*follower.modifiers, *follower.constraints, *of_bones):
        if each.type == "ARMATURE" or getattr(each, "subtarget", ""):
            yield getattr(each, "object", None) or getattr(each, "target", None)


def _warnings(armature: bpy.types.Object, names: Sequence[str]) -> list[str]:
    warnings = [*_driven(armature, names), *_constrained(armature, names)]
    if armature.data.pose_position == "REST":
        warnings.append(f"'{armature.name}' shows its Rest Position; switch to Pose Position")
    if armature.animation_data is not None:
        warnings += _blending_warnings(armature)
    return warnings


def _driven(armature: bpy.types.Object, names: Sequence[str]) -> Iterator[str]:
    """Drivers hide every key of what they drive."""
    bones = armature.pose.bones
    turning = {bones[n].path_from_id(rotation_property(bones[n])) for n in names}
    placing = {bones[n].path_from_id(each) for n in names for each in ("location", "scale")}
    for path in dict.fromkeys(each.data_path for each in acting_drivers(armature)):
        if path in turning:
            yield (
                f"{label_of_driver(path)} hides the keys there. Mute the driver, or choose "
                "another bone under Joints"
            )
        elif path in placing:
            yield Note(f"{label_of_driver(path)} may move the bone otherwise than the keys do")


def _constrained(armature: bpy.types.Object, names: Sequence[str]) -> list[str]:
    """Constraints come after the keys; whether they change what those show is measured."""
    found = [c for name in names for c in acting_constraints(armature.pose.bones[name])]
    if not found:
        return []
    named = in_brief([label_of_constraint(each) for each in found], _MOST_NAMED)
    return [Note(f"{named} may move bones otherwise than the keys do")]


def _blending_warnings(armature: bpy.types.Object) -> list[str]:
    """What else of the object's animation shows in the result."""
    data, warnings = armature.animation_data, []
    layers = [track for track in data.nla_tracks if not track.mute and capability_of(track)]
    made = sorted({capability_of(track) for track in layers} - {REST})
    if made:
        warnings.append(
            LayersBefore(
                f"layers of '{armature.name}' ({', '.join(made)}) were made for the motion it had "
                "before; generate them again"
            )
        )
    blended = partly_blended(armature)
    if blended:
        warnings.append(Note(f"{blended}: set Influence to 1 and Blending to Replace in the NLA"))
    return warnings


def steered_bones(armature: bpy.types.Object, names: Sequence[str]) -> list[str]:
    """Those of some bones that constraints or drivers move."""
    driven = {bone_of_path(driver.data_path) for driver in acting_drivers(armature)}
    pose = armature.pose.bones
    return [name for name in names if name in driven or acting_constraints(pose[name])]
