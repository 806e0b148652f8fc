"""Hears sounds as the extension does, for models and baselines alike."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from blender_addon.core.conventions import Floats
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.jobs import Progress
from blender_addon.core.sound.hear import hear
from blender_addon.core.sound.hearing import FEATURE_RATE_HZ, Hearing
from blender_addon.core.sound.waveform import SAMPLE_RATE_HZ, ArraySound, Sound

FILES: Final = ("speech_encoder", "phone_evidence")


class Listener:
    """A sound to what is heard of it, as a HearingProvider.

    Args:
        encoder: of a ``speech_encoder`` model.
        phones: of a ``phone_evidence`` model; without it ``hears_phones`` is False, and this is
            for features alone.
    """

    def __init__(self, encoder: ModelSession, phones: ModelSession | None) -> None:
        self._encoder, self._phones = encoder, phones
        self.hears_phones = phones is not None

    def __call__(self, sound: Sound, progress: Progress) -> Hearing:
        """Hear a sound, or take what was heard of it before."""
        return hear(sound, self._encoder, self._phones, progress)

    def features(self, waveform: Floats) -> Floats:
        """(T, D) of samples (N,) at 16 kHz, 50 a second."""
        hearing = hear(ArraySound(waveform), self._encoder)
        return hearing.features.read(0, int(len(waveform) / SAMPLE_RATE_HZ * FEATURE_RATE_HZ) + 1)


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
