"""Why bones are not where their keys put them: looked up on one frame, named as the user knows it.

Two comparisons tell the kinds apart. Where a channel's value is not the one keyed, something else
sets that channel: a driver, a strip above, an action beneath. Where the values are as keyed but the
bone is elsewhere than they and its parent put it, a constraint acts on it. What is muted, without
influence or without effect is therefore never blamed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import bpy
import numpy as np
from mathutils import Matrix
from numpy.typing import NDArray

from .. import compat
from ..drivers import acting_drivers
from ..keys.beneath import bones_moving, playing_on
from ..keys.layer_values import label_of as name_of
from ..keys.layer_values import other_layers, track_paths
from ..paths import bone_of_path, rotation_property
from .acting import (
    acting_constraints,
    label_of_constraint,
    label_of_driver,
    partly_blended,
)

Array = NDArray[np.float64]
Keyed = Mapping[str, Mapping[int, float]]

_SAME_VALUE: Final = 1e-3  # of a channel: less is blending in single precision
_SAME_PLACE: Final = 1e-3  # of the bone's length, and of cosines


def find_causes(
    armature: bpy.types.Object, action: bpy.types.Action | None, names: Iterable[str]
) -> list[str]:
    """What moves bones away from their keys on the frame that the scene shows now.

    Args:
        armature: the object.
        action: that holds the keys.
        names: of the bones that are off.

    Returns:
        Everything found, the surest first; empty if nothing explains it.
    """
    if armature.data.pose_position == "REST":
        return [f"the Rest Position that '{armature.name}' shows"]
    keyed = _keyed_values(armature, action)
    bones = bones_moving(armature, names)
    found = [*_other_values(armature, action, keyed, bones)]
    found += _growing(armature, action, bones)
    with_keys = {bone_of_path(path) for path in keyed}
    constrained = [armature.pose.bones[name] for name in sorted(bones & with_keys)]
    found += [cause for bone in constrained for cause in _constraining(bone)]
    return list(dict.fromkeys(found))


def _keyed_values(armature: bpy.types.Object, action: bpy.types.Action | None) -> Keyed:
    """What an action's curves say now, by data path and index."""
    frame = bpy.context.scene.frame_current_final
    values: dict[str, dict[int, float]] = {}
    for curve in compat.action_fcurves(action) if action is not None else ():
        values.setdefault(curve.data_path, {})[curve.array_index] = curve.evaluate(frame)
    return values


def _other_values(
    armature: bpy.types.Object,
    action: bpy.types.Action | None,
    keyed: Keyed,
    bones: set[str],
) -> Iterator[str]:
    """What sets channels of the object and these bones to anything but their keys."""
    owners: list[tuple[str, Any]] = [("", armature)]
    owners += [(f"{armature.pose.bones[n].path_from_id()}.", armature.pose.bones[n]) for n in bones]
    for prefix, owner in owners:
        for name in ("location", rotation_property(owner), "scale"):
            path = prefix + name
            now = np.array(getattr(owner, name), np.float64)
            desired = _expected(keyed.get(path), now, name)
            if np.abs(now - desired).max() > _SAME_VALUE:
                yield from _setting(armature, action, path, owner)


def _expected(keys: Mapping[int, float] | None, now: Array, name: str) -> Array:
    """What a channel is keyed to; at rest where it has no key."""
    rest = {"scale": np.ones(3), "rotation_quaternion": np.array([1.0, 0.0, 0.0, 0.0])}
    desired = np.array(rest.get(name, np.zeros(len(now))))
    if name == "rotation_axis_angle":
        desired = np.array([0.0, *now[1:]])
    for index, value in (keys or {}).items():
        desired[index] = value
    return desired


def _setting(
    armature: bpy.types.Object, action: bpy.types.Action | None, path: str, owner: Any
) -> Iterator[str]:
    """What sets one channel: a driver, another action that plays, or a layer of ours."""
    driven = [each for each in acting_drivers(armature) if each.data_path == path]
    if driven:
        yield label_of_driver(path)
        return
    blended = partly_blended(armature)
    if blended and action is not None and armature.animation_data.action == action:
        yield blended
        return
    what = path.rpartition(".")[2]
    whose = f"the bone '{owner.name}'" if owner != armature else f"'{armature.name}'"
    for playing in reversed(playing_on(armature)):
        mine = action is not None and playing.action == action.name
        if not mine and any(path == each for each, _ in playing.channels):
            yield f"{playing.label}, which animates {what} of {whose}"
            return
    for track in other_layers(armature):
        if path in track_paths(track):
            yield f"the layer '{track.name}' of '{name_of(armature)}'"
            return


def _growing(
    armature: bpy.types.Object, action: bpy.types.Action | None, bones: set[str]
) -> Iterator[str]:
    """Scales that were animated before and go on in the action, which was made for one size."""
    for curve in compat.action_fcurves(action) if action is not None else ():
        bone = bone_of_path(curve.data_path)
        heights = [key.co[1] for key in curve.keyframe_points]
        if curve.data_path.endswith("scale") and (bone in bones or not bone) and np.ptp(heights):
            yield f"the animated scale of {f'the bone {bone!r}' if bone else repr(armature.name)}"


def _constraining(bone: bpy.types.PoseBone) -> Iterator[str]:
    """Constraints that put a bone elsewhere than its channels and its parent do."""
    above, data = bone.parent, bone.bone
    put = data.convert_local_to_pose(
        bone.matrix_basis,
        data.matrix_local,
        parent_matrix=above.matrix if above else Matrix(),
        parent_matrix_local=above.bone.matrix_local if above else Matrix(),
    )
    off = np.array(bone.matrix, np.float64) - np.array(put, np.float64)
    if max(np.abs(off[:3, :3]).max(), np.abs(off[:3, 3]).max() / data.length) < _SAME_PLACE:
        return
    own = acting_constraints(bone)
    for constraint in own or _reaching_up_to(bone):
        yield label_of_constraint(constraint)


def _reaching_up_to(bone: bpy.types.PoseBone) -> Iterator[bpy.types.Constraint]:
    """Constraints of bones below that bend the chain up to this one."""
    for below in bone.children_recursive:
        chain = [below, *below.parent_recursive]
        for constraint in acting_constraints(below):
            count = getattr(constraint, "chain_count", -1)
            # Without its tip a chain begins one bone higher.
            skipped = 0 if getattr(constraint, "use_tail", True) else 1
            reached = chain[skipped:] if count == 0 else chain[skipped : skipped + max(count, 0)]
            if bone in reached:
                yield constraint
