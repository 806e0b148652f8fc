"""A minute of somebody who walks in a circle, as a tracker would have seen it, made by formula."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from blender_addon.core.maths.rotations import axis_angle_to_quaternion
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON, HIPS_REST_HEIGHT_M
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.video.camera import FilmCamera
from blender_addon.core.video.fitting.camera import looking
from blender_addon.core.video.points import LANDMARKS, joints_of, middle_of_hips
from blender_addon.core.video.tracked import LiftedBody, Seen, TrackedPerson

RATE_HZ: Final = 30.0
SIZE_PX: Final = (1280, 720)
_FOCAL_PX: Final = 1400.0
_STEP_HZ, _SWING_RAD, _ROUND_S, _RADIUS_M = 0.9, 0.45, 12.0, 1.0
_OF: Final = {
    "shoulder": "Arm", "elbow": "ForeArm", "wrist": "Hand", "pinky": "Hand", "index": "Hand",
    "thumb": "Hand", "hip": "UpLeg", "knee": "Leg", "ankle": "Foot", "heel": "Foot",
    "foot_index": "Toe",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class MadeMinute:
    """What was tracked and lifted of a film, and the camera that took it."""

    tracked: TrackedPerson
    lifted: LiftedBody
    camera: FilmCamera


def make_minute(seconds: float = 60.0) -> MadeMinute:
    """A walker before a camera that stands; the same at every call."""
    count = round(seconds * RATE_HZ)
    world = _landmarks(np.arange(count) / RATE_HZ)
    camera = FilmCamera(
        SIZE_PX,
        np.full(count, _FOCAL_PX),
        np.repeat(looking(0.1)[None], count, axis=0),
        np.repeat([[0.0, 1.6, 5.0]], count, axis=0),
    )
    joints = camera.to_camera(joints_of(world))
    hips = middle_of_hips(joints)[:, None]
    rng = np.random.default_rng(0)
    points = camera.project(world) + rng.normal(0.0, 1.0, (count, len(LANDMARKS), 2))
    tracked = TrackedPerson(
        0, RATE_HZ, SIZE_PX, points,
        np.full((count, len(LANDMARKS)), 0.95),
        np.ones(count),
        np.asarray(camera.to_camera(world) - hips),
        np.full(count, Seen.FOUND, np.uint8),
        np.full((count, 4), np.nan),
    )  # fmt: skip
    return MadeMinute(tracked, LiftedBody(joints - hips, np.ones(joints.shape[:2])), camera)


def _landmarks(times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """(T, 33, 3) in the world, of the common skeleton that swings its arms and legs."""
    skeleton, count = COMMON_SKELETON, len(times_s)
    turns = np.zeros((count, skeleton.joint_count, 4), np.float32)
    turns[..., 0] = 1.0
    heading = 2.0 * np.pi * times_s / _ROUND_S
    swing = _SWING_RAD * np.sin(2.0 * np.pi * _STEP_HZ * times_s)
    across = np.array([1.0, 0.0, 0.0])
    turns[:, 0] = axis_angle_to_quaternion(np.array([0.0, 1.0, 0.0]), heading)
    for name, angle in (
        ("LeftUpLeg", swing), ("RightUpLeg", -swing), ("LeftLeg", np.maximum(-swing, 0.0)),
        ("RightLeg", np.maximum(swing, 0.0)),
    ):  # fmt: skip
        turns[:, skeleton.index(name)] = axis_angle_to_quaternion(across, angle)
    root = np.stack(
        (
            -_RADIUS_M * np.cos(heading),
            np.full(count, HIPS_REST_HEIGHT_M),
            _RADIUS_M * np.sin(heading),
        ),
        axis=-1,
    )
    places, _ = forward_kinematics(skeleton, root.astype(np.float32), turns)
    return np.stack([_place(places, name) for name in LANDMARKS], axis=1).astype(np.float64)


def _place(places: NDArray[np.float32], landmark: str) -> NDArray[np.float32]:
    side, _, part = landmark.partition("_")
    if part in _OF:
        return places[:, COMMON_SKELETON.index(side.capitalize() + _OF[part])]
    aside = {"left": 0.07, "right": -0.07}.get(side, 0.0)
    head = places[:, COMMON_SKELETON.index("Head")]
    return head + np.array([aside, 0.05, 0.0], np.float32)
