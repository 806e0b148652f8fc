"""Short motions to be simulated, and what is asked of the simulation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON, HIPS_REST_HEIGHT_M
from blender_addon.core.physics.pipeline import PhysicsPipeline
from blender_addon.core.physics.request import PhysicsRequest, PhysicsResult, Push
from blender_addon.core.physics.settings import PhysicsSettings
from blender_addon.core.physics.world import Obstacle

STILL = np.array([[1.0, 0.0, 0.0, 0.0]])


def standing(seconds: float = 1.0, rate: float = 60.0, at: Any = (0.0, 0.0, 0.0)) -> MotionClip:
    """Somebody who stands with hanging arms, looking along +Z."""
    frames = round(seconds * rate) + 1
    turns = np.zeros((frames, COMMON_SKELETON.joint_count, 4))
    turns[..., 0] = 1.0
    for name, half in (("LeftArm", -0.65), ("RightArm", 0.65)):
        turns[:, COMMON_SKELETON.index(name)] = (np.cos(half), 0.0, 0.0, np.sin(half))
    place = np.array([0.0, HIPS_REST_HEIGHT_M, 0.0]) + at
    return MotionClip(COMMON_SKELETON, rate, np.tile(place, (frames, 1)), turns)


def asked(clip: MotionClip | None = None, **more: Any) -> PhysicsRequest:
    """A request; what is a setting goes into the settings."""
    fields = PhysicsSettings.__dataclass_fields__
    settings = PhysicsSettings(**{k: more.pop(k) for k in list(more) if k in fields})
    return replace(PhysicsRequest(clip or standing(), settings=settings), **more)


def done(*requests: PhysicsRequest, threads: int = 1) -> list[PhysicsResult]:
    """What becomes of them."""
    return list(PhysicsPipeline(threads=threads).generate(requests))


def push(impulse: tuple[float, float, float], at_s: float = 0.2, body: str = "chest") -> Push:
    """On the chest."""
    return Push(at_s, body, np.array(impulse))


def box(low: tuple[float, float, float], high: tuple[float, float, float]) -> Floats:
    """(8, 3) corners."""
    return np.array([(x, y, z) for x in (low[0], high[0]) for y in (low[1], high[1])
                     for z in (low[2], high[2])])  # fmt: skip


def obstacle(corners: Floats, places: Any = ((0.0, 0.0, 0.0),)) -> Obstacle:
    """Not turned."""
    places = np.asarray(places, np.float64)
    return Obstacle("box", corners, places, np.repeat(STILL, len(places), axis=0))
