"""Small speech pairs whose curves follow the sound: a hum that opens the jaw as it swells."""

from __future__ import annotations

import numpy as np

from backend.speech.pairs import FACEGOOD, PHONES, RATE_HZ, SpeechPair
from blender_addon.core.conventions import Floats
from blender_addon.core.face.arkit import SPEECH_CHANNELS

JAW = SPEECH_CHANNELS.index("jawOpen")
PUCKER = SPEECH_CHANNELS.index("mouthPucker")


def swell(seconds: float, seed: int = 0) -> tuple[Floats, Floats]:
    """A hum of two vowels (N,), and how loud and how dark it is (N, 2), both 0 … 1."""
    rng = np.random.default_rng(seed)
    times = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    knots = np.arange(0.0, seconds + 0.5, 0.25)
    loud, dark = (np.interp(times, knots, rng.random(len(knots))) for _ in range(2))
    bright_tone, dark_tone = np.sin(2 * np.pi * 2300 * times), np.sin(2 * np.pi * 600 * times)
    hum = loud * ((1 - dark) * bright_tone + dark * dark_tone)
    return (0.3 * hum).astype(np.float32), np.stack((loud, dark), -1)


def make_pair(name: str, teacher: str, seconds: float = 8.0, seed: int = 0) -> SpeechPair:
    """Jaw as loud, pucker as loud and dark; the recordings' teacher knows nothing of the tongue."""
    waveform, causes = swell(seconds, seed)
    times = np.arange(int(seconds * 30)) / 30
    at = np.minimum((times * RATE_HZ).astype(int), len(causes) - 1)
    curves = np.zeros((len(times), len(SPEECH_CHANNELS)), np.float32)
    curves[:, JAW] = 0.6 * causes[at, 0]
    curves[:, PUCKER] = 0.5 * causes[at, 0] * causes[at, 1]
    known = np.ones(len(SPEECH_CHANNELS), bool)
    known[-1] = teacher != FACEGOOD
    return SpeechPair(name, waveform, times, curves, teacher, known)


def make_pairs() -> list[SpeechPair]:
    """Two sessions of recordings and some synthetic speech."""
    return [
        make_pair("facegood_1114_2_01", FACEGOOD, seed=1),
        make_pair("facegood_1114_2_02", FACEGOOD, seed=2),
        make_pair("facegood_1114_3_15", FACEGOOD, seed=3),
        make_pair("phones_0000", PHONES, seed=4),
        make_pair("phones_0001", PHONES, seed=5),
    ]
