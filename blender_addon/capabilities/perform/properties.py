"""What the user sets in the Perform panel, kept on each character's own object."""

from __future__ import annotations

from typing import Any

import bpy

from ...blender.declared import overridable, with_settings
from ...blender.jobs.last_result import LastResult
from ...blender.sound.choice import NEURALMOTION_PG_sound, SoundProperties
from ...core.settings import Seeded
from ..character.chosen import owner_of
from ..package import Role
from .parts import NAME, PARTS, box_of


def _may_be_partner(owner: Any, item: bpy.types.Object) -> bool:
    return item.type in ("ARMATURE", "MESH", "EMPTY", "CAMERA") and item != owner.id_data


def _boxes() -> dict[str, Any]:
    """A tick box for each part."""
    return {
        box_of(name): bpy.props.BoolProperty(
            name=part.title, description=f"{part.moves} take part", default=part.usual
        )
        for name, part in PARTS.items()
    }


@overridable
@with_settings(Seeded)
class NEURALMOTION_PG_perform(LastResult, SoundProperties, bpy.types.PropertyGroup):
    """Everything of one character's performance."""

    __annotations__ = {
        "source": bpy.props.EnumProperty(
            name="Sound",
            description="Where the character's own voice is heard, if it speaks at all",
            items=(
                ("NONE", "None", "It has nothing to say: it listens"),
                ("FILE", "File", "A sound file, or a video with sound"),
                ("STRIP", "Strip", "A sound strip of the sequencer, where it lies"),
            ),
            default="STRIP",
        ),
        "start_frame": bpy.props.IntProperty(
            name="Start Frame",
            description="Frame at which a file begins; beside a strip it begins with that",
            default=1,
        ),
        "partner": bpy.props.PointerProperty(
            name="Partner",
            description="Who is talked with: looked at, and listened to where there is a voice",
            type=bpy.types.Object,
            poll=_may_be_partner,
        ),
        "partner_sound": bpy.props.PointerProperty(type=NEURALMOTION_PG_sound),
        "role": bpy.props.EnumProperty(
            name="Role",
            description="What the character does while the voices are heard",
            items=(
                ("AUTO", "From Sounds", "Who has a voice speaks, whose partner has one listens"),
                (Role.SPEAKER.value, "Speaker", "Speaks; the partner's voice does not count"),
                (Role.LISTENER.value, "Listener", "Listens; its own voice does not count"),
                (Role.DIALOGUE.value, "Dialogue", "Speaks and listens"),
            ),
            default="AUTO",
        ),
        "stand_in": bpy.props.BoolProperty(
            name="Let Stand",
            description="Who is in the rest pose and moved by nothing is let stand, so that nobody "
            "performs with spread arms",
            default=True,
        ),
        **_boxes(),
    }


def performing(character: bpy.types.Object) -> NEURALMOTION_PG_perform:
    """A character's settings of the performance."""
    return getattr(owner_of(character, NAME).neural_motion, NAME)
