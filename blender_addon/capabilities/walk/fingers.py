"""Fingers of a walk: curled and loose, unless the animator keys the hand."""

from __future__ import annotations

import bpy

from ...blender.keys.keyframes import Channel
from ...blender.rig.loose_fingers import MovingBody, loose_fingers
from ...core.conventions import Floats
from ...core.notes import Note
from .job import FitJob, Walk
from .writing import CAPABILITY


def walking_fingers(
    armature: bpy.types.Object, job: FitJob, walk: Walk, frames: Floats
) -> tuple[list[Channel], tuple[str, ...]]:
    """Channels of the fingers of those hands that nobody else keys; none without fingers.

    Args:
        armature: only looked at.
        job, walk: what was generated.
        frames: (T,) frame numbers of the walk.

    Returns:
        The channels, and which hands are left to what animates them.
    """
    body = MovingBody(job.rig, walk.clip, walk.track, walk.scale, job.seed)
    channels, left = loose_fingers(armature, body, frames, CAPABILITY)
    notes = [
        Note(
            f"the fingers of the {side.lower()} hand get no keys of this walk: "
            f"{other.label} animates them"
        )
        for side, other in left.items()
    ]
    return channels, tuple(notes)
