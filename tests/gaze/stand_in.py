"""A gaze by rule, for tests that ask how a gaze is written, not how it looks.

Looks at one target after the other, exactly, with the head taking a third.
"""

from __future__ import annotations

import numpy as np

from blender_addon.core.errors import Cancelled
from blender_addon.core.face.eye_angles import angles_to_rotations
from blender_addon.core.gaze.clip import GazeClip
from blender_addon.core.gaze.eye_head_features import directions_in_head, directions_to_angles
from blender_addon.core.gaze.pipeline import Fixations, GazeResult
from blender_addon.core.maths.rotations import quaternion_conjugate, quaternion_rotate

STAY_FRAMES = 60


class Starer:
    """Looks at target after target, a second each; blinks once a second, in its middle.

    Args:
        share: of the head, of the angle from where it points.
    """

    def __init__(self, share: float = 1 / 3) -> None:
        self.share = share
        self.requests = []

    def generate(self, requests, *, on_progress=None):
        self.requests += requests
        for part in np.linspace(0, 1, 5):
            if on_progress is not None and not on_progress(float(part)):
                raise Cancelled("cancelled; nothing was changed")
        return [self._stare(request) for request in requests]

    def _stare(self, request):
        frames = request.frame_count
        chosen = (np.arange(frames) // STAY_FRAMES) % len(request.targets)
        points = np.stack([t.positions for t in request.targets])[chosen, np.arange(frames)]
        head = np.asarray(request.head_rotations_wxyz, float)
        away = points - request.head_positions
        share = self.share * min(request.settings.head_share, 1.0)
        offset = share * directions_in_head(away, head)
        turn = angles_to_rotations(offset)
        seen = quaternion_rotate(quaternion_conjugate(head), away)
        if request.pivot_m is not None:
            pivot = np.broadcast_to(np.asarray(request.pivot_m, float), seen.shape)
            seen = seen - pivot + quaternion_rotate(turn, pivot)
        seen = quaternion_rotate(quaternion_conjugate(turn), seen)
        side = np.array([0.5, -0.5])[:, None] * np.array([request.eye_distance_m, 0, 0])
        eyes = directions_to_angles(seen[:, None] - side)
        within = np.arange(frames) % STAY_FRAMES
        blinks = np.clip(1 - np.abs(within - 30) / 5, 0, 1)
        lids = np.clip(-eyes[..., 1].mean(axis=1) / 0.5, -1, 1)
        onset = np.arange(0, frames, STAY_FRAMES) / 60
        fixations = Fixations(
            onset, np.full(len(onset), 1.0), np.zeros((len(onset), 2)), chosen[::STAY_FRAMES]
        )
        clip = GazeClip(60.0, eyes, offset, blinks, lids)
        return GazeResult(clip, fixations, onset + 0.5, ())
