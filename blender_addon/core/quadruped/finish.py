"""From what the network said to a clip at the animal's own size and at 60 Hz of true time.

The trunk follows its feet: each end of it goes up and down with the prints of its own two paws, and
sinks a little where a leg would be too short for a print. The legs then reach for the paws.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import MODEL_FRAME_RATE_HZ, Bools, Floats
from ..ground.terrain import FlatTerrain, Terrain
from ..maths.headings import root_to_world
from ..maths.rotations import (
    axis_angle_to_quaternion,
    heading_to_quaternion,
    length,
    make_continuous,
    normalise,
    quaternion_multiply,
    quaternion_rotate,
    rotation_between,
    six_to_quaternion,
)
from ..maths.segments import Segments
from ..maths.smoothing import gaussian_smooth
from ..motion.clip import MotionClip
from .body import MODEL_HIP_HEIGHT_M, QuadrupedBody
from .features import Prediction, RootPose
from .legs import LEG_JOINTS, clip_of_pose, level_feet, solve_legs, styles_of
from .paws import Paws, PawTracks, contacts_of, let_go, track_paws
from .reach import Reach
from .skeleton import CHEST, JOINTS, SPINE
from .true_time import TrueTime

TRUNK: Final = 11
"""Joints that are not of a leg; they come first."""
_STEADY_FRAMES: Final = 0.6
_SPEED_FRAMES: Final = 6.0
_FOLLOW_FRAMES: Final = 7.0
_SINK_FRAMES: Final = (5, 4.0)
_DEEPEST_M: Final = 0.05 * MODEL_HIP_HEIGHT_M
_EXACT_M: Final = 0.002
_STRAIN_M: Final = 0.003
"""What a leg may lack after the trunk has sunk, until its paw is let go."""
_STEEPEST: Final = 0.6
_NOTED: Final = 0.02
"""Share of the time for which legs must be too short until it is said."""
_SLOPE_M: Final = 0.04
_ROWS: Final = 3 + 6 * TRUNK + 3 * 16 + 4
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
            self._rows[:, 0, -4:] = 1.0

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
    rows[:, 3 : 3 + 6 * TRUNK] = six[:, :TRUNK].reshape(count, -1)
    rows[:, 3 + 6 * TRUNK : -4] = positions[:, TRUNK:].reshape(count, -1)
    rows[:, -4:] = said.contacts
    return rows


@dataclass(frozen=True, eq=False)
class Recording:
    """One animal's motion as the network said it.

    Args:
        body: at its own size.
        rows: (T, R) of the recorder.
        track: (T, 3) x, z, heading of its root.
        ground_m: (T,) height on which the root stood.
    """

    body: QuadrupedBody
    rows: Floats
    track: Floats
    ground_m: Floats


@dataclass(frozen=True, eq=False)
class Finished:
    """What became of a recording.

    Args:
        clip: at the animal's own size, 60 Hz of true time.
        notes: what did not go as asked, in the user's words.
    """

    clip: MotionClip
    notes: tuple[str, ...]


@dataclass(eq=False)
class Pose:
    """N frames of several animals: hips (N, 3), trunk (N, 11, 4) and legs' joints (N, 16, 3) in the
    world, chest (N, 3).
    """

    hips: Floats
    trunk: Floats
    legs: Floats
    spine: Floats  # (N, 3, 3) offsets of the three joints after the hips
    headings: Floats

    @property
    def chest(self) -> Floats:
        """(N, 3) at the spine's end."""
        turned = quaternion_rotate(self.trunk[:, SPINE[:3]], self.spine)
        return np.asarray(self.hips + turned.sum(axis=1))

    def raise_ends(self, hind_m: Floats, fore_m: Floats) -> None:
        """Raise hips and chest by (N,) each, turning the trunk."""
        long = np.maximum(length((self.chest - self.hips)[:, _FLAT]), 0.1)
        pitch = -np.arctan((fore_m - hind_m) / long)
        zero = np.zeros_like(self.headings)
        across = np.stack((np.cos(self.headings), zero, -np.sin(self.headings)), axis=-1)
        turn = axis_angle_to_quaternion(across, pitch)
        self.hips = self.hips + np.stack((zero, hind_m, zero), axis=-1).astype(np.float32)
        self.trunk = quaternion_multiply(turn[:, None], self.trunk)


def finish(
    recordings: Sequence[Recording], terrain: Terrain, foot_lock: bool = True
) -> list[Finished]:
    """Clips of animals that are on the same ground.

    Args:
        recordings: of each.
        terrain: the ground in the model's world.
        foot_lock: hold paws at their prints; False shows the network's own motion.
    """
    motions = Segments.of(*(len(each.rows) for each in recordings))
    parts = motions.slices()
    bodies = [each.body.at_model_size() for each in recordings]
    pose, scores = decode(recordings, bodies, motions)
    paws = _read_paws(pose, scores, bodies, terrain, motions, recordings)
    styles = np.concatenate(
        [
            styles_of(body, joints_of(pose, part), pose.trunk[part][:, [0, CHEST]])
            for body, part in zip(bodies, parts, strict=True)
        ]
    )
    lacking = np.zeros((len(scores), 4), np.float32)
    if foot_lock:
        tracks, lacking = _lock(pose, paws, styles, bodies)
    else:
        nothing = np.zeros((len(scores), 4))
        tracks = PawTracks(paws.paws_m, scores > 0.5, nothing)
    feet = _turn_feet(pose, tracks, terrain, motions)
    finished = []
    for recording, body, part in zip(recordings, bodies, parts, strict=True):
        clip = _clip(recording.body, body, pose, tracks, styles, feet, part)
        finished.append(Finished(clip, _notes(recording.body, lacking[part], tracks.held[part])))
    return finished


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
    seen = np.concatenate((rows[:, None, :3], rows[:, 3 + 6 * TRUNK : -4].reshape(-1, 16, 3)), 1)
    places = np.empty_like(seen)
    flat = root_to_world(seen[..., _FLAT], heading[:, None]) + track[:, None, :2]
    places[..., 0], places[..., 2] = flat[..., 0], flat[..., 1]
    places[..., 1] = seen[..., 1] + ground[:, None]
    turned = six_to_quaternion(rows[:, 3 : 3 + 6 * TRUNK].reshape(-1, TRUNK, 6))
    trunk = quaternion_multiply(heading_to_quaternion(heading)[:, None], turned)
    spine = np.stack([body.skeleton.offsets[list(SPINE[1:])] for body in bodies])
    spine = np.repeat(spine, motions.lengths, axis=0)
    return Pose(places[:, 0], trunk, places[:, 1:], spine, heading), rows[:, -4:]


def _read_paws(
    pose: Pose,
    scores: Floats,
    bodies: Sequence[QuadrupedBody],
    terrain: Terrain,
    motions: Segments,
    recordings: Sequence[Recording],
) -> Paws:
    standing = np.stack([body.paw_heights_m for body in bodies]).astype(np.float32)
    track = np.concatenate([each.track[:, :2] for each in recordings])
    speeds = length(motions.gradient(track)) * MODEL_FRAME_RATE_HZ
    return Paws(
        pose.legs[:, LEG_JOINTS[:, 3] - TRUNK],
        scores,
        np.repeat(standing, motions.lengths, axis=0),
        motions.smooth(speeds, _SPEED_FRAMES),
        terrain,
        motions,
    )


def joints_of(pose: Pose, part: slice) -> Floats:
    """(T, 27, 3) with the legs' joints; the trunk's, which nobody asks for, are the hips'."""
    hips, legs = pose.hips[part], pose.legs[part]
    return np.concatenate((np.repeat(hips[:, None], TRUNK, axis=1), legs), axis=1)


def _lock(
    pose: Pose, paws: Paws, styles: Floats, bodies: Sequence[QuadrupedBody]
) -> tuple[PawTracks, Floats]:
    """Hold paws, with a trunk that follows them; what legs lack (N, 4) in the end."""
    motions, reach = paws.motions, Reach.of(bodies, paws.motions)
    tracks = track_paws(paws, contacts_of(paws))
    hind, fore = (
        motions.smooth(tracks.rise_m[:, feet].mean(axis=1), _FOLLOW_FRAMES)
        for feet in ([0, 2], [1, 3])
    )
    if hind.any() or fore.any():
        pose.raise_ends(hind, fore)
    lacking = _lacking(pose, tracks, styles, reach)
    missing = np.where(lacking > _EXACT_M, lacking, 0.0) / _STEEPEST
    if not missing.any():
        return tracks, lacking * 0.0
    radius, sigma = _SINK_FRAMES
    sinks = [
        motions.smooth(
            np.minimum(motions.running_maximum(missing[:, feet].max(axis=1), radius), _DEEPEST_M),
            sigma,
        )
        for feet in ([0, 2], [1, 3])
    ]
    pose.raise_ends(-sinks[0], -sinks[1])
    lacking = _lacking(pose, tracks, styles, reach)
    bad = lacking > _STRAIN_M
    if bad.any():
        tracks = track_paws(paws, let_go(tracks.held, bad, motions))
    return tracks, lacking


def _lacking(pose: Pose, tracks: PawTracks, styles: Floats, reach: Reach) -> Floats:
    """(N, 4) metres by which each leg is too short for its print."""
    ends = np.stack((pose.hips, pose.chest), axis=1)
    return reach.lacking(ends, pose.trunk[:, [0, CHEST]], tracks.paws_m, styles) * tracks.held


def _turn_feet(pose: Pose, tracks: PawTracks, terrain: Terrain, motions: Segments) -> Floats:
    """(N, 4, 4) feet in the world: on a print they keep their heading and lie on the ground."""
    level = level_feet(pose.trunk[:, [0, CHEST]])
    if isinstance(terrain, FlatTerrain):
        return level
    places = tracks.paws_m[..., _FLAT]
    rises = [
        terrain.heights(places + by) - terrain.heights(places - by)
        for by in _SLOPE_M * np.eye(2, dtype=np.float32)
    ]
    up = np.stack((-rises[0], np.full_like(rises[0], 2 * _SLOPE_M), -rises[1]), axis=-1)
    upright = np.broadcast_to(np.array([0.0, 1.0, 0.0], np.float32), up.shape)
    return quaternion_multiply(rotation_between(upright, normalise(up)), level)


def _clip(
    true_body: QuadrupedBody,
    body: QuadrupedBody,
    pose: Pose,
    tracks: PawTracks,
    styles: Floats,
    feet: Floats,
    part: slice,
) -> MotionClip:
    """One animal's clip at its own size, its paws exactly at their prints."""
    time = TrueTime.of(part.stop - part.start, true_body.time_factor)
    hips, chest = time.smooth(pose.hips[part]), time.smooth(pose.chest[part])
    trunk = normalise(time.smooth(make_continuous(pose.trunk[part])))
    held = tracks.held[part]
    paws = time.held(tracks.paws_m[part], held)
    turned = normalise(time.smooth(make_continuous(feet[part])))
    ends, turns = np.stack((hips, chest), axis=1), trunk[:, [0, CHEST]]
    legs = solve_legs(body, ends, turns, paws, time.smooth(styles[part]), turned)
    stood = time.all(held).astype(np.float32)
    return clip_of_pose(
        true_body, hips / true_body.length_factor, trunk, legs, MODEL_FRAME_RATE_HZ, stood
    )


def _notes(body: QuadrupedBody, lacking: Floats, held: Bools) -> tuple[str, ...]:
    """What is said of legs that were too short."""
    missed = (lacking > _STRAIN_M).any(axis=1)
    if missed.sum() < _NOTED * len(held):
        return ()
    most = float(lacking.max()) / body.length_factor
    note = (
        f"legs were up to {100 * most:.0f} cm too short for the ground or the stride in "
        f"{missed.mean():.0%} of the time; their feet were lifted early there. Choose a gentler "
        "slope, wider turns or another speed"
    )
    return (note,)
