"""The list of mouth shapes heard of each sound, kept with the character to be corrected."""

from __future__ import annotations

from typing import Final

import bpy

from ...blender.declared import overridable
from .heard_changes import changed

KINDS: Final = (
    ("BILABIAL", "M B P", "The lips shut", "NONE", 0),
    ("LABIODENTAL", "F V", "The lower lip meets the upper teeth", "NONE", 1),
    ("DENTAL", "TH", "The tongue's tip between the teeth", "NONE", 4),
    ("ALVEOLAR", "L N T D", "Parted, the tongue behind the teeth", "NONE", 5),
    ("SIBILANT", "S Z", "Teeth together and bared", "NONE", 6),
    ("POSTALVEOLAR", "CH SH J", "Teeth together, lips pushed out", "NONE", 7),
    ("RHOTIC", "R", "A little rounded", "NONE", 8),
    ("VELAR", "K G NG H", "Parted, the tongue at the back", "NONE", 9),
    ("ROUNDED_GLIDE", "W", "The lips come together, rounded", "NONE", 2),
    ("ROUNDED_VOWEL", "OO", "Rounded and narrow, as in too", "NONE", 13),
    ("OPEN_ROUNDED_VOWEL", "OH", "Rounded and open, as in go", "NONE", 14),
    ("OPEN_VOWEL", "AA", "Wide open, as in father", "NONE", 10),
    ("MID_VOWEL", "EH", "Half open, as in bed", "NONE", 11),
    ("CLOSE_VOWEL", "EE", "The corners apart, as in see", "NONE", 12),
    ("SILENCE", "Rest", "The mouth at rest", "NONE", 3),
)
"""Mouth shapes as animators know them. Files keep the numbers: they never change."""


@overridable
class NEURALMOTION_PG_heard_phone(bpy.types.PropertyGroup):
    """One mouth shape of a sound."""

    used: bpy.props.BoolProperty(
        name="Use",
        description="Whether this shape counts; the mouth passes over one that does not",
        default=True,
        update=changed,
    )
    kind: bpy.props.EnumProperty(
        name="Shape", description="What the mouth does", items=KINDS, default=0, update=changed
    )
    first: bpy.props.FloatProperty(
        name="Begins", description="Frame at which the shape begins", precision=1, step=100,
        update=changed,
    )  # fmt: skip
    last: bpy.props.FloatProperty(
        name="Ends", description="Frame at which the shape ends", precision=1, step=100,
        update=changed,
    )  # fmt: skip
    closure: bpy.props.FloatProperty(
        name="Strength",
        description="How far the mouth reaches the shape",
        default=1.0,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
        update=changed,
    )
    sure: bpy.props.FloatProperty(
        name="Certainty", description="How surely it was heard", default=1.0, min=0.0, max=1.0
    )
    was: bpy.props.StringProperty(
        name="As Heard", description="What was heard, before anything was corrected"
    )
    inserted: bpy.props.BoolProperty(
        name="Inserted", description="Whether this shape was added by hand"
    )


@overridable
class NEURALMOTION_PG_heard_sound(bpy.types.PropertyGroup):
    """What was heard of one sound, and where it lay; its name says how it was chosen."""

    sound: bpy.props.StringProperty(name="Recording", description="Tells it from others")
    start_frame: bpy.props.FloatProperty(
        name="Start Frame", description="Frame at which the sound was heard first"
    )
    start_s: bpy.props.FloatProperty(
        name="Start", description="Place in the sound that was heard there, in seconds"
    )
    rate: bpy.props.FloatProperty(
        name="Frame Rate", description="Of the scene at that time", default=24.0
    )
    from_s: bpy.props.FloatProperty(
        name="From", description="Place in the sound from which it was listened to, in seconds"
    )
    to_s: bpy.props.FloatProperty(
        name="To", description="Place in the sound to which it was listened to, in seconds"
    )
    phones: bpy.props.CollectionProperty(type=NEURALMOTION_PG_heard_phone)
    as_heard: bpy.props.StringProperty(
        name="As Heard", description="Tells whether the list was corrected since it was heard"
    )
    rest: bpy.props.StringProperty(
        name="Rest", description="Mouth shapes of a long sound beyond those that are listed"
    )
    spoken: bpy.props.StringProperty(
        name="Spoken", description="Under which name the session keeps what the network said"
    )
    note: bpy.props.StringProperty(
        name="Note", description="Why the last correction does not show yet"
    )


CLASSES = (NEURALMOTION_PG_heard_phone, NEURALMOTION_PG_heard_sound)
