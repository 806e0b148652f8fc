"""What can be measured of how somebody walks: by it styles are told apart and named."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ, Bools, Floats
from blender_addon.core.feet.contacts import spans
from blender_addon.core.maths.headings import directions_to_headings, world_to_root
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.kinematics import forward_kinematics

_MARGIN_S = 2.5
"""Starts and stops are left out."""


@dataclass(frozen=True)
class GaitFeatures:
    """Of steady walking on level ground.

    Args:
        cadence: steps a second.
        step_width_cm: between the ankles, across the way.
        arm_swing_cm: of the hands against the shoulders, back and forth, both arms' mean.
        elbow_deg: flexion, mean.
        stoop_deg: of the neck before the hips, mean.
        head_deg: of the head before the neck, mean; a head held high has little.
        bounce_cm: of the hips up and down.
        sway_cm: of the hips from side to side.
        knee_deg: flexion while the leg carries, mean.
    """

    cadence: float
    step_width_cm: float
    arm_swing_cm: float
    elbow_deg: float
    stoop_deg: float
    head_deg: float
    bounce_cm: float
    sway_cm: float
    knee_deg: float


def measure_gait(clip: MotionClip) -> GaitFeatures:
    """Features of a clip of the common skeleton that walks straight on along +Z, with contacts.

    Args:
        clip: at least 7 s at the model's frame rate.

    Raises:
        ValueError: it has no contacts.
    """
    if clip.contacts is None:
        raise ValueError("a clip without contacts; give one that a foot lock was applied to")
    margin = round(_MARGIN_S * MODEL_FRAME_RATE_HZ)
    inside = slice(margin, clip.frame_count - margin)
    joints, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    joints, contacts = joints[inside].astype(np.float64), clip.contacts[inside]
    at = {name: joints[:, number] for number, name in enumerate(COMMON_SKELETON.names)}
    hips = at["Hips"]
    ahead = hips[-1, [0, 2]] - hips[0, [0, 2]]
    heading = np.full(len(joints), directions_to_headings(ahead))
    over = {name: world_to_root((each - hips)[:, [0, 2]], heading) for name, each in at.items()}
    carrying = {"Left": _carries(contacts[:, :2]), "Right": _carries(contacts[:, 2:])}
    landings = sum(len(spans(each)) for each in carrying.values())
    across = world_to_root(hips[:, [0, 2]] - hips[0, [0, 2]], heading)[:, 0]
    swings = [np.ptp(over[f"{side}Hand"][:, 1] - over[f"{side}Arm"][:, 1]) for side in carrying]
    return GaitFeatures(
        cadence=landings * MODEL_FRAME_RATE_HZ / len(joints),
        step_width_cm=100 * _step_width(over, carrying),
        arm_swing_cm=100 * float(np.mean(swings)),
        elbow_deg=float(np.mean([_flexion_deg(at, side, "Arm") for side in carrying])),
        stoop_deg=_lean_deg(at["Neck"] - hips, over["Neck"][:, 1]),
        head_deg=_lean_deg(at["Head"] - at["Neck"], (over["Head"] - over["Neck"])[:, 1]),
        bounce_cm=100 * float(np.ptp(np.percentile(hips[:, 1], [5, 95]))),
        sway_cm=100 * float(np.ptp(np.percentile(across - _trend(across), [5, 95]))),
        knee_deg=float(
            np.mean(
                [_flexion_deg(at, side, "UpLeg", carries) for side, carries in carrying.items()]
            )
        ),
    )


def _carries(contacts: Bools) -> Bools:
    """(T,) whether a foot of contacts (T, 2) carries; of one that never does, always."""
    carries = contacts.any(axis=1)
    return carries if carries.any() else np.ones_like(carries)


def _step_width(over: dict[str, Floats], carrying: dict[str, Bools]) -> float:
    """Metres between carrying ankles, across."""
    left, right = (over[f"{side}Foot"][carries, 0] for side, carries in carrying.items())
    return float(np.mean(left) - np.mean(right))


def _lean_deg(upward: Floats, ahead_m: Floats) -> float:
    return float(np.degrees(np.arctan2(ahead_m, upward[:, 1])).mean())


_LIMBS = {"Arm": ("Arm", "ForeArm", "Hand"), "UpLeg": ("UpLeg", "Leg", "Foot")}


def _flexion_deg(
    at: dict[str, Floats], side: str, limb: str, frames: Bools | slice = slice(None)
) -> float:
    first, middle, last = (at[side + part][frames] for part in _LIMBS[limb])
    upper, lower = middle - first, last - middle
    lengths = np.linalg.norm(upper, axis=-1) * np.linalg.norm(lower, axis=-1)
    cosine = np.clip((upper * lower).sum(axis=-1) / lengths, -1, 1)
    return float(np.degrees(np.arccos(cosine)).mean())


def _trend(values: Floats) -> Floats:
    """A straight line through (T,)."""
    frames = np.arange(len(values))
    return np.asarray(np.polyval(np.polyfit(frames, values, 1), frames))
