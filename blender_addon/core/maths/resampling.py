"""Band-limited change of a sound's sample rate, piece by piece and independent of the pieces.

Every desired sample is a weighted sum of the source's samples around it; the weights are a sinc cut
off below the lower of the two Nyquist frequencies, under a Kaiser window.

Source: Smith, Digital Audio Resampling (2002): windowed-sinc interpolation. Where the two rates
share a small ratio the weights repeat, and whole blocks are one matrix product.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, gcd
from typing import Final

import numpy as np

from ..conventions import Floats

_ZERO_CROSSINGS: Final = 16
_ROLL_OFF: Final = 0.94
"""Cut-off as a share of Nyquist: leaves room for the filter's slope."""
_KAISER_BETA: Final = 8.0
_TABLE_STEPS: Final = 1024
_BLOCK: Final = 128
_LONGEST_CYCLE: Final = 640
"""Of desired samples until the weights repeat: 11025 Hz, the worst usual rate, has 640."""
_PIECE: Final = 8192

ReadSource = Callable[[int, int], Floats]


class Resampler:
    """Reads a source of one rate as if it had another.

    Args:
        source_rate_hz: of the samples there are, a whole number.
        target_rate_hz: of the samples desired, likewise.
    """

    def __init__(self, source_rate_hz: int, target_rate_hz: int) -> None:
        common = gcd(source_rate_hz, target_rate_hz)
        self._up = target_rate_hz // common
        self._down = source_rate_hz // common
        self._cutoff = _ROLL_OFF * min(1.0, target_rate_hz / source_rate_hz)
        self._reach = ceil(_ZERO_CROSSINGS / self._cutoff)
        self._table = self._tabulate()
        self._matrix = self._block_matrix() if self._up <= _LONGEST_CYCLE else None

    def read(self, source: ReadSource, start: int, count: int) -> Floats:
        """Desired samples ``start`` … ``start + count``.

        Args:
            source: gives ``count`` samples from a start on, (count,), zeros outside its range.
            start, count: at the target rate.

        Returns:
            (count,) float32.
        """
        if self._up == self._down:
            return source(start, count)
        if self._matrix is not None:
            return self._read_blocks(self._matrix, source, start, count)
        pieces = [
            self._read_any(source, at, min(_PIECE, start + count - at))
            for at in range(start, start + count, _PIECE)
        ]
        return np.concatenate(pieces) if pieces else np.zeros(0, np.float32)

    def _tabulate(self) -> Floats:
        """One half of the symmetric weight function, from 0 to the reach, finely sampled."""
        at = np.arange(self._reach * _TABLE_STEPS + 1) / _TABLE_STEPS  # in source samples
        inside = np.sqrt(np.maximum(0.0, 1.0 - (at / self._reach) ** 2))
        window = np.i0(_KAISER_BETA * inside) / np.i0(_KAISER_BETA)
        table = self._cutoff * np.sinc(self._cutoff * at) * window
        return np.append(table, 0.0).astype(np.float32)

    def _weights(self, distances: Floats) -> Floats:
        """Weight of source samples at these distances from the desired one, in source samples."""
        steps = np.minimum(np.abs(distances) * _TABLE_STEPS + 0.5, len(self._table) - 1)
        return self._table[steps.astype(np.int32)]

    def _block_matrix(self) -> Floats:
        """(source samples of a block and its margins, desired samples of a block)."""
        cycles = ceil(_BLOCK / self._up)
        desired = np.arange(cycles * self._up) * self._down / self._up
        given = np.arange(-self._reach, cycles * self._down + self._reach)
        return self._weights(given[:, None] - desired)

    def _read_blocks(self, matrix: Floats, source: ReadSource, start: int, count: int) -> Floats:
        rows, block = matrix.shape
        step = rows - 2 * self._reach
        first, last = start // block, -(-(start + count) // block)
        given = source(first * step - self._reach, (last - first) * step + 2 * self._reach)
        if last == first:
            return np.zeros(0, np.float32)
        windows = np.lib.stride_tricks.sliding_window_view(given, rows)[::step]
        made = (np.ascontiguousarray(windows) @ matrix).ravel()
        return made[start - first * block :][:count]

    def _read_any(self, source: ReadSource, start: int, count: int) -> Floats:
        """Any ratio: weights looked up for each desired sample."""
        exact = np.arange(start, start + count, dtype=np.int64) * self._down
        whole, rest = exact // self._up, (exact % self._up) / self._up
        low = int(whole[0]) - self._reach
        given = source(low, int(whole[-1]) + self._reach + 2 - low)
        taps = np.arange(-self._reach, self._reach + 1)
        weights = self._weights(taps - rest[:, None])
        windows = np.lib.stride_tricks.sliding_window_view(given, len(taps))
        picked = windows[whole - self._reach - low]
        return np.asarray(np.einsum("nt,nt->n", picked, weights), np.float32)
