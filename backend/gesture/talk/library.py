"""Moves that the extension brings along for talking without a network: from CC0 clips alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from blender_addon.core.gesture.talk.graph import FREE_MOVES

from .data import load_takes


def write_free_moves(mocap: Path, path: Path = FREE_MOVES) -> int:
    """Write the upper bodies of all CC0 clips; returns how many frames.

    Args:
        mocap: holds the folders quaternius and quaternius_people.
        path: the .npz.
    """
    takes = load_takes(mocap, free=True)
    poses = np.concatenate([take.pose for take in takes]).astype(np.float16)
    stops = np.cumsum([len(take.pose) for take in takes]).astype(np.int32)
    np.savez_compressed(path, poses=poses, stops=stops)
    return len(poses)
