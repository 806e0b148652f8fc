"""What the user sets in the Video panel, kept at each character's armature."""

from __future__ import annotations

import bpy

from ...blender.declared import overridable, with_settings
from ...blender.jobs.last_result import LastResult
from ...blender.jobs.state import RUNNING
from ...blender.rig.pose import RootMotion
from ...core.retarget.control_map import DEFAULT_LIMB_MODES, LimbMode
from ...core.video.settings import (
    CameraKind,
    CameraSettings,
    DetailSettings,
    FitSettings,
    Quality,
)
from ..character.chosen import chosen_armature, reason_without_armature
from .choice import At
from .film_properties import (
    NEURALMOTION_PG_video_film,
    NEURALMOTION_PG_video_person,
    NEURALMOTION_PG_video_pin,
    what_film_lacks,
)
from .result_properties import NEURALMOTION_PG_video_result


def _is_camera(_owner: object, item: bpy.types.Object) -> bool:
    return item.type == "CAMERA"


def _is_mesh(_owner: object, item: bpy.types.Object) -> bool:
    return item.type == "MESH"


def _limbs(name: str, ik: str, fk: str, default: LimbMode) -> bpy.props.EnumProperty:
    return bpy.props.EnumProperty(
        name=name,
        description=f"Which controls of the {name.lower()} get the keys",
        items=((LimbMode.IK.value, "IK", ik), (LimbMode.FK.value, "FK", fk)),
        default=default.value,
    )


@overridable
@with_settings(FitSettings, CameraSettings, DetailSettings)
class NEURALMOTION_PG_video(LastResult, bpy.types.PropertyGroup):
    """Everything of one character's motion from a film."""

    film: bpy.props.PointerProperty(
        name="Film", description="Which film, and which part of it", type=NEURALMOTION_PG_video_film
    )
    person: bpy.props.PointerProperty(
        name="Person",
        description="Which of several people",
        type=NEURALMOTION_PG_video_person,
    )
    quality: bpy.props.EnumProperty(
        name="Quality",
        description="Which network finds the joints in the pictures",
        items=(
            (Quality.FULL.value, "Full", "The larger network, more exact"),
            (Quality.LITE.value, "Lite", "The smaller network: quicker, less exact"),
        ),
        default=Quality.FULL.value,
    )
    camera_kind: bpy.props.EnumProperty(
        name="Camera",
        description="What is known of the camera that took the film",
        items=(
            (CameraKind.GUESS.value, "Guess", "Lens, height and tilt are estimated from the film"),
            (CameraKind.TYPED.value, "Typed", "Lens, height and tilt are as you type them in"),
            (
                CameraKind.SCENE.value,
                "Scene",
                "A camera of the scene stands as the real one stood: matched or tracked",
            ),
        ),
        default=CameraKind.GUESS.value,
    )
    scene_camera: bpy.props.PointerProperty(
        name="Camera Object",
        description="Camera that took the film, or was matched to it; it may move. Empty: the "
        "scene's camera",
        type=bpy.types.Object,
        poll=_is_camera,
    )
    ground: bpy.props.PointerProperty(
        name="Ground",
        description="Mesh that the person stands on. Empty: level ground at height 0",
        type=bpy.types.Object,
        poll=_is_mesh,
    )
    at: bpy.props.EnumProperty(
        name="At",
        description="Where the motion happens in the scene",
        items=(
            (
                At.CHARACTER.value,
                "Character",
                "It begins where the character stands, and goes where the character looks",
            ),
            (At.CAMERA.value, "Camera", "Where the person is as seen from the film's camera"),
        ),
        default=At.CHARACTER.value,
    )
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
            (RootMotion.IN_PLACE.value, "In Place", "Nothing travels: on the spot"),
        ),
        default=RootMotion.BONE.value,
    )
    legs: _limbs(
        "Legs",
        "Feet and knee poles are keyed",
        "Thighs, shins and feet are turned",
        DEFAULT_LIMB_MODES.legs,
    )
    arms: _limbs(
        "Arms",
        "Hands and elbow poles are keyed",
        "Arms and hands are turned",
        DEFAULT_LIMB_MODES.arms,
    )
    pins: bpy.props.CollectionProperty(
        name="Pins",
        description="Places of joints in the film that were set by hand",
        type=NEURALMOTION_PG_video_pin,
    )
    active_pin: bpy.props.IntProperty()
    result: bpy.props.PointerProperty(
        name="Result",
        description="What the motion is written to, and how many keys",
        type=NEURALMOTION_PG_video_result,
    )


def chosen_video(context: bpy.types.Context) -> NEURALMOTION_PG_video | None:
    """The chosen character's settings; None if nobody with an armature is chosen."""
    armature = chosen_armature(context)
    return None if armature is None else armature.neural_motion.video


def reason_without_character(context: bpy.types.Context) -> str | None:
    """Why nobody is there to follow a film, in the user's words; None if somebody is."""
    if context.window_manager.neural_motion.running:
        return RUNNING
    return reason_without_armature(context)


def reason_without_film(context: bpy.types.Context) -> str | None:
    """Why nothing can be taken from a film, in the user's words; None if it can."""
    if (reason := reason_without_character(context)) is not None:
        return reason
    return what_film_lacks(chosen_video(context).film)


def reason_not_to_generate(context: bpy.types.Context) -> str | None:
    """Why Generate Video is greyed out, in the user's words; None if it is not."""
    if (reason := reason_without_film(context)) is not None:
        return reason
    armature = chosen_armature(context)
    if armature.mode == "EDIT":
        return f"Leave Edit Mode of '{armature.name}' first (Tab)"
    chosen: NEURALMOTION_PG_video = armature.neural_motion.video
    wants_camera = chosen.camera_kind == CameraKind.SCENE.value
    if wants_camera and chosen.scene_camera is None and context.scene.camera is None:
        return "Choose the camera that took the film, or another kind of camera"
    return None
