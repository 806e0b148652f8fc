"""Reading what ``prepare quadruped`` wrote."""

from __future__ import annotations

from pathlib import Path

from backend.quadruped.store import load_sequence

from .frames import Frames


def load_split(folder: Path, split: str) -> Frames:
    """All sequences of a split.

    Args:
        folder: what prepare wrote.
        split: "train" or "val".

    Raises:
        InputError: there are none.
    """
    return Frames.of(load_sequence(path) for path in sorted((folder / split).glob("*.npz")))
