"""What a tracker saw of a film, kept in a file so that nobody waits for it twice."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from blender_addon.core.video.tracked import TrackedPerson

ARRAYS: Final = ("points_px", "visibility", "presence", "world_m", "seen", "crops_px")
"""Of a ``TrackedPerson``, one row a picture each."""


def keep_tracked(tracked: TrackedPerson, path: Path) -> None:
    """Write a tracked person as .npz; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {name: getattr(tracked, name) for name in ARRAYS}
    facts = [tracked.first_frame, tracked.frame_rate_hz, *tracked.size_px]
    np.savez_compressed(path, **arrays, facts=np.array(facts, np.float64))


def read_tracked(path: Path) -> TrackedPerson:
    """Read what ``keep_tracked`` wrote."""
    with np.load(path, allow_pickle=False) as data:
        first, rate, width, height = data["facts"].tolist()
        arrays = {name: data[name] for name in ARRAYS}
    return TrackedPerson(int(first), rate, (int(width), int(height)), **arrays)
