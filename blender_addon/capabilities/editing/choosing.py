"""From the panel to a choice that the scene can be read by; and why it cannot yet."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import bpy

from ...blender.jobs.state import RUNNING
from ..character.chosen import chosen_armature, reason_if_linked, reason_without_armature
from .choice import Edit, EditChoice
from .clips import is_known
from .kinds import KINDS
from .properties import NEURALMOTION_PG_editing, result_options, settings_for
from .ranges import chosen_range, reason_without_range, selected_bones, span_of

_NO_BONES: Final = "Select bones in Pose Mode, or untick Selected Bones Only"


def edit_choices(context: bpy.types.Context, edit: Edit) -> list[EditChoice]:
    """What the chosen character's panel says of an edit, for each character that it is of.

    Args:
        context: whose scene.
        edit: what is done.
    """
    owner = chosen_armature(context)
    choice = edit_choice(context, owner, edit)
    return [
        replace(choice, armature=each, seed=choice.seed + n * choice.variants)
        for n, each in enumerate(edited_armatures(context, edit))
    ]


def edit_choice(context: bpy.types.Context, owner: bpy.types.Object, edit: Edit) -> EditChoice:
    """What the panel of a character says of an edit.

    Args:
        context: whose scene.
        owner: the armature that keeps the settings.
        edit: what is done.
    """
    chosen: NEURALMOTION_PG_editing = owner.neural_motion.editing
    kind = KINDS[edit]
    of_gaps = edit is Edit.FILL and span_of(chosen, edit) == "GAPS"
    return EditChoice(
        armature=owner,
        edit=edit,
        settings=settings_for(context.scene, chosen, edit),
        frame_range=chosen_range(context.scene, owner, edit),
        bones=selected_bones(owner) if kind.has_bones and chosen.bones_only else (),
        gaps_over=chosen.gap if of_gaps else None,
        reference=chosen.reference,
        reference_armature=chosen.reference_rig,
        first=chosen.first,
        second=chosen.second,
        path=chosen.path,
        seed=chosen.seed,
        variants=chosen.variants if kind.has_variants else 1,
        missing=missing_bones(chosen) if edit is Edit.CLEAN else (),
        result=result_options(chosen, edit),
    )


def missing_bones(chosen: NEURALMOTION_PG_editing) -> tuple[str, ...]:
    """Bones that were marked as missing."""
    return tuple(chosen.missing.splitlines())


def edited_armatures(context: bpy.types.Context, edit: Edit) -> list[bpy.types.Object]:
    """The chosen character's armature, or those selected where each gets variants of its own."""
    armature = chosen_armature(context)
    if edit is not Edit.VARY or not armature.neural_motion.editing.of_selected:
        return [armature]
    return [each for each in context.selected_objects if each.type == "ARMATURE"]


def reason_not_to_edit(context: bpy.types.Context, edit: Edit) -> str | None:
    """Why an edit's button is greyed out, in the user's words; None if it is not."""
    if context.window_manager.neural_motion.running:
        return RUNNING
    if (reason := reason_without_armature(context)) is not None:
        return reason
    owner = chosen_armature(context)
    if owner.mode == "EDIT":
        return f"Leave Edit Mode of '{owner.name}' first (Tab)"
    chosen: NEURALMOTION_PG_editing = owner.neural_motion.editing
    reason = _reason_without_motion(context, owner, edit) or _reason_of_edit(owner, chosen, edit)
    reason = reason or reason_without_range(context.scene, owner, edit)
    if reason is None and KINDS[edit].has_bones and chosen.bones_only:
        return None if selected_bones(owner) else _NO_BONES
    return reason


def _reason_without_motion(
    context: bpy.types.Context, owner: bpy.types.Object, edit: Edit
) -> str | None:
    if edit is Edit.CONNECT:
        return None  # of two actions neither need play
    armatures = edited_armatures(context, edit)
    if not armatures:
        return "Select the armatures of the characters, or untick Selected Characters"
    if edit is Edit.VARY and (linked := filter(None, map(reason_if_linked, armatures))):
        if (reason := next(linked, None)) is not None:
            return reason
    still = next((each.name for each in armatures if not _is_animated(each)), None)
    return None if still is None else f"Nothing animates '{still}' yet. Key poses, or add a motion"


def _is_animated(owner: bpy.types.Object) -> bool:
    data = owner.animation_data
    if data is None:
        return False
    return data.action is not None or any(len(t.strips) for t in data.nla_tracks if not t.mute)


def _reason_of_edit(
    owner: bpy.types.Object, chosen: NEURALMOTION_PG_editing, edit: Edit
) -> str | None:
    if edit is Edit.FOLLOW:
        return None if chosen.path is not None else "Choose the curve to go along as Path"
    if edit is Edit.RESTYLE:
        other = chosen.reference_rig or owner
        return _reason_without_clip(other, chosen.reference, "Reference")
    if edit is Edit.CONNECT:
        first = _reason_without_clip(owner, chosen.first, "From")
        return first or _reason_without_clip(owner, chosen.second, "To")
    return None


def _reason_without_clip(owner: bpy.types.Object, name: str, field: str) -> str | None:
    if not name:
        return f"Choose a motion as {field}"
    if not is_known(owner, name):
        return f"There is no action and no strip '{name}'. Choose another one as {field}"
    return None
