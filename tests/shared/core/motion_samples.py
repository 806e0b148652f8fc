"""Skeletons and motions for tests: seeded, plausible, and made of nothing but core code."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from blender_addon.core.conventions import Floats
from blender_addon.core.maths.rotations import (
    axis_angle_to_quaternion,
    heading_to_quaternion,
    normalise,
    quaternion_conjugate,
    quaternion_multiply,
)
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON, HIPS_REST_HEIGHT_M
from blender_addon.core.motion.kinematics import forward_kinematics, global_to_local
from blender_addon.core.motion.skeleton import Skeleton

LEFTWARD = np.array([1.0, 0.0, 0.0], np.float32)


def random_rotations(rng: np.random.Generator, *shape: int) -> Floats:
    """Rotations (*shape, 4), evenly distributed."""
    return normalise(rng.normal(size=(*shape, 4)).astype(np.float32))


def rotation_gap(a: Floats, b: Floats) -> float:
    """Largest difference of two arrays of rotations; q and −q are the same."""
    return float(np.minimum(np.abs(a - b).max(-1), np.abs(a + b).max(-1)).max())


def stepping_clip(
    frames: int = 120, rate_hz: float = 60.0, skeleton: Skeleton = COMMON_SKELETON
) -> MotionClip:
    """A character of the common joints that steps on the spot, swings its arms and turns slowly."""
    time = np.arange(frames) / rate_hz
    rotations = np.zeros((frames, skeleton.joint_count, 4), np.float32)
    rotations[..., 0] = 1.0

    def bend(joint: str, angle_rad: Floats) -> None:
        turn = axis_angle_to_quaternion(LEFTWARD, angle_rad.astype(np.float32))
        rotations[:, skeleton.index(joint)] = turn

    for side, start in (("Left", 0.0), ("Right", np.pi)):
        lift = np.maximum(np.sin(2 * np.pi * time + start), 0.0)
        bend(side + "UpLeg", -0.2 - 0.7 * lift)
        bend(side + "Leg", 0.4 + 0.9 * lift)
        bend(side + "Foot", -0.2 - 0.2 * lift)
        bend(side + "ForeArm", -0.5 * lift)
    bend("Spine", 0.1 * np.sin(time))
    hips = skeleton.index("Hips")
    rotations[:, hips] = heading_to_quaternion((0.3 * time).astype(np.float32))
    root = np.stack((0.2 * time, HIPS_REST_HEIGHT_M - 0.02 + 0 * time, 0.5 * time), axis=-1)
    contacts = np.stack([np.sin(2 * np.pi * time + n) > 0 for n in range(4)], axis=-1)
    return MotionClip(skeleton, rate_hz, root, rotations, contacts)


def turn_rest(skeleton: Skeleton, turns: dict[str, Floats]) -> Skeleton:
    """The same character resting in another pose: each named joint's whole subtree is turned."""
    totals = rest_turns(skeleton, turns)
    offsets = skeleton.offsets.copy()
    for joint in range(1, skeleton.joint_count):
        offsets[joint] = _rotate(totals[skeleton.parents[joint]], offsets[joint])
    ends = {}
    for name, end in skeleton.ends.items():
        x, y, z = _rotate(totals[skeleton.index(name)], np.array(end, np.float32))
        ends[name] = (float(x), float(y), float(z))
    return Skeleton(skeleton.names, skeleton.parents, offsets, ends)


def rest_turns(skeleton: Skeleton, turns: dict[str, Floats]) -> Floats:
    """(J, 4) how far each joint has turned in the world when the named ones are turned."""
    totals = np.zeros((skeleton.joint_count, 4), np.float32)
    totals[:, 0] = 1.0
    for joint, name in enumerate(skeleton.names):
        if skeleton.parents[joint] >= 0:
            totals[joint] = totals[skeleton.parents[joint]]
        if name in turns:
            totals[joint] = quaternion_multiply(totals[joint], turns[name])
    return totals


def with_other_rest(clip: MotionClip, turns: dict[str, Floats]) -> MotionClip:
    """The same poses in space, told by a skeleton that rests otherwise."""
    skeleton = turn_rest(clip.skeleton, turns)
    _, world = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    undone = quaternion_conjugate(rest_turns(clip.skeleton, turns))
    local = global_to_local(skeleton, quaternion_multiply(world, undone))
    return MotionClip(skeleton, clip.frame_rate_hz, clip.root_positions, local, clip.contacts)


def joint_positions(clip: MotionClip) -> Floats:
    """(T, J, 3) where the joints are."""
    return forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)[0]


def _rotate(q: Floats, v: Floats) -> Floats:
    w, xyz = q[0], q[1:]
    return v + 2.0 * np.cross(xyz, np.cross(xyz, v) + w * v)


def about(axis: str, degrees: float) -> Floats:
    """Rotation (4,) about a world axis."""
    basis = np.eye(3, dtype=np.float32)["xyz".index(axis)]
    return axis_angle_to_quaternion(basis, np.deg2rad(degrees))


JOINT_NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z"), exclude_characters="{}"),
    min_size=1,
    max_size=8,
)


@st.composite
def skeletons(draw: st.DrawFn, most_joints: int = 9) -> Skeleton:
    """Any tree of joints, depth first, some leaves with end sites."""
    names = draw(st.lists(JOINT_NAMES, min_size=1, max_size=most_joints, unique=True))
    parents, path = [-1], [0]
    for joint in range(1, len(names)):
        keep = draw(st.integers(1, len(path)))
        path = [*path[:keep], joint]
        parents.append(path[-2])
    numbers = st.floats(-2.0, 2.0, width=32)
    offsets = [[draw(numbers) for _ in range(3)] for _ in names]
    leaves = [n for j, n in enumerate(names) if j not in parents]
    ends = {
        name: (draw(numbers), draw(numbers), draw(numbers))
        for name in leaves
        if draw(st.booleans())
    }
    return Skeleton(tuple(names), np.array(parents), np.array(offsets, np.float32), ends)


@st.composite
def clips(draw: st.DrawFn) -> MotionClip:
    """Any motion of any skeleton, near the poles of Euler angles as often as not."""
    skeleton = draw(skeletons())
    frames = draw(st.integers(1, 6))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rotations = random_rotations(rng, frames, skeleton.joint_count)
    if draw(st.booleans()):
        near_pole = about("y", draw(st.sampled_from([90.0, -90.0, 89.99, -89.999])))
        rotations = quaternion_multiply(
            rotations * np.array([1, 0, 0, 1]) + np.array([1e-3, 0, 0, 0]), near_pole
        )
        rotations = normalise(rotations.astype(np.float32))
    rate_hz = draw(st.sampled_from([23.976, 24.0, 29.97, 30.0, 60.0, 120.0, 7.3, 59.94]))
    root = rng.uniform(-50.0, 50.0, (frames, 3)).astype(np.float32)
    return MotionClip(skeleton, rate_hz, root, rotations)
