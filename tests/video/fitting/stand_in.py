"""People in films that are known exactly: a motion, a camera, and what a tracker would say."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from blender_addon.core.feet.foot_lock import lock_feet
from blender_addon.core.ground.terrain import FlatTerrain
from blender_addon.core.maths.rotations import (
    axis_angle_to_quaternion,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
    twist_about,
)
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import (
    COMMON_SKELETON,
    FOOT_JOINTS,
    PLANTED_HEIGHTS_M,
)
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.video.camera import FilmCamera
from blender_addon.core.video.fitting.body import Body
from blender_addon.core.video.fitting.camera import looking
from blender_addon.core.video.points import JOINTS, LANDMARKS, middle_of_hips
from blender_addon.core.video.tracked import LiftedBody, Seen, TrackedPerson

SIZE_PX = (1280, 720)
_ON_JOINTS = {
    "nose": ("Head", (0.0, 0.039, 0.11)),
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
    scale = body.person_size()
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


def stroll(count: int, rate_hz: float = 30.0, speed_m_s: float = 0.7) -> MotionClip:
    """Somebody who walks to the side and towards the camera, arms swinging; feet hold."""
    frames = np.arange(count)
    phase = 2.0 * np.pi * frames / rate_hz * 0.9
    turns = np.zeros((count, COMMON_SKELETON.joint_count, 4), np.float32)
    turns[..., 0] = 1.0

    def turn(name: str, axis: tuple[float, float, float], angle: np.ndarray) -> None:
        joint = COMMON_SKELETON.index(name)
        more = axis_angle_to_quaternion(np.array(axis), angle)
        turns[:, joint] = quaternion_multiply(turns[:, joint], more)

    heading = 0.6 + 0.1 * np.sin(0.15 * phase)
    turn("Hips", (0.0, 1.0, 0.0), heading)
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        swing = sign * np.sin(phase)
        lift = np.maximum(sign * np.cos(phase), 0.0)
        turn(side + "UpLeg", (1.0, 0.0, 0.0), -0.32 * swing - 0.25 * lift - 0.05)
        turn(side + "Leg", (1.0, 0.0, 0.0), 0.12 + 0.75 * lift)
        turn(side + "Foot", (1.0, 0.0, 0.0), 0.25 * swing - 0.15 - 0.3 * lift)
        turn(side + "Arm", (0.0, 0.0, 1.0), np.full(count, -sign * 1.25))
        turn(side + "Arm", (0.0, 1.0, 0.0), -sign * 0.1 + 0.35 * swing * sign)
        turn(side + "ForeArm", (0.0, 1.0, 0.0), np.full(count, -sign * 0.5))
    turn("Spine1", (0.0, 1.0, 0.0), 0.12 * np.sin(phase))
    turn("Head", (0.0, 1.0, 0.0), 0.3 * np.sin(0.4 * phase))
    way = np.cumsum(np.stack((np.sin(heading), np.cos(heading)), axis=-1), axis=0)
    way *= speed_m_s / rate_hz
    root = np.stack((way[:, 0], np.full(count, 0.95), way[:, 1]), axis=-1)
    root[:, [0, 2]] -= root[:, [0, 2]].mean(axis=0)
    clip = MotionClip(COMMON_SKELETON, rate_hz, root, turns)
    places, _ = forward_kinematics(COMMON_SKELETON, clip.root_positions, clip.rotations_wxyz)
    feet = places[:, COMMON_SKELETON.indices(FOOT_JOINTS), 1] - PLANTED_HEIGHTS_M
    root[:, 1] -= feet.min(axis=1)
    low = feet - feet.min(axis=1, keepdims=True) < 0.02
    held = lock_feet(COMMON_SKELETON, root.astype(np.float32), turns, low, FlatTerrain())
    return MotionClip(COMMON_SKELETON, rate_hz, held.root_positions, held.rotations_wxyz)


def sitting(count: int, rate_hz: float = 30.0) -> MotionClip:
    """Somebody who sits, feet on the ground, talks with the hands and looks round."""
    frames = np.arange(count)
    turns = np.zeros((count, COMMON_SKELETON.joint_count, 4), np.float32)
    turns[..., 0] = 1.0

    def turn(name: str, axis: tuple[float, float, float], angle: np.ndarray | float) -> None:
        joint = COMMON_SKELETON.index(name)
        angles = np.broadcast_to(np.asarray(angle, np.float64), (count,))
        more = axis_angle_to_quaternion(np.array(axis), angles)
        turns[:, joint] = quaternion_multiply(turns[:, joint], more)

    turn("Hips", (0.0, 1.0, 0.0), 0.7)
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        turn(side + "UpLeg", (1.0, 0.0, 0.0), -1.45)
        turn(side + "Leg", (1.0, 0.0, 0.0), 1.5)
        turn(side + "Foot", (1.0, 0.0, 0.0), -0.05)
        turn(side + "Arm", (0.0, 0.0, 1.0), -sign * 1.1)
        turn(side + "ForeArm", (0.0, 1.0, 0.0), -sign * (1.0 + 0.5 * np.sin(0.1 * frames + sign)))
    turn("Head", (0.0, 1.0, 0.0), 0.5 * np.sin(0.06 * frames))
    places, _ = forward_kinematics(COMMON_SKELETON, np.zeros((count, 3), np.float32), turns)
    feet = places[:, COMMON_SKELETON.indices(FOOT_JOINTS), 1] - PLANTED_HEIGHTS_M
    root = np.zeros((count, 3))
    root[:, 1] = -feet.min()
    return MotionClip(COMMON_SKELETON, rate_hz, root, turns)


def mpjpe_mm(found: np.ndarray, true: np.ndarray) -> float:
    """Mean distance of joints (T, 14, 3), both from the middle of their hips, millimetres."""
    apart = found - middle_of_hips(found)[:, None] - true + middle_of_hips(true)[:, None]
    return float(1000.0 * np.linalg.norm(apart, axis=-1).mean())


def bad_tracker(filmed: Filmed, frames: slice) -> Filmed:
    """The same with frames in which nobody was seen."""
    tracked, lifted = filmed.tracked, filmed.lifted
    seen, points, world = (
        each.copy() for each in (tracked.seen, tracked.points_px, tracked.world_m)
    )
    visibility, confidence = tracked.visibility.copy(), lifted.confidence.copy()
    seen[frames] = Seen.EMPTY
    points[frames], world[frames] = np.nan, np.nan
    visibility[frames], confidence[frames] = 0.0, 0.0
    joints = lifted.joints_m.copy()
    joints[frames] = 0.0
    return replace(
        filmed,
        tracked=replace(tracked, seen=seen, points_px=points, world_m=world, visibility=visibility),
        lifted=LiftedBody(joints, confidence),
    )


def mirrored(filmed: Filmed) -> Filmed:
    """The film in a mirror: left is right."""
    order = [LANDMARKS.index(_other(name)) for name in LANDMARKS]
    joints = [JOINTS.index(_other(name)) for name in JOINTS]
    tracked, camera = filmed.tracked, filmed.camera
    flip = np.array([-1.0, 1.0, 1.0])
    points = tracked.points_px[:, order] * np.array([-1.0, 1.0])
    points[..., 0] += tracked.size_px[0]
    across = np.diag(flip)
    seen_by = replace(
        camera,
        rotations=across @ camera.rotations @ across,
        positions_m=camera.positions_m * flip,
    )
    return Filmed(
        filmed.clip, seen_by, filmed.joints[:, joints] * flip,
        replace(
            tracked, points_px=points, visibility=tracked.visibility[:, order],
            world_m=tracked.world_m[:, order] * flip,
        ),
        LiftedBody(filmed.lifted.joints_m[:, joints] * flip, filmed.lifted.confidence[:, joints]),
    )  # fmt: skip


def _other(name: str) -> str:
    for one, two in (("left", "right"), ("Left", "Right")):
        if one in name:
            return name.replace(one, two)
        if two in name:
            return name.replace(two, one)
    return name


def knee_bends(clip: MotionClip) -> np.ndarray:
    """(T, 2) radians by which knees bend, negative backwards, about the thigh's own side axis."""
    _, turns = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    bends = []
    for side in ("Left", "Right"):
        thigh = turns[:, clip.skeleton.index(side + "UpLeg")]
        shin = turns[:, clip.skeleton.index(side + "Leg")]
        relative = quaternion_multiply(quaternion_conjugate(thigh), shin)
        bends.append(twist_about(np.array([1.0, 0.0, 0.0]), relative))
    return np.stack(bends, axis=-1)
