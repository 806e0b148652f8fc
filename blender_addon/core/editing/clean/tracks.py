"""A clip as tracks: the root's place and every joint's turn, each as four numbers a frame.

Track 0 is the root's position (x, y, z, 0) in metres, track 1 + j the quaternion of joint j with
signs that do not jump. Distances between two values of a track are metres for the first one; for a
quaternion they are half the angle between two rotations, to second order.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ...conventions import Bools, Floats
from ...maths.rotations import make_continuous, normalise
from ...motion.clip import MotionClip

ROOT: Final = 0
"""The track of the root's position."""


def tracks_of(clip: MotionClip) -> Floats:
    """(T, 1 + J, 4) float32."""
    tracks = np.zeros((clip.frame_count, 1 + clip.skeleton.joint_count, 4), np.float32)
    tracks[:, ROOT, :3] = clip.root_positions
    tracks[:, 1:] = make_continuous(clip.rotations_wxyz)
    return tracks


def on_sphere(tracks: Floats) -> Floats:
    """Tracks (T, 1 + J, 4) whose quaternions have unit length again."""
    whole = tracks.copy()
    whole[:, 1:] = normalise(tracks[:, 1:])
    return whole


def with_tracks(clip: MotionClip, tracks: Floats, changed: Bools) -> MotionClip:
    """The clip with other values where they are changed; elsewhere it is the same to the bit.

    Args:
        clip: T frames, J joints.
        tracks: (T, 1 + J, 4).
        changed: (T, 1 + J) where a track's value is to be taken.
    """
    root = np.where(changed[:, :1], tracks[:, ROOT, :3], clip.root_positions)
    turns = np.where(changed[:, 1:, None], tracks[:, 1:], clip.rotations_wxyz)
    return MotionClip(clip.skeleton, clip.frame_rate_hz, root, turns, clip.contacts)


def steps(tracks: Floats) -> Floats:
    """(T − 1, 1 + J) how far each track goes from frame to frame: metres, then radians."""
    return distances(tracks[1:], tracks[:-1])


def distances(first: Floats, second: Floats) -> Floats:
    """(..., 1 + J) between values (..., 1 + J, 4): metres, then radians."""
    apart = np.sqrt(np.square(first - second).sum(axis=-1))
    apart[..., 1:] *= 2.0
    return np.asarray(apart)
