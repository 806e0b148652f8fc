"""Where a walk goes: along a path, straight to a target, or nowhere at all."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

import bpy

from ....blender.declared import overridable
from ....blender.keys.keyframes import MAX_FRAME
from ....core.ground.standing import MAX_STAND_S


class GoKind(Enum):
    """Where somebody goes."""

    PATH = "PATH"
    TARGET = "TARGET"
    STAND = "STAND"


class FaceKind(Enum):
    """Where somebody faces in the end."""

    NONE = "NONE"
    HEADING = "HEADING"
    OBJECT = "OBJECT"


@dataclass(frozen=True)
class Going:
    """What is asked for.

    Args:
        kind: along the path, to a target, or nowhere.
        target: where to go; None for ``place``.
        place: the same as X, Y and Z, Blender units.
        stop_short_m: how far before it to stay.
        stand_s: for how long to stand.
        end_heading_rad: where to face in the end, as the rotation about Z of somebody who looks
            along −Y without; None for as it comes.
        end_toward: an object to face in the end.
        arrive_frame: of the scene; None to take the speeds as they are.
    """

    kind: GoKind = GoKind.PATH
    target: bpy.types.Object | None = None
    place: tuple[float, float, float] = (0.0, 0.0, 0.0)
    stop_short_m: float = 0.0
    stand_s: float = 5.0
    end_heading_rad: float | None = None
    end_toward: bpy.types.Object | None = None
    arrive_frame: int | None = None


ALONG_PATH: Final = Going()


def _is_another(owner: Any, item: bpy.types.Object) -> bool:
    return bool(item != owner.id_data)


@overridable
class NEURALMOTION_PG_going(bpy.types.PropertyGroup):
    """Where a character goes, and how that ends."""

    go: bpy.props.EnumProperty(
        name="Go",
        description="Where the walk goes",
        items=(
            (GoKind.PATH.value, "Path", "Along a curve, from its first point"),
            (
                GoKind.TARGET.value,
                "Target",
                "Straight from where the character stands to an object or the 3D cursor",
            ),
            (GoKind.STAND.value, "Stand", "Stay where the character stands, and turn if asked to"),
        ),
        default=GoKind.PATH.value,
    )
    target: bpy.props.PointerProperty(
        name="Target",
        description="Object to walk to. Empty: the 3D cursor",
        type=bpy.types.Object,
        poll=_is_another,
    )
    stop_short: bpy.props.FloatProperty(
        name="Stop Short",
        description="How far before the target to stay",
        default=0.0,
        min=0.0,
        unit="LENGTH",
    )
    stand_for: bpy.props.FloatProperty(
        name="Stand For",
        description="How long to stand, in seconds",
        default=5.0,
        min=0.1,
        max=MAX_STAND_S,
        soft_max=30.0,
        unit="TIME_ABSOLUTE",
    )
    end_facing: bpy.props.EnumProperty(
        name="End Facing",
        description="Where the character faces in the end",
        items=(
            (FaceKind.NONE.value, "As It Comes", "Along the way; who stands does not turn"),
            (FaceKind.HEADING.value, "Heading", "A heading in the scene"),
            (FaceKind.OBJECT.value, "Toward Object", "Where an object is"),
        ),
        default=FaceKind.NONE.value,
    )
    end_heading: bpy.props.FloatProperty(
        name="Heading",
        description="0 looks along −Y, out of the front view, and 90° along X: it is the "
        "Rotation Z of a character that looks along −Y without one",
        default=0.0,
        min=-math.tau,
        max=math.tau,
        step=100,
        subtype="ANGLE",
    )
    end_toward: bpy.props.PointerProperty(
        name="Toward",
        description="Object that the character faces in the end",
        type=bpy.types.Object,
        poll=_is_another,
    )
    use_arrive: bpy.props.BoolProperty(
        name="Arrive at Frame",
        description="Be there on this frame: the speeds are made to fit, the stops stay as long as "
        "they are",
        default=False,
    )
    arrive_frame: bpy.props.IntProperty(
        name="Arrive at Frame",
        description="Frame on which the character is there",
        default=100,
        min=-MAX_FRAME,
        max=MAX_FRAME,
    )


def going_of(chosen: Any, scene: bpy.types.Scene, unit_m: float) -> Going:
    """What a character's settings ask for.

    Args:
        chosen: the group.
        scene: whose 3D cursor it is.
        unit_m: metres in one of the scene's units.
    """
    kind, facing = GoKind(chosen.go), FaceKind(chosen.end_facing)
    arrives = chosen.use_arrive and kind is not GoKind.STAND
    return Going(
        kind=kind,
        target=chosen.target,
        place=tuple(scene.cursor.location),
        stop_short_m=chosen.stop_short * unit_m,
        stand_s=chosen.stand_for,
        end_heading_rad=chosen.end_heading if facing is FaceKind.HEADING else None,
        end_toward=chosen.end_toward if facing is FaceKind.OBJECT else None,
        arrive_frame=chosen.arrive_frame if arrives else None,
    )


def reason_not_to_go(walk: Any) -> str | None:
    """What of where to go is missing, in the user's words; None if nothing is."""
    chosen = walk.going
    if chosen.go == GoKind.PATH.value:
        if walk.path is None:
            return "Choose a curve as path, or add one"
        if walk.path.mode == "EDIT":
            return f"Leave Edit Mode of '{walk.path.name}' first (Tab)"
    return reason_not_to_face(walk)


def reason_not_to_face(walk: Any) -> str | None:
    """What of where to face in the end is missing; None if nothing is."""
    chosen = walk.going
    if chosen.end_facing == FaceKind.OBJECT.value and chosen.end_toward is None:
        return "Choose an object to face in the end, or another way to face"
    return None
