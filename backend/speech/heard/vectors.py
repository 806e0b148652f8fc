"""What the frozen encoder makes of a recording, wherever its windows happen to lie.

An encoder's vectors depend on their place in its window, so every recording is heard with windows
that begin at a random place: a network trained on them does not mind.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.sound.hearing import FEATURE_RATE_HZ

Encode = Callable[[Floats], Floats]
"""(windows, samples) to (windows, frames, D)."""
_MOST_WINDOWS: Final = 8


class WindowedEncoder:
    """The exported encoder, for whole recordings in memory.

    Args:
        session: of a ``speech_encoder`` model.
    """

    def __init__(self, session: ModelSession) -> None:
        self._session = session
        settings = session.contract.settings
        self._window, self._overlap = settings["window_samples"], settings["overlap_samples"]
        self._stride = settings["stride_samples"]
        self.sha256 = session.contract.sha256

    def vectors(self, waveform: Floats, rng: np.random.Generator | None = None) -> Floats:
        """(T, D) float16 at 50 a second, of the whole recording.

        Args:
            waveform: (N,) at 16 kHz, at the level of speech.
            rng: places the windows; None lets the first begin with the recording.
        """
        hop = self._window - self._overlap
        lead = int(rng.integers(hop // self._stride)) if rng is not None else 0
        padded = np.concatenate((np.zeros(lead * self._stride, np.float32), waveform))
        count = max(1, -(-(len(padded) - self._overlap) // hop))
        padded = np.pad(padded, (0, count * hop + self._overlap - len(padded)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, self._window)[::hop]
        frames = self._cross_fade([self._encode(windows[at : at + _MOST_WINDOWS])
                                   for at in range(0, count, _MOST_WINDOWS)])  # fmt: skip
        length = int(len(waveform) / 16_000 * FEATURE_RATE_HZ) + 1
        return frames[lead : lead + length].astype(np.float16)

    def _encode(self, windows: Floats) -> Floats:
        return self._session.run({"waveform": np.ascontiguousarray(windows)})["features"]

    def _cross_fade(self, parts: list[Floats]) -> Floats:
        made = np.concatenate(parts)
        count, size, width = made.shape
        hop = (self._window - self._overlap) // self._stride
        fade = (np.arange(size) + 0.5) / (size - hop)
        shares = np.clip(np.minimum(fade, fade[::-1]), 0.0, 1.0)[:, None]
        total = np.zeros(((count - 1) * hop + size, width), np.float32)
        weight = np.zeros((len(total), 1), np.float32)
        for number, frames in enumerate(made):
            place = slice(number * hop, number * hop + size)
            total[place] += shares * frames
            weight[place] += shares
        return total / weight
