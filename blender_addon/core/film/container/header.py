"""The header of a film file, whatever its container."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

_UNEVEN: Final = 0.25
"""Of the usual time between two pictures: more than this, and their rate varies."""


@dataclass(frozen=True, eq=False)
class FilmHeader:
    """What a film file says of itself.

    Args:
        container: MP4, Matroska or AVI.
        has_picture, has_sound: which tracks there are.
        size_px: width and height as they are coded, before the film is turned; None if not said.
        turn_deg: 0, 90, 180 or 270: by how much pictures are turned clockwise to be upright.
        durations_s: (T,) how long each picture is shown, in the order of decoding; None if not
            said.
        is_cut_off: the file ends before what its header announces.
        has_index: what is needed to find pictures in it is there.
    """

    container: str
    has_picture: bool = False
    has_sound: bool = False
    size_px: tuple[int, int] | None = None
    turn_deg: int = 0
    durations_s: NDArray[np.float64] | None = None
    is_cut_off: bool = False
    has_index: bool = True

    @property
    def rate_varies(self) -> bool:
        """Whether pictures are shown for different times, as phones film."""
        if self.durations_s is None or len(self.durations_s) < 3:
            return False
        lengths = self.durations_s[:-1]
        usual = float(np.median(lengths))
        return bool((np.abs(lengths - usual) > _UNEVEN * usual).mean() > 0.01)


def read_header(path: Path) -> FilmHeader | None:
    """What the header of a film file says; None for a container that is not known here.

    Args:
        path: of the file.

    Raises:
        OSError: the file cannot be opened.
    """
    from .avi import read_avi
    from .matroska import read_matroska
    from .mp4 import read_mp4

    with path.open("rb") as file:
        length = path.stat().st_size
        start = file.read(12)
        file.seek(0)
        if start[:4] == b"\x1a\x45\xdf\xa3":
            return read_matroska(file, length)
        if start[:4] == b"RIFF" and start[8:12] == b"AVI ":
            return read_avi(file, length)
        if start[4:8] in {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}:
            return read_mp4(file, length)
    return None
