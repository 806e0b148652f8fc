"""How loud a sound is along time, coarse enough to be kept and drawn: the peaks of short pieces."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Floats
from ..jobs import Cancellation
from .cache import BoundedCache, identity_of
from .waveform import Sound

PEAKS_HZ: Final = 200
"""Peaks a second: eight to a frame at 24 frames a second."""
_BLOCK_S: Final = 10
_cache: Final = BoundedCache(16 * 2**20)


@dataclass(frozen=True, eq=False)
class Peaks:
    """Largest samples of a sound.

    Args:
        values: (N,) from 0 to 1 at full scale, ``rate_hz`` of them a second.
        rate_hz: peaks a second.
    """

    values: Floats
    rate_hz: int = PEAKS_HZ

    def between(self, start_s: float, end_s: float, count: int) -> Floats:
        """The largest sample in each of so many equal parts of a span.

        Args:
            start_s, end_s: in the sound; what lies outside of it is silent.
            count: of parts.

        Returns:
            (count,) from 0 to 1.
        """
        edges = np.linspace(start_s, end_s, count + 1) * self.rate_hz
        first = np.floor(edges[:-1]).astype(np.int64)
        last = np.maximum(np.ceil(edges[1:]).astype(np.int64), first + 1)
        inside = (last > 0) & (first < len(self.values))
        found = np.zeros(count, np.float32)
        if not inside.any():
            return found
        low = np.clip(first[inside], 0, len(self.values) - 1)
        high = np.clip(last[inside], 1, len(self.values))
        # reduceat takes pairs; the maxima of what lies between two pairs are thrown away.
        ends = np.append(self.values, np.float32(0.0))
        found[inside] = np.maximum.reduceat(ends, np.stack((low, high), axis=1).ravel())[::2]
        return found


def peaks_of(sound: Sound, cancellation: Cancellation | None = None) -> Peaks:
    """The peaks of a sound; those of one that was read before are known. Any thread may ask.

    Args:
        sound: as long as it is, it is read piece by piece.
        cancellation: ends the reading.

    Raises:
        Cancelled: somebody asked for the end.
        SoundError: the sound cannot be read any more.
    """
    return _cache.once(
        _key(sound), lambda: _read(sound, cancellation or Cancellation()), lambda p: p.values.nbytes
    )


def forget_peaks() -> None:
    """Give the memory back."""
    _cache.clear()


def _key(sound: Sound) -> Hashable | None:
    identity = identity_of(sound)
    return None if identity is None else ("peaks", identity)


def _read(sound: Sound, cancellation: Cancellation) -> Peaks:
    each = sound.sample_rate_hz // PEAKS_HZ
    count = int(np.ceil(sound.duration_s * PEAKS_HZ))
    values = np.zeros(count, np.float32)
    block = _BLOCK_S * PEAKS_HZ
    for start in range(0, count, block):
        cancellation.check()
        part = min(block, count - start)
        samples = sound.read(start * each, part * each)
        values[start : start + part] = np.abs(samples).reshape(part, each).max(axis=1)
    return Peaks(np.clip(values, 0.0, 1.0))
