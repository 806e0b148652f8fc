"""Windows of the benchmark: of subject 5, centred, facing one way in the last frame before a gap.

Source: github.com/ubisoft/ubisoft-laforge-animation-dataset, its README.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.errors import InputError
from blender_addon.core.maths.rotations import (
    heading_to_quaternion,
    make_continuous,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
)
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.motion.skeleton import Skeleton

from .measures import PositionScale

PAST: Final = 10
"""Frames that are known before a gap."""
FUTURE: Final = 10
"""Frames kept after a gap; the first of them is its target, the others are not seen."""
GAPS: Final = (5, 15, 30, 45)
TEST_FRAMES, TEST_STEP = PAST + GAPS[-1] + FUTURE, 40
TRAIN_FRAMES, TRAIN_STEP = 50, 20
_FORWARD: Final = np.array([0.0, 1.0, 0.0], np.float32)
"""Of LAFAN1's hips."""


@dataclass(frozen=True, eq=False)
class Windows:
    """Windows of equal length.

    Args:
        skeleton: as in the files, J joints.
        root_positions: (B, T, 3) metres.
        rotations_wxyz: (B, T, J, 4) local, without leaps of sign.
        starts: (B, 2) the take, and its frame, at which each begins.
        turns_wxyz: (B, 4) by which each was turned, after ``shifts`` (B, 3) were added.
    """

    skeleton: Skeleton
    root_positions: Floats
    rotations_wxyz: Floats
    starts: Sequence[tuple[int, int]]
    turns_wxyz: Floats
    shifts: Floats

    def first(self, frames: int) -> tuple[Floats, Floats]:
        """Root positions and rotations of the first frames."""
        return self.root_positions[:, :frames], self.rotations_wxyz[:, :frames]


def cut_windows(takes: Sequence[MotionClip], frames: int, step: int) -> Windows:
    """Windows of takes, as the benchmark cuts, centres and turns them.

    Raises:
        InputError: no take is long enough.
    """
    starts = [
        (take, start)
        for take, clip in enumerate(takes)
        for start in range(0, max(clip.frame_count - frames, 0), step)
    ]
    if not starts:
        raise InputError(f"expected takes of more than {frames} frames; found none as long")
    smooth = [make_continuous(clip.rotations_wxyz) for clip in takes]
    root = np.stack([takes[t].root_positions[s : s + frames] for t, s in starts])
    rotations = np.stack([smooth[t][s : s + frames] for t, s in starts])
    shifts = -root.mean(axis=1) * np.array([1.0, 0.0, 1.0], np.float32)
    ahead = quaternion_rotate(rotations[:, PAST - 1, 0], _FORWARD)
    # The benchmark turns them towards +X; the character then looks along it.
    heading = np.arctan2(ahead[:, 0], ahead[:, 2]) - 0.5 * np.pi
    turns = quaternion_conjugate(heading_to_quaternion(heading.astype(np.float32)))
    root = quaternion_rotate(turns[:, None], root + shifts[:, None])
    rotations[:, :, 0] = quaternion_multiply(turns[:, None], rotations[:, :, 0])
    return Windows(takes[0].skeleton, root, rotations, starts, turns, shifts)


def scale_of(takes: Iterable[MotionClip]) -> PositionScale:
    """Mean and deviation of positions in the windows of the training subjects.

    Raises:
        InputError: no take is long enough.
    """
    count, total, squares = 0, 0.0, 0.0
    for take in takes:
        if take.frame_count <= TRAIN_FRAMES:
            continue
        windows = cut_windows([take], TRAIN_FRAMES, TRAIN_STEP)
        joints = places(windows.skeleton, windows.root_positions, windows.rotations_wxyz)[0]
        joints = joints.reshape(-1, *joints.shape[2:]).astype(np.float64)
        count += len(joints)
        total, squares = total + joints.sum(axis=0), squares + (joints**2).sum(axis=0)
    if not count:
        raise InputError(f"no take of the training subjects has more than {TRAIN_FRAMES} frames")
    mean = np.asarray(total / count)
    variance = np.maximum(squares / count - mean**2, 0.0)
    return PositionScale(mean, np.sqrt(variance))


def places(
    skeleton: Skeleton, root_positions: Floats, rotations_wxyz: Floats
) -> tuple[Floats, Floats]:
    """World positions (B, T, J, 3) and rotations (B, T, J, 4)."""
    return forward_kinematics(skeleton, root_positions, rotations_wxyz)
