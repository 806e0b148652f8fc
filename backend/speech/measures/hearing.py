"""Hears every sound once, for models and baselines alike."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.jobs import Progress
from blender_addon.core.sound.hearing import Hearing, PhoneEvidence
from blender_addon.core.sound.level import speech_gain
from blender_addon.core.sound.voice_activity import detect_voice
from blender_addon.core.sound.waveform import SAMPLE_RATE_HZ, ArraySound, Sound

from ..heard.vectors import WindowedEncoder

FILES: Final = ("speech_encoder", "phone_evidence")


class ArrayTrack:
    """Features held in memory; before and after them lie those at the ends.

    Args:
        vectors: (T, D).
    """

    def __init__(self, vectors: Floats) -> None:
        self.vectors = vectors

    @property
    def size(self) -> int:
        """D."""
        return self.vectors.shape[1]

    def read(self, first: int, count: int) -> Floats:
        """Vectors first … first + count, (count, D) float32."""
        rows = np.clip(np.arange(first, first + count), 0, len(self.vectors) - 1)
        return self.vectors[rows].astype(np.float32)


class Listener:
    """A sound to what is heard of it; the same sound is heard once.

    Args:
        encoder: of a ``speech_encoder`` model.
        phones: of a ``phone_evidence`` model; without it ``hears_phones`` is False, and this is
            for features alone.
    """

    def __init__(self, encoder: ModelSession, phones: ModelSession | None) -> None:
        self._encoder, self._phones = WindowedEncoder(encoder), phones
        self.hears_phones = phones is not None
        self._level_db = float(encoder.contract.setting("level_db"))
        self._known: dict[bytes, Hearing] = {}

    def __call__(self, sound: Sound, progress: Progress) -> Hearing:
        """As a HearingProvider."""
        waveform = sound.read(0, round(sound.duration_s * SAMPLE_RATE_HZ))
        key = waveform.tobytes()
        if key not in self._known:
            self._known[key] = self._hear(waveform, sound)
        progress(1.0)
        return self._known[key]

    def features(self, waveform: Floats) -> Floats:
        """(T, D) of samples at 16 kHz."""
        hearing = self(ArraySound(waveform), Progress.of(None))
        return hearing.features.read(0, int(len(waveform) / SAMPLE_RATE_HZ * 50) + 1)

    def _hear(self, waveform: Floats, sound: Sound) -> Hearing:
        voice = detect_voice(sound)
        gain = speech_gain(voice, self._level_db)
        track = ArrayTrack(self._encoder.vectors(np.float32(gain) * waveform))
        return Hearing(voice, gain, track, self._evidence(track))

    def _evidence(self, track: ArrayTrack) -> PhoneEvidence:
        if self._phones is None:
            return PhoneEvidence(np.zeros((0, 14), np.float32))
        heard = track.vectors[None].astype(np.float32)
        return PhoneEvidence(self._phones.run({"features": heard})["chances"][0])


def open_listener(folder: Path) -> Listener | None:
    """What hears; None where the encoder is missing.

    Args:
        folder: of the models' files.
    """
    sessions = [
        ModelSession(path, ["CPUExecutionProvider"]) if path.is_file() else None
        for path in (folder / f"{name}.onnx" for name in FILES)
    ]
    encoder, phones = sessions
    return Listener(encoder, phones) if encoder else None
