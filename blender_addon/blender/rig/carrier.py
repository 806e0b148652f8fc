"""What carries an armature object through the scene beside its own keys, followed frame by frame.

Parents that move, constraints and drivers of the object all end up in its world matrix. That is
looked at on every frame, with the object's own transform as the new keys will hold it, and the
bones are keyed against it. Where the path is carried along by the same parent, as on a ship's deck,
the character walks on it: everything is then meant in that parent's space.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.errors import SkeletonError
from ...core.maths.affine import affine_inverse
from .. import compat
from ..drivers import acting_drivers
from ..keys.beneath import PLACING
from .acting import acting_constraints, label_of_constraint, label_of_driver
from .evaluation import evaluated_apart, is_still

Array = NDArray[np.float64]

_STILL: Final = 1e-5  # Blender units and cosines: less is rounding
_SCALE_TOLERANCE: Final = 1e-3


@dataclass(frozen=True, eq=False)
class CommonParent:
    """A moving parent that carries a character and its path alike.

    Args:
        name: of the object.
        bone: of the bone of it on which both hang, or empty.
        at_reading: (4, 4) its transform when path and character were read.
    """

    name: str
    bone: str
    at_reading: Array

    def moved(self, parent: bpy.types.Object) -> Array:
        """(4, 4) how it has moved since; ``parent`` is the object, evaluated or original."""
        return np.asarray(_transform(parent, self.bone) @ np.linalg.inv(self.at_reading))


@dataclass(frozen=True, eq=False)
class Carrier:
    """Where an armature object is carried, in the space of its path, Blender units.

    Args:
        worlds: (T, 4, 4) its transform with the location, rotation and scale it has now.
        spaces: (T, 4, 4) the space of those.
    """

    worlds: Array
    spaces: Array


def may_be_carried(armature: bpy.types.Object) -> bool:
    """Whether anything could move the object beside its own keys; quick."""
    parent = armature.parent
    by_vertices = parent is not None and armature.parent_type.startswith("VERTEX")
    return bool(
        by_vertices  # which a modifier may move
        or (parent is not None and not is_still(parent))
        or acting_constraints(armature)
        or _own_drivers(armature)
    )


def sample_carrier(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    frames: Array,
    common: CommonParent | None = None,
    *,
    without_own_keys: bool = False,
) -> Carrier:
    """Look where the object is carried on frames (T,).

    Args:
        context: whose scene's time it is.
        armature: the object.
        frames: (T,) frame numbers.
        common: in whose space; None for the world.
        without_own_keys: look at it as it is once the object's transform is held. Its action and
            strips are then put aside meanwhile; else nothing of the scene is changed.
    """
    worlds, spaces = np.empty((len(frames), 4, 4)), np.empty((len(frames), 4, 4))
    objects = [armature, *([bpy.data.objects[common.name]] if common else ())]
    aside = _own_keys_put_aside(armature) if without_own_keys else nullcontext()
    with aside, evaluated_apart(context, objects) as set_frame:
        for row, frame in enumerate(frames.tolist()):
            depsgraph = set_frame(frame)
            evaluated = armature.evaluated_get(depsgraph)
            world = np.array(evaluated.matrix_world, np.float64)
            if common is not None:
                parent = bpy.data.objects[common.name].evaluated_get(depsgraph)
                world = affine_inverse(common.moved(parent)) @ world
            worlds[row] = world
            spaces[row] = world @ np.array(evaluated.matrix_basis.inverted_safe(), np.float64)
    return Carrier(worlds, spaces)


def check_carrier(carrier: Carrier, name: str, scale: float, carried_by: Sequence[str]) -> None:
    """Refuse a carrier that scales the character on the way.

    Args:
        carrier: as sampled.
        name: of the object.
        scale: with which the character was read.
        carried_by: as of ``what_carries``.

    Raises:
        SkeletonError: says what does.
    """
    scales = np.linalg.norm(carrier.spaces[:, :3, :3], axis=1)
    scales *= scale / scales[0].mean()
    if np.abs(scales / scale - 1).max() > _SCALE_TOLERANCE:
        raise SkeletonError(
            f"the size of '{name}' changes on the way: its scale goes from {scales.min():.3g} to "
            f"{scales.max():.3g} by {', '.join(carried_by) or 'what carries it'}. Take the scale "
            "out of that, or choose other frames"
        )


def common_parent(armature: bpy.types.Object, path: bpy.types.Object | None) -> CommonParent | None:
    """The nearest moving parent that carries both, if there is one."""
    if path is None:
        return None
    shared = [*_parents(path)]
    found = next((each for each in _parents(armature) if each in shared), None)
    if found is None or is_still(found[0]):
        return None
    return CommonParent(found[0].name, found[1], _transform(*found))


def _parents(obj: bpy.types.Object) -> Iterator[tuple[bpy.types.Object, str]]:
    """What an object hangs on, nearest first: bone and object of each parent."""
    while obj.parent is not None:
        if obj.parent_type == "BONE":
            yield obj.parent, obj.parent_bone
        yield obj.parent, ""
        obj = obj.parent


def _transform(parent: bpy.types.Object, bone: str) -> Array:
    world = np.array(parent.matrix_world, np.float64)
    if bone and bone in parent.pose.bones:
        return np.asarray(world @ np.array(parent.pose.bones[bone].matrix, np.float64))
    return world


def carried_over(carrier: Carrier) -> bool:
    """Whether the object really is moved."""
    return bool(np.abs(carrier.worlds - carrier.worlds[0]).max() > _STILL)


def what_carries(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    frames: Array,
    *,
    own_too: bool = True,
) -> list[str]:
    """What moves the object beside its own keys, by name.

    A parent is named where it is seen to move by itself on these frames; one between that only
    passes on what its own parent does is not.

    Args:
        context: whose scene's time it is.
        armature: the object.
        frames: (T,) frame numbers to look at.
        own_too: name its own constraints and drivers as well.
    """
    found = []
    if own_too:
        found += [label_of_constraint(each) for each in acting_constraints(armature)]
        found += [label_of_driver(each.data_path) for each in _own_drivers(armature)]
    chain = list(_parents(armature))
    places: list[list[Array]] = [[] for _ in chain]
    with evaluated_apart(context, [parent for parent, _ in chain]) as set_frame:
        for frame in frames.tolist() if chain else ():
            depsgraph = set_frame(frame)
            for n, (parent, bone) in enumerate(chain):
                places[n].append(_transform(parent.evaluated_get(depsgraph), bone))
    for n, (parent, bone) in enumerate(chain):
        moves = np.array(places[n])
        if n + 1 < len(chain):
            moves = affine_inverse(np.array(places[n + 1])) @ moves
        if np.abs(moves - moves[0]).max() > _STILL:
            what = f"the bone '{bone}' of '{parent.name}'" if bone else f"'{parent.name}'"
            found.append(f"{what}, on which it hangs and which moves")
    if armature.parent_type.startswith("VERTEX") and chain:
        found.append(f"the vertices of '{chain[0][0].name}' on which it hangs")
    return found


def _own_drivers(armature: bpy.types.Object) -> Sequence[bpy.types.FCurve]:
    return [each for each in acting_drivers(armature) if each.data_path in PLACING]


@contextmanager
def _own_keys_put_aside(armature: bpy.types.Object) -> Iterator[None]:
    """Let neither action nor strips of the object play; drivers and all others do."""
    data = armature.animation_data
    if data is None:
        yield
        return
    before, used_nla = compat.remember_assignment(armature), data.use_nla
    try:
        data.action = None
        data.use_nla = False
        yield
    finally:
        data.use_nla = used_nla
        compat.restore_assignment(armature, before)
