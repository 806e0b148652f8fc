"""Small made-up motions of a made-up animal: straight legs that swing as in a trot."""

from __future__ import annotations

import numpy as np

from backend.quadruped.sequence import Footfalls, Sequence
from blender_addon.core.ground.terrain import FlatTerrain
from blender_addon.core.maths.rotations import (
    axis_angle_to_quaternion,
    heading_to_quaternion,
    quaternion_multiply,
)
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.quadruped.body import QuadrupedBody
from blender_addon.core.quadruped.gaits import ACTIONS
from blender_addon.core.quadruped.plan import QuadrupedPlan
from blender_addon.core.quadruped.root import root_of
from blender_addon.core.quadruped.skeleton import JOINTS, LEGS, PAWS, quadruped_skeleton

_TRUNK = {
    "hips": (0.0, 0.55, -0.3), "spine": (0.0, 0.56, -0.15), "spine_1": (0.0, 0.56, 0.0),
    "chest": (0.0, 0.55, 0.2), "neck": (0.0, 0.6, 0.35), "neck_1": (0.0, 0.7, 0.45),
    "head": (0.0, 0.8, 0.5), "nose": (0.0, 0.75, 0.62), "tail": (0.0, 0.55, -0.35),
    "tail_1": (0.0, 0.45, -0.42), "tail_2": (0.0, 0.3, -0.45),
}  # fmt: skip
_HIND = (("hip", 0.5, -0.3), ("stifle", 0.33, -0.24), ("hock", 0.15, -0.36), ("paw", 0.02, -0.3))
_FORE = (("scapula", 0.6, 0.2), ("upper", 0.4, 0.25), ("lower", 0.22, 0.2), ("paw", 0.02, 0.22))
_PHASES = (0.0, 0.5, 0.5, 0.0)
_SIDE_M = 0.08


def make_body(longer: float = 1.0) -> QuadrupedBody:
    """An animal with hips half a metre high; a trunk so much longer than usual."""
    places = dict(_TRUNK)
    for side, x in (("left", _SIDE_M), ("right", -_SIDE_M)):
        for end, joints in (("hind", _HIND), ("fore", _FORE)):
            places |= {f"{side}_{end}_{name}": (x, y, z) for name, y, z in joints}
    rest = np.array([places[name] for name in JOINTS])
    return QuadrupedBody(quadruped_skeleton(rest * (1.0, 1.0, longer)))


def make_sequence(seed: int = 0, frames: int = 200, action: str = "trot") -> Sequence:
    """A trot in a wide bend, or standing with the first second of it."""
    rng = np.random.default_rng(seed)
    body = make_body(1.0 + 0.1 * rng.random())
    moves = np.where(np.arange(frames) < 60, 0.0, 1.0) if action == "stand" else np.ones(frames)
    speed = (0.8 + 0.4 * rng.random()) * moves
    heading = rng.normal() + np.cumsum(speed) / 60 * 0.2 * rng.normal()
    step = np.stack((np.sin(heading), np.cos(heading)), axis=-1) * speed[:, None] / 60
    xz = np.cumsum(step, axis=0)
    phase = rng.random() + np.cumsum(2.0 * moves) / 60
    legs = (phase[:, None] + _PHASES) % 1.0
    rotations = np.zeros((frames, len(JOINTS), 4))
    rotations[..., 0] = 1.0
    rotations[:, 0] = heading_to_quaternion(heading)
    for number, leg in enumerate(LEGS):
        swing = axis_angle_to_quaternion(
            np.array([1.0, 0.0, 0.0]), 0.3 * moves * np.sin(2 * np.pi * legs[:, number])
        )
        rotations[:, leg.joints[0]] = quaternion_multiply(rotations[:, leg.joints[0]], swing)
    hips = np.stack((xz[:, 0], np.full(frames, 0.55), xz[:, 1]), axis=-1)
    contacts = (legs < 0.5) | (moves[:, None] == 0.0)
    clip = MotionClip(body.skeleton, 60.0, hips, rotations, contacts)
    positions, _ = forward_kinematics(body.skeleton, clip.root_positions, clip.rotations_wxyz)
    track = root_of(positions.astype(np.float64))
    track[:, 2] = np.unwrap(track[:, 2])
    actions = np.zeros((frames, len(ACTIONS)), np.float32)
    actions[:, ACTIONS.index("trot")], actions[:, ACTIONS.index("stand")] = moves, 1.0 - moves
    plan = QuadrupedPlan(
        track[:, :2] + rng.normal(size=2) * 0.01, track[:, 2], track[:, 2], speed,
        np.cumsum(speed) / 60, actions,
    )  # fmt: skip
    falls = Footfalls(legs, np.full((frames, 4), 0.5), contacts, positions[:, list(PAWS)], phase)
    return Sequence(
        f"trot_{seed}", body, "made_up", "train", clip, track, plan, FlatTerrain(), falls
    )
