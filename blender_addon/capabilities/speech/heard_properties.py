"""The phones that were heard of each sound, kept with the character to be corrected."""

from __future__ import annotations

import bpy

from ...blender.declared import overridable

KINDS = (
    ("BILABIAL", "p b m", "The lips shut"),
    ("LABIODENTAL", "f v", "The lower lip meets the teeth"),
    ("ROUNDED_GLIDE", "w", "The lips come together, rounded"),
)


@overridable
class NEURALMOTION_PG_heard_phone(bpy.types.PropertyGroup):
    """One phone of a sound."""

    used: bpy.props.BoolProperty(
        name="Use", description="Whether the lips heed this phone", default=True
    )
    kind: bpy.props.EnumProperty(name="Kind", description="What the lips do", items=KINDS)
    first: bpy.props.FloatProperty(
        name="Begins", description="Frame at which the phone begins", precision=1, step=100
    )
    last: bpy.props.FloatProperty(
        name="Ends", description="Frame at which the phone ends", precision=1, step=100
    )
    closure: bpy.props.FloatProperty(
        name="Closure",
        description="How far the lips reach what the phone asks of them",
        default=1.0,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
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
        name="Rest", description="Phones of a long sound beyond those that are listed"
    )


CLASSES = (NEURALMOTION_PG_heard_phone, NEURALMOTION_PG_heard_sound)
