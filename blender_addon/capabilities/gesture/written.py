"""What became of gestures in the scene."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import bpy

from ...blender.keys.density import KeyCount
from ...blender.rig.skeleton import RigSkeleton
from ...core.errors import SkeletonError

CAPABILITY: Final = "gesture"


@dataclass(frozen=True)
class WrittenGesture:
    """What was written.

    Args:
        action_name: the new action.
        first_frame, last_frame: where its keys lie.
        extended_scene: whether the scene's end was moved to the last frame.
        keys: how many there are, and what leaving some out costs.
        gave_way: earlier layers that it lies over, and what became of them.
        notes: what may keep it from being seen, in the user's words.
    """

    action_name: str
    first_frame: int
    last_frame: int
    extended_scene: bool
    keys: KeyCount = field(default_factory=KeyCount)
    gave_way: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def armature_of(rig: RigSkeleton) -> bpy.types.Object:
    """The armature that a rig was read from.

    Raises:
        SkeletonError: it is gone.
    """
    armature = bpy.data.objects.get((rig.object_name, None))
    if armature is None:
        raise SkeletonError(f"'{rig.object_name}' is gone. Choose a character and try again")
    return armature
