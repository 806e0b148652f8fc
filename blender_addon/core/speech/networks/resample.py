"""From the rows a network makes at its own rate to curves at any times, piece by piece."""

from __future__ import annotations

import numpy as np

from ...conventions import Floats


class ResampledRows:
    """Interpolates rows that arrive in order, and keeps no more of them than the last.

    Args:
        times_s: (T,) rising, at which rows are asked for.
        size: numbers in a row.
        rate_hz: of the rows that arrive; row n belongs to n / rate_hz seconds.
    """

    def __init__(self, times_s: Floats, size: int, rate_hz: float) -> None:
        self._places = np.asarray(times_s, np.float64) * rate_hz
        self.rows: Floats = np.zeros((len(times_s), size), np.float32)
        self._filled = 0
        self._last: Floats = np.zeros((0, size), np.float32)

    @property
    def needed(self) -> tuple[int, int]:
        """First row and end (exclusive) of what must arrive."""
        if not len(self._places):
            return 0, 0
        first = int(np.floor(self._places[0]))
        return first, max(int(np.ceil(self._places[-1])), first) + 1

    def add(self, first: int, rows: Floats) -> None:
        """Take the next rows.

        Args:
            first: number of the first; the one after the last taken before.
            rows: (N, size).
        """
        known = np.concatenate((self._last, rows))
        begin = first - len(self._last)
        stop = int(np.searchsorted(self._places, begin + len(known) - 1, side="right"))
        places = self._places[self._filled : stop] - begin
        low = np.clip(np.floor(places).astype(np.int64), 0, len(known) - 1)
        high = np.minimum(low + 1, len(known) - 1)
        share = np.clip(places - low, 0.0, 1.0).astype(np.float32)[:, None]
        self.rows[self._filled : stop] = known[low] + share * (known[high] - known[low])
        self._filled, self._last = max(stop, self._filled), known[-1:].copy()
