"""What the lifter's network reads and writes: the same for training as for a film.

A person is seen straight on (viewpoint.py), the hips in the middle, the body of size one. The
network's numbers are those of whole sequences at 30 Hz, so that it looks at as many frames around
each as it likes.

Source: Pavllo et al. 2019, 3D human pose estimation in video with temporal convolutions: joints in
the picture to joints in space by convolutions along time. Ours sees rays, which need no picture
size, confidences, and the points in space that the landmark network gives of single pictures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...inference.layout import Layout
from ...maths.smoothing import gaussian_smooth
from ..points import JOINTS, LANDMARKS, joint_confidence, joints_of
from .viewpoint import turned, turned_rays, turns_to

Numbers = NDArray[np.floating[Any]]

RATE_HZ: Final = 30.0
EXTRAS: Final = ("Nose", "LeftKnuckles", "RightKnuckles", "LeftTip", "RightTip")
"""Beside the joints: they tell which way head, hands and feet point."""
POINTS: Final = (*JOINTS, *EXTRAS)
POINT_COUNT: Final = len(POINTS)
JOINT_COUNT: Final = len(JOINTS)

INPUT_LAYOUT: Final = Layout(
    {
        "points": 2 * POINT_COUNT,
        "confidence": POINT_COUNT,
        "world": 3 * POINT_COUNT,
        "has_world": 1,
        "down": 3,
        "has_down": 1,
        "hips": 2,
        "size": 1,
    }
)
OUTPUT_LAYOUT: Final = Layout({"joints": 3 * JOINT_COUNT})

_NOSE: Final = LANDMARKS.index("nose")
_TIPS: Final = tuple(LANDMARKS.index(f"{side}_foot_index") for side in ("left", "right"))
_KNUCKLES: Final = tuple(
    (LANDMARKS.index(f"{side}_pinky"), LANDMARKS.index(f"{side}_index"))
    for side in ("left", "right")
)
_HIPS: Final = (JOINTS.index("LeftUpLeg"), JOINTS.index("RightUpLeg"))
_CENTRE_FRAMES: Final = 2.0
"""How far the middle of the hips is smoothed: it trembles as every point does."""
_SIZE_FRAMES: Final = 6.0
_LEAST_SIZE: Final = 1e-4
_WORLD_LIMIT_M: Final = 3.0


@dataclass(frozen=True, eq=False)
class Sight:
    """Sequences of a person as the network sees them.

    Args:
        features: (B, T, F) float32, parts as in ``INPUT_LAYOUT``.
        turns: (B, T, 3, 3) from the camera's axes to those of the view straight at the person.
    """

    features: NDArray[np.float32]
    turns: Numbers


def points_of(landmarks: Numbers) -> Numbers:
    """The points that the network reads.

    Args:
        landmarks: (..., 33, C) places, C coordinates each.

    Returns:
        (..., 19, C) in the order of ``POINTS``.
    """
    knuckles = [landmarks[..., pair, :].mean(axis=-2)[..., None, :] for pair in _KNUCKLES]
    parts = (joints_of(landmarks), landmarks[..., [_NOSE], :], *knuckles)
    return np.concatenate((*parts, landmarks[..., _TIPS, :]), axis=-2)


def point_confidence(visibility: Numbers) -> Numbers:
    """(..., 19) confidence of the points, of the (..., 33) visibility of the landmarks."""
    knuckles = [visibility[..., pair].min(axis=-1)[..., None] for pair in _KNUCKLES]
    parts = (joint_confidence(visibility), visibility[..., [_NOSE]], *knuckles)
    return np.concatenate((*parts, visibility[..., _TIPS]), axis=-1)


def look_at(
    rays: Numbers,
    confidence: Numbers,
    world_m: Numbers | None = None,
    has_world: NDArray[Any] | None = None,
    down: Numbers | None = None,
    has_down: NDArray[Any] | None = None,
) -> Sight:
    """Sequences of points as the network sees them.

    Args:
        rays: (B, T, 19, 2) x/z and y/z in the camera's axes, finite.
        confidence: (B, T, 19) 0 … 1.
        world_m: (B, T, 19, 3) the landmark network's own places, hips at 0; finite where
            ``has_world``.
        has_world: (B, T) where there are such; None for nowhere.
        down: (B, T, 3) the direction of gravity in the camera's axes, unit length.
        has_down: (B, T) where it is known; None for nowhere.

    Returns:
        What the network reads, and how it was turned.
    """
    batch, count = rays.shape[:2]
    middle = _smoothed(rays[..., _HIPS, :].mean(axis=-2), _CENTRE_FRAMES)
    turns = turns_to(middle)
    seen = turned_rays(rays, turns)
    spread = np.sqrt((seen[..., :JOINT_COUNT, :] ** 2).sum(axis=-1).mean(axis=-1))
    size = _smoothed(np.log(np.maximum(spread, _LEAST_SIZE))[..., None], _SIZE_FRAMES)
    features = np.zeros((batch, count, INPUT_LAYOUT.size), np.float32)
    part = INPUT_LAYOUT.slices
    features[..., part["points"]] = (seen / np.exp(size)[..., None]).reshape(batch, count, -1)
    features[..., part["confidence"]] = confidence
    features[..., part["hips"]] = middle
    features[..., part["size"]] = size
    if world_m is not None and has_world is not None:
        middle_m = world_m[..., _HIPS, :].mean(axis=-2, keepdims=True)
        there = np.where(has_world[..., None, None], world_m - middle_m, 0.0)
        there = np.clip(there, -_WORLD_LIMIT_M, _WORLD_LIMIT_M)
        features[..., part["world"]] = there.reshape(batch, count, -1)
        features[..., part["has_world"]] = has_world[..., None]
    if down is not None and has_down is not None:
        below = np.where(has_down[..., None], turned(down[..., None, :], turns)[..., 0, :], 0.0)
        features[..., part["down"]] = below
        features[..., part["has_down"]] = has_down[..., None]
    return Sight(features, turns)


def joints_seen(joints_m: Numbers, turns: Numbers) -> Numbers:
    """(B, T, 14, 3) joints in the camera's axes as the network is to write them: hips at 0."""
    middle = joints_m[..., _HIPS, :].mean(axis=-2, keepdims=True)
    return turned(joints_m - middle, turns)


def joints_back(prediction: Numbers, turns: Numbers) -> Numbers:
    """What the network wrote, (B, T, 42), as (B, T, 14, 3) in the camera's own axes."""
    joints = prediction.reshape(*prediction.shape[:-1], JOINT_COUNT, 3)
    middle = joints[..., _HIPS, :].mean(axis=-2, keepdims=True)
    return turned(joints - middle, turns, back=True)


def _smoothed(values: Numbers, sigma_frames: float) -> Numbers:
    """(B, T, C) along time."""
    return np.moveaxis(gaussian_smooth(np.moveaxis(values, 1, 0), sigma_frames), 0, 1)
