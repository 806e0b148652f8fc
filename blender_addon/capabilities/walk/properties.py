"""What the user sets in the Walk panel, kept at each character's armature."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

from ...blender.declared import overridable, values_of, with_settings
from ...blender.face.shape_keys import armature_of
from ...blender.ground.path import SpeedChange
from ...blender.jobs.last_result import LastResult
from ...blender.jobs.state import RUNNING
from ...blender.keys.result_properties import action_options
from ...blender.keys.start_properties import (
    StartKind,
    asked_frame,
    start_frame_property,
    start_property,
)
from ...blender.rig.pose import RootMotion
from ...blender.units import metres_per_unit
from ...core.ground.path import Stop
from ...core.retarget.control_map import (
    DEFAULT_LIMB_MODES,
    LimbMode,
    LimbModes,
    find_control_family,
)
from ...core.walk.settings import DetailSettings, PaceSettings
from .. import reason_of_another
from ..character.chosen import chosen_armature, reason_without_armature
from .direction.going import NEURALMOTION_PG_going, going_of, reason_not_to_go
from .direction.properties import (
    NEURALMOTION_PG_direction,
    NEURALMOTION_PG_path_mark,
    directions_of,
)
from .live.properties import NEURALMOTION_PG_live_drive
from .result_properties import NEURALMOTION_PG_walk_result

# Imported where they are used: switching the extension on does not wait for them.
if TYPE_CHECKING:
    from .scene import WalkSettings


def _is_curve(_owner: object, item: bpy.types.Object) -> bool:
    return item.type == "CURVE"


def _is_mesh(_owner: object, item: bpy.types.Object) -> bool:
    return item.type == "MESH"


@overridable
@with_settings(PaceSettings, DetailSettings)
class NEURALMOTION_PG_walk(LastResult, bpy.types.PropertyGroup):
    """Everything of one character's walk."""

    path: bpy.props.PointerProperty(
        name="Path",
        description="Curve to walk along, from its first point. Of several splines the longest",
        type=bpy.types.Object,
        poll=_is_curve,
    )
    ground: bpy.props.PointerProperty(
        name="Ground",
        description="Mesh to walk on. Empty: level ground at height 0",
        type=bpy.types.Object,
        poll=_is_mesh,
    )
    ground_collection: bpy.props.PointerProperty(
        name="Ground Collection",
        description="Collection whose meshes are walked on, all together",
        type=bpy.types.Collection,
    )
    going: bpy.props.PointerProperty(
        name="Go",
        description="Where the walk goes, and how that ends",
        type=NEURALMOTION_PG_going,
    )
    direction: bpy.props.PointerProperty(
        name="Direction",
        description="How the character walks",
        type=NEURALMOTION_PG_direction,
    )
    marks: bpy.props.CollectionProperty(type=NEURALMOTION_PG_path_mark)
    active_mark: bpy.props.IntProperty()
    root_motion: bpy.props.EnumProperty(
        name="Root Motion",
        description="What carries the character along",
        items=(
            (
                RootMotion.BONE.value,
                "Root Bone",
                "The bone above the hips travels; without such a bone, the hips do",
            ),
            (RootMotion.OBJECT.value, "Object", "The armature object travels"),
            (RootMotion.IN_PLACE.value, "In Place", "Nothing travels: walk on the spot"),
        ),
        default=RootMotion.BONE.value,
    )
    legs: bpy.props.EnumProperty(
        name="Legs",
        description="Which controls of the legs get the keys",
        items=(
            (
                LimbMode.IK.value,
                "IK",
                "Feet and knee poles are keyed: planted feet can be moved as a whole",
            ),
            (LimbMode.FK.value, "FK", "Thighs, shins and feet are turned"),
        ),
        default=DEFAULT_LIMB_MODES.legs.value,
    )
    arms: bpy.props.EnumProperty(
        name="Arms",
        description="Which controls of the arms get the keys",
        items=(
            (LimbMode.IK.value, "IK", "Hands and elbow poles are keyed"),
            (LimbMode.FK.value, "FK", "Arms and hands are turned: swinging keeps its arcs"),
        ),
        default=DEFAULT_LIMB_MODES.arms.value,
    )
    start: start_property("Walk")
    start_frame: start_frame_property("Walk")
    auto_update: bpy.props.BoolProperty(
        name="Auto Update",
        description="Generate the walk again by itself, as soon as the mouse rests, whenever its "
        "path or any of its settings has changed. A walk that was edited by hand is never touched",
        default=False,
    )
    show_on_path: bpy.props.BoolProperty(
        name="Show on Path",
        description="Draw speeds, seconds, stops and the arrival on the path in the viewport",
        default=True,
    )
    drive: bpy.props.PointerProperty(
        name="Live Drive",
        description="How the character is steered",
        type=NEURALMOTION_PG_live_drive,
    )
    result: bpy.props.PointerProperty(
        name="Result",
        description="What a walk is written to, and how many keys",
        type=NEURALMOTION_PG_walk_result,
    )


def chosen_walk(context: bpy.types.Context) -> NEURALMOTION_PG_walk | None:
    """The chosen character's walk; None if nobody is chosen who could walk."""
    armature = chosen_armature(context)
    return None if armature is None else armature.neural_motion.walk


def on_chosen(context: bpy.types.Context, character: bpy.types.Object) -> None:
    """Let speeds that nobody has set suit the size of a character just chosen."""
    from .pace import suit

    armature = armature_of(character)
    if armature is not None:
        suit(context, armature)


def walk_settings(context: bpy.types.Context) -> WalkSettings:
    """The chosen character's choices in metres and seconds; without one, nobody's and no path."""
    from .scene import WalkSettings

    armature = chosen_armature(context)
    return WalkSettings(None) if armature is None else walk_settings_of(context, armature)


def walk_settings_of(context: bpy.types.Context, armature: bpy.types.Object) -> WalkSettings:
    """An armature's choices in metres and seconds."""
    from .scene import WalkSettings

    unit_m = metres_per_unit(context.scene)
    chosen: NEURALMOTION_PG_walk = armature.neural_motion.walk
    return WalkSettings(
        armature=armature,
        curve=chosen.path,
        ground=chosen.ground,
        ground_collection=chosen.ground_collection,
        speed_changes=tuple(
            SpeedChange(mark.distance * unit_m, mark.speed * unit_m)
            for mark in chosen.marks
            if mark.kind == "SPEED"
        ),
        stops=tuple(
            Stop(mark.distance * unit_m, mark.seconds)
            for mark in chosen.marks
            if mark.kind == "STOP"
        ),
        going=going_of(chosen.going, context.scene, unit_m),
        directions=directions_of(chosen.direction, chosen.marks, unit_m),
        root_motion=RootMotion(chosen.root_motion),
        limbs=LimbModes(LimbMode(chosen.legs), LimbMode(chosen.arms)),
        start_frame=asked_frame(context.scene, chosen),
        replaces=action_options(chosen.result) if chosen.start == StartKind.LAST.value else None,
        **values_of(chosen, PaceSettings, unit_m),
        **values_of(chosen, DetailSettings),
    )


def has_controls(armature: bpy.types.Object | None) -> bool:
    """Whether the character is moved by controls, so that IK or FK can be chosen."""
    return armature is not None and find_control_family(armature.data.bones.keys()) is not None


def reason_not_to_walk(context: bpy.types.Context) -> str | None:
    """Why Generate Walk is greyed out, in the user's words; None if it is not."""
    if context.window_manager.neural_motion.running:
        return RUNNING
    armature, chosen = chosen_armature(context), chosen_walk(context)
    if (reason := reason_without_armature(context)) is not None:
        return reason
    if armature.mode == "EDIT":
        return f"Leave Edit Mode of '{armature.name}' first (Tab)"
    return reason_of_another(armature, "walk") or reason_not_to_go(chosen)
