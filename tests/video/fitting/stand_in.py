"""People in films that are known exactly: a motion, a camera, and what a tracker would say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from blender_addon.core.maths.rotations import quaternion_rotate
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.video.camera import FilmCamera
from blender_addon.core.video.fitting.body import Body
from blender_addon.core.video.fitting.camera import looking
from blender_addon.core.video.points import LANDMARKS, middle_of_hips
from blender_addon.core.video.tracked import LiftedBody, Seen, TrackedPerson

SIZE_PX = (1280, 720)
_ON_JOINTS = {
    "nose": ("Head", (0.0, 0.028, 0.11)),
    "left_eye": ("Head", (0.03, 0.07, 0.09)),
    "right_eye": ("Head", (-0.03, 0.07, 0.09)),
    "left_ear": ("Head", (0.075, 0.05, 0.0)),
    "right_ear": ("Head", (-0.075, 0.05, 0.0)),
    "left_wrist": ("LeftHand", (0.0, 0.0, 0.0)),
    "right_wrist": ("RightHand", (0.0, 0.0, 0.0)),
    "left_index": ("LeftHand", (0.09, 0.0, 0.03)),
    "right_index": ("RightHand", (-0.09, 0.0, 0.03)),
    "left_pinky": ("LeftHand", (0.08, 0.0, -0.04)),
    "right_pinky": ("RightHand", (-0.08, 0.0, -0.04)),
    "left_thumb": ("LeftHand", (0.05, 0.0, 0.05)),
    "right_thumb": ("RightHand", (-0.05, 0.0, 0.05)),
    "left_heel": ("LeftFoot", (0.0, -0.08, -0.05)),
    "right_heel": ("RightFoot", (0.0, -0.08, -0.05)),
    "left_foot_index": ("LeftFoot", (0.0, -0.08, 0.195)),
    "right_foot_index": ("RightFoot", (0.0, -0.08, 0.195)),
    "left_shoulder": ("LeftArm", (0.0, 0.0, 0.0)),
    "right_shoulder": ("RightArm", (0.0, 0.0, 0.0)),
    "left_elbow": ("LeftForeArm", (0.0, 0.0, 0.0)),
    "right_elbow": ("RightForeArm", (0.0, 0.0, 0.0)),
    "left_hip": ("LeftUpLeg", (0.0, 0.0, 0.0)),
    "right_hip": ("RightUpLeg", (0.0, 0.0, 0.0)),
    "left_knee": ("LeftLeg", (0.0, 0.0, 0.0)),
    "right_knee": ("RightLeg", (0.0, 0.0, 0.0)),
    "left_ankle": ("LeftFoot", (0.0, 0.0, 0.0)),
    "right_ankle": ("RightFoot", (0.0, 0.0, 0.0)),
}
_LIKE = {
    "left_eye_inner": "left_eye", "left_eye_outer": "left_eye", "right_eye_inner": "right_eye",
    "right_eye_outer": "right_eye", "mouth_left": "nose", "mouth_right": "nose",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Filmed:
    """A known motion before a known camera, and what was seen of it."""

    clip: MotionClip
    camera: FilmCamera
    joints: np.ndarray
    tracked: TrackedPerson
    lifted: LiftedBody


def camera_at(
    count: int,
    *,
    tilt_deg: float = 5.0,
    height_m: float = 1.4,
    back_m: float = 5.0,
    focal: float = 1.4,
    size_px: tuple[int, int] = SIZE_PX,
) -> FilmCamera:
    """A steady camera that looks along -Z."""
    rotation = np.broadcast_to(looking(np.radians(tilt_deg)), (count, 3, 3)).copy()
    places = np.broadcast_to(np.array([0.0, height_m, back_m]), (count, 3)).copy()
    return FilmCamera(size_px, np.full(count, focal * max(size_px)), rotation, places)


def film(clip: MotionClip, camera: FilmCamera, *, noise: float = 0.0, seed: int = 0) -> Filmed:
    """What a tracker and a lifter would say of a motion.

    Args:
        clip: of a skeleton with the common joints.
        camera: before which it happens.
        noise: of points as a share of the torso, and of lifted joints of 0.7 m.
    """
    body = Body(clip.skeleton)
    scale = body.leg_m() / 0.82
    positions, rotations = forward_kinematics(
        clip.skeleton, clip.root_positions, clip.rotations_wxyz
    )
    joints = body.joints_of(positions, rotations)
    places = {}
    for name, (joint, offset) in _ON_JOINTS.items():
        n = clip.skeleton.index(joint)
        where = np.broadcast_to(np.array(offset) * scale, (len(positions), 3))
        places[name] = positions[:, n] + quaternion_rotate(rotations[:, n], where)
    # Ears where the top of the head makes them.
    shift = joints[:, -2] + (joints[:, -1] - joints[:, -2]) / 1.75
    middle = 0.5 * (places["left_ear"] + places["right_ear"])
    for name in ("nose", "left_eye", "right_eye", "left_ear", "right_ear"):
        places[name] = places[name] + shift - middle
    landmarks = np.stack([places[_LIKE.get(name, name)] for name in LANDMARKS], axis=1)
    rng = np.random.default_rng(seed)
    points = camera.project(landmarks)
    there = camera.to_camera(joints)
    hips = middle_of_hips(there)[:, None]
    torso = np.linalg.norm(points[:, 11] - points[:, 23], axis=-1).mean()
    points = points + noise * torso * rng.normal(size=points.shape)
    lifted = there - hips
    lifted = lifted + noise * 0.7 * rng.normal(size=lifted.shape)
    count = clip.frame_count
    tracked = TrackedPerson(
        0, clip.frame_rate_hz, camera.size_px, points, np.full((count, 33), 0.95),
        np.ones(count), camera.to_camera(landmarks) - hips, np.full(count, Seen.FOUND, np.uint8),
        np.zeros((count, 4)),
    )  # fmt: skip
    return Filmed(clip, camera, joints, tracked, LiftedBody(lifted, np.ones((count, 14))))
