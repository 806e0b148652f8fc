"""Reading what ``prepare quadruped`` wrote."""

from __future__ import annotations

from pathlib import Path

from backend.quadruped.store import load_sequence, read_index

from .frames import Frames


def load_split(folder: Path, split: str) -> Frames:
    """All sequences of a split.

    Args:
        folder: what prepare wrote.
        split: "train" or "val".

    Raises:
        InputError: there are none.
    """
    return Frames.of(load_sequence(folder / row["file"]) for row in read_index(folder, split))
