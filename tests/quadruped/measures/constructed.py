"""Motions whose measures are known, because they are made so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from backend.quadruped.judging.animal import AnimalMotion, Wanted
from backend.quadruped.sequence import Footfalls
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.quadruped.body import Family, QuadrupedBody
from blender_addon.core.quadruped.gaits import ACTIONS, Gait
from blender_addon.core.quadruped.plan import QuadrupedPlan
from blender_addon.core.quadruped.skeleton import JOINTS, quadruped_skeleton

Reals = NDArray[np.float64]

RATE_HZ = 60.0
WALK_LANDINGS = (0.0, 0.2, 0.5, 0.7)
_PLACES = np.array([(0.08, -0.3), (0.08, 0.3), (-0.08, -0.3), (-0.08, 0.3)])


def stepping(
    landings: tuple[float, ...] = WALK_LANDINGS,
    duty: float = 0.65,
    speed_m_s: float = 0.9,
    stride_s: float = 0.7,
    seconds: float = 8.0,
    slide_m_s: float = 0.0,
    family: Family = Family.CANINE,
) -> AnimalMotion:
    """An animal that goes along +Z in one gait; feet stand still, or slide forward in their stance.

    In the air a foot goes from print to print at an even speed, so contacts begin and end sharply.
    """
    times = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    feet = np.zeros((len(times), 4, 3))
    for foot, landing in enumerate(landings):
        strides = times / stride_s - landing
        number, part = np.floor(strides), strides % 1.0
        length = speed_m_s * stride_s
        swing = np.clip((part - duty) / (1 - duty), 0.0, 1.0)
        slide = slide_m_s * stride_s * np.minimum(part, duty)
        slid = slide_m_s * stride_s * duty
        feet[:, foot, 0] = _PLACES[foot, 0]
        feet[:, foot, 1] = 0.1 * np.sin(np.pi * swing)
        feet[:, foot, 2] = (number + landing) * length + _PLACES[foot, 1] + slide
        feet[:, foot, 2] += swing * (length - slid)
    return _over(feet, speed_m_s * times, family)


def _over(feet: Reals, along: Reals, family: Family) -> AnimalMotion:
    """A trunk over four feet, at half a metre."""
    count = len(feet)
    points = np.zeros((count, 4, 3))
    points[:, :, 1] = (0.5, 0.5, 0.55, 0.7)
    points[:, :, 0] = (0.08, -0.08, 0.0, 0.0)
    points[:, :, 2] = along[:, None] + np.array([-0.3, -0.3, 0.3, 0.5])
    return AnimalMotion(
        name="made",
        body_name="made",
        family=family,
        rate_hz=RATE_HZ,
        feet_m=feet,
        hips_m=points[:, :2],
        neck_m=points[:, 2],
        head_m=points[:, 3],
        ground_m=np.zeros((count, 4)),
        under_m=np.zeros(count),
        planted_m=np.zeros(4),
    )


def wanting(
    motion: AnimalMotion,
    gaits: list[tuple[int, Gait]],
    landings: list[tuple[int, tuple[float, ...]]] | None = None,
) -> AnimalMotion:
    """The same, with a plan that wants gaits from frames on."""
    count = motion.frame_count
    actions = np.zeros((count, len(ACTIONS)))
    for start, gait in gaits:
        actions[start:] = 0.0
        actions[start:, ACTIONS.index(gait.value)] = 1.0
    planned = None
    if landings is not None:
        planned = np.zeros((count, 4))
        for start, each in landings:
            planned[start:] = each
    root = motion.root
    plan = QuadrupedPlan(
        root[:, :2],
        root[:, 2],
        root[:, 2],
        motion.speeds_m_s,
        np.cumsum(motion.speeds_m_s),
        actions,
    )
    path = root[[0, -1], :2]
    return replace(motion, wanted=Wanted(path, plan, planned, None if planned is None else planned))


def square_rest() -> Reals:
    """(27, 3) a plain body whose hips are half a metre high."""
    places = {
        "hips": (0, 0.55, -0.3), "spine": (0, 0.56, -0.1), "spine_1": (0, 0.56, 0.1),
        "chest": (0, 0.55, 0.3), "neck": (0, 0.58, 0.4), "neck_1": (0, 0.65, 0.48),
        "head": (0, 0.72, 0.55), "nose": (0, 0.68, 0.68), "tail": (0, 0.54, -0.36),
        "tail_1": (0, 0.45, -0.45), "tail_2": (0, 0.35, -0.5),
        "fore_scapula": (0.06, 0.6, 0.25), "fore_upper": (0.08, 0.42, 0.32),
        "fore_lower": (0.08, 0.28, 0.24), "fore_paw": (0.08, 0.01, 0.3),
        "hind_hip": (0.06, 0.5, -0.3), "hind_stifle": (0.08, 0.33, -0.22),
        "hind_hock": (0.08, 0.16, -0.36), "hind_paw": (0.08, 0.01, -0.3),
    }  # fmt: skip
    rest = []
    for joint in JOINTS:
        side, _, rest_of_name = joint.partition("_")
        sided = side in ("left", "right")
        x, y, z = places[rest_of_name if sided else joint]
        rest.append((-x if side == "right" else x, y, z))
    return np.array(rest, np.float64)


def square_body(family: Family = Family.CANINE) -> QuadrupedBody:
    """The plain body."""
    return QuadrupedBody(quadruped_skeleton(square_rest()), family)


def gliding_clip(seconds: float = 3.0, speed_m_s: float = 0.9, rate: float = RATE_HZ) -> MotionClip:
    """The plain body pushed along +Z without moving a leg."""
    body = square_body()
    count = round(seconds * rate)
    root = np.tile(body.rest_m[0], (count, 1)).astype(np.float64)
    root[:, 2] += speed_m_s * np.arange(count) / rate
    turns = np.zeros((count, len(JOINTS), 4))
    turns[..., 0] = 1.0
    return MotionClip(body.skeleton, rate, root, turns, np.ones((count, 4), bool))


def no_footfalls(count: int) -> Footfalls:
    """A plan in which nothing ever steps."""
    still = np.zeros((count, 4))
    return Footfalls(still, still, np.ones((count, 4), bool), np.zeros((count, 4, 3)), still[:, 0])
