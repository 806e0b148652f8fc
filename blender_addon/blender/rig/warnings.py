"""What about a rig may make a walk look different from what was generated, in the user's words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

import bpy
import numpy as np

from ...core.motion.skeleton import Skeleton
from ...core.retarget.joint_map import JointMap, doubt_lines
from ..drivers import driven_paths
from ..keys.layer_values import REST, capability_of

_UNEVEN: Final = 0.1  # relative difference of leg lengths that shows
_DRIVEN_BONE: Final = re.compile(r'pose\.bones\["(.+)"\]\.(?:location|rotation_\w+|scale)$')


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
        *(f"{line[0].lower()}{line[1:]}. Check Joints" for line in doubt_lines(found)),
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
    return [f"{short}; the walk is fitted to their mean, so a foot may not reach. Check Joints"]


def _unseen(context: bpy.types.Context, armature: bpy.types.Object) -> list[str]:
    hidden = f"'{armature.name}' is hidden from this view layer"
    told = f"{hidden}: the result can be neither seen nor measured. Show it in the Outliner"
    return [] if is_evaluated(context, armature) else [told]


def is_evaluated(context: bpy.types.Context, armature: bpy.types.Object) -> bool:
    """Whether Blender works out the armature's pose in this view layer."""
    return bool(armature.evaluated_get(context.evaluated_depsgraph_get()).is_evaluated)


def _warnings(armature: bpy.types.Object, names: Sequence[str]) -> list[str]:
    warnings = []
    steered = steered_bones(armature, names)
    if steered:
        warnings.append(
            f"constraints or drivers also move {len(steered)} of the bones "
            f"({', '.join(steered[:4])}{', …' if len(steered) > 4 else ''}) and may hide the keys"
        )
    if any(not c.mute for c in armature.constraints):
        warnings.append(f"object constraints of '{armature.name}' may move the result elsewhere")
    if armature.data.pose_position == "REST":
        warnings.append(f"'{armature.name}' shows its Rest Position; switch to Pose Position")
    if armature.animation_data is not None:
        warnings += _blending_warnings(armature)
    return warnings


def _blending_warnings(armature: bpy.types.Object) -> list[str]:
    """What else of the object's animation shows in the result."""
    data, warnings = armature.animation_data, []
    tracks = [track for track in data.nla_tracks if not track.mute and track.strips]
    layers = [track for track in tracks if capability_of(track)]
    if len(layers) < len(tracks):
        warnings.append(f"NLA strips of '{armature.name}' also act on it")
    made = sorted({capability_of(track) for track in layers} - {REST})
    if made:
        warnings.append(
            f"layers of '{armature.name}' ({', '.join(made)}) were made for the motion it had "
            "before; generate them again"
        )
    layered = bool(layers) and data.action_blend_type == "COMBINE"
    if data.action_influence < 1 or not (layered or data.action_blend_type == "REPLACE"):
        warnings.append(
            f"the action of '{armature.name}' is blended in only in part; set Influence to 1 and "
            "Blending to Replace in the NLA editor"
        )
    return warnings


def steered_bones(armature: bpy.types.Object, names: Sequence[str]) -> list[str]:
    """Those of some bones that constraints or drivers move."""
    matches = map(_DRIVEN_BONE.match, driven_paths(armature))
    driven = {match[1] for match in matches if match is not None}
    pose = armature.pose.bones
    return [
        name
        for name in names
        if name in driven or any(not c.mute and c.influence > 0 for c in pose[name].constraints)
    ]
