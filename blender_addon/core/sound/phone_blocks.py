"""The phones of one sound, heard block by block, each once.

A sound whose vectors are all kept is listened through at once. Of a long one only the last windows
are kept: its phones are heard while somebody reads the vectors, and no window is encoded twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Bools, Floats
from ..jobs import Progress
from .hearing import FEATURE_RATE_HZ, PHONE_CLASSES, FeatureTrack, PhoneEvidence
from .phone_model import BLOCK_FRAMES, PhoneModel

SILENCE: Final = PHONE_CLASSES.index("silence")


@dataclass(frozen=True, eq=False)
class KnownPhones:
    """What is known of the phones of a sound.

    Args:
        chances: (N, 14); silence in blocks that are not known yet.
        known: of each block of 500 frames.
    """

    chances: Floats
    known: Bools


def no_phones(duration_s: float) -> KnownPhones:
    """Of a sound to which nobody has listened yet."""
    count = int(duration_s * FEATURE_RATE_HZ) + 1
    chances = np.zeros((count, len(PHONE_CLASSES)), np.float32)
    chances[:, SILENCE] = 1.0
    return KnownPhones(chances, np.zeros(-(-count // BLOCK_FRAMES), bool))


class PhoneBlocks:
    """Listens to the blocks of a sound that are asked for and not known yet.

    Args:
        model: hears phones.
        track: the sound's vectors.
        phones: known so far; others may be reading it, so it stays as it is.
        span_s: from when to when phones are needed, seconds in the sound.
        keep: is given what is known once all of it is.
    """

    def __init__(
        self,
        model: PhoneModel,
        track: FeatureTrack,
        phones: KnownPhones,
        span_s: tuple[float, float],
        keep: Callable[[KnownPhones], None],
    ) -> None:
        self._model, self._track, self._phones, self._keep = model, track, phones, keep
        touched = np.clip(
            np.floor(np.array(span_s) * FEATURE_RATE_HZ / BLOCK_FRAMES).astype(np.int64),
            0, len(phones.known) - 1,
        )  # fmt: skip
        self._missing = [n for n in range(touched[0], touched[1] + 1) if not phones.known[n]]
        if self._missing:
            self._phones = KnownPhones(phones.chances.copy(), phones.known.copy())

    @property
    def is_done(self) -> bool:
        """Whether all is known that was asked for."""
        return not self._missing

    def hear_within(self, first: int, stop: int) -> None:
        """Listen to those blocks whose vectors, with their context, lie in first … stop."""
        around = self._model.context_frames
        for number in list(self._missing):
            begin = number * BLOCK_FRAMES
            if begin - around >= first and begin + BLOCK_FRAMES + around <= stop:
                self._hear(number)

    def hear_all(self, progress: Progress | None = None) -> PhoneEvidence:
        """Listen to what is left.

        Raises:
            Cancelled: the job was cancelled.
        """
        missing = list(self._missing)
        for done, number in enumerate(missing):
            if progress is not None:
                progress(done / len(missing))
            self._hear(number)
        return PhoneEvidence(self._phones.chances)

    def _hear(self, number: int) -> None:
        rows = self._phones.chances[number * BLOCK_FRAMES : (number + 1) * BLOCK_FRAMES]
        rows[:] = self._model.hear_block(self._track, number)[: len(rows)]
        self._phones.known[number] = True
        self._missing.remove(number)
        if self.is_done:
            self._keep(self._phones)


class ListenedTrack:
    """The vectors of a long sound; whoever reads them has its phones heard as well.

    Args:
        track: gives the vectors.
        blocks: of the same sound.
    """

    def __init__(self, track: FeatureTrack, blocks: PhoneBlocks) -> None:
        self._track, self._blocks = track, blocks

    @property
    def size(self) -> int:
        """D."""
        return self._track.size

    def read(self, first: int, count: int) -> Floats:
        """Vectors first … first + count at 50 a second, (count, D) float32.

        Raises:
            Cancelled: the sound or the session says so.
        """
        vectors = self._track.read(first, count)
        self._blocks.hear_within(first, first + count)
        return vectors
