"""Speeds that suit an animal's size, and what they mean, in the user's words."""

from __future__ import annotations

from typing import Final

import bpy
import numpy as np

from ...blender.face.shape_keys import armature_of
from ...blender.units import metres_per_unit
from ...core.quadruped.body import Family
from ...core.quadruped.gait_choice import gaits_along, usual_froude
from ...core.quadruped.gaits import ACTIONS, Gait, froude, speed_of
from .judged import judge_animal

USUAL_FROUDE: Final = 0.15
"""Of an unhurried walk."""
FAST_FROUDE: Final = 3.0
"""Of a gallop in hand."""
FASTEST_FROUDE: Final = 120.0
"""A cheetah's, about."""
_TITLES: Final = {
    Gait.WALK: "It walks",
    Gait.PACE: "It paces",
    Gait.TROT: "It trots",
    **dict.fromkeys((Gait.CANTER_LEFT, Gait.CANTER_RIGHT), "It canters"),
    **dict.fromkeys((Gait.GALLOP_LEFT, Gait.GALLOP_RIGHT), "It gallops"),
}


def hip_height_m(context: bpy.types.Context, armature: bpy.types.Object) -> float | None:
    """Height of an animal's hips over the ground as it stands in the scene; None if none is."""
    found = judge_animal(armature).found
    if found is None:
        return None
    scale = sum(map(abs, armature.matrix_world.to_scale())) / 3.0
    return float(found.hip_height * scale * metres_per_unit(context.scene))


def usual_speed_m_s(hip_m: float) -> float:
    """How fast an animal of this height walks; two digits of it."""
    return speed_at(USUAL_FROUDE, hip_m)


def speed_at(froude_number: float, hip_m: float) -> float:
    """The speed of a Froude number, in m/s; two digits of it."""
    return float(f"{float(speed_of(froude_number, hip_m)):.2g}")


def fastest_m_s(hip_m: float) -> float:
    """Above which no animal of this height goes."""
    return float(speed_of(FASTEST_FROUDE, hip_m))


def suit(context: bpy.types.Context, character: bpy.types.Object) -> None:
    """Let speeds that nobody has set suit the size of an animal that was just chosen."""
    armature = armature_of(character)
    chosen = None if armature is None else armature.neural_motion.quadruped
    hip_m = None if chosen is None else hip_height_m(context, armature)
    if not hip_m:
        return
    unit_m = metres_per_unit(context.scene)
    for group, name, number in (
        (chosen, "speed", USUAL_FROUDE),
        (chosen.drive, "slow", USUAL_FROUDE),
        (chosen.drive, "fast", FAST_FROUDE),
    ):
        if not group.is_property_set(name):
            setattr(group, name, speed_at(number, hip_m) / unit_m)


def froude_of(speed_m_s: float, hip_m: float) -> float:
    """How fast that is for an animal of this height."""
    return float(froude(speed_m_s, hip_m))


def gait_in_words(speed_m_s: float, hip_m: float, family: Family, told: Gait | None) -> str:
    """Which gait an animal goes in at a speed, and what it thinks of one that it is told.

    Args:
        speed_m_s: of the animal.
        hip_m: height of its hips.
        family: whose gaits it has.
        told: the gait chosen for it; None for by speed.
    """
    number = froude_of(speed_m_s, hip_m)
    where = f"Froude number {number:.2g}: animals walk up to 0.5, trot up to 2 and gallop from 2.5"
    if told is None:
        return f"{_TITLES[_usual_gait(number, family)]} at this speed. {where}"
    low, high = usual_froude(told)
    if low <= number <= high:
        return f"{_TITLES[told]}. {where}"
    if number < low:
        return f"{_TITLES[told]} as you say, though this speed is too slow for it. {where}"
    return f"{_TITLES[told]} as you say, though this speed is too fast for it. {where}"


def _usual_gait(number: float, family: Family) -> Gait:
    """The gait of a Froude number on a straight path."""
    speed = speed_of(np.array([number]))
    (gait,) = gaits_along(speed, speed, np.zeros(1), [None], family, lead_left=False)
    return Gait(ACTIONS[int(gait)])
