"""Fixed windows of held-out clips with a gap, filled by anything and judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from backend.mocap.recordings import Recording
from blender_addon.core.conventions import Bools, Floats
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.kinematics import forward_kinematics

from .samples import BEFORE, CHANNELS

GAPS: Final = (5, 15, 30, 60)
AFTERS: Final = (1, 10)
_STEP: Final = 20

Filled = tuple[Floats, Floats]


@dataclass(frozen=True, eq=False)
class GapWindows:
    """Windows with one gap.

    Args:
        gap, after: frames missing, and known after them; 10 are before.
        root_positions: (B, T, 3).
        rotations_wxyz: (B, T, J, 4).
        labels: of each.
    """

    gap: int
    after: int
    root_positions: Floats
    rotations_wxyz: Floats
    labels: tuple[str, ...]

    @property
    def known(self) -> Bools:
        """(B, T, 1 + J)."""
        known = np.ones((*self.root_positions.shape[:2], CHANNELS), bool)
        known[:, self.missing] = False
        return known

    @property
    def missing(self) -> slice:
        """The frames to be filled."""
        return slice(BEFORE, BEFORE + self.gap)


def cut_windows(
    recordings: Sequence[Recording], gap: int, after: int, step: int = _STEP
) -> GapWindows:
    """Windows of all recordings that are long enough, every ``step`` frames.

    With one frame after and with ten the gaps are the same ones.
    """
    frames, whole = BEFORE + gap + after, BEFORE + gap + max(AFTERS)
    roots, turns, labels = [], [], []
    for each in recordings:
        clip = each.clip
        for start in range(0, clip.frame_count - whole + 1, step):
            part = slice(start, start + frames)
            roots.append(clip.root_positions[part])
            turns.append(clip.rotations_wxyz[part])
            labels.append(each.label)
    if not roots:
        shape = (0, frames)
        empty = np.zeros((*shape, 3), np.float32), np.zeros((*shape, CHANNELS - 1, 4), np.float32)
        return GapWindows(gap, after, *empty, ())
    return GapWindows(gap, after, np.stack(roots), np.stack(turns), tuple(labels))


def joint_errors(windows: GapWindows, filled: Filled) -> Floats:
    """(B,) mean distance of joints from the true ones in the gap, centimetres."""
    true = places(windows.root_positions, windows.rotations_wxyz)
    distances = np.linalg.norm(places(*filled) - true, axis=-1)
    return np.asarray(100.0 * distances[:, windows.missing].mean(axis=(1, 2)))


def places(root_positions: Floats, rotations_wxyz: Floats) -> Floats:
    """World positions of the common skeleton's joints."""
    return forward_kinematics(COMMON_SKELETON, root_positions, rotations_wxyz)[0]
