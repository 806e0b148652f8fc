"""Who is of the herd, and how those go who have no path of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import bpy

from ....blender.face.shape_keys import armature_of
from ....blender.jobs.state import RUNNING
from ...character.chosen import chosen_armature, reason_if_linked
from ..choice import AnimalChoice
from ..judged import judge_animal
from ..pace import hip_height_m, usual_speed_m_s
from ..properties import animal_choice

_ROOM: Final = 1.4
"""From the middle of one animal to the next beside it, in hip heights of the taller one."""


def herd_of(context: bpy.types.Context) -> list[bpy.types.Object]:
    """The armatures of all selected four-legged characters, the chosen one first."""
    chosen = chosen_armature(context)
    selected = [armature_of(each) for each in context.selected_objects]
    found = [each for each in (chosen, *selected) if each is not None]
    return [each for each in dict.fromkeys(found) if judge_animal(each).found is not None]


def reason_not_to_go_together(context: bpy.types.Context) -> str | None:
    """Why Generate Herd is greyed out, in the user's words; None if it is not."""
    if context.window_manager.neural_motion.running:
        return RUNNING
    herd = herd_of(context)
    if len(herd) < 2:
        return _reason_alone(context)
    for each in herd:
        if (linked := reason_if_linked(each)) is not None:
            return linked
        if each.mode == "EDIT":
            return f"Leave Edit Mode of '{each.name}' first (Tab)"
    if all(each.neural_motion.quadruped.path is None for each in herd):
        return "Choose a path for one of them"
    lead = _lead(herd)
    if lead is None:
        return f"Choose a path for '{herd[0].name}', whom those without a path follow"
    return None


def _reason_alone(context: bpy.types.Context) -> str:
    chosen = chosen_armature(context)
    if chosen is not None and (linked := reason_if_linked(chosen)) is not None:
        return linked
    return "Select several four-legged characters: they go together"


def _lead(herd: Sequence[bpy.types.Object]) -> bpy.types.Object | None:
    """Whom those without a path follow: the chosen animal, if anybody has to be followed."""
    alone = all(each.neural_motion.quadruped.path is not None for each in herd)
    return herd[0] if alone or herd[0].neural_motion.quadruped.path is not None else None


def herd_choices(
    context: bpy.types.Context, herd: Sequence[bpy.types.Object]
) -> list[AnimalChoice]:
    """What each animal is to do: as it is set, or beside the first one, as fast as that.

    Seeds that are alike are told apart, so that no two of them step together.

    Args:
        context: whose scene.
        herd: the animals, the one that is followed first.
    """
    own = [animal_choice(context, each) for each in herd]
    lead, followers = own[0], 0
    choices, seeds = [], set[int]()
    for choice in own:
        if choice.curve is None:
            followers += 1
            choice = beside(context, choice, lead, followers)
        seed = choice.seed
        while seed in seeds:
            seed += 1
        seeds.add(seed)
        choices.append(replace(choice, seed=seed))
    return choices


def beside(
    context: bpy.types.Context, choice: AnimalChoice, lead: AnimalChoice, number: int
) -> AnimalChoice:
    """Along the first one's path, to the left and the right of it by turns."""
    own, its = (hip_height_m(context, each.armature) or 0.0 for each in (choice, lead))
    rank = (number + 1) // 2 * (1.0 if number % 2 else -1.0)
    return replace(
        choice,
        curve=lead.curve,
        ground=choice.ground or lead.ground,
        ground_collection=choice.ground_collection or lead.ground_collection,
        speed_m_s=usual_speed_m_s(its) if lead.speed_m_s is None else lead.speed_m_s,
        gait=choice.gait or lead.gait,
        marks=lead.marks,
        backward=lead.backward,
        start_frame=lead.start_frame,
        stand_before_s=lead.stand_before_s,
        stand_after_s=lead.stand_after_s,
        aside_m=_ROOM * max(own, its) * rank,
    )
