"""What every reader of recorded faces gives: sound, and how the face moved to it.

Frames are read when they are asked for: a corpus of dense meshes is larger than any memory.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from backend.recordings.splits import TRAIN
from backend.recordings.words import Word
from blender_addon.core.conventions import Floats, Ints
from blender_addon.core.errors import InputError
from blender_addon.core.inference.contract import DataSource
from blender_addon.core.sound.waveform import Sound

NEUTRAL: Final = "neutral"


@dataclass(frozen=True, eq=False)
class Recording:
    """Someone says something, and the face was captured.

    Args:
        name: of the recording.
        speaker: who.
        emotion: in which it was said; ``NEUTRAL`` where nothing is known.
        split: one of ``SPLITS``.
        sound: at 16 kHz.
        frame_rate_hz: of the frames.
        frame_count: T.
        read: gives the frames, (T, V, 3) places of vertices or (T, C) weights.
        template: (V, 3) the speaker's face at rest; None for weights.
        words: as far as they are known.
    """

    name: str
    speaker: str
    emotion: str
    split: str
    sound: Sound
    frame_rate_hz: float
    frame_count: int
    read: Callable[[], Floats]
    template: Floats | None = None
    words: tuple[Word, ...] = ()

    def motion(self) -> Floats:
        """(T, V, 3) away from the template, or (T, C) weights.

        Raises:
            InputError: a number is not finite, or the file has changed.
        """
        frames = self.read()
        if not np.isfinite(frames).all():
            bad = int(np.argwhere(~np.isfinite(frames.reshape(len(frames), -1)).all(1))[0, 0])
            raise InputError(f"{self.name}: frame {bad} holds NaN or infinity. Leave the file out")
        return frames if self.template is None else frames - self.template


@dataclass(frozen=True, eq=False)
class Corpus:
    """All recordings of one folder.

    Args:
        name: of the data set.
        recordings: of all splits.
        source: for the contract: licence and attribution.
        unit: of the frames' numbers.
        channels: names of C weights; empty for vertices.
        faces: corners of each face of the mesh, by vertex; empty where they are not known.
        lips, upper: vertices or weights of the lips and of the upper face; None where not given.
    """

    name: str
    recordings: tuple[Recording, ...]
    source: DataSource
    unit: str
    channels: tuple[str, ...] = ()
    faces: tuple[tuple[int, ...], ...] = ()
    lips: Ints | None = field(default=None)
    upper: Ints | None = field(default=None)

    def of(self, split: str) -> list[Recording]:
        """Recordings of a split.

        Raises:
            InputError: there are none.
        """
        found = [each for each in self.recordings if each.split == split]
        if not found:
            raise InputError(
                f"{self.name}: none of {len(self.recordings)} recordings is of the split "
                f"'{split}'. Add recordings, or check the speakers' names"
            )
        return found

    @property
    def speakers(self) -> tuple[str, ...]:
        """Who is trained on, in order."""
        return tuple(sorted({each.speaker for each in self.of(TRAIN)}))

    @property
    def emotions(self) -> tuple[str, ...]:
        """In which emotions there is speech to train on, neutral first."""
        found = {each.emotion for each in self.of(TRAIN)}
        return tuple(sorted(found, key=lambda name: (name != NEUTRAL, name)))


def sorted_by_name(recordings: Sequence[Recording]) -> tuple[Recording, ...]:
    """In the order of their names, whatever order the disk has."""
    return tuple(sorted(recordings, key=lambda each: each.name))
