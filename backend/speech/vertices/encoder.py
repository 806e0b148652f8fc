"""The exported encoder, as the scene uses it: what is trained on it runs on it bit for bit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.inference.settings import SettingsReader
from blender_addon.core.sound.level import speech_gain
from blender_addon.core.sound.voice_activity import detect_voice
from blender_addon.core.sound.waveform import Sound

FILE: Final = "speech_encoder.onnx"
_TASK: Final = "speech_encoder"


@dataclass(frozen=True, eq=False)
class HeardAtOnce:
    """All of a sound's vectors.

    Args:
        rows: (N, D) from ``first`` on.
        first: number of the first row, which may lie before the sound.
    """

    rows: Floats
    first: int

    @property
    def size(self) -> int:
        """D."""
        return int(self.rows.shape[1])

    def read(self, first: int, count: int) -> Floats:
        """Rows first … first + count; beyond what was heard the last ones go on."""
        places = np.clip(np.arange(first, first + count) - self.first, 0, len(self.rows) - 1)
        return self.rows[places]


class EncoderInUse:
    """An encoder's ONNX file with what its contract says.

    Args:
        session: of it.

    Raises:
        ContractError: it is no encoder of speech.
    """

    def __init__(self, session: ModelSession) -> None:
        contract = session.contract
        contract.require_task(_TASK)
        settings = SettingsReader(contract)
        self._session = session
        self._window = settings.integer("window_samples", 320, 10_000_000)
        self._overlap = settings.integer("overlap_samples", 0, self._window - 1)
        self._stride = settings.integer("stride_samples", 1, self._window)
        self.level_db = settings.number("level_db", -60.0, 0.0)
        self.sha256 = contract.sha256
        self.size = int(contract.output("features").shape[-1])

    def hear(self, sound: Sound) -> HeardAtOnce:
        """A whole recording, with a window of silence around; windows are cross-faded."""
        gain = np.float32(speech_gain(detect_voice(sound), self.level_db))
        step, overlap = self._window - self._overlap, self._overlap // self._stride
        samples = int(sound.duration_s * sound.sample_rate_hz)
        starts = range(-step, samples + step, step)
        rows = np.zeros((0, self.size), np.float32)
        fade = (np.arange(1, overlap + 1) / (overlap + 1)).astype(np.float32)[:, None]
        for start in starts:
            waveform = gain * sound.read(start, self._window)
            new = self._session.run({"waveform": waveform[None].astype(np.float32)})["features"][0]
            if len(rows) and overlap:
                new = new.copy()
                new[:overlap] = rows[-overlap:] * (1.0 - fade) + new[:overlap] * fade
                rows = rows[:-overlap]
            rows = np.concatenate((rows, new))
        return HeardAtOnce(rows, -(step // self._stride))


def open_encoder(path: Path) -> EncoderInUse:
    """The encoder in a file, or in a folder under its usual name.

    Raises:
        ModelError: there is none, or it cannot be used.
    """
    return EncoderInUse(ModelSession(path / FILE if path.is_dir() else path))
