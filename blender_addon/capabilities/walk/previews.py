"""The preview made last, for all who show it; lives as long as Blender runs, in no file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PathPreview:
    """A walk previewed.

    Args:
        length_m, length: of the path, and in the user's words; 0 if it cannot be previewed.
        size: of the character against a person.
        start_frame: where the walk begins in the scene.
        arrival_s: from there until the end of the path.
        arrival_frame: the same in the scene.
        problem: what Generate Walk would refuse or do otherwise; empty if nothing.
        slow: where it goes slower than asked for, and why; empty if nowhere.
        points: (N, 3) of the path in the scene, Blender's axes and units.
        speeds_m_s: (N,) desired there.
        ticks: place and text every second or few.
        marks: place and text of stops and changes.
        pace: the fastest it gets to be in time, in the user's words; empty where no frame of
            arrival is asked for.
        summary: what happens where nobody goes anywhere, in the user's words.
    """

    length_m: float = 0.0
    length: str = ""
    size: float = 1.0
    start_frame: int = 0
    arrival_s: float = 0.0
    arrival_frame: int = 0
    problem: str = ""
    slow: str = ""
    points: Array | None = None
    speeds_m_s: Array | None = None
    ticks: tuple[tuple[tuple[float, float, float], str], ...] = ()
    marks: tuple[tuple[tuple[float, float, float], str], ...] = ()
    pace: str = ""
    summary: str = ""

    def describe(self) -> str:
        """In the user's words; empty if nothing is previewed."""
        if not self.length_m:
            return self.summary
        frames = f"frames {self.start_frame} to\u00a0{self.arrival_frame}"  # fits in one line
        told = f"{self.length}, {frames} ({self.arrival_s:.1f}\u00a0s)"
        return told + (f" at up to {self.pace}" if self.pace else "")


_latest = [PathPreview()]


def latest_preview() -> PathPreview:
    """The preview for the Walk panel."""
    return _latest[0]


def set_preview(preview: PathPreview) -> None:
    """Preview something else."""
    _latest[0] = preview
