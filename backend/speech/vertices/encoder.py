"""The exported encoder, as the scene uses it: what is trained on it runs on it number by number."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from blender_addon.core.inference.session import ModelSession
from blender_addon.core.sound.encoder import EncodedTrack, SpeechEncoder
from blender_addon.core.sound.level import speech_gain
from blender_addon.core.sound.voice_activity import detect_voice
from blender_addon.core.sound.waveform import Sound

FILE: Final = "speech_encoder.onnx"


def open_encoder(path: Path) -> SpeechEncoder:
    """The encoder in a file, or in a folder under its usual name.

    Raises:
        ModelError: there is none, or it cannot be used.
    """
    return SpeechEncoder(ModelSession(path / FILE if path.is_dir() else path))


def hear_with(encoder: SpeechEncoder, sound: Sound) -> EncodedTrack:
    """What the encoder makes of a recording, at the level of speech that it knows."""
    return EncodedTrack(encoder, sound, speech_gain(detect_voice(sound), encoder.level_db))
