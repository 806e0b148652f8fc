"""The characters that walk together, kept in the scene."""

from __future__ import annotations

from typing import Any

import bpy

from ....blender.declared import with_settings
from ....blender.jobs.state import RUNNING
from ....core.walk.crowd.settings import CrowdSettings
from ....core.walk.settings import WALKING_M_S
from ...character.chosen import reason_if_linked, reason_without_armature
from ..direction.going import GoKind, reason_not_to_face, reason_not_to_go
from ..properties import chosen_walk


def _is_armature(_owner: object, item: bpy.types.Object) -> bool:
    return item.type == "ARMATURE"


def _is_curve(_owner: object, item: bpy.types.Object) -> bool:
    return item.type == "CURVE"


def _suggest_speed(row: bpy.types.PropertyGroup, context: bpy.types.Context) -> None:
    """Begin with the speed of the chosen character where none was set yet."""
    chosen = chosen_walk(context)
    if row.own_speed and chosen is not None and not row.is_property_set("speed"):
        row.speed = chosen.speed


def _use_own_speed(row: bpy.types.PropertyGroup, _context: bpy.types.Context) -> None:
    """Whoever sets a speed means it."""
    if not row.own_speed and row.speed > 0:
        row.own_speed = True


class NEURALMOTION_PG_crowd_member(bpy.types.PropertyGroup):
    """One of several characters."""

    rig: bpy.props.PointerProperty(
        name="Character",
        description="Armature of the character who walks",
        type=bpy.types.Object,
        poll=_is_armature,
    )
    path: bpy.props.PointerProperty(
        name="Path",
        description="Curve to walk along. Empty: where the chosen character goes",
        type=bpy.types.Object,
        poll=_is_curve,
    )
    own_speed: bpy.props.BoolProperty(
        name="Own Speed",
        description="Walk at a speed of its own. Where this is off, with the speeds and stops of "
        "the chosen character",
        default=False,
        update=_suggest_speed,
    )
    speed: bpy.props.FloatProperty(
        name="Speed",
        description="Desired speed, all along its path",
        default=WALKING_M_S,
        min=0.0,
        step=10,
        unit="VELOCITY",
        update=_use_own_speed,
    )
    delay: bpy.props.FloatProperty(
        name="Delay",
        description="How much later than the others this character begins, in seconds",
        default=0.0,
        min=0.0,
        max=3600.0,
        soft_max=30.0,
        unit="TIME_ABSOLUTE",
    )
    seed: bpy.props.IntProperty(
        name="Seed",
        description="Another number gives another variation of the same walk",
        default=0,
        min=0,
    )


@with_settings(CrowdSettings)
class NEURALMOTION_PG_walk_scene(bpy.types.PropertyGroup):
    """Who walks together; of the scene, for it belongs to no single character."""

    crowd: bpy.props.CollectionProperty(
        name="Several Characters",
        description="Characters that walk together",
        type=NEURALMOTION_PG_crowd_member,
    )
    active_member: bpy.props.IntProperty(
        name="Character", description="Line of the list that is shown below it"
    )


def reason_not_to_walk_together(context: bpy.types.Context) -> str | None:
    """Why Generate All Walks is greyed out, in the user's words; None if it is not."""
    if context.window_manager.neural_motion.running:
        return RUNNING
    rows = context.scene.neural_motion.walk.crowd
    if not len(rows):
        return "Add characters to the list first"
    chosen = chosen_walk(context)
    if chosen is None:
        return reason_without_armature(context)
    for number, row in enumerate(rows, 1):
        if row.rig is None:
            return f"Choose a character in line {number}"
        if (linked := reason_if_linked(row.rig)) is not None:
            return linked
        if (missing := _reason_not_to_go(row, chosen)) is not None:
            return missing
        if row.rig.mode == "EDIT":
            return f"Leave Edit Mode of '{row.rig.name}' first (Tab)"
    return None


def _reason_not_to_go(row: Any, chosen: Any) -> str | None:
    """What of where somebody goes is missing, alone or from the chosen character's settings."""
    if row.path is not None:
        return reason_not_to_face(chosen)
    if chosen.going.go == GoKind.PATH.value and chosen.path is None:
        return f"Choose a path for '{row.rig.name}'"
    return reason_not_to_go(chosen)
