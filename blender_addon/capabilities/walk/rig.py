"""Who walks: the skeleton with its soles and body, or to which panel another goes."""

from __future__ import annotations

import bpy

from ...blender.rig.body import with_body
from ...blender.rig.skeleton import RigSkeleton, read_skeleton
from ...blender.rig.soles import with_soles
from ...core.errors import SkeletonError
from .. import reason_of_another
from .writing import CAPABILITY


def read_rig(context: bpy.types.Context, armature: bpy.types.Object | None) -> RigSkeleton:
    """The skeleton of a character that walks on two legs.

    Raises:
        SkeletonError: it cannot be used, or has more legs.
    """
    try:
        rig = read_skeleton(context, armature)
    except SkeletonError as error:
        bones = armature is not None and armature.type == "ARMATURE"
        other = reason_of_another(armature, CAPABILITY) if bones else None
        if other is None:
            raise
        raise SkeletonError(other) from error
    return with_body(context, with_soles(context, rig))
