"""Hips that follow a path where they are missing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...conventions import Bools, Floats
from ...motion.clip import MotionClip
from .neighbours import find_neighbours


def follow_path(filled: MotionClip, known: Bools, path: Floats) -> MotionClip:
    """Lay the hips on a path where they were missing; their height stays.

    Args:
        filled: T frames.
        known: (T, 1 + J) before it was filled.
        path: (T, 3) metres; where it misses a known pose by a little, it is eased there.
    """
    near = find_neighbours(known[None, :, :1])
    before, after = near.before[0, :, 0], near.after[0, :, 0]
    off = filled.root_positions - path
    start, end = off[np.maximum(before, 0)], off[np.maximum(after, 0)]
    start = np.where((before >= 0)[:, None], start, end)
    end = np.where((after >= 0)[:, None], end, start)
    share = (near.since[0] / np.maximum((after - before)[:, None], 1)).clip(0.0, 1.0)
    ease = share * share * (3 - 2 * share)
    laid = (path + start + ease * (end - start)).astype(np.float32)
    laid[:, 1] = filled.root_positions[:, 1]
    return replace(filled, root_positions=np.where(known[:, :1], filled.root_positions, laid))
