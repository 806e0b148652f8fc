"""The baseline: the nearest loop slid along the path at its own stride.

The loop plays as fast as the animal advances, its trunk stays where the path is and faces along it;
of a walk and a gallop the one nearer in speed is taken, faded over where neither is. Nothing keeps
the feet still. It is what an animator gets from loops and a Follow Path constraint.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from backend.quadruped.loops import Loop, read_loops
from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ, Floats
from blender_addon.core.ground.terrain import Terrain
from blender_addon.core.maths.rotations import (
    heading_to_quaternion,
    quaternion_multiply,
    quaternion_nlerp,
)
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.quadruped.body import QuadrupedBody
from blender_addon.core.quadruped.plan import QuadrupedPlan
from blender_addon.core.quadruped.root import root_of

from .animal import Reals

_FAST: Final = ("gallop", "run")
_FADE: Final = 0.2
"""Width, in the logarithm of the speed, of the fade between walk and gallop."""


@dataclass(frozen=True, eq=False)
class Turn:
    """One turn of a loop on the spot, heading along +Z.

    Args:
        hips_m: (C, 3) relative to the trunk's middle on the ground, which moves evenly.
        rotations_wxyz: (C, 27, 4).
        stride_m: how far a turn goes.
        speed_m_s: at which it was made.
    """

    hips_m: Floats
    rotations_wxyz: Floats
    stride_m: float
    speed_m_s: float

    def sample(self, strides: Reals) -> tuple[Floats, Floats]:
        """Hips (T, 3) and rotations (T, 27, 4) at times (T,) counted in turns."""
        place = (strides % 1.0) * len(self.hips_m)
        low = np.minimum(place.astype(np.int64), len(self.hips_m) - 1)
        part = (place - low).astype(np.float32)[:, None]
        high = (low + 1) % len(self.hips_m)
        hips = self.hips_m[low] + part * (self.hips_m[high] - self.hips_m[low])
        turned = quaternion_nlerp(self.rotations_wxyz[low], self.rotations_wxyz[high], part)
        return hips, turned


@dataclass(frozen=True, eq=False)
class LoopPair:
    """The two loops of one species.

    Args:
        name: of the species.
        body: at the model's size.
        walk, gallop: the turns.
    """

    name: str
    body: QuadrupedBody
    walk: Turn
    gallop: Turn


def read_loop_pairs(data: Path) -> list[LoopPair]:
    """Every species that has a walk and a gallop.

    Args:
        data: the folder data/quadruped.
    """
    loops = read_loops(data, lambda name: name.endswith(("_walk", *(f"_{n}" for n in _FAST))))
    return [
        LoopPair(name, walk.body, _turn_of(walk), _turn_of(fast))
        for name, walk, fast in _paired(loops)
    ]


def _paired(loops: Mapping[str, Loop]) -> list[tuple[str, Loop, Loop]]:
    found = []
    for name, walk in loops.items():
        species = name.removesuffix("_walk")
        fast = [loops[f"{species}_{word}"] for word in _FAST if f"{species}_{word}" in loops]
        if name.endswith("_walk") and fast:
            found.append((species, walk, fast[0]))
    return found


def _turn_of(loop: Loop) -> Turn:
    clip = loop.clip
    joints, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    frames = max(round(loop.cycle_frames), 2)
    stride = loop.speed_m_s * loop.cycle_frames / MODEL_FRAME_RATE_HZ
    middle = root_of(joints)[:frames, :2]
    even = np.stack((np.zeros(frames), stride * np.arange(frames) / frames), axis=-1)
    start = (middle - even).mean(axis=0)
    hips = clip.root_positions[:frames].astype(np.float32).copy()
    hips[:, [0, 2]] -= (even + start).astype(np.float32)
    return Turn(hips, clip.rotations_wxyz[:frames], stride, loop.speed_m_s)


def nearest_pair(body: QuadrupedBody, name: str, pairs: Sequence[LoopPair]) -> LoopPair:
    """The body's own loops, or those of the body most like it in its family."""
    for pair in pairs:
        if pair.name == name:
            return pair
    of_family = [pair for pair in pairs if pair.body.family is body.family] or list(pairs)
    return min(of_family, key=lambda pair: float(np.linalg.norm(pair.body.vector - body.vector)))


def slide_along(plan: QuadrupedPlan, terrain: Terrain, pair: LoopPair) -> MotionClip:
    """A loop on a plan, in the model's world at 60 Hz.

    Args:
        plan: where and how fast.
        terrain: in the model's metres.
        pair: whose loops.
    """
    speeds = np.maximum(plan.speeds_m_s, 1e-3)
    middle = np.log(pair.walk.speed_m_s * pair.gallop.speed_m_s) / 2
    share = np.clip((np.log(speeds) - middle) / _FADE + 0.5, 0.0, 1.0)
    stride = pair.walk.stride_m + share * (pair.gallop.stride_m - pair.walk.stride_m)
    strides = np.cumsum(np.gradient(plan.distances_m) / stride)
    hips, turns = pair.walk.sample(strides)
    fast_hips, fast_turns = pair.gallop.sample(strides)
    weight = share[:, None].astype(np.float32)
    hips = hips + weight * (fast_hips - hips)
    turns = quaternion_nlerp(turns, fast_turns, weight)
    headings = plan.headings_rad.astype(np.float32)
    facing = heading_to_quaternion(headings)
    turns[:, 0] = quaternion_multiply(facing, turns[:, 0])
    return MotionClip(
        pair.body.skeleton, MODEL_FRAME_RATE_HZ, _placed(plan, hips, headings, terrain), turns
    )


def _placed(plan: QuadrupedPlan, hips: Floats, headings: Floats, terrain: Terrain) -> Floats:
    sine, cosine = np.sin(headings), np.cos(headings)
    ground = terrain.heights(plan.positions_xz)
    return np.stack(
        (
            plan.positions_xz[:, 0] + cosine * hips[:, 0] + sine * hips[:, 2],
            hips[:, 1] + ground,
            plan.positions_xz[:, 1] - sine * hips[:, 0] + cosine * hips[:, 2],
        ),
        axis=-1,
    )
