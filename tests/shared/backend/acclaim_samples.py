"""A character like CMU's, motions of it, and a writer of ASF and AMC that shares nothing with
ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.maths.rotations import axis_angle_to_quaternion, quaternion_to_matrix
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.skeleton import Skeleton
from blender_addon.core.retarget.clip import retarget_clip
from tests.shared.core.motion_samples import stepping_clip

UNIT = 0.45
METRES = 0.0254 / UNIT
CMU_AXES_DEG = {
    **dict.fromkeys(("lfemur", "ltibia", "lfoot"), (0, 0, 20)),
    **dict.fromkeys(("rfemur", "rtibia", "rfoot"), (0, 0, -20)),
    **dict.fromkeys(("lhumerus", "lradius"), (180, -30, -90)),
    **dict.fromkeys(("rhumerus", "rradius"), (180, 30, 90)),
    "lwrist": (0, 90, 90),
    "rwrist": (0, -90, -90),
    "lthumb": (-90, 45, 0),
}
"""Frames of joints as CMU's skeleton files state them; of the others they are the world's."""

_BONES_M = (
    ("lhipjoint", "root", (0.09, -0.10, 0.035)),
    ("lfemur", "lhipjoint", (0.14, -0.39, 0.0)),
    ("ltibia", "lfemur", (0.14, -0.385, 0.0)),
    ("lfoot", "ltibia", (0.01, -0.03, 0.12)),
    ("ltoes", "lfoot", (0.0, 0.0, 0.06)),
    ("rhipjoint", "root", (-0.09, -0.10, 0.035)),
    ("rfemur", "rhipjoint", (-0.14, -0.39, 0.0)),
    ("rtibia", "rfemur", (-0.14, -0.385, 0.0)),
    ("rfoot", "rtibia", (-0.01, -0.03, 0.12)),
    ("rtoes", "rfoot", (0.0, 0.0, 0.06)),
    ("lowerback", "root", (0.0, 0.116, -0.008)),
    ("upperback", "lowerback", (0.0, 0.116, -0.003)),
    ("thorax", "upperback", (0.0, 0.117, 0.0)),
    ("lowerneck", "thorax", (0.0, 0.088, 0.008)),
    ("upperneck", "lowerneck", (0.002, 0.088, -0.006)),
    ("head", "upperneck", (0.0, 0.092, -0.003)),
    ("lclavicle", "thorax", (0.19, 0.05, -0.01)),
    ("lhumerus", "lclavicle", (0.28, 0.0, 0.0)),
    ("lradius", "lhumerus", (0.19, 0.0, 0.0)),
    ("lwrist", "lradius", (0.095, 0.0, 0.0)),
    ("lhand", "lwrist", (0.037, 0.0, 0.0)),
    ("lthumb", "lwrist", (0.03, 0.0, 0.03)),
    ("rclavicle", "thorax", (-0.19, 0.05, -0.01)),
    ("rhumerus", "rclavicle", (-0.28, 0.0, 0.0)),
    ("rradius", "rhumerus", (-0.19, 0.0, 0.0)),
    ("rwrist", "rradius", (-0.095, 0.0, 0.0)),
    ("rhand", "rwrist", (-0.037, 0.0, 0.0)),
)


def cmu_skeleton() -> Skeleton:
    """Joints named and placed like CMU's: a joint sits where its bone begins."""
    names = ("root", *(name for name, _, _ in _BONES_M))
    reach = {"root": (0.0, 0.0, 0.0)} | {name: reach for name, _, reach in _BONES_M}
    parents = [-1] + [names.index(parent) for _, parent, _ in _BONES_M]
    offsets = [(0.0, 0.0, 0.0)] + [reach[parent] for _, parent, _ in _BONES_M]
    leaves = set(names) - {parent for _, parent, _ in _BONES_M}
    ends = {name: reach[name] for name in names if name in leaves}
    return Skeleton(names, np.array(parents), np.array(offsets, np.float32), ends)


def cmu_clip(frames: int = 60, rate_hz: float = 120.0) -> MotionClip:
    """The character steps along and turns slowly."""
    return retarget_clip(stepping_clip(frames, rate_hz), cmu_skeleton())


def standing_clip(seconds: float = 2.0, rate_hz: float = 120.0) -> MotionClip:
    """The character stands still, arms and legs hanging down."""
    skeleton = cmu_skeleton()
    frames = round(seconds * rate_hz)
    turns = np.zeros((frames, skeleton.joint_count, 4), np.float32)
    turns[..., 0] = 1.0
    degrees = {"lhumerus": -80, "rhumerus": 80, "lfemur": -18, "rfemur": 18, "lfoot": -2}
    for name, angle in degrees.items():
        forward = np.array([0.0, 0.0, 1.0], np.float32)
        turns[:, skeleton.index(name)] = axis_angle_to_quaternion(forward, np.radians(angle))
    root = np.tile(np.array([0.3, 0.98, -0.2], np.float32), (frames, 1))
    return MotionClip(skeleton, rate_hz, root, turns)


def write_asf(path: Path, skeleton: Skeleton, axes: Mapping[str, object] = CMU_AXES_DEG) -> None:
    """Write a skeleton whose siblings begin at one place, as Acclaim demands."""
    lines = ["# made by a test", ":version 1.10", ":name VICON", ":units", "  mass 1.0"]
    lines += [f"  length {UNIT}", "  angle deg", ":documentation", "   none", ":root"]
    lines += ["   order TX TY TZ RX RY RZ", "   axis XYZ", "   position 0 0 0"]
    lines += ["   orientation 0 0 0", ":bonedata"]
    for joint, name in enumerate(skeleton.names[1:], start=1):
        reach = _reach(skeleton, joint)
        length = float(np.linalg.norm(reach))
        direction = reach / length if length else np.array([0.0, 0.0, 1.0])
        lines += ["  begin", f"     id {joint}", f"     name {name}"]
        lines += ["     direction " + " ".join(f"{x:.8f}" for x in direction)]
        lines += [f"     length {length / METRES:.7f}"]
        lines += ["     axis {} {} {}  XYZ".format(*_axis(axes, name)), "    dof rx ry rz"]
        lines += ["    limits (-160.0 20.0)", "           (-70.0 70.0)", "           (-70.0 60.0)"]
        lines += ["  end"]
    lines += [":hierarchy", "  begin"]
    for joint, name in enumerate(skeleton.names):
        children = [skeleton.names[n] for n in np.flatnonzero(skeleton.parents == joint)]
        if children:
            lines.append(f"    {name} {' '.join(children)}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*lines, "  end", ""]), "ascii")


def write_amc(path: Path, clip: MotionClip, axes: Mapping[str, object] = CMU_AXES_DEG) -> None:
    """Write a motion of a skeleton that `write_asf` wrote."""
    lines = ["#!OML:ASF made by a test", ":FULLY-SPECIFIED", ":DEGREES"]
    frames = np.stack([_axis_matrix(_axis(axes, name)) for name in clip.skeleton.names])
    local = quaternion_to_matrix(clip.rotations_wxyz.astype(np.float64))
    angles = np.degrees(_xyz_angles(np.swapaxes(frames, -1, -2) @ local @ frames))
    for frame in range(clip.frame_count):
        lines.append(str(frame + 1))
        for joint, name in enumerate(clip.skeleton.names):
            values = [*angles[frame, joint]]
            if joint == 0:
                values = [*clip.root_positions[frame] / METRES, *values]
            lines.append(f"{name} " + " ".join(f"{value:.6g}" for value in values))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*lines, ""]), "ascii")


def _reach(skeleton: Skeleton, joint: int) -> Floats:
    children = np.flatnonzero(skeleton.parents == joint)
    if not len(children):
        return np.array(skeleton.ends.get(skeleton.names[joint], (0.0, 0.0, 0.0)))
    offsets = skeleton.offsets[children].astype(np.float64)
    assert np.ptp(offsets, axis=0).max() < 1e-5, "siblings of an ASF bone begin at one place"
    return offsets[0]


def _axis(axes: Mapping[str, object], name: str) -> object:
    return axes.get(name, (0, 0, 0))


def _axis_matrix(degrees: object) -> Floats:
    """Rz·Ry·Rx, spelt out."""
    (cx, cy, cz), (sx, sy, sz) = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return np.asarray(about_z @ about_y @ about_x)


def _xyz_angles(matrices: Floats) -> Floats:
    """(..., 3) angles x, y, z of Rz·Ry·Rx; away from its poles."""
    x = np.arctan2(matrices[..., 2, 1], matrices[..., 2, 2])
    y = -np.arcsin(np.clip(matrices[..., 2, 0], -1, 1))
    z = np.arctan2(matrices[..., 1, 0], matrices[..., 0, 0])
    return np.stack((x, y, z), axis=-1)
