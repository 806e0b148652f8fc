"""The same steps under a body that moves otherwise: feet go where they went."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ...conventions import LEFTWARD, Bools, Floats
from ...feet.foot_lock import lock_feet
from ...ground.terrain import FlatTerrain
from ...maths.rotations import (
    cross,
    normalise,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_nlerp,
    quaternion_rotate,
)
from ...maths.segments import Segments
from ...maths.smoothing import gaussian_smooth, running_maximum, smoothstep
from ...motion.clip import MotionClip
from ...motion.common_skeleton import HEEL_HEIGHT_M, TOE_HEIGHT_M
from ...motion.kinematics import forward_kinematics, solve_two_bone

_SWING_FRAMES: Final = 9.0
_HIGHEST_LIFT_M: Final = 0.25
_REACH: Final = 0.985
_SINK_FRAMES: Final = 8.0
_KNEE_M: Final = 0.2
"""Height of a knee at least: a body that is low over long steps comes up."""
_ROUNDS: Final = 3
_SPLAY: Final = 0.5
"""How much a swinging knee turns out or in as the changed motion turns it."""
_PARTS: Final = ("UpLeg", "Leg", "Foot", "Toe")


def keep_steps(source: MotionClip, changed: MotionClip, contacts: Bools) -> MotionClip:
    """Bring the feet of a changed motion to where those of its source are.

    Feet that carry are where they were and turned as they were; a swinging foot keeps its way over
    the ground, is lifted as the changed motion lifts it, and turned as that turns it. The hips sink
    where legs would be too short, and carrying feet are held last of all.

    Args:
        source: T frames at 60 Hz, its floor at y = 0.
        changed: the same number.
        contacts: (T, 4) of the source.
    """
    clip = _with_legs(source, _lower_hips(source, changed, contacts), contacts)
    for _ in range(_ROUNDS):
        missing = _low_knees(clip)
        if not missing.any():
            break
        raised = changed.root_positions.copy()
        raised[:, 1] = clip.root_positions[:, 1] + gaussian_smooth(
            running_maximum(missing, int(_SINK_FRAMES)), _SINK_FRAMES / 2
        )
        clip = _with_legs(source, replace(changed, root_positions=raised), contacts)
    held = lock_feet(
        clip.skeleton, clip.root_positions, clip.rotations_wxyz, contacts, FlatTerrain()
    )
    return replace(
        clip,
        root_positions=held.root_positions,
        rotations_wxyz=held.rotations_wxyz,
        contacts=contacts,
    )


def _with_legs(source: MotionClip, changed: MotionClip, contacts: Bools) -> MotionClip:
    """The changed motion with its feet where those of the source are."""
    local = changed.rotations_wxyz.copy()
    was = forward_kinematics(source.skeleton, source.root_positions, source.rotations_wxyz)
    now = forward_kinematics(changed.skeleton, changed.root_positions, changed.rotations_wxyz)
    for side, first in (("Left", 0), ("Right", 2)):
        joints = source.skeleton.indices([side + part for part in _PARTS])
        free = _free(contacts[:, first : first + 2].any(axis=1))
        _place_leg(local, joints, was, now, free, source)
    return replace(changed, rotations_wxyz=local)


def _low_knees(clip: MotionClip) -> Floats:
    """(T,) how much too near to the floor the lower knee is, metres."""
    knees = clip.skeleton.indices(("LeftLeg", "RightLeg"))
    places, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    return np.asarray(np.maximum(_KNEE_M - places[:, knees, 1].min(axis=1), 0.0))


def _free(carries: Bools) -> Floats:
    """(T,) 0 while a foot carries, 1 in the middle of its swing."""
    if not carries.any():
        return np.ones(len(carries))
    return smoothstep(Segments.of(len(carries)).frames_to(carries) / _SWING_FRAMES)


def _lower_hips(source: MotionClip, changed: MotionClip, contacts: Bools) -> MotionClip:
    """Hips that both legs hang from without being stretched, where their feet carry."""
    skeleton = source.skeleton
    was, _ = forward_kinematics(skeleton, source.root_positions, source.rotations_wxyz)
    now, _ = forward_kinematics(skeleton, changed.root_positions, changed.rotations_wxyz)
    missing = np.zeros(len(was))
    for side, first in (("Left", 0), ("Right", 2)):
        thigh, shin, foot, _ = skeleton.indices([side + part for part in _PARTS])
        longest = _REACH * np.linalg.norm(skeleton.offsets[[shin, foot]], axis=-1).sum()
        own = np.linalg.norm(was[:, foot] - was[:, thigh], axis=-1)
        reach = np.maximum(longest, np.minimum(own, longest / _REACH))
        apart = now[:, thigh] - was[:, foot]
        level = np.minimum(np.linalg.norm(apart[:, [0, 2]], axis=-1), reach)
        too_high = apart[:, 1] - np.sqrt(reach**2 - level**2)
        carries = contacts[:, first : first + 2].any(axis=1)
        missing = np.maximum(missing, np.where(carries, too_high, 0.0))
    if not missing.any():
        return changed
    sink = np.maximum(gaussian_smooth(missing, _SINK_FRAMES), 0.0)
    lowered = changed.root_positions.copy()
    lowered[:, 1] -= sink
    return replace(changed, root_positions=lowered)


def _hung(
    source: MotionClip, joints: list[int], hips: Floats, turns: Floats
) -> tuple[Floats, Floats]:
    """A leg as it is in the source, hung from other hips (T, 3), (T, 4): places and turns."""
    skeleton = source.skeleton
    places = np.zeros((len(hips), skeleton.joint_count, 3), np.float32)
    world = np.zeros_like(source.rotations_wxyz)
    places[:, 0], world[:, 0] = hips, turns
    for joint in joints:
        parent = int(skeleton.parents[joint])
        offset = quaternion_rotate(world[:, parent], skeleton.offsets[joint])
        places[:, joint] = places[:, parent] + offset
        world[:, joint] = quaternion_multiply(world[:, parent], source.rotations_wxyz[:, joint])
    return places, world


def _place_leg(
    local: Floats,
    joints: list[int],
    was: tuple[Floats, Floats],
    now: tuple[Floats, Floats],
    free: Floats,
    source: MotionClip,
) -> None:
    """Turn a leg's joints in ``local`` so that its foot is where it is to be."""
    thigh, shin, foot, toe = joints
    (old, old_turns), (new, new_turns) = was, now
    # 1. Where the foot is to be: as before over the ground, lifted as much as it is now.
    lift = np.clip(new[:, foot, 1] - old[:, foot, 1], 0.0, _HIGHEST_LIFT_M)
    ankle = old[:, foot].copy()
    ankle[:, 1] = np.maximum(ankle[:, 1] + free * lift, HEEL_HEIGHT_M * 0.5)
    turned = quaternion_nlerp(old_turns[:, foot], new_turns[:, foot], free)
    ankle[:, 1] += np.maximum(
        TOE_HEIGHT_M - ankle[:, 1] - quaternion_rotate(turned, source.skeleton.offsets[toe])[:, 1],
        0.0,
    )
    # 2. The leg as it was under hips that are turned otherwise: a knee is a hinge.
    chain, chain_turns = _hung(source, joints, new[:, 0], new_turns[:, 0])
    hinges = [quaternion_rotate(each[:, thigh], LEFTWARD) for each in (chain_turns, new_turns)]
    hinge = normalise(hinges[0] + _SPLAY * free[:, None] * hinges[1])
    pole = cross(ankle - chain[:, thigh], hinge)
    upper, lower = solve_two_bone(chain[:, thigh], chain[:, shin], chain[:, foot], ankle, pole)
    world = {
        thigh: quaternion_multiply(upper, chain_turns[:, thigh]),
        shin: quaternion_multiply(lower, chain_turns[:, shin]),
        foot: turned,
        toe: quaternion_nlerp(old_turns[:, toe], new_turns[:, toe], free),
    }
    # 3. Against the parents.
    parents = {thigh: new_turns[:, 0], shin: world[thigh], foot: world[shin], toe: world[foot]}
    for joint, parent in parents.items():
        local[:, joint] = quaternion_multiply(quaternion_conjugate(parent), world[joint])
