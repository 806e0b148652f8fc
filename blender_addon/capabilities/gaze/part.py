"""How a gaze takes part in a performance: the eyes, and slow turns of the head, are its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import bpy

from ...blender.face.shape_keys import armature_of
from ...blender.keys.undo import Undo
from ...blender.models.preferred import model_choice
from ...blender.rows import remove_row
from ...blender.sound.choice import adopt_sound
from ...core.jobs import Outcome
from ..character.chosen import owner_of, reason_if_linked
from ..package import Cue, Part, Written
from .properties import describe_eyes, gaze_choice

# Imported where they are used: switching the extension on does not wait for them.
if TYPE_CHECKING:
    from .job import Gaze, GazeJob


def _reason(_context: bpy.types.Context, character: bpy.types.Object, cue: Cue) -> str | None:
    owner = owner_of(character, "gaze")
    if (linked := reason_if_linked(owner)) is not None:
        return linked
    targets = owner.neural_motion.gaze.targets
    if any(each.target is None for each in targets):
        return "Choose an object for every target, or remove the empty one"
    if cue.partner is None and not len(targets):
        return "There is nobody to look at. Choose a partner here, or a target under Gaze"
    found, problems = describe_eyes(owner)
    return None if found else problems[0]


def _adopt(_context: bpy.types.Context, character: bpy.types.Object, cue: Cue, undo: Undo) -> None:
    chosen = owner_of(character, "gaze").neural_motion.gaze
    adopt_sound(undo, chosen.sound, cue.sound)
    adopt_sound(undo, chosen.partner_sound, cue.partner_sound)
    if cue.partner is None or _is_target(chosen, cue.partner):
        return
    new = chosen.targets.add()
    undo.callback(remove_row, chosen.targets, len(chosen.targets) - 1)
    new.target, new.kind = armature_of(cue.partner) or cue.partner, "PARTNER"


def _is_target(chosen: bpy.types.PropertyGroup, partner: bpy.types.Object) -> bool:
    """Whether somebody is looked at already, whichever of its objects was chosen."""
    return any(_is_of(each.target, partner) for each in chosen.targets)


def _is_of(target: bpy.types.Object | None, partner: bpy.types.Object) -> bool:
    return target is not None and (armature_of(partner) or partner) in (target, armature_of(target))


def _read(context: bpy.types.Context, character: bpy.types.Object, cue: Cue) -> GazeJob:
    from . import scene as gaze_scene

    choice = gaze_choice(owner_of(character, "gaze"))
    choice = replace(choice, seed=choice.seed + cue.seed)
    if cue.partner is not None:  # partners of earlier performances stay in the panel only
        targets = (
            each
            for each in choice.targets
            if each.kind != "PARTNER" or _is_of(each.target, cue.partner)
        )
        choice = replace(choice, targets=tuple(targets))
    return gaze_scene.read(
        context, [choice], cue.first_frame, cue.last_frame, model_choice(context)
    )


def _write(
    context: bpy.types.Context,
    _character: bpy.types.Object,
    _cue: Cue,
    job: Any,
    outcome: Outcome[Gaze],
    undo: Undo,
) -> Written:
    from ...blender.keys.giving_way import told_in_brief
    from .applying import counted, keep_gaze, write_gaze

    written = write_gaze(context, job, outcome, undo)
    gaze = outcome.result.characters[0]
    undo.afterwards(keep_gaze, context, job, outcome, written, [gaze.warnings])
    summary = counted(gaze) + told_in_brief(written.gave_way(0))
    return Written(summary, gaze.warnings, written.layer_names)


PART: Final = Part(
    name="gaze",
    title="Gaze",
    order=40,
    moves="The eyes, and slow turns of the head",
    reason=_reason,
    adopt=_adopt,
    read=_read,
    write=_write,
)
