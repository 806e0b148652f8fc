"""What the user sets in the Speech panel, kept on each character's own object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import bpy

from ...blender.declared import overridable, values_of, with_settings
from ...blender.jobs.last_result import LastResult
from ...blender.jobs.state import RUNNING
from ...blender.keys.result_properties import NEURALMOTION_PG_layer_result
from ...blender.keys.sliders import Slider
from ...blender.models.preferred import model_choice
from ...blender.rows import fit_rows
from ...blender.sound.choice import SoundProperties, sound_choice, what_sound_lacks
from ...blender.unkeyed import set_playhead
from ...core.face.table import TableRow, TargetKind
from ...core.speech.expressions import EMOTIONS, EXPRESSIONS, expression_title
from ...core.speech.settings import SpeakerSettings
from ..character.chosen import (
    NOBODY,
    chosen_character,
    owner_of,
    reason_if_linked,
    settings_of,
)
from .face import can_speak
from .heard import heard_of
from .heard_changes import is_quiet
from .heard_properties import NEURALMOTION_PG_heard_sound
from .model import chosen_model

# Imported where they are used: switching the extension on does not wait for them.
if TYPE_CHECKING:
    from .scene import SpeechSettings

_PATH: Final = "neural_motion.speech"


@overridable
class NEURALMOTION_PG_speech_channel(bpy.types.PropertyGroup):
    """One row of the channel table."""

    channel: bpy.props.StringProperty(
        name="Channel", description="ARKit channel, or viseme as family / position"
    )
    target: bpy.props.StringProperty(
        name="Target", description="Shape key or bone that makes this channel"
    )
    gain: bpy.props.FloatProperty(
        name="Gain",
        description="How much of the target: times the weight, degrees, or bone lengths",
        default=1.0,
        soft_min=-2.0,
        soft_max=2.0,
        min=-1000.0,
        max=1000.0,
    )
    kind: bpy.props.EnumProperty(
        name="Kind",
        description="What the channel moves",
        items=(
            (TargetKind.SHAPE.value, "Shape", "A shape key; the gain multiplies its value"),
            (
                TargetKind.ROTATION.value,
                "Turn Bone",
                "A bone turned about the left-right axis by so many degrees; a jaw opens at +",
            ),
            (TargetKind.SLIDE.value, "Slide Bone", "A bone moved along itself by its length"),
        ),
    )
    used: bpy.props.BoolProperty(
        name="Use", description="Let speech move this channel", default=True
    )


@overridable
class NEURALMOTION_PG_speech_style(bpy.types.PropertyGroup):
    """One of the styles that the model brings."""

    weight: bpy.props.FloatProperty(
        name="Style",
        description="How far speech is led into this style. Can be keyed",
        soft_min=0.0,
        soft_max=1.0,
        min=-2.0,
        max=2.0,
    )


def _expression(name: str) -> bpy.types.Property:
    what = "Emotion" if name in EMOTIONS.values() else "Mouth"
    return bpy.props.FloatProperty(
        name=expression_title(name),
        description=f"{what}: {expression_title(name).lower()}. Laid over, not heard in the voice. "
        "Can be keyed",
        min=0.0,
        max=1.0,
        subtype="FACTOR",
    )


@overridable
class NEURALMOTION_PG_expressions(bpy.types.PropertyGroup):
    """A slider for each expression."""

    __annotations__ = {name: _expression(name) for name in EXPRESSIONS}


def _go_to_phone(speech: NEURALMOTION_PG_speech, context: bpy.types.Context) -> None:
    """Whoever chooses a line sees its frame."""
    heard = heard_of(speech)
    if heard is not None and not is_quiet() and 0 <= speech.active_phone < len(heard.phones):
        row = heard.phones[speech.active_phone]
        set_playhead(context.scene, round(0.5 * (row.first + row.last)))


@overridable
@with_settings(SpeakerSettings)
class NEURALMOTION_PG_speech(LastResult, SoundProperties, bpy.types.PropertyGroup):
    """Everything of one character's speech."""

    source: bpy.props.EnumProperty(
        name="Sound",
        description="Where the voice is heard",
        items=(
            ("FILE", "File", "A sound file, or a video with sound"),
            ("STRIP", "Strip", "A sound strip of the sequencer, where it lies"),
        ),
    )
    start_frame: bpy.props.IntProperty(
        name="Start Frame", description="Frame at which the file begins", default=1
    )
    show_waveform: bpy.props.BoolProperty(
        name="Show Waveform",
        description="Draw the sound over timelines and dope sheets, where it is spoken",
        default=True,
    )
    use_range: bpy.props.BoolProperty(
        name="Frame Range", description="Write keys between two frames only"
    )
    first_frame: bpy.props.IntProperty(
        name="First", description="First frame that gets speech", default=1
    )
    last_frame: bpy.props.IntProperty(
        name="Last", description="Last frame that gets speech", default=250
    )
    styles: bpy.props.CollectionProperty(type=NEURALMOTION_PG_speech_style)
    expressions: bpy.props.PointerProperty(type=NEURALMOTION_PG_expressions)
    channels: bpy.props.CollectionProperty(type=NEURALMOTION_PG_speech_channel)
    active_channel: bpy.props.IntProperty()
    family: bpy.props.StringProperty(
        name="Names", description="Whose names the shapes have, as far as they are known"
    )
    preset: bpy.props.StringProperty(name="Preset", description="Name to save the channels under")
    heard: bpy.props.CollectionProperty(type=NEURALMOTION_PG_heard_sound)
    active_phone: bpy.props.IntProperty(
        name="Mouth Shape", description="Goes to the frame of the shape", update=_go_to_phone
    )
    result: bpy.props.PointerProperty(type=NEURALMOTION_PG_layer_result)


def speaking(context: bpy.types.Context) -> bpy.types.Object | None:
    """Who speaks: the chosen mesh if it has shapes to speak with, else its armature with all of
    its meshes."""
    character = chosen_character(context)
    return None if character is None else speaker_of(character)


def speaker_of(character: bpy.types.Object) -> bpy.types.Object:
    """Who speaks of a character, however it was chosen."""
    owner = owner_of(character, "speech")
    shaped = character.type == "MESH" and character.data.shape_keys is not None
    return character if owner == character or shaped else owner


def speech_settings(
    context: bpy.types.Context, character: bpy.types.Object | None = None
) -> SpeechSettings:
    """A character's choices; the chosen one's where none is given."""
    from .scene import SpeechSettings

    character = speaking(context) if character is None else speaker_of(character)
    owner = owner_of(character, "speech")
    chosen: NEURALMOTION_PG_speech = owner.neural_motion.speech
    return SpeechSettings(
        character=character,
        sound=sound_choice(chosen),
        start_frame=chosen.start_frame,
        frame_range=(chosen.first_frame, chosen.last_frame) if chosen.use_range else None,
        table=read_channels(character) if len(chosen.channels) else None,
        styles={
            style.name: Slider(
                style.weight,
                f'{_PATH}.styles["{bpy.utils.escape_identifier(style.name)}"].weight',
            )
            for style in offered_styles(context, chosen)
        },
        expressions={
            name: Slider(getattr(chosen.expressions, name), f"{_PATH}.expressions.{name}")
            for name in EXPRESSIONS
        },
        strength_path=f"{_PATH}.strength",
        owner=owner,
        kept=chosen,
        **values_of(chosen, SpeakerSettings),
    )


def read_channels(character: bpy.types.Object) -> list[TableRow]:
    """The channel table of a character."""
    return [
        TableRow(row.channel, row.target, row.gain, TargetKind(row.kind), row.used)
        for row in settings_of(character, "speech").channels
    ]


def fill_channels(character: bpy.types.Object, rows: list[TableRow], family: str) -> None:
    """Replace the channel table of a character."""
    chosen: NEURALMOTION_PG_speech = settings_of(character, "speech")
    for left in fit_rows(chosen.channels, len(rows)):
        left.target, left.used = "", False
    for new, row in zip(chosen.channels, rows, strict=False):
        new.channel, new.target, new.gain = row.channel, row.target, row.gain
        new.kind, new.used = row.kind.value, row.used
    chosen.active_channel, chosen.family = 0, family


def fill_styles(context: bpy.types.Context, character: bpy.types.Object) -> None:
    """Give a character a slider for each style of the model but its usual one.

    Those of another model stay, with value and keys, for when that one is chosen again.
    """
    chosen: NEURALMOTION_PG_speech = settings_of(character, "speech")
    for name in _style_names(context) or ():
        if name not in chosen.styles:
            chosen.styles.add().name = name


def offered_styles(
    context: bpy.types.Context, chosen: NEURALMOTION_PG_speech
) -> list[NEURALMOTION_PG_speech_style]:
    """The sliders that the chosen model has a style for; all where it cannot be read."""
    names = _style_names(context)
    return [style for style in chosen.styles if names is None or style.name in names]


def _style_names(context: bpy.types.Context) -> tuple[str, ...] | None:
    """The chosen model's styles but its usual one; None if it cannot be read."""
    model = chosen_model(context)
    return None if model is None else model.layout.style_names[1:]


def moves_own_mesh(context: bpy.types.Context) -> bool:
    """Whether the chosen model brings the shapes of its own mesh."""
    from .own_mesh import facts_of_chosen

    return facts_of_chosen(model_choice(context)) is not None


def reason_not_to_speak(context: bpy.types.Context) -> str | None:
    """Why Generate Speech is greyed out, in the user's words; None if it is not."""
    if context.window_manager.neural_motion.running:
        return RUNNING
    character = speaking(context)
    if character is None:
        return NOBODY
    if character.type not in ("MESH", "ARMATURE"):
        return reason_without_face(context, character)
    if (linked := reason_if_linked(owner_of(character, "speech"))) is not None:
        return linked
    if context.mode.startswith("EDIT"):
        return "Leave Edit Mode first (Tab)"
    chosen: NEURALMOTION_PG_speech = settings_of(character, "speech")
    lacking = what_sound_lacks(chosen)
    if lacking is not None:
        return lacking
    return reason_without_face(context, character)


def reason_without_face(context: bpy.types.Context, speaker: bpy.types.Object) -> str | None:
    """Why somebody has nothing to speak with, in the user's words; None if it has."""
    if speaker.type not in ("MESH", "ARMATURE"):
        return f"'{speaker.name}' has no face. Choose the mesh of one, or its armature"
    chosen: NEURALMOTION_PG_speech = settings_of(speaker, "speech")
    bones = any(row.kind != TargetKind.SHAPE.value for row in chosen.channels)
    if not bones and not can_speak(speaker) and not moves_own_mesh(context):
        return f"'{speaker.name}' has no shape keys and no jaw bone to speak with"
    return None
