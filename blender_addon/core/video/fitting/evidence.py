"""What a fit goes by: rays and lifted joints with their weights, holes filled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ...conventions import Bools, Floats, Ints
from ...maths.segments import Segments
from ..points import (
    JOINTS,
    LANDMARKS,
    joint_confidence,
    joints_of,
    middle_of_hips,
    torso_length,
)
from ..tracked import LiftedBody, Pin, Seen, TrackedPerson
from .body import Doubles
from .contradicted import believable

_DOUBTED: Final = 0.5
"""What a point that is guessed counts for, of one that is found."""
_LEAST: Final = 0.05
"""Confidence below which a point counts for nothing."""
_SMALLEST: Final = 0.03
"""Of the picture's longer side."""
_SPIKE: Final = 5.0
_SPIKE_LEAST_TORSO: Final = 0.12
_SPIKE_REACH: Final = 2
_BLOCK: Final = 4096
_IN_PICTURE: Final = np.array(
    [
        0.5 if any(part in name for part in ("heel", "foot"))
        else float(any(part in name for part in ("wrist", "pinky", "index", "thumb")))
        for name in LANDMARKS
    ]
)  # fmt: skip
"""How far each landmark is taken from where it is in the picture: hands altogether, feet half. The
ears that a face is measured by are guessed in the picture where hair hides them."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known of a person, frame by frame.

    Args:
        rate_hz: frames a second.
        points_px: (T, 14, 2) joints in the picture; filled in where their weight is 0.
        weights: (T, 14) 0 … 1 of those.
        lifted: (T, 14, 3) camera axes, middle of the hips at 0, as large as it was lifted.
        lifted_weights: (T, 14) 0 … 1.
        landmarks: (T, 33, 3) float32, the tracker's own places in space, camera axes; filled in.
        landmark_weights: (T, 33) float32, 0 … 1.
        known: (T,) frames in which there is something to go by.
        contradicted: (T,) 0 … 1 where the lifter was not believed, but the tracker's own places.
    """

    rate_hz: float
    points_px: Doubles
    weights: Doubles
    lifted: Doubles
    lifted_weights: Doubles
    landmarks: Floats
    landmark_weights: Floats
    known: Bools
    contradicted: Doubles

    @property
    def frame_count(self) -> int:
        """T."""
        return len(self.known)

    @property
    def joint_weights(self) -> Doubles:
        """(T, 14) how well the joints are known in space."""
        return np.minimum(self.weights, self.lifted_weights)

    def part(self, frames: slice) -> Evidence:
        """Some frames of it."""
        return Evidence(
            self.rate_hz, self.points_px[frames], self.weights[frames], self.lifted[frames],
            self.lifted_weights[frames], self.landmarks[frames], self.landmark_weights[frames],
            self.known[frames], self.contradicted[frames],
        )  # fmt: skip

    @property
    def torso_px(self) -> Doubles:
        """(T,) from the middle of the hips to that of the shoulders in the picture."""
        return np.asarray(torso_length(self.points_px))


def gather(tracked: TrackedPerson, lifted: LiftedBody) -> Evidence:
    """What a fit goes by, of what was tracked and lifted."""
    seen = np.asarray(tracked.seen)
    trust = np.where(seen == Seen.FOUND, 1.0, np.where(seen == Seen.GUESSED, _DOUBTED, 0.0))
    points = joints_of(np.asarray(tracked.points_px, np.float64))
    visible = np.nan_to_num(np.asarray(tracked.visibility, np.float64))
    weights = joint_confidence(visible) * trust[:, None]
    weights = _usable(weights, points)
    weights = np.where(_spikes(points, weights), 0.0, weights)
    joints = np.asarray(lifted.joints_m, np.float64)
    joints = joints - middle_of_hips(joints)[:, None]
    lifted_weights = _usable(
        np.asarray(lifted.confidence, np.float64) * (trust > 0)[:, None], joints
    )
    landmarks = np.asarray(tracked.world_m, np.float32)
    landmark_weights = _usable(visible * trust[:, None], landmarks)
    known = (lifted_weights > 0.0).any(axis=1) & _is_large(points, weights, tracked.size_px)
    lifted_weights, weights = lifted_weights * known[:, None], weights * known[:, None]
    rate = tracked.frame_rate_hz
    points = filled(points, weights > 0.0)
    # A lifter's guess of a joint that is not seen is better than none.
    joints = filled(joints, np.isfinite(joints).all(axis=-1) & known[:, None])
    joints, given_up = believable(joints, _own_joints(landmarks, known), points, weights, rate)
    landmarks = _as_in_picture(landmarks, np.asarray(tracked.points_px), landmark_weights)
    landmarks = filled(landmarks, landmark_weights > 0.0)
    return Evidence(
        rate, points, weights, joints, lifted_weights, landmarks,
        landmark_weights.astype(np.float32), known, given_up,
    )  # fmt: skip


def _as_in_picture(landmarks: Floats, points_px: Floats, weights: Doubles) -> Floats:
    """Landmarks (T, 33, 3) of hands and feet across the view as in the picture, as deep as before.

    The tracker sees better where they are in the picture than where in space: hands that go
    straight on with their forearms there are bent by 10 to 20 degrees here.
    """
    share = np.where(np.isfinite(points_px).all(axis=-1), weights, 0.0)[..., None]
    total = np.maximum(share.sum(axis=1, keepdims=True), 1e-9)

    def about_middle(values: Floats) -> tuple[Doubles, Doubles]:
        known = np.where(share > 0.0, values, 0.0)
        middle = (share * known).sum(axis=1, keepdims=True) / total
        return middle, np.where(share > 0.0, values - middle, 0.0)

    (middle, there), (_, seen) = about_middle(landmarks[..., :2]), about_middle(points_px)
    far = np.sqrt((share * seen * seen).sum(axis=(1, 2), keepdims=True))
    scale = np.sqrt((share * there * there).sum(axis=(1, 2), keepdims=True)) / np.maximum(far, 1e-9)
    made = landmarks.copy()
    across = np.where(share > 0.0, middle + scale * seen, landmarks[..., :2])
    made[..., :2] += _IN_PICTURE[:, None] * (across - made[..., :2])
    return made


def _own_joints(landmarks: Floats, known: Bools) -> Doubles:
    """(T, 14, 3) joints where the tracker itself has them, the middle of the hips at 0."""
    joints = joints_of(np.asarray(landmarks, np.float64))
    joints = filled(joints, np.isfinite(joints).all(axis=-1) & known[:, None])
    return np.asarray(joints - middle_of_hips(joints)[:, None])


def _is_large(points: Doubles, weights: Doubles, size_px: tuple[int, int]) -> Bools:
    """(T,) frames whose joints are spread enough over the picture to tell anything."""
    seen = weights > 0.0
    low = np.where(seen[..., None], points, np.inf).min(axis=1)
    high = np.where(seen[..., None], points, -np.inf).max(axis=1)
    spread = np.where(seen.any(axis=1), (high - low).max(axis=1), 0.0)
    return np.asarray(spread > _SMALLEST * max(size_px))


def _usable(weights: Floats, values: Floats) -> Doubles:
    finite = np.isfinite(values).all(axis=-1)
    weights = np.nan_to_num(np.clip(weights, 0.0, 1.0))
    return np.where(finite & (weights >= _LEAST), weights, 0.0)


def filled(values: Any, known: Bools) -> Any:
    """Values (T, P, C) with lines between what is known (T, P), held beyond; 0 where nothing is."""
    whole = np.where(known[..., None], values, 0.0)
    frames = np.arange(len(values))
    for point in np.flatnonzero(~known.all(axis=0) & known.any(axis=0)):
        at = np.flatnonzero(known[:, point])
        for column in range(values.shape[2]):
            whole[:, point, column] = np.interp(frames, at, values[at, point, column])
    return np.asarray(whole)


def _spikes(points: Doubles, weights: Doubles) -> Bools:
    """(T, 14) points that leave the median of their neighbours and come back: mistaken ones.

    Source: Hampel 1974, The influence curve and its role in robust estimation.
    """
    count = len(points)
    found = np.zeros(weights.shape, bool)
    if count < 2 * _SPIKE_REACH + 1:
        return found
    whole = filled(points, weights > 0.0)
    least = _SPIKE_LEAST_TORSO * float(np.median(torso_length(whole)))
    for start in range(0, count, _BLOCK):
        frames = np.arange(start, min(start + _BLOCK, count))
        found[frames] = _off_median(whole, frames, least)
    return found


def _off_median(whole: Doubles, frames: Ints, least: float) -> Bools:
    shifts = range(-_SPIKE_REACH, _SPIKE_REACH + 1)
    around = np.stack([whole[np.clip(frames + shift, 0, len(whole) - 1)] for shift in shifts])
    middle = np.median(around, axis=0)
    away = np.linalg.norm(whole[frames] - middle, axis=-1)
    usual = np.median(np.linalg.norm(around - middle, axis=-1), axis=0)
    return np.asarray(away > np.maximum(_SPIKE * usual, least))


@dataclass(frozen=True, eq=False)
class Pull:
    """How pins pull at joints in the picture.

    Args:
        offsets_px: (T, 14, 2) by which the pins move what was seen, faded out around them.
        shares: (T, 14) 0 … 1, 1 at a pin.
    """

    offsets_px: Doubles
    shares: Doubles


def pull_of(pins: Sequence[Pin], first_frame: int, points_px: Doubles, reach_frames: float) -> Pull:
    """What pins ask for, at their frames and around them.

    Args:
        pins: frames of the film; those outside this part are left out.
        first_frame: of the film, which index 0 here is.
        points_px: (T, 14, 2) joints as they would be without.
        reach_frames: how far a pin is felt.
    """
    count = len(points_px)
    offsets, shares = np.zeros((count, len(JOINTS), 2)), np.zeros((count, len(JOINTS)))
    frames = np.arange(count, dtype=np.float64)
    for joint in {pin.joint for pin in pins}:
        mine = {
            pin.frame - first_frame: pin.point_px
            for pin in pins
            if pin.joint == joint and 0 <= pin.frame - first_frame < count
        }
        if not mine:
            continue
        at = np.array(sorted(mine))
        asked = np.array([mine[int(frame)] for frame in at]) - points_px[at, joint]
        gap = Segments.of(count).frames_to(np.isin(frames, at)).astype(np.float64)
        share = np.clip(1.0 - gap / (reach_frames + 1.0), 0.0, 1.0)
        share = share * share * (3.0 - 2.0 * share)
        shares[:, joint] = share
        between = np.stack([np.interp(frames, at, column) for column in asked.T], axis=-1)
        offsets[:, joint] = share[:, None] * between
    return Pull(offsets, shares)
