"""A person who walks before a camera, and a lifter that says what the landmark network said."""

from __future__ import annotations

import numpy as np

from blender_addon.core.inference.contract import ModelContract, TensorSpec, TrainingRecord
from blender_addon.core.video.camera import FilmCamera
from blender_addon.core.video.lifting.features import (
    INPUT_LAYOUT,
    JOINT_COUNT,
    OUTPUT_LAYOUT,
    RATE_HZ,
)
from blender_addon.core.video.lifting.lifter import LIFTER_TASK
from blender_addon.core.video.points import JOINTS, LANDMARKS
from blender_addon.core.video.tracked import Seen, TrackedPerson

SIZE_PX = (640, 480)
FOCAL_PX = 700.0
_STANDING = {
    "LeftUpLeg": (0.09, 0.9), "RightUpLeg": (-0.09, 0.9), "LeftLeg": (0.1, 0.5),
    "RightLeg": (-0.1, 0.5), "LeftFoot": (0.1, 0.08), "RightFoot": (-0.1, 0.08),
    "LeftArm": (0.2, 1.4), "RightArm": (-0.2, 1.4), "LeftForeArm": (0.25, 1.12),
    "RightForeArm": (-0.25, 1.12), "LeftHand": (0.3, 0.88), "RightHand": (-0.3, 0.88),
}  # fmt: skip
_LANDMARKS = {
    "LeftUpLeg": "left_hip", "LeftLeg": "left_knee", "LeftFoot": "left_ankle",
    "LeftArm": "left_shoulder", "LeftForeArm": "left_elbow", "LeftHand": "left_wrist",
}  # fmt: skip


def landmarks_m(frames: int, rate_hz: float = RATE_HZ) -> np.ndarray:
    """(T, 33, 3) a walk on the spot, Y up, ahead is +Z: legs and arms swing once a second."""
    swing = 0.25 * np.sin(2 * np.pi * np.arange(frames) / rate_hz)
    found = np.zeros((frames, len(LANDMARKS), 3))
    found[:, :11] = (0.0, 1.58, 0.1)  # the head's
    for side, sign in (("left", 1.0), ("right", -1.0)):
        found[:, LANDMARKS.index(f"{side}_ear")] = (0.07 * sign, 1.58, 0.02)
    for joint, (x, y) in _STANDING.items():
        side = -1.0 if joint.startswith("Right") else 1.0
        name = _LANDMARKS[joint.replace("Right", "Left")]
        at = LANDMARKS.index(name if side > 0 else name.replace("left", "right"))
        reach = {"Leg": 0.5, "Foot": 1.0, "ForeArm": -0.5, "Hand": -1.0}
        share = reach.get(joint.removeprefix("Left").removeprefix("Right"), 0.0)
        found[:, at] = (x, y, 0.0)
        found[:, at, 2] += side * share * swing
    for side in ("left", "right"):
        wrist, ankle = (found[:, LANDMARKS.index(f"{side}_{name}")] for name in ("wrist", "ankle"))
        for name in ("pinky", "index", "thumb"):
            found[:, LANDMARKS.index(f"{side}_{name}")] = np.add(wrist, (0.0, -0.09, 0.0))
        found[:, LANDMARKS.index(f"{side}_foot_index")] = np.add(ankle, (0.0, -0.06, 0.18))
        found[:, LANDMARKS.index(f"{side}_heel")] = np.add(ankle, (0.0, -0.06, -0.05))
    return found


def level_camera(frames: int, away_m: float = 4.0, is_known: bool = True) -> FilmCamera:
    """Looks along -Z from the person's front, hip high."""
    turn = np.array([[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, -1.0]])
    place = np.broadcast_to(np.array([0.0, 0.9, away_m]), (frames, 3))
    return FilmCamera(
        SIZE_PX,
        np.full(frames, FOCAL_PX),
        np.broadcast_to(turn, (frames, 3, 3)),
        place,
        is_known,
    )


def tracked_walk(frames: int, rate_hz: float = RATE_HZ, away_m: float = 4.0) -> TrackedPerson:
    """The walk as a tracker without error would see it."""
    camera = level_camera(frames, away_m)
    there = landmarks_m(frames, rate_hz)
    world = camera.to_camera(there)
    hips = world[:, [LANDMARKS.index("left_hip"), LANDMARKS.index("right_hip")]].mean(axis=1)
    return TrackedPerson(
        0, rate_hz, SIZE_PX, camera.project(there), np.ones((frames, 33)), np.ones(frames),
        world - hips[:, None], np.full(frames, Seen.FOUND, np.uint8), np.full((frames, 4), np.nan),
    )  # fmt: skip


def lifter_contract(**changes) -> ModelContract:
    """Of a lifter; ``changes`` are fields that are wrong."""
    wide = ("batch", "frames")
    fields = {
        "name": LIFTER_TASK,
        "task": LIFTER_TASK,
        "inputs": (
            TensorSpec("features", (*wide, INPUT_LAYOUT.size), layout=INPUT_LAYOUT.as_contract()),
        ),
        "outputs": (
            TensorSpec("joints", (*wide, OUTPUT_LAYOUT.size), layout=OUTPUT_LAYOUT.as_contract()),
        ),
        "skeleton": None,
        "frame_rate_hz": RATE_HZ,
        "training": TrainingRecord("none", "for a test"),
        "data": (),
        "weights_licence": "none",
    }
    return ModelContract(**{**fields, **changes})


class Echo:
    """A model that answers with the landmark network's own places, and counts what it is given."""

    def __init__(self) -> None:
        self.contract = lifter_contract()
        self.longest = 0
        self.frames = 0

    def run(self, feeds):
        features = feeds["features"]
        self.longest = max(self.longest, features.shape[1])
        self.frames += features.shape[1]
        world = features[..., INPUT_LAYOUT.slices["world"]]
        return {"joints": world[..., : 3 * JOINT_COUNT]}


def joint(name: str) -> int:
    return JOINTS.index(name)
