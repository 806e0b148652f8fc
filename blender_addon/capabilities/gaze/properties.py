"""What the user sets in the Gaze panel, kept on each character's own object."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import bpy

from ...blender.declared import overridable, values_of, with_settings
from ...blender.drivers import driven_paths
from ...blender.face.eyes import find_eyes
from ...blender.face.eyes_found import EyeChoice
from ...blender.face.shape_keys import animated_paths, armature_of, find_face_meshes
from ...blender.jobs.last_result import LastResult
from ...blender.jobs.state import RUNNING
from ...blender.keys.keyframes import MAX_FRAME
from ...blender.keys.layers import layers_of
from ...blender.keys.result_properties import NEURALMOTION_PG_layer_result
from ...blender.sound.choice import (
    NEURALMOTION_PG_sound,
    SoundChoice,
    read_sound,
    sound_choice,
    what_sound_lacks,
)
from ...core.errors import NeuralMotionError
from ...core.face.eye_angles import EYE_LIMITS_DEG
from ...core.gaze.request import LARGEST_EYE_DEG, LEAST_EYE_DEG, GazeSettings
from ...core.settings import Seeded
from ..character.chosen import NOBODY, chosen_character, owner_of, reason_if_linked

# Imported where they are used: switching the extension on does not wait for them.
if TYPE_CHECKING:
    from .scene import GazeChoice

_PATH: Final = "neural_motion.gaze"
_TARGET_KINDS: Final = (
    ("PARTNER", "Partner", "A face: looked at as people look at whom they talk with"),
    ("OBJECT", "Object", "A thing: draws looks away from the partner, each a second or so long"),
    ("DISTRACTION", "Distraction", "Only glanced at, briefly and seldom"),
)


@overridable
class NEURALMOTION_PG_gaze_target(bpy.types.PropertyGroup):
    """Something to look at."""

    target: bpy.props.PointerProperty(
        name="Target",
        description="What is looked at: of a character the point between its eyes, of a mesh its "
        "middle, of all else the origin. Moving targets are followed",
        type=bpy.types.Object,
    )
    bone: bpy.props.StringProperty(
        name="Bone", description="Bone of the armature that is looked at instead of its face"
    )
    kind: bpy.props.EnumProperty(
        name="Kind", description="How it is looked at", items=_TARGET_KINDS, default="PARTNER"
    )
    weight: bpy.props.FloatProperty(
        name="Weight",
        description="How much it draws the eyes: an object as heavy as the partner is looked at "
        "about as long; at 0 it is not looked at. Can be keyed",
        default=1.0,
        min=0.0,
        soft_max=2.0,
        max=100.0,
    )


def _eye_limit(title: str, way: str, number: int) -> bpy.types.Property:
    return bpy.props.FloatProperty(
        name=title,
        description=f"How far an eye turns {way}",
        default=math.radians(EYE_LIMITS_DEG[number]),
        min=math.radians(LEAST_EYE_DEG),
        max=math.radians(LARGEST_EYE_DEG),
        subtype="ANGLE",
    )


@overridable
@with_settings(GazeSettings, Seeded)
class NEURALMOTION_PG_gaze(LastResult, bpy.types.PropertyGroup):
    """Everything of one character's gaze."""

    targets: bpy.props.CollectionProperty(type=NEURALMOTION_PG_gaze_target)
    active_target: bpy.props.IntProperty()
    role: bpy.props.EnumProperty(
        name="Role",
        description="Listeners look at the partner longer and steadier than speakers, who look "
        "away to think. Can be keyed",
        items=(
            ("AUTO", "From Sound", "Speaks while its own sound talks, listens to the partner's"),
            ("SPEAKING", "Speaking", "Looks away more, blinks more"),
            ("LISTENING", "Listening", "Rests on the partner, blinks less"),
            ("DIALOGUE", "Dialogue", "Rapid exchange: between the two"),
        ),
        default="AUTO",
    )
    sound: bpy.props.PointerProperty(type=NEURALMOTION_PG_sound)
    partner_sound: bpy.props.PointerProperty(type=NEURALMOTION_PG_sound)
    eye_kind: bpy.props.EnumProperty(
        name="Eyes",
        description="What the character's eyes are",
        items=(
            ("AUTO", "Found", "Found by name: bones first, then objects, then shape keys"),
            ("BONES", "Bones", "Two bones that turn, or that follow targets"),
            ("OBJECTS", "Objects", "Two objects that turn"),
            ("SHAPES", "Shape Keys", "eyeLook shape keys"),
        ),
        default="AUTO",
    )
    left_bone: bpy.props.StringProperty(
        name="Left Eye", description="Bone of the character's left eye; empty finds it by name"
    )
    right_bone: bpy.props.StringProperty(
        name="Right Eye", description="Bone of the character's right eye; empty finds it by name"
    )
    left_object: bpy.props.PointerProperty(
        name="Left Eye",
        description="Object of the character's left eye; empty finds it by name",
        type=bpy.types.Object,
    )
    right_object: bpy.props.PointerProperty(
        name="Right Eye",
        description="Object of the character's right eye; empty finds it by name",
        type=bpy.types.Object,
    )
    head_bone: bpy.props.StringProperty(
        name="Head", description="Bone that takes the head's share; empty finds it by name"
    )
    neck_bone: bpy.props.StringProperty(
        name="Neck",
        description="Bone that takes a third of the head's share; empty finds it by name",
    )
    eye_limits: bpy.props.EnumProperty(
        name="Eye Limits",
        description="How far the eyes turn before the head takes the rest",
        items=(
            (
                "AUTO", "Auto",
                ("As the file of a VRM character says, as far as its shapes turn them, or as far "
                "as the iris stays between the lids"),
            ),
            ("MANUAL", "By Hand", "As set below"),
        ),
        default="AUTO",
    )  # fmt: skip
    eye_limit_side: _eye_limit("Side", "to either side", 0)
    eye_limit_up: _eye_limit("Up", "up", 1)
    eye_limit_down: _eye_limit("Down", "down", 2)
    result: bpy.props.PointerProperty(type=NEURALMOTION_PG_layer_result)


class NEURALMOTION_PG_gaze_scene(bpy.types.PropertyGroup):
    """When they look; of the scene, for several may look at once."""

    range: bpy.props.EnumProperty(
        name="Frames",
        description="Which frames get a gaze",
        items=(  # files hold the numbers, so a choice keeps its own
            (
                "SCENE",
                "Scene",
                "The scene's frame range, or its preview range where that is used",
                0,
            ),
            ("LAST", "As Last Gaze", "Where the last gaze lies; of the scene if there is none", 2),
            (
                "SOUND",
                "From Here",
                "From the current frame to the end of the sound or the scene",
                1,
            ),
            ("FRAMES", "Frames", "From one frame to another, wherever the playhead is", 3),
        ),
        default="SCENE",
    )
    first_frame: bpy.props.IntProperty(
        name="First",
        description="First frame of the gaze",
        default=1,
        min=-MAX_FRAME,
        max=MAX_FRAME,
    )
    last_frame: bpy.props.IntProperty(
        name="Last",
        description="Last frame of the gaze",
        default=250,
        min=-MAX_FRAME,
        max=MAX_FRAME,
    )


def gazing(context: bpy.types.Context) -> bpy.types.Object | None:
    """Who looks: the chosen character's armature, or the object that is its head."""
    character = chosen_character(context)
    return None if character is None else owner_of(character, "gaze")


def gaze_choice(character: bpy.types.Object) -> GazeChoice:
    """A character's choices.

    Args:
        character: who looks and keeps the choices, as ``gazing`` gives it.
    """
    from .scene import GazeChoice
    from .targets import TargetChoice

    chosen: NEURALMOTION_PG_gaze = character.neural_motion.gaze
    animated = animated_paths(character)

    def path_if_animated(name: str) -> str:
        path = f"{_PATH}.{name}"
        return path if path in animated or _is_driven(character, path) else ""

    return GazeChoice(
        character=character,
        targets=tuple(
            TargetChoice(
                each.target,
                each.kind,
                each.bone if each.target is not None and each.target.type == "ARMATURE" else "",
                each.weight,
                path_if_animated(f"targets[{n}].weight"),
            )
            for n, each in enumerate(chosen.targets)
        ),
        eyes=eye_choice(chosen),
        role=chosen.role,
        role_path=path_if_animated("role"),
        sound=sound_choice(chosen.sound),
        partner_sound=partner_sound(character),
        settings=GazeSettings(**values_of(chosen, GazeSettings)),
        seed=chosen.seed,
    )


def eye_choice(chosen: bpy.types.PropertyGroup) -> EyeChoice:
    """Eyes and head as chosen by hand."""
    if chosen.eye_kind == "OBJECTS":
        left, right = (
            each.name if each is not None else ""
            for each in (chosen.left_object, chosen.right_object)
        )
    else:
        bones = chosen.eye_kind == "BONES"
        left, right = (chosen.left_bone, chosen.right_bone) if bones else ("", "")
    bones = (chosen.head_bone, chosen.neck_bone)
    return EyeChoice(chosen.eye_kind, left, right, *bones, _chosen_limits(chosen))


def _chosen_limits(chosen: bpy.types.PropertyGroup) -> tuple[float, float, float] | None:
    """How far the eyes turn to the side, up and down, degrees, as set by hand."""
    if chosen.eye_limits == "AUTO":
        return None
    side, up, down = (
        math.degrees(angle)
        for angle in (chosen.eye_limit_side, chosen.eye_limit_up, chosen.eye_limit_down)
    )
    return side, up, down


def partner_sound(character: bpy.types.Object) -> SoundChoice:
    """The partner's sound as chosen, else that of the first partner who has one of its own."""
    chosen: NEURALMOTION_PG_gaze = character.neural_motion.gaze
    if chosen.partner_sound.source != "NONE":
        return sound_choice(chosen.partner_sound)
    for each in chosen.targets:
        if each.kind == "PARTNER" and each.target is not None:
            for partner in (each.target, armature_of(each.target)):
                if partner is not None and partner.neural_motion.gaze.sound.source != "NONE":
                    return sound_choice(partner.neural_motion.gaze.sound)
    return SoundChoice()


def frame_range(context: bpy.types.Context, choices: list[GazeChoice]) -> tuple[int, int]:
    """First and last frame of what is generated."""
    scene = context.scene
    chosen: NEURALMOTION_PG_gaze_scene = scene.neural_motion.gaze
    if chosen.range == "FRAMES":
        return chosen.first_frame, chosen.last_frame
    if chosen.range == "SOUND":
        first = scene.frame_current
        sounds = [read_sound(scene, choice.sound, first) for choice in choices]
        ends = [int(sound.end_frame) for sound in sounds if sound is not None]
        return first, max(ends) if ends else scene.frame_end
    last = last_gaze(choices) if chosen.range == "LAST" else None
    if last is not None:
        return last
    if scene.use_preview_range:
        return scene.frame_preview_start, scene.frame_preview_end
    return scene.frame_start, scene.frame_end


def last_gaze(choices: list[GazeChoice]) -> tuple[int, int] | None:
    """From where to where the newest gaze of these characters lies; None where there is none."""
    spans = []
    for character in (choice.character for choice in choices):
        parts = [character, *character.children_recursive, *find_face_meshes(character)]
        keys = [getattr(part.data, "shape_keys", None) for part in parts]
        for block in (*parts, *(each for each in keys if each is not None)):
            spans += [
                (round(track.strips[0].frame_start), round(track.strips[0].frame_end))
                for track in layers_of(block, "gaze")[-1:]
            ]
    return (min(a for a, _ in spans), max(b for _, b in spans)) if spans else None


def gaze_characters(context: bpy.types.Context) -> list[bpy.types.Object]:
    """Every object of the scene that has something to look at.

    Of linked characters whose overrides are there, only those.
    """
    objects = [each for each in context.scene.objects if len(each.neural_motion.gaze.targets)]
    overridden = {o.override_library.reference for o in objects if o.override_library is not None}
    return [each for each in objects if each not in overridden]


def reason_not_to_look(context: bpy.types.Context) -> str | None:
    """Why Generate Gaze is greyed out, in the user's words; None if it is not."""
    rig = gazing(context)
    if context.window_manager.neural_motion.running:
        return RUNNING
    if rig is None:
        return NOBODY
    if (linked := reason_if_linked(rig)) is not None:
        return linked
    if context.mode.startswith("EDIT"):
        return "Leave Edit Mode first (Tab)"
    if not len(rig.neural_motion.gaze.targets):
        return "Add a target: a partner, a thing, the camera"
    return _what_is_missing(rig.neural_motion.gaze)


def _what_is_missing(chosen: NEURALMOTION_PG_gaze) -> str | None:
    """What one character's targets and sounds lack, in the user's words."""
    if any(each.target is None for each in chosen.targets):
        return "Choose an object for every target, or remove the empty one"
    for sound, whose in ((chosen.sound, "a"), (chosen.partner_sound, "the partner's")):
        lacking = what_sound_lacks(sound, whose)
        if lacking is not None:
            return f"{lacking}, or set Sound to None"
    return None


def reason_not_to_look_all(context: bpy.types.Context) -> str | None:
    """Why Generate for All is greyed out."""
    if context.window_manager.neural_motion.running:
        return RUNNING
    if context.mode.startswith("EDIT"):
        return "Leave Edit Mode first (Tab)"
    characters = gaze_characters(context)
    if not characters:
        return "No character of the scene has a target"
    for character in characters:
        if (linked := reason_if_linked(character)) is not None:
            return linked
        missing = _what_is_missing(character.neural_motion.gaze)
        if missing:
            return f"{missing}: '{character.name}'"
    return None


def describe_eyes(character: bpy.types.Object) -> tuple[str, tuple[str, ...]]:
    """What is found for a character, and warnings; or what is wrong."""
    try:
        eyes = find_eyes(character, eye_choice(character.neural_motion.gaze))
    except NeuralMotionError as error:
        return "", (str(error),)
    return eyes.describe(), eyes.warnings


def _is_driven(character: bpy.types.Object, path: str) -> bool:
    return path in driven_paths(character)
