"""What a viewer sees at once: whether the character stands upright, how tall, and how it turns.

Limbs and feet are compared bone by bone with the same map of joints that moved them, so a wrong map
agrees with itself. These measures ask what any walker shows instead.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....core.motion.common_skeleton import COMMON_SKELETON, HIPS_REST_HEIGHT_M
from .seen import SeenWalk

Array = NDArray[np.float64]

_TOPS = ("Head", "Neck", "Spine2", "Spine1", "Spine")
_SIDES = ("Left", "Right")


@dataclass(frozen=True)
class Posture:
    """How the character carries itself on the frames looked at.

    Args:
        upright: share of the frames on which head, hips and feet lie above one another.
        head_height_cm: mean of the head above the ground, less than the source's at this height if
            negative: what the source's head sinks or rises by is taken in proportion.
        shoulder_line_deg: mean angle between the line from shoulder to shoulder and the source's;
            None without arms.
        toe_tip_cm: deepest that the tip of a planted toe bone is under the ground; None without
            toe bones.
    """

    upright: float
    head_height_cm: float
    shoulder_line_deg: float | None
    toe_tip_cm: float | None


def measure_posture(looked: SeenWalk) -> Posture:
    """All measures of a walk's posture."""
    tips = [_toe_depths(looked, side) for side in _SIDES if f"{side}Toe" in looked.tips]
    return Posture(
        upright=float(_is_upright(looked).mean()),
        head_height_cm=100.0 * float(_head_heights(looked).mean()),
        shoulder_line_deg=_shoulder_line_deg(looked),
        toe_tip_cm=100.0 * max(float(each.max(initial=0.0)) for each in tips) if tips else None,
    )


def _is_upright(looked: SeenWalk) -> NDArray[np.bool_]:
    """(K,) whether the head is above the hips, and those above the middle of the feet."""
    hips = looked.place("Hips")[:, 1]
    feet = 0.5 * (looked.place("LeftFoot") + looked.place("RightFoot"))[:, 1]
    return np.asarray((looked.place(_top(looked))[:, 1] > hips) & (hips > feet))


def _head_heights(looked: SeenWalk) -> Array:
    """(K,) of the head over the ground under the character, less what it should be, metres."""
    top, rig = _top(looked), looked.job.rig
    bones = {joint: bone for bone, joint in rig.joint_map.items()}
    own = rig.skeleton.rest_positions()[rig.skeleton.index(bones[top]), 1] - rig.floor_m
    rest = COMMON_SKELETON.rest_positions()[COMMON_SKELETON.index(top), 1] + HIPS_REST_HEIGHT_M
    ground = looked.walk.track.positions[looked.chosen, 1]
    meant = (looked.meant(top)[:, 1] - ground) * own / (looked.walk.scale * rest)
    return np.asarray(looked.place(top)[:, 1] - ground - meant)


def _shoulder_line_deg(looked: SeenWalk) -> float | None:
    if not {"LeftArm", "RightArm"} <= {*looked.joints}:
        return None
    seen = _unit(looked.place("LeftArm") - looked.place("RightArm"))
    meant = _unit(looked.meant("LeftArm") - looked.meant("RightArm"))
    return float(np.degrees(np.arccos(np.clip(np.sum(seen * meant, axis=1), -1.0, 1.0))).mean())


def _toe_depths(looked: SeenWalk, side: str) -> Array:
    """(N,) of a toe bone's tip under the ground while it carries, metres.

    A tip that lies under the sole at rest is allowed for.
    """
    rig, contacts = looked.job.rig, looked.walk.clip.contacts
    if contacts is None:
        return np.zeros(0)
    toe = f"{side}Toe"
    bone = {joint: bone for bone, joint in rig.joint_map.items()}[toe]
    end = rig.skeleton.ends.get(bone, (0.0, 0.0, 0.0))
    low = rig.skeleton.rest_positions()[rig.skeleton.index(bone), 1] + end[1] - rig.floor_m
    planted = contacts[looked.chosen, 1 if side == "Left" else 3]
    tips = looked.tips[toe][planted]
    return np.asarray(
        looked.job.terrain.heights(tips[:, [0, 2]]) - tips[:, 1] + min(float(low), 0.0)
    )


def _top(looked: SeenWalk) -> str:
    """The uppermost joint of the spine that the rig has."""
    return next(joint for joint in _TOPS if joint in looked.joints)


def _unit(vectors: Array) -> Array:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
