"""Which film is meant, where it lies in time, and which part of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class FilmSource(Enum):
    """Where a film is."""

    FILE = "FILE"
    CLIP = "CLIP"
    SEQUENCE = "SEQUENCE"
    STRIP = "STRIP"


@dataclass(frozen=True)
class FilmChoice:
    """Which film, where it lies in time, and which part of it.

    Args:
        source: where it is.
        path: of the file, of one of the numbered pictures or of their folder; ``//`` stands for
            the folder of the .blend file.
        clip: name of the movie clip.
        strip: name of the sequencer's strip.
        sequence_rate_hz: of numbered pictures; 0 for the scene's.
        start_frame: of the scene, on which it begins; a strip lies where it lies.
        frame_range: frames of the scene, both included; None for all of the film.
    """

    source: FilmSource = FilmSource.FILE
    path: str = ""
    clip: str = ""
    strip: str = ""
    sequence_rate_hz: float = 0.0
    start_frame: int = 1
    frame_range: tuple[int, int] | None = None
