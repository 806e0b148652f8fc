"""What became of an edit in the scene."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import bpy

from ...blender.keys.density import KeyCount
from ...core.errors import SkeletonError

CAPABILITY: Final = "editing"


@dataclass(frozen=True)
class WrittenEdit:
    """What was written.

    Args:
        names: of the new actions, the one that plays first; empty where nothing differed.
        first_frame, last_frame: of animation, from where to where the motion was changed.
        summary: one sentence for the user.
        notes: what else the user should know.
        measures: what was measured of the first one, by name, its unit in the name.
        means: how it was made, in the user's words; empty where nothing differed.
        keys: how many there are, and what leaving some out costs.
        gave_way: earlier results that it lies over, and what became of them.
        extended_scene: whether the scene's end was moved to the last frame.
    """

    names: tuple[str, ...]
    first_frame: int
    last_frame: int
    summary: str
    notes: tuple[str, ...] = ()
    measures: Mapping[str, float] = field(default_factory=dict)
    means: str = ""
    keys: KeyCount = field(default_factory=KeyCount)
    gave_way: tuple[str, ...] = ()
    extended_scene: bool = False


def armature_named(name: str) -> bpy.types.Object:
    """The armature that an edit was read from.

    Raises:
        SkeletonError: it is gone.
    """
    armature = bpy.data.objects.get((name, None))
    if armature is None:
        raise SkeletonError(f"'{name}' is gone. Choose a character and try again")
    return armature
