"""The characters that walk together, kept in the scene."""

from __future__ import annotations

import bpy

from ...blender.jobs.state import RUNNING
from ..character.chosen import reason_if_linked, reason_without_armature
from .properties import chosen_walk


def _is_armature(_owner: object, item: bpy.types.Object) -> bool:
    return item.type == "ARMATURE"


def _is_curve(_owner: object, item: bpy.types.Object) -> bool:
    return item.type == "CURVE"


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
        description="Curve to walk along. Empty: the path of the chosen character",
        type=bpy.types.Object,
        poll=_is_curve,
    )
    speed: bpy.props.FloatProperty(
        name="Speed",
        description="Desired speed. 0: the speeds and stops of the chosen character",
        default=0.0,
        min=0.0,
        step=10,
        unit="VELOCITY",
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
        if row.path is None and chosen.path is None:
            return f"Choose a path for '{row.rig.name}'"
        if row.rig.mode == "EDIT":
            return f"Leave Edit Mode of '{row.rig.name}' first (Tab)"
    return None
