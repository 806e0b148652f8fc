"""From what the network said to clips of the skeleton."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ..conventions import MODEL_FRAME_RATE_HZ, Bools, Floats
from ..feet.foot_lock import lock_feet, lower_body, pose_legs, turn_root
from ..ground.terrain import Terrain
from ..maths.headings import root_to_world
from ..maths.rotations import (
    heading_to_quaternion,
    length,
    make_continuous,
    quaternion_multiply,
    six_to_quaternion,
)
from ..maths.segments import Segments, batches
from ..maths.smoothing import gaussian_kernel, gaussian_smooth
from ..motion.clip import MotionClip
from ..motion.common_skeleton import COMMON_SKELETON, FOOT_JOINTS
from ..motion.kinematics import global_to_local
from .features import OUTPUT_LAYOUT
from .shaping.body import Poses
from .shaping.finish import finish_walks
from .shaping.shape import Shaping

_PARTS: Final = OUTPUT_LAYOUT.slices
_CONTACT_ON: Final = 0.5
_STEADY_FRAMES: Final = 0.6
_CONTEXT: Final = len(gaussian_kernel(_STEADY_FRAMES)) // 2
"""Frames on both sides that a steady frame is made of."""
_BLOCK_FRAMES: Final = 128
_POSES_AT_ONCE: Final = 2048
_PLANTED_M_S: Final = 0.45
_PLANTED_SHARE: Final = 0.25
"""A foot that carries may still move with the first speed plus this share of the body's."""
_HIPS: Final = slice(_PARTS["joint_positions_m"].start, _PARTS["joint_positions_m"].start + 3)
_LOWER, _LOWER_JOINTS = lower_body(COMMON_SKELETON)
_FEET: Final = _LOWER.indices(FOOT_JOINTS)


class PoseRecorder:
    """Poses of B characters, decoded a block of frames at a time while they walk.

    The network's own outputs would take three times the memory of the poses.

    Args:
        lengths: (B,) frames of each; what comes after them is not recorded.
        track: (B, T, 3) x, z, heading of the roots; filled by the caller before the frame is added.
        ground: (B, T) heights on which the roots stand; likewise.
        shapings: what is asked of each character's body; None for nothing.
    """

    def __init__(
        self,
        lengths: Sequence[int],
        track: Floats,
        ground: Floats,
        shapings: Sequence[Shaping] | None = None,
    ) -> None:
        self._lengths, self._track, self._ground = lengths, track, ground
        self._shapings = shapings or [Shaping()] * len(lengths)
        joints, size = COMMON_SKELETON.joint_count, 3 + 6 * COMMON_SKELETON.joint_count
        self.hips = [np.empty((frames, 3), np.float32) for frames in lengths]
        self.rotations = [np.empty((frames, joints, 4), np.float32) for frames in lengths]
        self.scores = np.empty((*ground.shape, 4), bool)
        block = min(max(lengths), _BLOCK_FRAMES + 2 * _CONTEXT)
        self._rows = np.empty((len(lengths), block, size), np.float32)
        self._base = 0  # frame of the first row

    def add(self, frame: int, outputs: Floats) -> None:
        """What the network said (B, O) of the next frame."""
        row = frame - self._base
        self._rows[:, row, :3] = outputs[:, _HIPS]
        self._rows[:, row, 3:] = outputs[:, _PARTS["joint_rotations_six"]]
        self.scores[:, frame] = outputs[:, _PARTS["contacts"]] > _CONTACT_ON
        if frame + 1 == max(self._lengths):
            self._decode(frame + 1)
        elif row + 1 == self._rows.shape[1]:
            self._decode(frame + 1)
            self._rows[:, : 2 * _CONTEXT] = self._rows[:, -2 * _CONTEXT :].copy()
            self._base = frame + 1 - 2 * _CONTEXT

    def _decode(self, end: int) -> None:
        """Decode the frames before ``end`` whose neighbours are known."""
        begin = self._base + _CONTEXT if self._base else 0
        stops = [size if size <= end else end - _CONTEXT for size in self._lengths]
        going = [number for number, stop in enumerate(stops) if stop > begin]
        for batch in batches([stops[n] - begin for n in going], _POSES_AT_ONCE):
            members = [going[item] for item in batch]
            steady = [self._steady(n, end)[begin - self._base :] for n in members]
            rows = [values[: stops[n] - begin] for n, values in zip(members, steady, strict=True)]
            track = [self._track[n, begin : stops[n]] for n in members]
            ground = [self._ground[n, begin : stops[n]] for n in members]
            hips, local = _pose(*(np.concatenate(part) for part in (rows, track, ground)))
            for n, part in zip(members, Segments.of(*map(len, rows)).slices(), strict=True):
                self.hips[n][begin : stops[n]] = hips[part]
                self.rotations[n][begin : stops[n]] = local[part]

    def _steady(self, number: int, end: int) -> Floats:
        """Rows without the trembling from one frame to the next that no body has."""
        known = min(end, self._lengths[number]) - self._base
        return gaussian_smooth(self._rows[number, :known], _STEADY_FRAMES, keep_ends=True)

    def clips(self, terrain: Terrain, members: Sequence[int], foot_lock: bool) -> list[MotionClip]:
        """60 Hz clips with their contacts, of some characters on the same ground.

        Their poses are taken out of here, so that they are not kept twice.

        Args:
            terrain: the ground.
            members: which characters.
            foot_lock: hold planted feet still.
        """
        walks = finish_walks([self._take(n) for n in members], [self._shapings[n] for n in members])
        motions = Segments.of(*(len(walk.hips) for walk in walks))
        hips = np.concatenate([walk.hips for walk in walks])
        legs = np.concatenate([walk.rotations[:, _LOWER_JOINTS] for walk in walks])
        scores = np.concatenate([walk.scores for walk in walks])
        posed = pose_legs(_LOWER, hips, legs)
        contacts = _decide_contacts(scores, posed[0], motions)
        if foot_lock:
            held = lock_feet(_LOWER, hips, legs, contacts, terrain, posed=posed, motions=motions)
            hips, legs, contacts = held.root_positions, held.rotations_wxyz, held.contacts
            for walk, part in zip(walks, motions.slices(), strict=True):
                turn_root(COMMON_SKELETON, walk.rotations, legs[part, 0])
        clips = []
        for walk, part in zip(walks, motions.slices(), strict=True):
            walk.rotations[:, _LOWER_JOINTS] = legs[part]
            clips.append(_clip(hips[part].copy(), walk.rotations, contacts[part].copy()))
        return clips

    def _take(self, number: int) -> Poses:
        """What was recorded of a character, which is not kept."""
        frames = self._lengths[number]
        rotations, self.rotations[number] = self.rotations[number], np.empty(0, np.float32)
        track, ground = self._track[number, :frames], self._ground[number, :frames]
        return Poses(self.hips[number], rotations, track, ground, self.scores[number, :frames])


def decode_clip(
    outputs: Floats,
    track: Floats,
    ground: Floats,
    terrain: Terrain,
    shaping: Shaping | None = None,
) -> MotionClip:
    """Put pose and root of one character together and hold its feet.

    Args:
        outputs: (T, O).
        track: (T, 3) x, z, heading of its root.
        ground: (T,) height on which the root stood.
        terrain: the ground itself.
        shaping: what is asked of its body; None for nothing.

    Returns:
        A 60 Hz clip with its contacts.
    """
    recorder = PoseRecorder([len(outputs)], track[None], ground[None], [shaping or Shaping()])
    for frame in range(len(outputs)):
        recorder.add(frame, outputs[frame : frame + 1])
    return recorder.clips(terrain, [0], foot_lock=True)[0]


def pose_of(outputs: Floats, track: Floats, ground: Floats) -> Poses:
    """One frame alone (1, O), (1, 3), (1,): feet not held."""
    rows = np.concatenate((outputs[:, _HIPS], outputs[:, _PARTS["joint_rotations_six"]]), axis=1)
    scores = outputs[:, _PARTS["contacts"]] > _CONTACT_ON
    return Poses(*_pose(rows, track, ground), track, ground, scores)


def clip_of(pose: Poses) -> MotionClip:
    """Poses as a clip of unknown contacts."""
    return _clip(pose.hips, pose.rotations, None)


def _clip(hips: Floats, rotations: Floats, contacts: Bools | None) -> MotionClip:
    continuous = make_continuous(rotations.astype(np.float32, copy=False))
    return MotionClip(COMMON_SKELETON, MODEL_FRAME_RATE_HZ, hips, continuous, contacts)


def _pose(rows: Floats, track: Floats, ground: Floats) -> tuple[Floats, Floats]:
    """Hips (N, 3) in the world and rotations (N, J, 4), of rows of hips and two columns a joint."""
    heading = track[:, 2]
    turned = six_to_quaternion(rows[:, 3:].reshape(len(rows), -1, 6))
    local = global_to_local(COMMON_SKELETON, turned)
    local[:, 0] = quaternion_multiply(heading_to_quaternion(heading), local[:, 0])
    place = track[:, :2] + root_to_world(rows[:, [0, 2]], heading)
    hips = np.stack((place[:, 0], rows[:, 1] + ground, place[:, 1]), axis=-1).astype(np.float32)
    return hips, local


def _decide_contacts(scores: Bools, positions: Floats, motions: Segments) -> Bools:
    """Where the network says so and does so: a foot that travels is not held back by a label."""
    tracks = positions[:, [*_FEET, 0]][..., [0, 2]]
    speeds = length(motions.gradient(tracks) * MODEL_FRAME_RATE_HZ)
    slow = speeds[:, :4] < _PLANTED_M_S + _PLANTED_SHARE * speeds[:, 4:]
    return motions.majority(scores & slow, 5)
