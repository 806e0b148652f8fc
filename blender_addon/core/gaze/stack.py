"""The surroundings of many characters as one set of arrays, asked each at its own frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ..conventions import MODEL_FRAME_RATE_HZ, Bools, Floats, Ints
from ..face.eye_angles import angles_to_rotations
from ..maths.rotations import quaternion_rotate, wrap_angle
from .attraction import FACE_RAD
from .eye_head_features import angles_to_directions
from .request import GazeRequest
from .surroundings import HUMAN_EYE_DISTANCE_M, Surroundings

NOTHING: Final = -1

_FACE_DISTANCE_M: Final = 1.3
"""At this distance a real face is as large as the face on the screen of the recordings was."""
_FACE_SCALES: Final = (0.3, 1.5)
_NEAREST_PLACE_M: Final = 1.5


class StackedSurroundings:
    """Surroundings of B characters, padded with targets and frames that never count.

    Args:
        requests, around: B of each; at most N targets, T frames.
    """

    def __init__(self, requests: Sequence[GazeRequest], around: Sequence[Surroundings]) -> None:
        targets = max(len(a.positions) for a in around)
        self.frame_counts = np.array([r.frame_count for r in requests])
        self.rows = np.arange(len(requests))
        self.spread = np.sqrt([r.settings.liveliness for r in requests])
        self._scale = np.array([r.eye_distance_m for r in requests]) / HUMAN_EYE_DISTANCE_M
        self._ahead = np.array([len(a.positions) - 1 for a in around])
        shape = (len(requests), targets, int(self.frame_counts.max()))
        # Single precision where a thousandth of a degree or millimetre is enough: it is the larger
        # part of a crowd's memory.
        self._angles = np.zeros((*shape, 2), np.float32)
        self._positions = np.zeros((*shape, 3), np.float32)
        self._anchors, self._attractions = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        self._cuts = np.zeros(shape, np.int32)
        self.brief = np.zeros(shape[:2], np.bool_)
        self._heads = np.zeros((shape[0], shape[2], 3), np.float32)
        self._trunks = np.zeros((shape[0], shape[2], 4), np.float32)
        self._roles = np.zeros((shape[0], shape[2]), np.int64)
        for row, (request, one) in enumerate(zip(requests, around, strict=True)):
            part = (row, slice(len(one.positions)), slice(request.frame_count))
            self._angles[part], self._positions[part] = one.angles_rad, one.positions
            self._anchors[part], self._attractions[part] = one.anchors, one.attractions
            self._cuts[part], self.brief[part[:2]] = one.cuts, one.brief
            self._heads[row, part[2]] = request.head_positions
            self._trunks[row, part[2]] = one.trunk_wxyz
            self._roles[row, part[2]] = request.roles

    def frame(self, time_s: Floats) -> Ints:
        """(B,) the frame that shows each one's time (B,)."""
        frame = np.floor(time_s * MODEL_FRAME_RATE_HZ).astype(np.int64)
        return np.asarray(np.clip(frame, 0, self.frame_counts - 1))

    def roles(self, frame: Ints) -> Ints:
        """(B,) at frames (B,)."""
        return np.asarray(self._roles[self.rows, frame])

    def anchors(self, frame: Ints) -> Floats:
        """(B, N) shares as the partner."""
        return np.asarray(self._anchors[self.rows, :, frame])

    def attractions(self, frame: Ints) -> Floats:
        """(B, N) weights relative to the partner's."""
        return np.asarray(self._attractions[self.rows, :, frame])

    def cuts(self, target: Ints, frame: Ints) -> Ints:
        """(B,) next frame at which a target (B,) is lost."""
        return np.asarray(self._cuts[self.rows, np.maximum(target, 0), frame], np.int64)

    def offsets(self, anchor: Ints, frame: Ints) -> Floats:
        """(B, N, 2) directions of all targets from the anchors (B,)."""
        angles = self._angles[self.rows, :, frame].astype(np.float64)
        apart = angles - angles[self.rows, anchor][:, None]
        return np.stack((wrap_angle(apart[..., 0]), apart[..., 1]), axis=-1)

    def look(
        self, anchor: Ints, chosen: Ints, offsets_rad: Floats, frame: Ints
    ) -> tuple[Ints, Floats, Floats]:
        """Where a look goes: on the anchor's face, beside it, or at another target.

        Args:
            anchor: (B,) who is the partner.
            chosen: (B,) another target, or −1.
            offsets_rad: (B, 2) from the centre of the target chosen, else from the anchor's.
            frame: (B,).

        Returns:
            The target (B,) that is looked at, −1 for a place; the point (B, 3) from that target's
            centre, or from between the eyes; its direction (B, 3) from the trunk.
        """
        own = chosen == NOTHING
        looked = np.where(own, anchor, chosen)
        centre = self._positions[self.rows, looked, frame].astype(np.float64)
        head = self._heads[self.rows, frame]
        distance = np.linalg.norm(centre - head, axis=-1)
        size = np.linalg.norm(offsets_rad, axis=-1)
        on_face = (size * np.minimum(self.spread, 1.0) < FACE_RAD) & (anchor != self._ahead)
        target = np.where(own, np.where(on_face, anchor, NOTHING), chosen)
        scale = np.where(own, self._offset_scale(size, distance), 1.0)
        turn = angles_to_rotations(self._angles[self.rows, looked, frame].astype(np.float64))
        gaze = quaternion_rotate(turn, angles_to_directions(offsets_rad * scale[:, None]))
        place = target == NOTHING
        far = np.where(place, np.maximum(distance, _NEAREST_PLACE_M * self._scale), distance)
        trunk = self._trunks[self.rows, frame].astype(np.float64)
        away = far[:, None] * quaternion_rotate(trunk, gaze)
        return target, away - np.where(place[:, None], 0.0, centre - head), gaze

    def _offset_scale(self, size: Floats, distance: Floats) -> Floats:
        """(B,) a face farther away is smaller; looks beyond it are as wide as one is lively."""
        face = np.clip(_FACE_DISTANCE_M * self._scale / np.maximum(distance, 1e-6), *_FACE_SCALES)
        face = face * np.minimum(self.spread, 1.0)
        beyond = np.clip(size / FACE_RAD - 1.0, 0.0, 1.0)
        return np.asarray(face + beyond * (self.spread - face))

    def is_within(self, time_s: Floats) -> Bools:
        """(B,) whether times lie before the ends."""
        return np.asarray(time_s * MODEL_FRAME_RATE_HZ < self.frame_counts)
