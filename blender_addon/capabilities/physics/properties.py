"""What the user sets in the Physics panel, kept at each character's armature."""

from __future__ import annotations

from typing import Any, Final

import bpy

from ...blender.declared import overridable, values_of, with_settings
from ...blender.jobs.last_result import LastResult
from ...blender.jobs.state import RUNNING
from ...blender.keys.density import KeyDensity
from ...blender.keys.keyframes import MAX_FRAME
from ...blender.keys.options import ResultKind, ResultOptions
from ...blender.keys.result_properties import EVERY_FRAME_ITEM, REDUCED_ITEM, KeyProperties
from ...blender.keys.sliders import Slider
from ...core.physics.engine import why_no_engine
from ...core.physics.figure import BODY_NAMES
from ...core.physics.settings import Balancer, Mode, PhysicsSettings
from ..character.chosen import chosen_armature, reason_without_armature
from .choice import PhysicsChoice, push_choice, things_in
from .last import animates

PATH: Final = "neural_motion.physics"
LARGEST_PUSH_N_S: Final = 1e7
NO_POLICY: Final = "No learned policy is here: choose Plan"
_BODY_TITLES: Final = {
    "pelvis": "Hips", "chest": "Chest", "head": "Head", "upper_arm": "Upper Arm",
    "forearm": "Forearm", "thigh": "Thigh", "shin": "Shin", "foot": "Foot", "toe": "Toes",
}  # fmt: skip


def body_title(body: str) -> str:
    """What a body of the figure is called in the interface."""
    side, _, name = body.partition("_")
    if side in ("left", "right"):
        return f"{side.title()} {_BODY_TITLES[name]}"
    return _BODY_TITLES[body]


_BODY_ITEMS: Final = tuple((body, body_title(body), "") for body in BODY_NAMES)


def _is_mesh(_owner: object, item: bpy.types.Object) -> bool:
    return item.type == "MESH"


@overridable
class NEURALMOTION_PG_physics_push(bpy.types.PropertyGroup):
    """One push on the character."""

    frame: bpy.props.IntProperty(
        name="Frame", description="On which frame the push begins", default=1,
        min=-MAX_FRAME, max=MAX_FRAME,
    )  # fmt: skip
    body: bpy.props.EnumProperty(
        name="On",
        description="Which part of the body is pushed",
        items=_BODY_ITEMS,
        default="chest",
    )
    direction: bpy.props.FloatVectorProperty(
        name="Push To",
        description="Where to, in the scene's axes. Its length does not matter",
        default=(0.0, 1.0, 0.0),
        size=3,
        subtype="XYZ",
    )
    strength: bpy.props.FloatProperty(
        name="Push (N s)",
        description="How strong the push is. 40 N s is what a person of 70 kg gets from somebody "
        "who runs into them; pushes are as for a person, whatever the size of the character",
        default=40.0,
        min=0.0,
        soft_max=200.0,
        max=LARGEST_PUSH_N_S,
    )
    duration: bpy.props.FloatProperty(
        name="Duration",
        description="How long the push lasts",
        default=0.1,
        min=0.01,
        soft_max=1.0,
        max=10.0,
        unit="TIME_ABSOLUTE",
    )


@overridable
class NEURALMOTION_PG_physics_result(KeyProperties, bpy.types.PropertyGroup):
    """How a simulated motion is written."""

    replace_last: bpy.props.BoolProperty(
        name="Replace Last",
        description="Remove the strip generated before, if nobody changed, renamed, moved, locked, "
        "muted or shared it since. Where this is off, it is kept, and the next one follows it",
        default=True,
    )
    markers: bpy.props.BoolProperty(
        name="Markers",
        description="Pushes and the fall are marked on the new action, as its own pose markers",
        default=True,
    )
    density: bpy.props.EnumProperty(
        name="Keys",
        description="How many keys are written",
        items=(EVERY_FRAME_ITEM, REDUCED_ITEM),
        default=KeyDensity.EVERY_FRAME.value,
    )
    turn_bound: bpy.props.FloatProperty(
        name="Rotation",
        description="Most that a bone may turn away from what was generated",
        default=0.00872665,
        min=0.0001,
        soft_max=0.1,
        max=1.0,
        subtype="ANGLE",
    )
    shift_bound_mm: bpy.props.FloatProperty(
        name="Position (mm)",
        description="Most that a joint may be away from what was generated, in millimetres for a "
        "person; a character of another size has it scaled",
        default=5.0,
        min=0.01,
        soft_max=20.0,
        max=1000.0,
    )


@overridable
@with_settings(PhysicsSettings)
class NEURALMOTION_PG_physics(LastResult, bpy.types.PropertyGroup):
    """Everything of one character's physics."""

    mode: bpy.props.EnumProperty(
        name="Mode",
        description="What the body tries to do",
        items=(
            (Mode.TRACK.value, "Track", "It follows the animation with its muscles, and some help"),
            (Mode.BALANCE.value, "Balance", "It keeps on its own feet: no help at all"),
            (Mode.FALL.value, "Fall", "Its muscles fade until it is limp"),
        ),
        default=Mode.TRACK.value,
    )
    balancer: bpy.props.EnumProperty(
        name="Balance By",
        description="What keeps the body on its feet",
        items=(
            (
                Balancer.PLAN.value,
                "Plan",
                "Many short futures are tried at each moment: any motion, any ground; slow",
            ),
            (Balancer.POLICY.value, "Policy", "A learned network: quick, and for walks above all"),
        ),
        default=Balancer.PLAN.value,
    )
    fall_frame: bpy.props.IntProperty(
        name="Fall At",
        description="The frame on which the muscles begin to fade",
        default=1,
        min=-MAX_FRAME,
        max=MAX_FRAME,
    )
    use_range: bpy.props.BoolProperty(
        name="Range",
        description="Only from one frame to another, instead of all that plays. Before it the "
        "animation goes on as it is; beyond its end it holds the last pose",
    )
    first_frame: bpy.props.IntProperty(
        name="First", description="First frame", default=1, min=-MAX_FRAME, max=MAX_FRAME
    )
    last_frame: bpy.props.IntProperty(
        name="Last", description="Last frame", default=250, min=-MAX_FRAME, max=MAX_FRAME
    )
    pushes: bpy.props.CollectionProperty(
        name="Pushes", description="Pushes on the body", type=NEURALMOTION_PG_physics_push
    )
    active_push: bpy.props.IntProperty()
    ground: bpy.props.PointerProperty(
        name="Ground",
        description="Mesh to stand and fall on. Empty: level ground at height 0",
        type=bpy.types.Object,
        poll=_is_mesh,
    )
    ground_collection: bpy.props.PointerProperty(
        name="Grounds",
        description="Meshes to stand and fall on, besides",
        type=bpy.types.Collection,
    )
    obstacles: bpy.props.PointerProperty(
        name="Obstacles",
        description="Meshes that are in the way, each as its convex hull. What is animated pushes",
        type=bpy.types.Collection,
    )
    result: bpy.props.PointerProperty(
        name="Result",
        description="How many keys are written, and how their ends blend",
        type=NEURALMOTION_PG_physics_result,
    )
    last_result_shown: bpy.props.StringProperty(options={"HIDDEN"})


def chosen_physics(context: bpy.types.Context) -> NEURALMOTION_PG_physics | None:
    """The chosen character's settings; None if nobody with an armature is chosen."""
    armature = chosen_armature(context)
    return None if armature is None else armature.neural_motion.physics


def reason_without_character(context: bpy.types.Context) -> str | None:
    """Why nobody is there to be simulated, in the user's words; None if somebody is."""
    if context.window_manager.neural_motion.running:
        return RUNNING
    return reason_without_armature(context)


def reason_not_to_generate(context: bpy.types.Context) -> str | None:
    """Why Generate Physics is greyed out, in the user's words; None if it is not."""
    if (reason := reason_without_character(context)) is not None:
        return reason
    if (reason := why_no_engine()) is not None:
        return reason
    armature = chosen_armature(context)
    if armature.mode == "EDIT":
        return f"Leave Edit Mode of '{armature.name}' first (Tab)"
    if not animates(armature):
        return f"Nothing animates '{armature.name}': assign an action first, or generate a walk"
    return reason_without_policy(armature.neural_motion.physics)


def reason_without_policy(chosen: NEURALMOTION_PG_physics) -> str | None:
    """Why the learned policy cannot balance, where it is asked to; None if it can."""
    if chosen.mode != Mode.BALANCE.value or chosen.balancer != Balancer.POLICY.value:
        return None
    return None if has_policy() else NO_POLICY


def has_policy() -> bool:
    """Whether a learned policy is there."""
    from ...blender.models.preferred import model_choice
    from .opening import policies

    return bool(policies(model_choice(bpy.context)))


def physics_settings(chosen: Any) -> PhysicsSettings:
    """The settings as the pipeline takes them."""
    return PhysicsSettings(
        mode=Mode(chosen.mode),
        balancer=Balancer(chosen.balancer),
        **values_of(chosen, PhysicsSettings),
    )


def physics_choice(armature: bpy.types.Object) -> PhysicsChoice:
    """A character's choices.

    Args:
        armature: that keeps them.
    """
    chosen: Any = armature.neural_motion.physics
    return PhysicsChoice(
        armature=armature,
        settings=physics_settings(chosen),
        help_slider=Slider(chosen.help, f"{PATH}.help"),
        frame_range=(chosen.first_frame, chosen.last_frame) if chosen.use_range else None,
        fall_frame=chosen.fall_frame,
        pushes=tuple(push_choice(each) for each in chosen.pushes),
        ground=chosen.ground,
        ground_collection=chosen.ground_collection,
        obstacles=things_in(chosen.obstacles),
        result=result_options(chosen.result),
    )


def result_options(chosen: Any) -> ResultOptions:
    """How a ``NEURALMOTION_PG_physics_result`` says that keys are written."""
    return ResultOptions(
        kind=ResultKind.STRIP,
        replace_last=chosen.replace_last,
        blend_in_s=chosen.blend_in,
        blend_out_s=chosen.blend_out,
        density=KeyDensity(chosen.density),
        turn_bound_rad=chosen.turn_bound,
        shift_bound_m=chosen.shift_bound_mm / 1000.0,
        markers=chosen.markers,
    )
