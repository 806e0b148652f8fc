"""What a network said of animals, kept as far as it matters, and the poses that it makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Floats, Ints
from ..maths.headings import root_to_world
from ..maths.rotations import (
    axis_angle_to_quaternion,
    dot,
    heading_to_quaternion,
    length,
    quaternion_multiply,
    quaternion_rotate,
    six_to_quaternion,
)
from ..maths.segments import Segments
from ..maths.smoothing import gaussian_smooth, smoothstep
from .body import QuadrupedBody
from .features import Prediction, RootPose
from .skeleton import JOINTS, PAWS, SPINE

TRUNK: Final = 11
"""Joints that are not of a leg; they come first."""
_STEADY_FRAMES: Final = 0.6
_RUNS_M_S: Final = (2.2, 3.2)
_TURNS: Final = slice(3, 3 + 6 * (TRUNK + 4))
_PLACES: Final = slice(_TURNS.stop, _TURNS.stop + 3 * 16)
_SCORES: Final = slice(_PLACES.stop, _PLACES.stop + 4)
_ROWS: Final = _SCORES.stop
_TURNED: Final = (*range(TRUNK), *PAWS)
"""Joints whose turns are kept: those of the trunk, and the paws."""
_FLAT: Final = [0, 2]


class Recorder:
    """What the network said of B animals, as far as it matters for their motion.

    Args:
        frame_count: of the longest.
        count: B.
    """

    def __init__(self, count: int, frame_count: int) -> None:
        self._rows = np.empty((count, frame_count, _ROWS), np.float32)

    def add(self, frame: int, said: Prediction) -> None:
        """What the network said of a frame, from frame 1 on.

        Of the frame before there is nothing but that an animal stands: it does so in the way of
        the first step, not of its rest pose, from which the network's would jump.
        """
        self._put(frame, said)
        if frame == 1:
            self._rows[:, 0] = self._rows[:, 1]
            self._rows[:, 0, _SCORES] = 1.0

    def fill(self, pose: RootPose) -> None:
        """Animals (B, …) that take no step at all."""
        self._rows[:, 0] = standing_rows(pose)

    def _put(self, frame: int, said: Prediction) -> None:
        rows_of(said, self._rows[:, frame])

    def rows(self, number: int, frame_count: int) -> Floats:
        """(T, R) of one animal, without the trembling from frame to frame that no body has."""
        rows = self._rows[number, :frame_count]
        return gaussian_smooth(rows, _STEADY_FRAMES, keep_ends=True)


def standing_rows(pose: RootPose) -> Floats:
    """(B, R) of animals that stand (B, 27, 3), or of one, (27, 3)."""
    positions = pose.positions_m.reshape(-1, len(JOINTS), 3)
    count = len(positions)
    six = np.zeros((count, len(JOINTS), 6), np.float32)
    six[..., 0] = six[..., 4] = 1.0
    nothing, stands = np.zeros((count, 0)), np.ones((count, 4), np.float32)
    pose = RootPose(positions, np.zeros_like(positions))
    return rows_of(Prediction(nothing, nothing, pose, six, nothing, stands))


def rows_of(said: Prediction, rows: Floats | None = None) -> Floats:
    """(B, R) what matters of what the network said, as a recorder keeps it.

    Args:
        said: of B animals.
        rows: (B, R) to write it to.
    """
    positions, six = said.pose.positions_m, said.rotations_six
    count = len(positions)
    rows = np.empty((count, _ROWS), np.float32) if rows is None else rows
    rows[:, :3] = positions[:, 0]
    rows[:, _TURNS] = six[:, _TURNED].reshape(count, -1)
    rows[:, _PLACES] = positions[:, TRUNK:].reshape(count, -1)
    rows[:, _SCORES] = said.contacts
    return rows


@dataclass(frozen=True, eq=False)
class Recording:
    """One animal's motion as the network said it.

    Args:
        body: at its own size.
        rows: (T, R) of the recorder.
        track: (T, 3) x, z, heading of its root.
        ground_m: (T,) height on which the root stood.
        actions: (T, A) what was asked for; None for nothing but to go.
    """

    body: QuadrupedBody
    rows: Floats
    track: Floats
    ground_m: Floats
    actions: Floats | None = None


@dataclass(eq=False)
class Pose:
    """N frames of several animals end to end, in the model's world.

    Args:
        hips: (N, 3).
        trunk: (N, 11, 4) turns of the joints that are not of a leg.
        feet: (N, 4, 4) turns of the paws.
        legs: (N, 16, 3) places of the legs' joints.
        spine: (N, 3, 3) offsets of the three joints after the hips.
        headings: (N,) of the roots.
    """

    hips: Floats
    trunk: Floats
    feet: Floats
    legs: Floats
    spine: Floats
    headings: Floats

    @property
    def chest(self) -> Floats:
        """(N, 3) at the spine's end."""
        turned = quaternion_rotate(self.trunk[:, SPINE[:3]], self.spine)
        return np.asarray(self.hips + turned.sum(axis=1))

    @property
    def ends(self) -> tuple[Floats, Floats]:
        """(N, 2, 3) places and (N, 2, 4) turns of hips and chest."""
        places = np.stack((self.hips, self.chest), axis=1)
        return places, self.trunk[:, [SPINE[0], SPINE[-1]]]

    def steady(self, track: Floats, share: Floats) -> None:
        """Bring the trunk sideways back over its root, in place.

        A root is the middle of the trunk but for the stride's swaying, which is little in a gallop;
        a network may let it grow.

        Args:
            track: (N, 3) x, z, heading of the roots.
            share: (N,) how far.
        """
        left = np.stack((np.cos(track[:, 2]), -np.sin(track[:, 2])), axis=-1)
        off = dot(0.5 * (self.hips + self.chest)[:, _FLAT] - track[:, :2], left)
        back = (-off * share)[:, None] * left
        self.hips = self.hips.copy()
        self.hips[:, _FLAT] += back.astype(np.float32)

    def raise_ends(self, hind_m: Floats, fore_m: Floats) -> None:
        """Raise hips and chest by (N,) each, turning the trunk."""
        long = np.maximum(length((self.chest - self.hips)[:, _FLAT]), 0.1)
        pitch = -np.arctan((fore_m - hind_m) / long)
        zero = np.zeros_like(self.headings)
        across = np.stack((np.cos(self.headings), zero, -np.sin(self.headings)), axis=-1)
        turn = axis_angle_to_quaternion(across, pitch)
        self.hips = self.hips + np.stack((zero, hind_m, zero), axis=-1).astype(np.float32)
        self.trunk = quaternion_multiply(turn[:, None], self.trunk)


def share_of_running(speeds_m_s: Floats) -> Floats:
    """(…) 0 up to a trot's speed to 1 at a gallop's."""
    return smoothstep((speeds_m_s - _RUNS_M_S[0]) / (_RUNS_M_S[1] - _RUNS_M_S[0]))


def decode(
    recordings: Sequence[Recording], bodies: Sequence[QuadrupedBody], motions: Segments
) -> tuple[Pose, Floats]:
    """Poses in the world of recordings end to end, and (N, 4) probabilities that paws stand.

    Args:
        recordings: of each animal.
        bodies: at the model's size.
        motions: which frames are whose.
    """
    rows = np.concatenate([each.rows for each in recordings])
    track = np.concatenate([each.track for each in recordings])
    ground = np.concatenate([each.ground_m for each in recordings])
    heading = track[:, 2]
    seen = np.concatenate((rows[:, None, :3], rows[:, _PLACES].reshape(-1, 16, 3)), 1)
    places = np.empty_like(seen)
    flat = root_to_world(seen[..., _FLAT], heading[:, None]) + track[:, None, :2]
    places[..., 0], places[..., 2] = flat[..., 0], flat[..., 1]
    places[..., 1] = seen[..., 1] + ground[:, None]
    turned = six_to_quaternion(rows[:, _TURNS].reshape(-1, len(_TURNED), 6))
    turned = quaternion_multiply(heading_to_quaternion(heading)[:, None], turned)
    spine = np.stack([body.skeleton.offsets[list(SPINE[1:])] for body in bodies])
    spine = np.repeat(spine, motions.lengths, axis=0)
    trunk, feet = turned[:, :TRUNK], turned[:, TRUNK:]
    pose = Pose(places[:, 0], trunk, feet, places[:, 1:], spine, heading)
    return pose, rows[:, _SCORES]


def joints_of(pose: Pose, part: slice | Ints) -> Floats:
    """(T, 27, 3) with the legs' joints; the trunk's, which nobody asks for, are the hips'."""
    hips, legs = pose.hips[part], pose.legs[part]
    return np.concatenate((np.repeat(hips[:, None], TRUNK, axis=1), legs), axis=1)
