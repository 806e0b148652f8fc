"""A motion led elsewhere: its root along another way, each of its stances to another place.

A foot goes with its stance as a rigid thing, so that it stands as it stood, and from one stance's
change to the next's while it swings. Legs reach it by inverse kinematics; the feet are then held on
the ground as those of any motion of ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ...conventions import Bools, Floats, Ints
from ...feet.foot_lock import lock_feet
from ...ground.terrain import Terrain
from ...maths.headings import root_to_world
from ...maths.rotations import (
    heading_to_quaternion,
    make_continuous,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
)
from ...maths.smoothing import gaussian_smooth, smoothstep
from ...motion.clip import MotionClip
from ...motion.common_skeleton import COMMON_SKELETON
from ...motion.kinematics import forward_kinematics, solve_two_bone
from ..figure import GRAVITY_M_S2
from .stances import SIDES, Stances

_XZ: Final = [0, 2]
_POLE_M: Final = 0.03
_PELVIS_M: Final = 0.95
_GAIN_S: Final = 0.12
_MOST_BESIDE_M: Final = 0.1
_KNEE_AHEAD: Final = np.array([0.0, 0.0, 1.0], np.float32)


@dataclass(frozen=True, eq=False)
class Changes:
    """N rigid moves over the ground: what is at a place comes to another, turned about it.

    Args:
        places: (N, 2) x, z.
        becomes: (N, 2) where these come to lie.
        turns: (N,) radians about up, from +Z toward +X.
    """

    places: Floats
    becomes: Floats
    turns: Floats

    def moved(self, points: Floats) -> Floats:
        """Points (N, 2), one for each."""
        return np.asarray(self.becomes + root_to_world(points - self.places, self.turns))

    def at(self, rows: Ints) -> Changes:
        """Some of them."""
        return Changes(self.places[rows], self.becomes[rows], self.turns[rows])


def steps_under(root: Changes, stances: Stances, frame_rate_hz: float) -> Changes:
    """Moves (S) of stances that go with the root: feet stand where a body so led does not topple.

    Who is to go to the left has to push off to the right first: a pelvis at height h above the foot
    that carries it gains speed by g / h for each metre beside it.

    Args:
        root: (T) its moves.
        stances: (S) of the motion.
        frame_rate_hz: of the root's moves.

    Source: Kajita et al. 2003, Biped walking pattern generation by using preview control of
    zero-moment point, ICRA, equation 4.
    """
    middles = np.minimum((stances.starts + stances.stops) // 2, stances.frame_count - 1)
    moves = root.at(middles)
    speeds = np.gradient(root.becomes - root.places, axis=0) * frame_rate_hz
    gains = np.gradient(gaussian_smooth(speeds, _GAIN_S * frame_rate_hz, keep_ends=True), axis=0)
    beside = _PELVIS_M / GRAVITY_M_S2 * gains[middles] * frame_rate_hz
    size = np.linalg.norm(beside, axis=1, keepdims=True)
    beside *= np.minimum(1.0, _MOST_BESIDE_M / np.maximum(size, 1e-9))
    return Changes(moves.places, moves.becomes - beside, moves.turns)


def moved_clip(
    clip: MotionClip,
    contacts: Bools,
    terrain: Terrain,
    root: Changes,
    stances: Stances,
    steps: Changes,
) -> MotionClip:
    """A clip of the common skeleton with root and feet moved, feet held on the ground.

    Args:
        clip: T frames.
        contacts: (T, 4) of it.
        terrain: the ground on which feet shall stand.
        root: (T) its moves.
        stances: (S) of the clip.
        steps: (S) their moves.
    """
    hips, local = _moved_root(clip, root)
    positions, rotations = forward_kinematics(COMMON_SKELETON, hips, local)
    before, _ = forward_kinematics(COMMON_SKELETON, clip.root_positions, clip.rotations_wxyz)
    for side, name in enumerate(SIDES):
        joints = COMMON_SKELETON.indices([name + part for part in ("UpLeg", "Leg", "Foot")])
        ankle = before[:, joints[2]].astype(np.float64)
        place, turn = _foot_track(ankle[:, _XZ], root, stances, steps, side)
        ankle[:, _XZ] = place
        _reach(positions, rotations, local, joints, (ankle.astype(np.float32), turn - root.turns))
    held = lock_feet(COMMON_SKELETON, hips, local, contacts, terrain)
    return MotionClip(
        COMMON_SKELETON,
        clip.frame_rate_hz,
        held.root_positions,
        make_continuous(held.rotations_wxyz),
        held.contacts,
    )


def _moved_root(clip: MotionClip, root: Changes) -> tuple[Floats, Floats]:
    hips, local = clip.root_positions.astype(np.float64), clip.rotations_wxyz.copy()
    hips[:, _XZ] = root.moved(hips[:, _XZ])
    local[:, 0] = quaternion_multiply(heading_to_quaternion(root.turns), local[:, 0])
    return hips.astype(np.float32), local


def _foot_track(
    ankle: Floats, root: Changes, stances: Stances, steps: Changes, side: int
) -> tuple[Floats, Floats]:
    """Where one ankle comes to (T, 2) and how it is turned (T,): with its stances."""
    own = stances.of_side(side)
    if not own:
        return root.moved(ankle), root.turns
    first, second, share = _between(stances, own)
    here, there = steps.at(first), steps.at(second)
    place = (1.0 - share[:, None]) * here.moved(ankle) + share[:, None] * there.moved(ankle)
    return place, (1.0 - share) * here.turns + share * there.turns


def _between(stances: Stances, own: list[int]) -> tuple[Ints, Ints, Floats]:
    """By the frame (T,) the stance that was, the one to come, and how far it is between them."""
    frames = np.arange(stances.frame_count)
    starts, stops = stances.starts[own], stances.stops[own]
    before = np.clip(np.searchsorted(starts, frames, side="right") - 1, 0, len(own) - 1)
    after = np.minimum(before + 1, len(own) - 1)
    span = np.maximum(starts[after] - stops[before] + 1, 1)
    share = np.clip((frames - stops[before] + 1) / span, 0.0, 1.0) * (after > before)
    return np.array(own)[before], np.array(own)[after], smoothstep(share)


def _reach(
    positions: Floats,
    rotations: Floats,
    local: Floats,
    joints: list[int],
    ankle: tuple[Floats, Floats],
) -> None:
    """Turn one leg, in place, so that its ankle is where it shall be, the foot turned about up."""
    thigh, shin, foot = joints
    goal, turn = ankle
    ahead = quaternion_rotate(rotations[:, thigh], _KNEE_AHEAD)
    knee = positions[:, shin] - 0.5 * (positions[:, thigh] + positions[:, foot])
    hip, middle, end = (positions[:, joint] for joint in joints)
    thigh_turn, shin_turn = solve_two_bone(hip, middle, end, goal, knee + _POLE_M * ahead)
    turned = heading_to_quaternion(turn)
    world = [
        quaternion_multiply(by, rotations[:, joint])
        for by, joint in zip((thigh_turn, shin_turn, turned), joints, strict=True)
    ]
    hips = rotations[:, COMMON_SKELETON.parents[thigh]]
    for above, each, joint in zip((hips, *world[:2]), world, joints, strict=True):
        local[:, joint] = quaternion_multiply(quaternion_conjugate(above), each)
