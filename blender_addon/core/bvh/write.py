"""Writes BVH motion files that other programs can read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ..conventions import Floats
from ..errors import SkeletonError
from ..maths.rotations import quaternion_to_euler_zyx
from ..motion.clip import MotionClip
from ..motion.skeleton import Skeleton

_ROTATIONS = "Zrotation Yrotation Xrotation"


def write_bvh(path: str | Path, clip: MotionClip) -> None:
    """Write a clip as BVH: metres, Y up, root positions, rotations as Rz·Ry·Rx.

    Joints are listed depth first, as the format demands, whatever their order in the skeleton.
    Angles run on past ±180° rather than jump. The file appears whole or not at all. Contacts are
    not part of the format.

    Args:
        path: of the file; replaced if it exists.
        clip: T frames.

    Raises:
        SkeletonError: a joint's name cannot be written (empty, line breaks or braces in it).
        OSError: the file cannot be written.
    """
    path = Path(path)
    for name in clip.skeleton.names:
        if not name or name != name.strip() or any(mark in name for mark in "{}\r\n\0"):
            raise SkeletonError(f"joint name {name!a} cannot stand in a BVH file; rename the joint")
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(_lines(clip))
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _lines(clip: MotionClip) -> Iterator[str]:
    order = _depth_first(clip.skeleton)
    yield "HIERARCHY\n"
    yield from _joint_lines(clip.skeleton, order)
    yield f"MOTION\nFrames: {clip.frame_count}\n"
    yield f"Frame Time: {1.0 / clip.frame_rate_hz:.10g}\n"
    angles = np.rad2deg(np.unwrap(quaternion_to_euler_zyx(clip.rotations_wxyz[:, order]), axis=0))
    values = np.concatenate(
        (clip.root_positions, angles.reshape(clip.frame_count, -1)), axis=-1, dtype=np.float64
    )
    pattern = " ".join(["%.6f"] * values.shape[1]) + "\n"
    for row in values:
        yield pattern % tuple(row)


def _depth_first(skeleton: Skeleton) -> list[int]:
    children = _children(skeleton)
    order, waiting = [], [0]
    while waiting:
        joint = waiting.pop()
        order.append(joint)
        waiting.extend(reversed(children[joint]))
    return order


def _children(skeleton: Skeleton) -> list[list[int]]:
    children: list[list[int]] = [[] for _ in skeleton.names]
    for joint in range(1, skeleton.joint_count):
        children[int(skeleton.parents[joint])].append(joint)
    return children


def _joint_lines(skeleton: Skeleton, order: list[int]) -> Iterator[str]:
    open_joints: list[int] = []
    for joint in order:
        while open_joints and open_joints[-1] != skeleton.parents[joint]:
            open_joints.pop()
            yield "\t" * len(open_joints) + "}\n"
        tabs, name = "\t" * len(open_joints), skeleton.names[joint]
        channels = f"3 {_ROTATIONS}" if joint else f"6 Xposition Yposition Zposition {_ROTATIONS}"
        yield f"{tabs}{'JOINT' if joint else 'ROOT'} {name}\n{tabs}{{\n"
        yield f"{tabs}\tOFFSET {_numbers(skeleton.offsets[joint])}\n{tabs}\tCHANNELS {channels}\n"
        if name in skeleton.ends:
            end = _numbers(np.asarray(skeleton.ends[name], np.float32))
            yield f"{tabs}\tEnd Site\n{tabs}\t{{\n{tabs}\t\tOFFSET {end}\n{tabs}\t}}\n"
        open_joints.append(joint)
    while open_joints:
        open_joints.pop()
        yield "\t" * len(open_joints) + "}\n"


def _numbers(vector: Floats) -> str:
    return " ".join(f"{float(value):.6f}" for value in vector)
