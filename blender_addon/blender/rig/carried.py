"""What else carries a character that travels: followed, or told before generating."""

from __future__ import annotations

from typing import Protocol

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.errors import SkeletonError
from ...core.notes import Note
from ..drivers import acting_drivers
from ..timeline import playhead_kept, scene_frame
from .acting import acting_constraints, label_of_constraint
from .carrier import (
    Carrier,
    CommonParent,
    carried_over,
    check_carrier,
    common_parent,
    may_be_carried,
    sample_carrier,
    what_carries,
)
from .evaluation import Probe, is_still, sample
from .pose import RootMotion

Array = NDArray[np.float64]


class Rig(Protocol):
    """What is used of a rig that was read."""

    @property
    def object_name(self) -> str: ...

    @property
    def object_scale(self) -> float: ...


class Travel(Protocol):
    """What is used of a job whose motion leads through the scene."""

    @property
    def rig(self) -> Rig: ...

    @property
    def start_frame(self) -> int: ...

    @property
    def root_motion(self) -> RootMotion: ...

    @property
    def common_parent(self) -> CommonParent | None: ...


_LOOKED_AT = 16  # frames of the motion to come, to see what moves
_STILL = 1e-5  # Blender units and cosines: less is rounding


def read_carried(
    context: bpy.types.Context,
    job: Travel,
    armature: bpy.types.Object,
    path: bpy.types.Object | None,
    last_frame: float,
) -> tuple[CommonParent | None, tuple[str, ...]]:
    """Look for what will carry the character beside its keys; changes nothing.

    Returns:
        A moving parent that carries character and path alike, and what to tell.

    Raises:
        SkeletonError: the keys would be hidden, or the character would change its size.
    """
    frames = np.unique(np.linspace(job.start_frame, last_frame, _LOOKED_AT).round())
    if job.root_motion is RootMotion.IN_PLACE or not may_be_carried(armature):
        return None, _moving_path(context, path, frames)
    if job.root_motion is RootMotion.OBJECT:
        _check_drivers(armature)
    names = what_carries(
        context, armature, frames, own_too=job.root_motion is not RootMotion.OBJECT
    )
    common = common_parent(armature, path)
    carrier = sample_carrier(context, armature, frames, common)
    check_carrier(carrier, armature.name, job.rig.object_scale, names)
    told = (*_told(job, armature, carrier, names, common), *_hidden(job, armature))
    return common, told if common is not None else (*told, *_moving_path(context, path, frames))


def follow(context: bpy.types.Context, job: Travel, frames: Array) -> Carrier | None:
    """The carrier of a motion's object on its frames (T,); None where nothing else moves it.

    Raises:
        SkeletonError: the character would change its size.
    """
    armature = bpy.data.objects[(job.rig.object_name, None)]
    if job.root_motion is RootMotion.IN_PLACE or not may_be_carried(armature):
        return None
    with playhead_kept(context.scene):
        carrier = sample_carrier(
            context, armature, frames, job.common_parent, without_own_keys=True
        )
    check_carrier(carrier, armature.name, job.rig.object_scale, ())
    return carrier


def _told(
    job: Travel,
    armature: bpy.types.Object,
    carrier: Carrier,
    names: list[str],
    common: CommonParent | None,
) -> tuple[str, ...]:
    if common is not None:
        who = f"the bone '{common.bone}' of '{common.name}'" if common.bone else f"'{common.name}'"
        return (Note(f"'{armature.name}' and its path both hang on {who} and move along with it"),)
    if not names or not carried_over(carrier):
        return ()
    what = f"'{armature.name}' is also moved by {', '.join(names)}"
    return (Note(f"{what}; the keys follow that frame by frame, so that the walk is on its path"),)


def _moving_path(
    context: bpy.types.Context, path: bpy.types.Object | None, frames: Array
) -> tuple[str, ...]:
    """A path is read once; where it moves by itself, that is told."""
    if path is None or is_still(path):
        return ()
    probe = {"": Probe(path.name, lambda evaluated: evaluated.matrix_world)}
    worlds = sample(context, [path], probe, frames)[""]
    if np.abs(worlds - worlds[0]).max() < _STILL:
        return ()
    start = scene_frame(context.scene, frames[0])
    return (Note(f"the path '{path.name}' moves; the walk is on it as it lies on frame {start:g}"),)


def _check_drivers(armature: bpy.types.Object) -> None:
    """A driver hides every key of what it drives."""
    for driver in acting_drivers(armature):
        if driver.data_path == "location" or driver.data_path.startswith("rotation_"):
            raise SkeletonError(
                f"a driver on {driver.data_path} of '{armature.name}' would hide the keys. Set "
                "Root Motion to Root Bone, or mute the driver"
            )


def _hidden(job: Travel, armature: bpy.types.Object) -> tuple[str, ...]:
    """Constraints of the object, which come after its own keys."""
    if job.root_motion is not RootMotion.OBJECT:
        return ()
    return tuple(
        Note(
            f"{label_of_constraint(each)} acts on what is to carry the walk, and may move it off "
            "the path. Set Root Motion to Root Bone, or mute the constraint"
        )
        for each in acting_constraints(armature)
    )
