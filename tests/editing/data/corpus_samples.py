"""A walk in the layouts that corpora have: their skeletons, units and rates."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from backend.mocap.corpora.rest_pose import lafan1_t_pose, with_rest_pose
from blender_addon.core.bvh import write_bvh
from blender_addon.core.bvh.conventions import scaled_clip
from blender_addon.core.conventions import Floats
from blender_addon.core.maths.rotations import quaternion_conjugate
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.kinematics import forward_kinematics, global_to_local
from blender_addon.core.motion.resample import resample_clip
from blender_addon.core.motion.skeleton import Skeleton
from blender_addon.core.retarget.clip import retarget_clip
from tests.walk.samples import walking_clip

Tree = tuple[tuple[str, str, tuple[float, float, float]], ...]


def _sides(*joints: tuple[str, str, tuple[float, float, float]]) -> Tree:
    """The left side's joints, and the right side's."""
    right = [
        (name.replace("Left", "Right"), parent.replace("Left", "Right"), (-x, y, z))
        for name, parent, (x, y, z) in joints
    ]
    return (*joints, *right)


CMU: Tree = (
    ("Hips", "", (0, 0, 0)),
    *_sides(
        ("LeftUpLeg", "Hips", (1.36, -1.79, 0.84)),
        ("LeftLeg", "LeftUpLeg", (2.45, -6.73, 0)),
        ("LeftFoot", "LeftLeg", (2.56, -7.04, 0)),
        ("LeftToeBase", "LeftFoot", (0.16, -0.43, 2.32)),
    ),
    ("LowerBack", "Hips", (0, 0, 0)),
    ("Spine", "LowerBack", (0.03, 2.04, -0.19)),
    ("Spine1", "Spine", (0.06, 2.05, -0.04)),
    ("Neck", "Spine1", (0, 0, 0)),
    ("Neck1", "Neck", (-0.05, 1.75, 0.17)),
    ("Head", "Neck1", (0.1, 1.76, -0.12)),
    *_sides(
        ("LeftShoulder", "Spine1", (0, 0, 0)),
        ("LeftArm", "LeftShoulder", (3.36, 1.2, -0.31)),
        ("LeftForeArm", "LeftArm", (4.98, 0, 0)),
        ("LeftHand", "LeftForeArm", (3.48, 0, 0)),
    ),
)
"""In CMU's unit, legs apart at rest."""

XSENS: Tree = (
    ("Hips", "", (0, 0, 0)),
    ("Chest", "Hips", (0, 9.82, -1.09)),
    ("Chest2", "Chest", (0, 10.88, 0)),
    ("Chest3", "Chest2", (0, 9.93, 0)),
    ("Chest4", "Chest3", (0, 9.92, 0)),
    ("Neck", "Chest4", (0, 13.9, 0)),
    ("Head", "Neck", (0, 9.24, 0)),
    *_sides(
        ("LeftCollar", "Chest4", (3.03, 7.79, 0)),
        ("LeftShoulder", "LeftCollar", (14.18, 0, 0)),
        ("LeftElbow", "LeftShoulder", (30.36, 0, 0)),
        ("LeftWrist", "LeftElbow", (24.82, 0, 0)),
        ("LeftHip", "Hips", (8.19, 0, 0)),
        ("LeftKnee", "LeftHip", (0, -42.47, 0)),
        ("LeftAnkle", "LeftKnee", (0, -41.47, 0)),
        ("LeftToe", "LeftAnkle", (0, -8.0, 15.0)),
    ),
)
"""Of 100STYLE, in centimetres."""

LAFAN1: Tree = (
    ("Hips", "", (0, 0, 0)),
    *(
        (side + name, side + parent if parent != "Hips" else parent, offset)
        for side, out in (("Left", 1.0), ("Right", -1.0))
        for name, parent, offset in (
            ("UpLeg", "Hips", (0.1, 1.86, 10.55 * out)),
            ("Leg", "UpLeg", (43.5, 0.0, 0.0)),
            ("Foot", "Leg", (42.37, 0.0, 0.0)),
            ("Toe", "Foot", (17.3, 0.0, 0.0)),
        )
    ),
    ("Spine", "Hips", (6.9, -2.6, 0)),
    ("Spine1", "Spine", (12.59, 0, 0)),
    ("Spine2", "Spine1", (12.34, 0, 0)),
    ("Neck", "Spine2", (25.83, 0, 0)),
    ("Head", "Neck", (11.77, 0, 0)),
    *(
        (side + name, side + parent if parent != "Spine2" else parent, offset)
        for side, out in (("Left", 1.0), ("Right", -1.0))
        for name, parent, offset in (
            ("Shoulder", "Spine2", (19.75, -1.48, 6.0 * out)),
            ("Arm", "Shoulder", (11.28, 0.0, 0.0)),
            ("ForeArm", "Arm", (33.0, 0.0, 0.0)),
            ("Hand", "ForeArm", (25.2, 0.0, 0.0)),
        )
    ),
)
"""In centimetres, every bone along its own X."""


def skeleton_of(tree: Tree, metres: float) -> Skeleton:
    """A skeleton in metres."""
    names = [name for name, _, _ in tree]
    parents = [names.index(parent) if parent else -1 for _, parent, _ in tree]
    offsets = np.array([offset for _, _, offset in tree], np.float32) * np.float32(metres)
    return Skeleton(tuple(names), np.array(parents), offsets, {})


def walk(rate_hz: float, cycles: int = 3) -> MotionClip:
    """The walk drawn by hand, at some rate."""
    return resample_clip(replace(walking_clip(cycles), contacts=None), rate_hz)


def write_clip(path: Path, clip: MotionClip, metres: float) -> None:
    """A clip as BVH, so many metres to a unit."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bvh(path, scaled_clip(clip, 1.0 / metres))


def on_lafan1(clip: MotionClip) -> MotionClip:
    """A motion on LAFAN1's skeleton, whose bones rest along X."""
    resting = skeleton_of(LAFAN1, 0.01)
    pose = lafan1_t_pose(resting)
    still = MotionClip(resting, 30.0, np.zeros((1, 3)), identity(1, resting.joint_count))
    standing = with_rest_pose(still, pose).skeleton
    _, turned = forward_kinematics(resting, np.zeros((1, 3), np.float32), pose[None])
    back = global_to_local(standing, quaternion_conjugate(turned))
    return with_rest_pose(retarget_clip(clip, standing), back[0])


def identity(frames: int, joints: int) -> Floats:
    """(T, J, 4) no rotation."""
    rotations = np.zeros((frames, joints, 4), np.float32)
    rotations[..., 0] = 1.0
    return rotations


def with_first_pose(clip: MotionClip) -> MotionClip:
    """The clip behind a frame of its rest pose, as tools put it there."""
    rest = identity(1, clip.skeleton.joint_count)
    return replace(
        clip,
        root_positions=np.concatenate((clip.root_positions[:1], clip.root_positions)),
        rotations_wxyz=np.concatenate((rest, clip.rotations_wxyz)),
    )


def write_cmu(folder: Path, take: str, rate_hz: float = 120.0) -> MotionClip:
    """``01_01`` as in all of CMU: a T-pose, then the walk, said to be at 120 Hz."""
    clip = retarget_clip(walk(rate_hz), skeleton_of(CMU, 0.0254 / 0.45))
    clip = replace(with_first_pose(clip), frame_rate_hz=120.0)
    subject = take.split("_")[0]
    write_clip(folder / f"{int(subject):03d}" / f"{take}.bvh", clip, 0.0254 / 0.45)
    return clip


def write_style(folder: Path, style: str, kind: str) -> MotionClip:
    """A take of 100STYLE."""
    clip = retarget_clip(walk(60.0), skeleton_of(XSENS, 0.01))
    write_clip(folder / style / f"{style}_{kind}.bvh", clip, 0.01)
    return clip


def write_lafan1(folder: Path, name: str, cycles: int = 3) -> MotionClip:
    """A take of LAFAN1."""
    clip = on_lafan1(walk(30.0, cycles))
    write_clip(folder / f"{name}.bvh", clip, 0.01)
    return clip
