"""What a map is made of; holds no Blender data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from ....core.conventions import Floats, Ints
from ....core.errors import ClipError
from ....core.motion.clip import MotionClip

_WORD: Final = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True)
class ClipPlace:
    """Where a clip is found.

    Args:
        name: of the action; of a motion file its name without the ending.
        file: that it lies in; empty for the file that is open.
        first_frame: of the action, as its keys count.
        rate_hz: frames a second that they count.
        label: what it is coloured by.
    """

    name: str
    file: str = ""
    first_frame: float = 0.0
    rate_hz: float = 30.0
    label: str = ""

    def frame_at(self, time_s: float) -> int:
        """The frame of the action so long after its first one."""
        return round(self.first_frame + time_s * self.rate_hz)


@dataclass(frozen=True, eq=False)
class ReadClip:
    """A clip as it was read, on the skeleton of its own rig.

    Args:
        place: where it is found.
        clip: what it does.
        joint_map: its joints by the common names; None where they have these.
    """

    place: ClipPlace
    clip: MotionClip
    joint_map: Mapping[str, str] | None = None


@dataclass(frozen=True, eq=False)
class FileWindows:
    """The windows of all clips of a file.

    Args:
        places: of its clips.
        latents: (W, D) of each window.
        clip_index: (W,) which clip it is of.
        start_s: (W,) when it begins, from the clip's beginning.

    Raises:
        ClipError: the lengths disagree, or an index leads nowhere.
    """

    places: Sequence[ClipPlace]
    latents: Floats
    clip_index: Ints
    start_s: Floats

    def __post_init__(self) -> None:
        count = len(self.latents)
        if self.clip_index.shape != (count,) or self.start_s.shape != (count,):
            raise ClipError(f"expected a clip and a time for each of {count} windows")
        indices = self.clip_index
        if count and not (indices.min() >= 0 and indices.max() < len(self.places)):
            raise ClipError(f"a window is of a clip that is not among {len(self.places)}")

    @classmethod
    def none(cls) -> FileWindows:
        """Of a file without any motion that can be read."""
        return cls((), np.zeros((0, 1), np.float32), np.zeros(0, np.int64),
                   np.zeros(0, np.float32))  # fmt: skip


@dataclass(frozen=True, eq=False)
class MotionMap:
    """The picture.

    Args:
        places: of the clips in it.
        points: (W, 2) where each window lies, 0 … 1 in both directions.
        clip_index: (W,) which clip it is of.
        start_s: (W,) when it begins, from the clip's beginning.
        notes: what could not be read, and why.
    """

    places: Sequence[ClipPlace]
    points: Floats
    clip_index: Ints
    start_s: Floats
    notes: tuple[str, ...] = field(default=())

    @property
    def labels(self) -> list[str]:
        """What there is to be coloured by, the most frequent first."""
        of_windows = [self.places[int(n)].label for n in self.clip_index]
        return sorted(set(of_windows), key=lambda label: (-of_windows.count(label), label))

    def place(self, window: int) -> ClipPlace:
        """Where the clip of a window is found."""
        return self.places[int(self.clip_index[window])]

    def frame(self, window: int) -> int:
        """The frame of its clip's action on which a window begins."""
        return self.place(window).frame_at(float(self.start_s[window]))


def label_of(name: str, file: Path | None, folder: Path | None) -> str:
    """What a clip is coloured by: the folder that it is sorted into, else its name's first word.

    Args:
        name: of the clip.
        file: that it lies in; None for the file that is open.
        folder: that was looked through.
    """
    if file is not None and folder is not None and file.parent != folder:
        return file.relative_to(folder).parts[0]
    words = _WORD.findall(re.sub(r"([a-z])([A-Z])", r"\1 \2", name.rpartition("|")[2]))
    return words[0].lower() if words else name
