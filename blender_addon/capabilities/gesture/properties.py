"""What the user sets in the Gesture panel, kept at each character's armature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import bpy

from ...blender.declared import overridable, values_of, with_settings
from ...blender.jobs.last_result import LastResult
from ...blender.jobs.state import RUNNING
from ...blender.keys.density import KeyDensity
from ...blender.keys.keyframes import MAX_FRAME
from ...blender.keys.options import ResultKind, ResultOptions
from ...blender.keys.result_properties import (
    EVERY_FRAME_ITEM,
    REDUCED_ITEM,
    WRITE_TO_ITEMS,
    KeyProperties,
    NEURALMOTION_PG_layer_result,
)
from ...blender.rig.pose import RootMotion
from ...blender.sound.choice import SoundChoice, SoundProperties, what_sound_lacks
from ...core.gesture.settings import GestureMode, GestureSettings, Space
from ...core.retarget.control_map import DEFAULT_LIMB_MODES, LimbMode, LimbModes
from ...core.settings import Seeded
from ..character.chosen import chosen_armature, reason_without_armature
from .markers import show_beats_changed, show_strokes_changed
from .styles import search_styles

# Imported where they are used: switching the extension on does not wait for them.
if TYPE_CHECKING:
    from .choice import GestureChoice

OFF: Final = "OFF"
SPEECH: Final = "SPEECH"
PATH: Final = "neural_motion.gesture"
MIN_BPM: Final = 30.0
MAX_BPM: Final = 300.0
NO_SOUND: Final = "Choose a sound in the panel Speech, or a strip or a file here"
_HANDS: Final = (
    ("LEFT", "Left", "The left hand"),
    ("RIGHT", "Right", "The right hand"),
    ("BOTH", "Both", "Both hands"),
)


@overridable
class NEURALMOTION_PG_gesture_stroke(bpy.types.PropertyGroup):
    """One beat of a hand; its name is that of its marker."""

    frame: bpy.props.FloatProperty(name="Frame", description="Where the hand is at its utmost")
    hand: bpy.props.EnumProperty(
        name="Hand", description="Which hand strokes", items=_HANDS, default="BOTH"
    )
    size: bpy.props.FloatProperty(
        name="Size", description="Relative to the largest that the speaker makes", min=0.0, max=1.0
    )
    moved: bpy.props.BoolProperty(
        name="Moved", description="Somebody chose its time, and planning again keeps it"
    )
    removed: bpy.props.BoolProperty(
        name="Removed", description="Somebody removed it, and planning again leaves it out"
    )
    has_origin: bpy.props.BoolProperty(
        name="Was Planned", description="Whether it was planned for another frame than it lies on"
    )
    origin: bpy.props.FloatProperty(
        name="Planned For", description="Frame for which it was planned before it was moved"
    )


@overridable
class NEURALMOTION_PG_gesture_beats(bpy.types.PropertyGroup):
    """Tempo and measures of the music that is danced to."""

    tempo_from: bpy.props.EnumProperty(
        name="Beats",
        description="Where the beats of the music come from",
        items=(
            ("HEARD", "Heard", "Found in the sound"),
            ("SET", "Set", "From the tempo and the first beat below"),
        ),
        default="HEARD",
    )
    tempo: bpy.props.FloatProperty(
        name="Tempo",
        description="Beats a minute",
        default=120.0,
        min=MIN_BPM,
        max=MAX_BPM,
        step=100,
        precision=1,
    )
    first_beat: bpy.props.FloatProperty(
        name="First Beat",
        description="Frame of the first beat of a measure; parts of a frame count",
        default=1.0,
        min=-MAX_FRAME,
        max=MAX_FRAME,
        precision=1,
    )
    shift: bpy.props.FloatProperty(
        name="Shift",
        description="By how many frames the beats that are heard are moved",
        min=-MAX_FRAME,
        max=MAX_FRAME,
        soft_min=-100.0,
        soft_max=100.0,
        precision=1,
    )


@overridable
class NEURALMOTION_PG_dance_result(KeyProperties, bpy.types.PropertyGroup):
    """How a dance is written."""

    kind: bpy.props.EnumProperty(
        name="Write To",
        description="What the keys of a dance are written to",
        items=WRITE_TO_ITEMS,
        default=ResultKind.ACTION.value,
    )
    replace_last: bpy.props.BoolProperty(
        name="Replace Last Dance",
        description="Remove the dance generated before, if nobody changed, renamed, moved, locked, "
        "muted or shared it since. Otherwise, and where this is off, it is kept",
        default=True,
    )
    density: bpy.props.EnumProperty(
        name="Keys",
        description="How many keys are written",
        items=(
            EVERY_FRAME_ITEM,
            REDUCED_ITEM,
        ),
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


def dance_options(chosen: NEURALMOTION_PG_dance_result) -> ResultOptions:
    """The choices as the scene takes them."""
    return ResultOptions(
        kind=ResultKind(chosen.kind),
        replace_last=chosen.replace_last,
        blend_in_s=chosen.blend_in,
        blend_out_s=chosen.blend_out,
        density=KeyDensity(chosen.density),
        turn_bound_rad=chosen.turn_bound,
        shift_bound_m=chosen.shift_bound_mm / 1000.0,
    )


@overridable
@with_settings(GestureSettings, Seeded)
class NEURALMOTION_PG_gesture(SoundProperties, LastResult, bpy.types.PropertyGroup):
    """Everything of one character's gestures."""

    mode: bpy.props.EnumProperty(
        name="Mode",
        description="What the body does to the sound",
        items=(
            (
                GestureMode.TALK.value,
                "Talk",
                "Hands beat with what is said, over whatever else the character does",
            ),
            (GestureMode.DANCE.value, "Dance", "The whole body dances in time with the music"),
            (OFF, "Off", "No gestures"),
        ),
        default=GestureMode.TALK.value,
    )
    source: bpy.props.EnumProperty(
        name="Sound",
        description="What the body moves to",
        items=(
            (SPEECH, "Speech", "The sound that is chosen in the panel Speech"),
            ("STRIP", "Strip", "A sound strip of the sequencer, where it lies"),
            ("FILE", "File", "A sound file"),
        ),
        default=SPEECH,
    )
    start_frame: bpy.props.IntProperty(
        name="Start",
        description="Frame on which the file begins",
        default=1,
        min=-MAX_FRAME,
        max=MAX_FRAME,
    )
    use_range: bpy.props.BoolProperty(
        name="Part of the Sound", description="Only from one frame to another"
    )
    first_frame: bpy.props.IntProperty(
        name="First",
        description="First frame of the gestures",
        default=1,
        min=-MAX_FRAME,
        max=MAX_FRAME,
    )
    last_frame: bpy.props.IntProperty(
        name="Last",
        description="Last frame of the gestures",
        default=250,
        min=-MAX_FRAME,
        max=MAX_FRAME,
    )
    space: bpy.props.EnumProperty(
        name="Space",
        description="Where the hands move while talking",
        items=(
            (Space.NATURAL.value, "Natural", "Where people hold their hands"),
            (Space.LOW.value, "Low", "Below the ribs"),
            (Space.WIDE.value, "Wide", "Away from the body, to the sides"),
            (Space.FRONT.value, "Front", "In front of the body"),
        ),
        default=Space.NATURAL.value,
    )
    replace_arms: bpy.props.BoolProperty(
        name="Replace Keyed Arms",
        description="Arms that you keyed go to the gesture's own pose while they stroke; off, "
        "strokes are added to your pose",
    )
    style: bpy.props.StringProperty(
        name="Style",
        description="What is danced. Empty: the first style of the model",
        search=search_styles,
        search_options={"SORT"},
    )
    root_motion: bpy.props.EnumProperty(
        name="Root Motion",
        description="What carries a dancer along",
        items=(
            (
                RootMotion.BONE.value,
                "Root Bone",
                "The bone above the hips travels; without such a bone, the hips do",
            ),
            (RootMotion.OBJECT.value, "Object", "The armature object travels"),
            (RootMotion.IN_PLACE.value, "In Place", "Nothing travels"),
        ),
        default=RootMotion.BONE.value,
    )
    legs: bpy.props.EnumProperty(
        name="Legs",
        description="Which controls of the legs get the keys of a dance",
        items=(
            (LimbMode.IK.value, "IK", "Feet and knee poles are keyed"),
            (LimbMode.FK.value, "FK", "Thighs, shins and feet are turned"),
        ),
        default=DEFAULT_LIMB_MODES.legs.value,
    )
    arms: bpy.props.EnumProperty(
        name="Arms",
        description="Which controls of the arms get the keys of a dance",
        items=(
            (LimbMode.IK.value, "IK", "Hands and elbow poles are keyed"),
            (LimbMode.FK.value, "FK", "Arms and hands are turned"),
        ),
        default=DEFAULT_LIMB_MODES.arms.value,
    )
    beats: bpy.props.PointerProperty(type=NEURALMOTION_PG_gesture_beats)
    strokes: bpy.props.CollectionProperty(type=NEURALMOTION_PG_gesture_stroke)
    show_strokes: bpy.props.BoolProperty(
        name="Stroke Markers",
        description="Every stroke is a marker of the timeline: drag it to move the stroke, delete "
        "it to leave the stroke out, and generate again",
        default=True,
        update=show_strokes_changed,
    )
    show_beats: bpy.props.BoolProperty(
        name="Beat Markers",
        description="Every beat of the music is a marker of the timeline. Drag the first of a "
        "measure to move them all",
        update=show_beats_changed,
    )
    result: bpy.props.PointerProperty(type=NEURALMOTION_PG_layer_result)
    result_of_dance: bpy.props.PointerProperty(type=NEURALMOTION_PG_dance_result)
    last_result_bpm: bpy.props.FloatProperty(
        name="Tempo Heard", description="Beats a minute, as heard"
    )
    last_result_sure: bpy.props.FloatProperty(
        name="Confidence", description="How sure the tempo is, 0 to 1"
    )
    last_result_beats: bpy.props.StringProperty(
        name="Beats Heard", description="Frames of the beats", options={"HIDDEN"}
    )


def chosen_gesture(context: bpy.types.Context) -> NEURALMOTION_PG_gesture | None:
    """The chosen character's gestures; None if nobody is chosen who has arms to move."""
    armature = chosen_armature(context)
    return None if armature is None else armature.neural_motion.gesture


def chosen_sound(owner: bpy.types.Object) -> tuple[SoundChoice, int]:
    """What a character moves to, and on which frame it begins if it is a file.

    Args:
        owner: of the settings.
    """
    chosen: NEURALMOTION_PG_gesture = owner.neural_motion.gesture
    if chosen.source != SPEECH:
        return SoundChoice(chosen.source, chosen.file, chosen.strip), chosen.start_frame
    speech = owner.neural_motion.speech
    return SoundChoice(speech.source, speech.file, speech.strip), speech.start_frame


def gesture_choice(context: bpy.types.Context, owner: bpy.types.Object) -> GestureChoice:
    """A character's choices.

    Args:
        context: whose scene keeps the markers.
        owner: the armature that keeps them.
    """
    from .choice import GestureChoice, beats_given, strokes_kept

    chosen: NEURALMOTION_PG_gesture = owner.neural_motion.gesture
    sound, start = chosen_sound(owner)
    return GestureChoice(
        armature=owner,
        mode=GestureMode(chosen.mode),
        sound=sound,
        start_frame=start,
        frame_range=(chosen.first_frame, chosen.last_frame) if chosen.use_range else None,
        settings=GestureSettings(**values_of(chosen, GestureSettings)),
        keyed_path=PATH,
        space=Space(chosen.space),
        style=chosen.style,
        seed=chosen.seed,
        replace_arms=chosen.replace_arms,
        root_motion=RootMotion(chosen.root_motion),
        limbs=LimbModes(LimbMode(chosen.legs), LimbMode(chosen.arms)),
        beats=beats_given(context.scene, owner),
        strokes=strokes_kept(context.scene, owner),
    )


def reason_not_to_gesture(context: bpy.types.Context) -> str | None:
    """Why Generate Gesture is greyed out, in the user's words; None if it is not."""
    if context.window_manager.neural_motion.running:
        return RUNNING
    if (reason := reason_without_armature(context)) is not None:
        return reason
    armature = chosen_armature(context)
    if armature.mode == "EDIT":
        return f"Leave Edit Mode of '{armature.name}' first (Tab)"
    chosen: NEURALMOTION_PG_gesture = armature.neural_motion.gesture
    if chosen.mode == OFF:
        return "Gestures are off. Choose Talk or Dance"
    return reason_without_sound(armature)


def reason_without_sound(owner: bpy.types.Object) -> str | None:
    """What of the sound is still to be chosen, in the user's words; None if nothing is."""
    chosen = owner.neural_motion.gesture
    if chosen.source != SPEECH:
        return what_sound_lacks(chosen)
    return None if what_sound_lacks(owner.neural_motion.speech) is None else NO_SOUND
