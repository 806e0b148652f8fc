"""What hearing a minute costs: the encoder over a whole sound, next to its bare runs."""

from __future__ import annotations

from typing import Final

import numpy as np

from backend.bench.setting import MINUTE_S
from backend.bench.timing import time_call, time_ratio
from blender_addon.core.conventions import Floats
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.sound.encoder import EncodedTrack, SpeechEncoder
from blender_addon.core.sound.hearing import FEATURE_RATE_HZ
from blender_addon.core.sound.waveform import ArraySound, WavSound

from .bench_memory import SENTENCE

_FRAMES: Final = int(MINUTE_S * FEATURE_RATE_HZ)
_PIECE_FRAMES: Final = 500


def encoder_seconds(session: ModelSession, seconds: float) -> float:
    """Seconds that all vectors of a minute of speech take."""
    encoder, sound = SpeechEncoder(session), minute()
    return time_call(lambda: hear_minute(encoder, sound), seconds=seconds, warm_up=1).median_s


def encoder_over_windows(session: ModelSession, turns: int) -> float:
    """All vectors of a minute over the bare runs of as many windows as there are hops in it."""
    encoder, sound = SpeechEncoder(session), minute()
    count = _FRAMES // encoder.hop_frames + 1
    window = sound.read(0, encoder.window_samples)[None]

    def reference() -> None:
        for _ in range(count):
            encoder.encode(window)

    return time_ratio(lambda: hear_minute(encoder, sound), reference, turns=turns)


def hear_minute(encoder: SpeechEncoder, sound: ArraySound) -> None:
    """Read a minute piece by piece, as a face does."""
    track = EncodedTrack(encoder, sound, 1.0)
    for first in range(0, _FRAMES, _PIECE_FRAMES):
        track.read(first, _PIECE_FRAMES)


def minute() -> ArraySound:
    """A spoken sentence over and over."""
    sound = WavSound(SENTENCE)
    once: Floats = sound.read(0, int(sound.duration_s * sound.sample_rate_hz))
    return ArraySound(np.resize(once, MINUTE_S * sound.sample_rate_hz))
