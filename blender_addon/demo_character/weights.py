"""Skin weights of the demo character as smooth functions of place: pure NumPy.

Each joint hands over from parent to child across a band; the bands form a tree, so the weights of
all bones sum to one by construction. Being functions of place alone, they move a sleeve and the
arm under it alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..core.conventions import Floats
from ..core.maths.rotations import axis_angle_to_quaternion, quaternion_rotate
from ..core.motion.common_skeleton import COMMON_SKELETON
from ..core.motion.kinematics import forward_kinematics
from .bones import Bone, rest_joints
from .shapes import cone

Weights = dict[str, Floats]
MAX_INFLUENCES = 4


@dataclass(frozen=True, eq=False)
class SculptPose:
    """The relaxed stance in which the clothes are modelled.

    Modelled with the arms half down, cloth is stretched little both in a T-pose and in a walk.

    Args:
        joints: places of the common joints, metres.
        turns_wxyz: (J, 4) rotation of each common joint in the world.
    """

    joints: Mapping[str, Floats]
    turns_wxyz: Floats


def make_sculpt_pose(lower_deg: float = 52.0, elbow_deg: float = 14.0) -> SculptPose:
    """Arms lowered from the T-pose and slightly bent, everything else at rest."""
    turns = np.zeros((COMMON_SKELETON.joint_count, 4), np.float32)
    turns[:, 0] = 1.0
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        for name, axis, degrees in (
            (f"{side}Arm", (0, 0, 1), -sign * lower_deg),
            (f"{side}ForeArm", (0, 1, 0), -sign * elbow_deg),
        ):
            quaternion = axis_angle_to_quaternion(np.array(axis, np.float32), np.radians(degrees))
            turns[COMMON_SKELETON.index(name)] = quaternion
    root = np.array(rest_joints()["Hips"], np.float32)
    places, world = forward_kinematics(COMMON_SKELETON, root, turns)
    return SculptPose(dict(zip(COMMON_SKELETON.names, places, strict=True)), world)


def unpose(points: Floats, weights: Weights, pose: SculptPose) -> Floats:
    """Bring points (N, 3) modelled in the sculpt pose to the rest pose.

    The exact inverse of linear skinning, so that taking the sculpt pose gives the points back.
    """
    rest = rest_joints()
    matrix = np.zeros((len(points), 3, 3))
    shift = np.zeros((len(points), 3))
    axes = np.eye(3, dtype=np.float32)
    for name, share in weights.items():
        turn = pose.turns_wxyz[COMMON_SKELETON.index(name)]
        columns = quaternion_rotate(turn, axes).T
        matrix += share[:, None, None] * columns
        shift += share[:, None] * (pose.joints[name] - columns @ np.array(rest[name]))
    return np.linalg.solve(matrix, (points - shift)[..., None])[..., 0].astype(np.float32)


def clothes_weights(points: Floats, joints: Mapping[str, Floats]) -> Weights:
    """Weights of the trunk, arms and legs for points (N, 3) with the joints where given."""
    weights: Weights = {}
    rest = np.ones(len(points))
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        rest = rest - _add_arm(weights, points, joints, side, sign)
    unclaimed = rest
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        rest = rest - _add_leg(weights, points, joints, side, sign, unclaimed)
    _add_trunk(weights, points, joints, rest)
    return weights


def _add_trunk(
    weights: Weights, points: Floats, joints: Mapping[str, Floats], share: Floats
) -> None:
    """Hips to head, each joint a level band; and the shoulders beside the breastbone."""
    chain = ("Hips", "Spine", "Spine1", "Spine2", "Neck", "Head")
    bands = (0.0, 0.06, 0.06, 0.06, 0.035, 0.03)
    height = points[:, 1]
    for name, after, band in zip(chain, chain[1:], bands[1:], strict=False):
        above = share * _step(height - joints[after][1], band)
        weights[name] = share - above
        share = above
    weights["Head"] = share
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        out = 0.85 * (sign * points[:, 0] - 0.095) + 0.5 * (height - 1.40)
        part = weights["Spine2"] * _step(out, 0.07)
        weights[f"{side}Shoulder"] = part
        weights["Spine2"] = weights["Spine2"] - part


def _add_arm(
    weights: Weights, points: Floats, joints: Mapping[str, Floats], side: str, sign: float
) -> Floats:
    """An arm takes what is nearer to it than to the trunk; returns its total share."""
    shoulder, elbow, wrist = (joints[f"{side}{n}"] for n in ("Arm", "ForeArm", "Hand"))
    way = (elbow - shoulder) / np.linalg.norm(elbow - shoulder)
    arm = cone(shoulder + way * 0.035, elbow, 0.05, 0.045)(points)
    trunk = np.minimum(
        cone((sign * 0.075, 1.36, -0.01), (sign * 0.075, 1.0, 0.0), 0.085, 0.085)(points),
        cone((sign * 0.05, 1.42, -0.03), shoulder - way * 0.03, 0.055, 0.05)(points),
    )
    share = _step(trunk - arm, 0.055) * (sign * points[:, 0] > 0)
    fore = wrist - elbow
    bend = way + fore / np.linalg.norm(fore)
    beyond = _step((points - elbow) @ (bend / np.linalg.norm(bend)), 0.045)
    weights[f"{side}Arm"] = share * (1 - beyond)
    weights[f"{side}ForeArm"] = share * beyond
    return np.asarray(share)


def _add_leg(
    weights: Weights,
    points: Floats,
    joints: Mapping[str, Floats],
    side: str,
    sign: float,
    unclaimed: Floats,
) -> Floats:
    """A leg takes its half of what lies below the hip joints; returns its total share."""
    hip, knee, ankle = (joints[f"{side}{n}"] for n in ("UpLeg", "Leg", "Foot"))
    beside = sign * points[:, 0]
    below = hip[1] - points[:, 1] + 0.35 * (beside - hip[0])
    half_width = 0.02 + 0.12 * np.clip(points[:, 1] - 0.80, 0.0, 0.2)
    share = unclaimed * _step(below, 0.085) * _step(beside / half_width, 1.0)
    shin = _step(knee[1] - points[:, 1], 0.06)
    foot = _step(ankle[1] - 0.005 - points[:, 1], 0.025)
    weights[f"{side}UpLeg"] = share * (1 - shin)
    weights[f"{side}Leg"] = share * shin * (1 - foot)
    weights[f"{side}Foot"] = share * shin * foot
    return np.asarray(share)


def shoe_weights(points: Floats, side: str) -> Weights:
    """Weights of a shoe and sock, at rest: shin above the ankle, toes ahead of the ball."""
    joints = rest_joints()
    ankle, ball = joints[f"{side}Foot"], joints[f"{side}Toe"]
    shin = _step(points[:, 1] - ankle[1] - 0.035, 0.03)
    toe = _step(points[:, 2] - ball[2], 0.028)
    return {
        f"{side}Leg": shin,
        f"{side}Foot": (1 - shin) * (1 - toe),
        f"{side}Toe": (1 - shin) * toe,
    }


def hand_weights(points: Floats, side: str, bones: Mapping[str, Bone]) -> Weights:
    """Weights of a hand at rest: each finger takes what is nearest to it."""
    wrist = np.array(rest_joints()[f"{side}Hand"])
    sign = 1.0 if side == "Left" else -1.0
    weights: Weights = {}
    fingers = [name[:-1] for name in bones if name.startswith(f"{side}Hand") and name.endswith("1")]
    nearness = {}
    for finger in fingers:
        chain = [bones[f"{finger}{n}"] for n in (1, 2, 3)]
        away = np.min([_distance_to_bone(points, bone) for bone in chain], axis=0)
        nearness[finger] = 1.0 / np.maximum(away, 1e-3) ** 8
    total = np.sum(list(nearness.values()), axis=0)
    left = np.ones(len(points))
    for finger in fingers:
        share = nearness[finger] / total
        for number in (1, 2, 3):
            bone = bones[f"{finger}{number}"]
            band = 0.012 if number == 1 else 0.006
            start = 0.006 if number == 1 else 0.0
            inside = _step(_along(points, bone) - start, band)
            share = share * inside
            weights[bone.name] = share
            if number > 1:
                before = f"{finger}{number - 1}"
                weights[before] = weights[before] - share
        left = left - weights[f"{finger}1"] - weights[f"{finger}2"] - weights[f"{finger}3"]
    hand = _step(sign * (points[:, 0] - wrist[0]), 0.022)
    weights[f"{side}Hand"] = left * hand
    weights[f"{side}ForeArm"] = left * (1 - hand)
    return weights


def head_weights(points: Floats) -> Weights:
    """Weights of head, neck and collar at rest."""
    joints = rest_joints()
    # The jaw hangs in front of the neck but belongs to the head: tilt the band with the jaw line.
    raised = points[:, 1] + 0.45 * (points[:, 2] - joints["Head"][2])
    head = _step(raised - joints["Head"][1] + 0.012, 0.04)
    neck = _step(points[:, 1] - joints["Neck"][1], 0.035)
    neck = np.maximum(neck, head)
    return {"Spine2": 1 - neck, "Neck": neck - head, "Head": head}


def keep_strongest(weights: Weights) -> tuple[list[str], Floats]:
    """Keep the four strongest bones of each point and scale them to sum to one.

    Returns:
        bone names and their weights (N, bones); what is not kept is 0.
    """
    names = [name for name, share in weights.items() if np.any(share > 1e-4)]
    table = np.stack([np.where(weights[n] > 1e-4, weights[n], 0.0) for n in names], axis=-1)
    if len(names) > MAX_INFLUENCES:
        weak = np.argsort(table, axis=1)[:, :-MAX_INFLUENCES]
        np.put_along_axis(table, weak, 0.0, axis=1)
    return names, np.asarray(table / table.sum(axis=1, keepdims=True), np.float32)


def _step(distance: Floats, half_width: float) -> Floats:
    """0 before −half_width, 1 after +half_width, smooth between."""
    t = np.clip(distance / (2 * half_width) + 0.5, 0.0, 1.0)
    return np.asarray(t * t * (3 - 2 * t))


def _along(points: Floats, bone: Bone) -> Floats:
    axis = np.array(bone.tail) - np.array(bone.head)
    return np.asarray((points - np.array(bone.head)) @ (axis / np.linalg.norm(axis)))


def _distance_to_bone(points: Floats, bone: Bone) -> Floats:
    return cone(bone.head, bone.tail, 0.0, 0.0)(points)
