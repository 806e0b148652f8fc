"""Scales of bones in pose: they are the character's size, and are kept as they are.

The *sized rest* of a bone is its rest pose with every bone as large as it is now, but none turned
or moved: what the limbs of the character measure. Blender's own inherit flags are applied.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import bpy
import numpy as np
from mathutils import Matrix
from numpy.typing import NDArray

from ...core.wording import listed
from .. import compat
from ..keys.keyframes import Channel
from ..keys.layer_values import strip_curves
from ..paths import bone_path

Array = NDArray[np.float64]

_AS_AT_REST: Final = 1e-6
_UNEVEN: Final = 1e-2  # relative difference of the axes of one bone that shows in its limbs
_SCALING_CONSTRAINTS: Final = {
    "ACTION", "COPY_SCALE", "COPY_TRANSFORMS", "LIMIT_SCALE", "TRANSFORM",
}  # fmt: skip
"""That may set the size of a bone. Others, such as stretching ones, scale it as they need."""


def bone_scales(
    context: bpy.types.Context, armature: bpy.types.Object, names: Iterable[str]
) -> dict[str, Array]:
    """(3,) local scale of those of these bones that are not as large as at rest.

    Args:
        context: gives the pose as it is evaluated on this frame, drivers and constraints included.
        armature: the object.
        names: of its bones.
    """
    evaluated = armature.evaluated_get(context.evaluated_depsgraph_get())
    scales = {}
    for name in names:
        bone = evaluated.pose.bones[name]
        scale = np.array(_local_scale(evaluated, bone), np.float64)
        if np.abs(scale - 1.0).max() > _AS_AT_REST and np.isfinite(scale).all() and scale.all():
            scales[name] = scale
    return scales


def _local_scale(armature: bpy.types.Object, bone: bpy.types.PoseBone) -> Iterable[float]:
    if any(not c.mute and c.type in _SCALING_CONSTRAINTS for c in bone.constraints):
        local = armature.convert_space(
            pose_bone=bone, matrix=bone.matrix, from_space="POSE", to_space="LOCAL"
        )
        return local.to_scale()
    return bone.scale


def scale_matrix(scales: Mapping[str, Array], name: str) -> Matrix:
    """What a bone's scale does to it in its own space; the identity of one as large as at rest."""
    return Matrix.Diagonal((*scales.get(name, (1.0, 1.0, 1.0)), 1.0))


def sized_rests(bones: Iterable[bpy.types.Bone], scales: Mapping[str, Array]) -> dict[str, Matrix]:
    """Sized rest of bones in armature space, by name.

    Args:
        bones: parents need not be among them.
        scales: from ``bone_scales``, of the bones that count.
    """
    found: dict[str, Matrix] = {}
    for bone in bones:
        for each in (*reversed(bone.parent_recursive), bone):
            if each.name not in found:
                found[each.name] = _sized_rest(each, found, scales)
    return found


def _sized_rest(
    bone: bpy.types.Bone, above: Mapping[str, Matrix], scales: Mapping[str, Array]
) -> Matrix:
    if not scales:
        return bone.matrix_local.copy()
    parent = bone.parent
    return bone.convert_local_to_pose(
        scale_matrix(scales, bone.name),
        bone.matrix_local,
        parent_matrix=above[parent.name] if parent else Matrix(),
        parent_matrix_local=parent.matrix_local if parent else Matrix(),
    )


def scale_warnings(armature: bpy.types.Object, scales: Mapping[str, Array]) -> list[str]:
    """What about scaled bones may show in the result, in the user's words."""
    warnings = []
    uneven = [
        name for name, scale in scales.items()
        if np.ptp(np.abs(scale)) > _UNEVEN * np.abs(scale).max()
        and any(bone.inherit_scale == "FULL" for bone in armature.data.bones[name].children)
    ]  # fmt: skip
    if uneven:
        warnings.append(
            f"{listed(uneven)} {'are' if len(uneven) > 1 else 'is'} scaled unevenly, so the bones "
            "below are skewed as they turn. Give all three axes one scale, or set Inherit Scale of "
            "the bones below to Aligned"
        )
    changing = [name for name in scales if _changes(armature, name)]
    if changing:
        warnings.append(
            f"the scale of {listed(changing)} is animated; the walk is made for the "
            "size on this frame, and feet may leave the ground on others"
        )
    return warnings


def _changes(armature: bpy.types.Object, name: str) -> bool:
    path = bone_path(name, "scale")
    return any(
        curve.data_path == path and np.ptp([key.co[1] for key in curve.keyframe_points] or [0]) > 0
        for curve in _all_fcurves(armature)
    )


def _all_fcurves(armature: bpy.types.Object) -> Iterable[bpy.types.FCurve]:
    """Of the action and of every strip that plays."""
    yield from compat.fcurves_of(armature)
    data = armature.animation_data
    for track in data.nla_tracks if data is not None else ():
        if not track.mute:
            yield from (curve for strip in track.strips for curve in strip_curves(strip))


def keyed_scale_channels(armature: bpy.types.Object, frames: Array) -> list[Channel]:
    """Keys of scales that the action assigned now animates, for an action that takes its place.

    Args:
        armature: the object; of its own scale, too.
        frames: (T,) of the new keys; what does not change gets one.
    """
    channels = []
    for curve in compat.fcurves_of(armature):
        path = curve.data_path
        if curve.mute or not (path == "scale" or path.endswith('"].scale')):
            continue
        values = np.array([curve.evaluate(frame) for frame in frames.tolist()])
        count = 1 if np.ptp(values) < _AS_AT_REST else len(frames)
        group = curve.group.name if curve.group else ""
        channels.append(Channel(path, curve.array_index, frames[:count], values[:count], group))
    return channels
