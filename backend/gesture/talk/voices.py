"""Real voices to talk to, long enough to pause: recordings of one speaker with silence between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.errors import InputError
from blender_addon.core.sound.waveform import SAMPLE_RATE_HZ, ArraySound, Sound, WavSound

_PAUSES_S: Final = (0.5, 1.6, 0.4, 2.5, 0.8)
_HISS: Final = 1e-4
"""Root mean square of a silent room."""
_SPEAKERS: Final = (
    ("austen", "librivox/*.wav"),
    ("mark", "nvidia/Mark_*.wav"),
    ("claire", "nvidia/Claire_neutral.wav"),
    ("claire_sad", "nvidia/Claire_sadness_16khz_20_sec.wav"),
)


@dataclass(frozen=True, eq=False)
class Voice:
    """A speaker.

    Args:
        name: of the speaker.
        sound: what is said, silence before, between and after.
    """

    name: str
    sound: Sound


def read_voices(speech: Path) -> list[Voice]:
    """Speakers of the folder of test speech.

    Args:
        speech: holds nvidia and librivox.

    Raises:
        InputError: a recording is missing.
    """
    voices = []
    for name, pattern in _SPEAKERS:
        paths = sorted(speech.glob(pattern))
        if not paths:
            raise InputError(f"no {speech / pattern}; give the folder of recordings with --data")
        voices.append(Voice(name, ArraySound(np.concatenate(list(_spoken(paths))))))
    return voices


def _spoken(paths: list[Path]) -> Iterator[Floats]:
    rng = np.random.default_rng(0)
    yield _silence(_PAUSES_S[0], rng)
    for n, path in enumerate(paths):
        sound = WavSound(path)
        yield sound.read(0, int(sound.duration_s * SAMPLE_RATE_HZ))
        yield _silence(_PAUSES_S[(n + 1) % len(_PAUSES_S)], rng)


def _silence(seconds: float, rng: np.random.Generator) -> Floats:
    samples = rng.normal(scale=_HISS, size=int(seconds * SAMPLE_RATE_HZ))
    return samples.astype(np.float32)


def still_sounds() -> list[Sound]:
    """10 s each without a voice: silence, one click, steady noise."""
    rng, count = np.random.default_rng(0), 10 * SAMPLE_RATE_HZ
    click = np.zeros(count, np.float32)
    click[count // 2 : count // 2 + 8] = 0.9
    noise = rng.normal(scale=0.1, size=count).astype(np.float32)
    return [ArraySound(each) for each in (np.zeros(count, np.float32), click, noise)]
