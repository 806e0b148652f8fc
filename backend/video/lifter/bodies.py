"""Motion as bones in space, so that a body of any proportions follows by one product.

The place of every point is the hips' plus a sum of bones, each along a direction that the recording
gives and as long as the body drawn has it. Nothing has to be turned again for another body.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.mocap.recordings import Recording
from blender_addon.core.conventions import Floats
from blender_addon.core.maths.rotations import quaternion_rotate, quaternion_to_matrix
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.motion.mirror import mirror_clip
from blender_addon.core.video.lifting.features import EXTRAS, POINTS
from blender_addon.core.video.points import JOINTS

_ENDS: Final = {
    "HeadTop": ("Head", COMMON_SKELETON.ends["Head"]),
    "Nose": ("Head", (0.0, 0.05, 0.12)),
    "LeftKnuckles": ("LeftHand", (0.09, 0.0, 0.0)),
    "RightKnuckles": ("RightHand", (-0.09, 0.0, 0.0)),
    "LeftTip": ("LeftToe", COMMON_SKELETON.ends["LeftToe"]),
    "RightTip": ("RightToe", COMMON_SKELETON.ends["RightToe"]),
}
"""Points that are no joints: of which joint, and where in its axes."""

GROUPS: Final = {
    "thigh": ("LeftLeg", "RightLeg"),
    "shin": ("LeftFoot", "RightFoot"),
    "foot": ("LeftToe", "RightToe", "LeftTip", "RightTip"),
    "hips": ("LeftUpLeg", "RightUpLeg"),
    "trunk": ("Spine", "Spine1", "Spine2", "Neck"),
    "head": ("Head", "HeadTop", "Nose"),
    "shoulder": ("LeftShoulder", "RightShoulder", "LeftArm", "RightArm"),
    "upper arm": ("LeftForeArm", "RightForeArm"),
    "forearm": ("LeftHand", "RightHand", "LeftKnuckles", "RightKnuckles"),
}
"""Bones that are long or short together; called after the point at their end."""

BONES: Final = tuple(name for bones in GROUPS.values() for name in bones)
_GROUP_OF: Final = np.array([n for n, bones in enumerate(GROUPS.values()) for _ in bones])


def _chains() -> NDArray[np.float32]:
    """(19, bones) which bones lie between the hips and each point; the neck is between the arms."""
    parents = {
        name: COMMON_SKELETON.names[parent] if parent >= 0 else ""
        for name, parent in zip(COMMON_SKELETON.names, COMMON_SKELETON.parents, strict=True)
    }
    parents |= {name: joint for name, (joint, _) in _ENDS.items()}
    chains = np.zeros((len(POINTS), len(BONES)), np.float32)
    for row, point in enumerate(POINTS):
        for name in ("LeftArm", "RightArm") if point == "Neck" else (point,):
            while name != "Hips":
                chains[row, BONES.index(name)] += 0.5 if point == "Neck" else 1.0
                name = parents[name]
    return chains


CHAINS: Final = _chains()


@dataclass(frozen=True, eq=False)
class Bank:
    """Frames of many clips behind one another.

    Args:
        bones: (N, bones, 3) from each bone's start to its end, Y up, metres.
        hips: (N, 3) of the middle of the body.
        facing: (N, 3, 3) axes of the hips, as columns.
        starts, counts: (clips,) of every clip.
        labels: (clips,) such as walk.
    """

    bones: NDArray[np.float32]
    hips: NDArray[np.float32]
    facing: NDArray[np.float32]
    starts: NDArray[np.int64]
    counts: NDArray[np.int64]
    labels: tuple[str, ...]


def build_bank(recordings: Sequence[Recording], mirrored: bool = True) -> Bank:
    """Frames of recordings; each of them mirrored too, if so desired."""
    clips = [(each.clip, each.label) for each in recordings]
    if mirrored:
        clips += [(mirror_clip(clip), label) for clip, label in clips]
    bones, hips, facing = [], [], []
    for clip, _ in clips:
        positions, turns = forward_kinematics(
            clip.skeleton, clip.root_positions, clip.rotations_wxyz
        )
        bones.append(_bones(positions, turns))
        hips.append(positions[:, 0])
        facing.append(quaternion_to_matrix(turns[:, 0]))
    counts = np.array([len(each) for each in bones])
    return Bank(
        np.concatenate(bones).astype(np.float32),
        np.concatenate(hips).astype(np.float32),
        np.concatenate(facing).astype(np.float32),
        np.cumsum(counts) - counts,
        counts,
        tuple(label for _, label in clips),
    )


def _bones(positions: Floats, turns: Floats) -> Floats:
    names = COMMON_SKELETON.names
    found = []
    for name in BONES:
        if name in _ENDS:
            joint, offset = _ENDS[name]
            offsets = np.asarray(offset, np.float32)
            found.append(quaternion_rotate(turns[:, names.index(joint)], offsets))
        else:
            at = names.index(name)
            found.append(positions[:, at] - positions[:, COMMON_SKELETON.parents[at]])
    return np.stack(found, axis=1)


def draw_proportions(count: int, rng: np.random.Generator, spread: float) -> NDArray[np.float32]:
    """(count, bones) how long each bone is, of what the skeleton has; within ± 12 % of the size."""
    groups = 1.0 + np.clip(rng.normal(0.0, spread, (count, len(GROUPS))), -0.12, 0.12)
    size = rng.uniform(0.9, 1.1, (count, 1))
    return np.asarray((size * groups)[:, _GROUP_OF], np.float32)


def places(bones: Floats, lengths: Floats) -> Floats:
    """(B, T, 19, 3) of bones (B, T, bones, 3) and their lengths (B, bones), hips joint at 0."""
    weights = CHAINS * lengths[:, None, :]  # (B, 19, bones)
    batch, count = bones.shape[:2]
    flat = bones.transpose(0, 2, 1, 3).reshape(batch, len(BONES), -1)
    return (weights @ flat).reshape(batch, len(POINTS), count, 3).transpose(0, 2, 1, 3)


__all__ = ["BONES", "EXTRAS", "JOINTS", "Bank", "build_bank", "draw_proportions", "places"]
