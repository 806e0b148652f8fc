"""What changes along an animal's path, or is done there: the list, and its two buttons."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

import bpy

from ...blender.declared import overridable
from ...blender.ground.path import SpeedChange
from ...blender.rows import remove_row
from ...blender.units import metres_per_unit
from ...core.ground.path import Stop
from ...core.quadruped.gaits import Action, Gait
from ...core.quadruped.request import ActionMark, GaitChange
from ...core.quadruped.settings import WALKING_M_S
from ..character.changing import ChangesCharacter
from ..character.chosen import chosen_armature, reason_without_armature

BY_SPEED: Final = "BY_SPEED"
"""A gait that goes by the speed."""
GAIT_ITEMS: Final = (
    (BY_SPEED, "By Speed", "Walk, trot, canter or gallop, as an animal of this size does"),
    (Gait.WALK.name, "Walk", "One foot after the other, two or three on the ground"),
    (Gait.PACE.name, "Pace", "Both feet of a side at a time, as camels do"),
    (Gait.TROT.name, "Trot", "Two feet across from each other at a time"),
    (Gait.CANTER_LEFT.name, "Canter Left", "Three beats; the left front foot lands last"),
    (Gait.CANTER_RIGHT.name, "Canter Right", "Three beats; the right front foot lands last"),
    (Gait.GALLOP_LEFT.name, "Gallop Left", "Four beats; the left front foot lands last"),
    (Gait.GALLOP_RIGHT.name, "Gallop Right", "Four beats; the right front foot lands last"),
)
MARK_KINDS: Final = (
    ("SPEED", "Speed", "Go on at another speed"),
    ("GAIT", "Gait", "Go on in another gait"),
    ("STOP", "Stop", "Stand still for a while"),
    (Action.SIT.name, "Sit", "Stop and sit down for a while"),
    (Action.LIE.name, "Lie", "Stop and lie down for a while"),
    (Action.EAT.name, "Eat", "Stop and lower the head to the ground for a while"),
    (Action.LOOK.name, "Look Round", "Stop and look round for a while"),
    (Action.JUMP.name, "Jump", "Jump over what is there, without stopping"),
)
VALUE_OF_KIND: Final = {
    "SPEED": "speed",
    "GAIT": "gait",
    Action.JUMP.name: None,
}
"""The field that belongs to a kind of mark; seconds where none is named."""
_ACTIONS: Final = frozenset(each.name for each in Action)


def gait_property(description: str) -> Any:
    """Which gait."""
    return bpy.props.EnumProperty(
        name="Gait", description=description, items=GAIT_ITEMS, default=BY_SPEED
    )


def gait_of(chosen: str) -> Gait | None:
    """The gait of an item; None for by speed."""
    return None if chosen == BY_SPEED else Gait[chosen]


@overridable
class NEURALMOTION_PG_quadruped_mark(bpy.types.PropertyGroup):
    """A place on the path where something changes, or is done."""

    distance: bpy.props.FloatProperty(
        name="Distance",
        description="How far along the path",
        default=2.0,
        min=0.0,
        unit="LENGTH",
    )
    kind: bpy.props.EnumProperty(
        name="What", description="What happens there", items=MARK_KINDS, default="STOP"
    )
    speed: bpy.props.FloatProperty(
        name="Speed",
        description="Desired speed from there on",
        default=WALKING_M_S,
        min=0.0,
        step=10,
        unit="VELOCITY",
    )
    gait: gait_property("The gait from there on")
    seconds: bpy.props.FloatProperty(
        name="Seconds",
        description="How long, getting down and up included",
        default=4.0,
        min=0.0,
        max=600.0,
        soft_max=30.0,
        unit="TIME_ABSOLUTE",
    )


@dataclass(frozen=True)
class Marks:
    """Everything along a path, in metres and seconds, in any order.

    Args:
        speed_changes: other speeds from places on.
        stops: pauses.
        gait_changes: other gaits from places on.
        actions: what is done at places.
    """

    speed_changes: tuple[SpeedChange, ...] = ()
    stops: tuple[Stop, ...] = ()
    gait_changes: tuple[GaitChange, ...] = ()
    actions: tuple[ActionMark, ...] = ()

    @property
    def changes(self) -> tuple[GaitChange | ActionMark, ...]:
        """What the path does not hold."""
        return (*self.gait_changes, *self.actions)

    def stretched(self, factor: float) -> Marks:
        """The same on a path that is so many times as long."""
        parts = (self.speed_changes, self.stops, self.gait_changes, self.actions)
        return Marks(*(tuple(replace(m, at_m=factor * m.at_m) for m in part) for part in parts))  # type: ignore[arg-type]


def marks_of(rows: Iterable[NEURALMOTION_PG_quadruped_mark], unit_m: float) -> Marks:
    """What the rows of the list say.

    Args:
        rows: of the list.
        unit_m: metres in one of the scene's units.
    """
    rows = list(rows)
    return Marks(
        tuple(
            SpeedChange(r.distance * unit_m, r.speed * unit_m) for r in rows if r.kind == "SPEED"
        ),
        tuple(Stop(r.distance * unit_m, r.seconds) for r in rows if r.kind == "STOP"),
        tuple(GaitChange(r.distance * unit_m, gait_of(r.gait)) for r in rows if r.kind == "GAIT"),
        tuple(
            ActionMark(r.distance * unit_m, Action[r.kind], r.seconds)
            for r in rows
            if r.kind in _ACTIONS
        ),
    )


_FIRST_M: Final = 2.0
_APART_M: Final = 3.0
"""Where a new mark goes."""


class _OfAnimal(ChangesCharacter):
    """Mix-in of operators that change the list of the chosen animal."""

    @staticmethod
    def settings_of(context: bpy.types.Context) -> Any:
        return chosen_armature(context).neural_motion.quadruped


class NEURALMOTION_OT_add_quadruped_mark(_OfAnimal, bpy.types.Operator):
    """Add a place on the path where something changes, or is done"""

    bl_idname = "neural_motion.add_quadruped_mark"
    bl_label = "Add Mark on the Path"
    bl_options = {"REGISTER", "UNDO"}

    redo_shows = ("kind",)

    kind: bpy.props.EnumProperty(
        name="What", description="What happens there", items=MARK_KINDS, default="STOP"
    )

    def change(self, context: bpy.types.Context, chosen: Any) -> None:
        unit_m = metres_per_unit(context.scene)
        last = max((each.distance for each in chosen.marks), default=None)
        first, apart = _FIRST_M / unit_m, _APART_M / unit_m
        mark = chosen.marks.add()
        mark.distance = first if last is None else last + apart
        mark.kind, mark.speed = self.kind, chosen.speed
        chosen.active_mark = len(chosen.marks) - 1


class NEURALMOTION_OT_remove_quadruped_mark(_OfAnimal, bpy.types.Operator):
    """Remove the chosen line"""

    bl_idname = "neural_motion.remove_quadruped_mark"
    bl_label = "Remove Mark on the Path"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    @classmethod
    def reason(cls, context: bpy.types.Context) -> str | None:
        reason = reason_without_armature(context)
        if reason is None and not len(cls.settings_of(context).marks):
            return "There is nothing to remove"
        return reason

    def change(self, _context: bpy.types.Context, chosen: Any) -> None:
        remove_row(chosen.marks, chosen.active_mark)
        chosen.active_mark = max(0, min(chosen.active_mark, len(chosen.marks) - 1))


CLASSES = (NEURALMOTION_OT_add_quadruped_mark, NEURALMOTION_OT_remove_quadruped_mark)
