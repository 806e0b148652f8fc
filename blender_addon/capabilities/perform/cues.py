"""What a character is to perform: from its settings, and from where its sounds lie."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import bpy

from ...blender.face.shape_keys import armature_of
from ...blender.sound.choice import SoundChoice, read_sound, sound_choice, what_sound_lacks
from ...core.errors import SoundError
from ..package import Cue, Part, Role
from .parts import PARTS, box_of
from .properties import NEURALMOTION_PG_perform, performing

_NONE: Final = SoundChoice()
_MIRRORED: Final = {
    Role.SPEAKER: Role.LISTENER,
    Role.LISTENER: Role.SPEAKER,
    Role.DIALOGUE: Role.DIALOGUE,
}


@dataclass(frozen=True)
class Taking:
    """Which parts take part.

    Args:
        parts: by capability, in the order of writing.
        left_out: why others do not although they are ticked, by title, in the user's words.
    """

    parts: Mapping[str, Part]
    left_out: Mapping[str, str]


def draft_cue(context: bpy.types.Context, character: bpy.types.Object) -> Cue | None:
    """A cue without its frames, quick enough for a panel; None where there is no sound."""
    chosen = performing(character)
    own, partner = _heard(chosen)
    if (own, partner) == (_NONE, _NONE):
        return None
    scene = context.scene
    return Cue(
        role=_role(own, partner), first_frame=scene.frame_start, last_frame=scene.frame_end,
        sound=own, partner_sound=partner, partner=chosen.partner, seed=chosen.seed,
    )  # fmt: skip


def read_cue(context: bpy.types.Context, character: bpy.types.Object) -> Cue:
    """What a character is to perform, as long as its sounds are heard.

    Raises:
        SoundError: there is none, or one cannot be read.
    """
    cue = draft_cue(context, character)
    if cue is None:
        raise SoundError(NO_SOUND)
    sounds = [each for each in (cue.sound, cue.partner_sound) if each != _NONE]
    strips = [read_sound(context.scene, each, 0) for each in sounds if each.source == "STRIP"]
    first = performing(character).start_frame
    if strips:
        first = min(math.floor(each.start_frame) for each in strips if each is not None)
    placed = [read_sound(context.scene, each, first) for each in sounds]
    last = max(math.ceil(each.end_frame) for each in placed if each is not None)
    return replace(cue, first_frame=first, last_frame=last)


NO_SOUND: Final = "Choose a sound: the character's own, the partner's, or both"


def mirrored(cue: Cue, character: bpy.types.Object) -> Cue:
    """The cue of the partner of somebody who has this one."""
    return replace(
        cue, role=_MIRRORED[cue.role], sound=cue.partner_sound, partner_sound=cue.sound,
        partner=character,
    )  # fmt: skip


def taking_part(
    context: bpy.types.Context, character: bpy.types.Object, cue: Cue, only: str = ""
) -> Taking:
    """Which parts can take part, and why others cannot.

    Args:
        context: whose scene.
        character: who performs.
        cue: what.
        only: the one capability that is asked for, ticked or not; empty for those that are ticked.
    """
    chosen = performing(character)
    parts: dict[str, Part] = {}
    left_out: dict[str, str] = {}
    for name, part in PARTS.items():
        if not (name == only if only else _is_asked(context, character, cue, chosen, name)):
            continue
        reason = part.reason(context, character, cue)
        if reason is None:
            parts[name] = part
        else:
            left_out[part.title] = reason
    return Taking(parts, left_out)


def is_filled_in(
    context: bpy.types.Context, character: bpy.types.Object, cue: Cue, part: Part
) -> bool:
    """Whether a part takes part without being ticked, for the character would be no sight else."""
    stands_in = performing(character).stand_in
    return bool(
        stands_in
        and part.needed is not None
        and part.reason(context, character, cue) is None
        and part.needed(context, character, cue)
    )


def _is_asked(
    context: bpy.types.Context,
    character: bpy.types.Object,
    cue: Cue,
    chosen: NEURALMOTION_PG_perform,
    name: str,
) -> bool:
    return getattr(chosen, box_of(name)) or is_filled_in(context, character, cue, PARTS[name])


def what_sounds_lack(chosen: NEURALMOTION_PG_perform) -> str | None:
    """What is still to be chosen, in the user's words; None if nothing is."""
    own, partner = _heard(chosen)
    if own != _NONE and (lacking := what_sound_lacks(chosen)) is not None:
        return f"{lacking}, or set Sound to None"
    if partner != _NONE:
        lacking = what_sound_lacks(chosen.partner_sound, "the partner's")
        if lacking is not None:
            return f"{lacking}, or set Sound to None"
    return NO_SOUND if (own, partner) == (_NONE, _NONE) else None


def is_same(one: bpy.types.Object, other: bpy.types.Object) -> bool:
    """Whether two objects belong to one character."""
    return (armature_of(one) or one) == (armature_of(other) or other)


def _heard(chosen: NEURALMOTION_PG_perform) -> tuple[SoundChoice, SoundChoice]:
    """Own and partner's sound, as far as they count in the role."""
    own = _NONE if chosen.source == "NONE" else sound_choice(chosen)
    partner = _partner_sound(chosen)
    if chosen.role == Role.SPEAKER.value:
        return own, _NONE
    if chosen.role == Role.LISTENER.value:
        return _NONE, partner
    return own, partner


def _partner_sound(chosen: NEURALMOTION_PG_perform) -> SoundChoice:
    """The partner's sound as chosen, else the one that the partner performs itself."""
    if chosen.partner_sound.source != "NONE":
        return sound_choice(chosen.partner_sound)
    if chosen.partner is None:
        return _NONE
    theirs = performing(chosen.partner)
    complete = theirs.source != "NONE" and what_sound_lacks(theirs) is None
    return sound_choice(theirs) if complete else _NONE


def _role(own: SoundChoice, partner: SoundChoice) -> Role:
    if own != _NONE and partner != _NONE:
        return Role.DIALOGUE
    return Role.LISTENER if own == _NONE else Role.SPEAKER
