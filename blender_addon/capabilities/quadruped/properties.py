"""What the user sets in the Quadruped panel, kept at each animal's armature."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

from ...blender.declared import overridable, values_of, with_settings
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
from ...core.quadruped.body import Family, FootKind
from ...core.quadruped.settings import PaceSettings, SecondarySettings
from ..character.chosen import chosen_armature, chosen_character, reason_without_armature
from .joints import NEURALMOTION_PG_quadruped_joint, joints_by_hand
from .judged import reason_not_four_legged
from .live.properties import NEURALMOTION_PG_quadruped_drive
from .marks import NEURALMOTION_PG_quadruped_mark, gait_of, gait_property, marks_of
from .result_properties import NEURALMOTION_PG_quadruped_result

# Imported where they are used: switching the extension on does not wait for them.
if TYPE_CHECKING:
    from .choice import AnimalChoice

AS_FOUND = "AS_FOUND"


def _is_curve(_owner: object, item: bpy.types.Object) -> bool:
    return item.type == "CURVE"


def _is_mesh(_owner: object, item: bpy.types.Object) -> bool:
    return item.type == "MESH"


@overridable
@with_settings(SecondarySettings)
class NEURALMOTION_PG_secondary(bpy.types.PropertyGroup):
    """What follows an animal's body by rules."""

    use: bpy.props.BoolProperty(
        name="Tail and Ears",
        description="Tail and ears swing after the body and the chest breathes, as a layer above "
        "the motion that can be faded and removed by itself",
        default=True,
    )
    look_at: bpy.props.PointerProperty(
        name="Look At",
        description="Neck and head turn towards this object. Empty: they go with the body",
        type=bpy.types.Object,
    )


@overridable
@with_settings(PaceSettings)
class NEURALMOTION_PG_quadruped(LastResult, bpy.types.PropertyGroup):
    """Everything of one animal's way."""

    path: bpy.props.PointerProperty(
        name="Path",
        description="Curve to go along, from its first point. Of several splines the longest",
        type=bpy.types.Object,
        poll=_is_curve,
    )
    ground: bpy.props.PointerProperty(
        name="Ground",
        description="Mesh to go on. Empty: level ground at height 0",
        type=bpy.types.Object,
        poll=_is_mesh,
    )
    ground_collection: bpy.props.PointerProperty(
        name="Ground Collection",
        description="Collection whose meshes are gone on, all together",
        type=bpy.types.Collection,
    )
    gait: gait_property("In which order the feet go. By Speed changes it where the speed does")
    marks: bpy.props.CollectionProperty(type=NEURALMOTION_PG_quadruped_mark)
    active_mark: bpy.props.IntProperty()
    backward: bpy.props.BoolProperty(
        name="Backward",
        description="Back up along the path, at a walk",
        default=False,
    )
    joints: bpy.props.CollectionProperty(
        name="Joints by Hand",
        description="Bones of joints that were found wrongly",
        type=NEURALMOTION_PG_quadruped_joint,
    )
    active_joint: bpy.props.IntProperty()
    foot: bpy.props.EnumProperty(
        name="Stands On",
        description="What it stands on",
        items=(
            (AS_FOUND, "As Found", "By how its feet are built, and by names"),
            (FootKind.HOOF.name, "Hooves", "On the tips of its toes, as a horse, a cow, a pig"),
            (FootKind.PAW.name, "Paws", "On its toes, as a dog or a cat"),
            (FootKind.SOLE.name, "Soles", "On the whole foot, as a bear or an elephant"),
        ),
        default=AS_FOUND,
    )
    family: bpy.props.EnumProperty(
        name="Gaits Of",
        description="Whose gaits it has",
        items=(
            (AS_FOUND, "As Found", "By what it stands on and how it is built"),
            (Family.HOOFED.name, "Hoofed Animals", "They gallop like a horse"),
            (Family.CANINE.name, "Dogs and Cats", "They gallop like a dog"),
        ),
        default=AS_FOUND,
    )
    root_motion: bpy.props.EnumProperty(
        name="Root Motion",
        description="What carries the animal along",
        items=(
            (
                RootMotion.BONE.value,
                "Root Bone",
                "The bone above the hips travels; without such a bone, the hips do",
            ),
            (RootMotion.OBJECT.value, "Object", "The armature object travels"),
            (RootMotion.IN_PLACE.value, "In Place", "Nothing travels: on the spot"),
        ),
        default=RootMotion.BONE.value,
    )
    start: start_property("Motion")
    start_frame: start_frame_property("Motion")
    secondary: bpy.props.PointerProperty(
        name="Tail and Ears",
        description="What follows the body by rules",
        type=NEURALMOTION_PG_secondary,
    )
    last_result_bones: bpy.props.StringProperty(
        name="Residual",
        description="How far each bone was from where the last motion has it",
        options={"HIDDEN"},
    )
    drive: bpy.props.PointerProperty(
        name="Live Drive",
        description="How the animal is steered",
        type=NEURALMOTION_PG_quadruped_drive,
    )
    result: bpy.props.PointerProperty(
        name="Result",
        description="What the motion is written to, and how many keys",
        type=NEURALMOTION_PG_quadruped_result,
    )


def chosen_quadruped(context: bpy.types.Context) -> NEURALMOTION_PG_quadruped | None:
    """The chosen character's settings; None if nobody with an armature is chosen."""
    armature = chosen_armature(context)
    return None if armature is None else armature.neural_motion.quadruped


def on_chosen(context: bpy.types.Context, character: bpy.types.Object) -> None:
    """Let a speed that nobody has set suit the size of an animal just chosen."""
    from .pace import suit

    suit(context, character)


def animal_choice(context: bpy.types.Context, armature: bpy.types.Object) -> AnimalChoice:
    """An armature's choices in metres and seconds."""
    from .choice import AnimalChoice
    from .secondary.choice import Secondary

    unit_m = metres_per_unit(context.scene)
    chosen: NEURALMOTION_PG_quadruped = armature.neural_motion.quadruped
    pace = values_of(chosen, PaceSettings, unit_m)
    if not chosen.is_property_set("speed"):
        pace["speed_m_s"] = None
    after = chosen.secondary
    looked_at = "" if after.look_at is None else after.look_at.name
    follows = Secondary(SecondarySettings(**values_of(after, SecondarySettings)), looked_at)
    return AnimalChoice(
        armature=armature,
        curve=chosen.path,
        ground=chosen.ground,
        ground_collection=chosen.ground_collection,
        gait=gait_of(chosen.gait),
        marks=marks_of(chosen.marks, unit_m),
        backward=chosen.backward,
        foot=None if chosen.foot == AS_FOUND else FootKind[chosen.foot],
        family=None if chosen.family == AS_FOUND else Family[chosen.family],
        joints=joints_by_hand(armature),
        root_motion=RootMotion(chosen.root_motion),
        secondary=follows if after.use else None,
        start_frame=asked_frame(context.scene, chosen),
        replaces=action_options(chosen.result) if chosen.start == StartKind.LAST.value else None,
        **pace,
    )


def reason_not_an_animal(context: bpy.types.Context) -> str | None:
    """Why nothing can be generated for the chosen character; None if it has four legs."""
    if context.window_manager.neural_motion.running:
        return RUNNING
    if chosen_character(context) is None:
        return "Choose a four-legged character, or add one"
    if (reason := reason_without_armature(context)) is not None:
        return reason
    armature = chosen_armature(context)
    if armature.mode == "EDIT":
        return f"Leave Edit Mode of '{armature.name}' first (Tab)"
    return reason_not_four_legged(armature)


def reason_not_to_generate(context: bpy.types.Context) -> str | None:
    """Why Generate Quadruped is greyed out, in the user's words; None if it is not."""
    reason = reason_not_an_animal(context)
    if reason is None and chosen_quadruped(context).path is None:
        return "Choose a path, or add one"
    return reason
