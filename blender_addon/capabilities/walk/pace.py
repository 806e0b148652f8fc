"""Speeds that suit a character's size: what is natural for it, too fast, or hardly any motion."""

from __future__ import annotations

from typing import Any, Final

import bpy

from ...blender.rig.skeleton import read_skeleton
from ...blender.units import SceneUnits, metres_per_unit
from ...core.errors import NeuralMotionError
from ...core.ground.path import Path
from ...core.inference.choice import ModelChoice
from ...core.motion.common_skeleton import COMMON_SKELETON
from ...core.notes import Note
from ...core.walk.settings import JOGGING_M_S, WALKING_M_S
from ...core.walk.slowing import Reason, Slowdown
from ...core.walk.timetable import SHUFFLING_M_S, Timetable
from .direction.model_styles import model_contract
from .job import size_of

_PEOPLE: Final = (0.4, 2.5)
"""Sizes at which the defaults, made for a person, still suit."""


def size_in_scene(context: bpy.types.Context, armature: bpy.types.Object) -> float:
    """Size of a character against a person; 1 if it cannot be told yet."""
    try:
        rig = read_skeleton(context, armature)
    except NeuralMotionError:
        return 1.0
    return size_of(rig.skeleton, rig.joint_map) / size_of(COMMON_SKELETON)


def lengths_per_person(context: bpy.types.Context, armature: bpy.types.Object | None) -> float:
    """Blender units that are to this character what a metre is to a person.

    1 for people, whatever their height, in a scene in metres: round numbers stay round.
    """
    size = 1.0 if armature is None else size_in_scene(context, armature)
    own = 1.0 if _PEOPLE[0] <= size <= _PEOPLE[1] else float(f"{size:.2g}")
    return own / metres_per_unit(context.scene)


def suit(context: bpy.types.Context, character: bpy.types.Object) -> None:
    """Let the speeds that nobody has set suit a character that was just chosen."""
    walk = character.neural_motion.walk
    each = lengths_per_person(context, character)
    for group, name, speed in (
        (walk, "speed", WALKING_M_S),
        (walk.drive, "walk", WALKING_M_S),
        (walk.drive, "jog", JOGGING_M_S),
    ):
        if each != 1.0 and not group.is_property_set(name):
            setattr(group, name, speed * each)


def speed_problem(path: Path, size: float, units: SceneUnits, models: ModelChoice) -> str:
    """What Generate Walk would refuse; empty if nothing."""
    fastest, most = float(path.speeds_m_s.max()), speed_limit(models)
    if most is None or fastest <= most * size * (1.0 + 1e-6):
        return ""
    return (
        f"{units.speed(fastest)} is faster than the model goes with a character of this size: up "
        f"to {units.speed(most * size)}"
    )


def speed_notes(path: Path, size: float, units: SceneUnits) -> tuple[str, ...]:
    """What is possible and hardly meant, in the user's words."""
    slowest = float(path.speeds_m_s.min())
    if slowest >= SHUFFLING_M_S * size:
        return ()
    usual = units.speed(WALKING_M_S * size)
    told = f"{units.speed(slowest)} is very slow for a character of this size"
    return (Note(f"{told}, which walks at about {usual}"),)


def slow_notes(table: Timetable, size: float, units: SceneUnits) -> tuple[str, ...]:
    """Where a walk goes slower than it was asked to, in the user's words.

    Args:
        table: of the walk, at a person's size.
        size: of the character against a person.
        units: of the scene.
    """
    slower = [
        each for each in table.way.slowdowns if each.speed_m_s < each.asked_m_s * table.speed_factor
    ]
    notes = [Note(_slowed(each, size, units)) for each in slower]
    slowest = float(table.path.speeds_m_s.min()) * table.speed_factor
    if table.speed_factor != 1.0 and slowest < SHUFFLING_M_S:
        speed = units.speed(slowest * size)
        notes.append(Note(f"to arrive that late it goes at {speed}, which is hardly any motion"))
    return tuple(notes)


def _slowed(slower: Slowdown, size: float, units: SceneUnits) -> str:
    speed, at = units.speed(slower.speed_m_s * size), units.length(slower.at_m * size)
    if slower.reason is Reason.TREADS:
        what = f"slows to {speed} on {slower.treads} treads, one foot on each"
    elif slower.reason is Reason.TURNING:
        what = f"slows to {speed} while it turns to where it is to face"
    else:
        what = f"slows to {speed}, which is how fast people go backward or sideways"
    return f"{what}, {at} from the start of the path"


def speed_limit(models: ModelChoice) -> float | None:
    """How fast the model goes, at a person's size; None if it does not say."""
    speed = _said(models, "max_speed_m_s")
    return float(speed) if speed else None


def captured_style_count(models: ModelChoice) -> int:
    """How many captured styles the model has; 0 if it does not say."""
    styles = _said(models, "style_vectors")
    return len(styles) if isinstance(styles, list | tuple) else 0


def _said(models: ModelChoice, name: str) -> Any:
    """A setting of the model's contract."""
    contract = model_contract(models)
    return None if contract is None else contract.settings.get(name)
