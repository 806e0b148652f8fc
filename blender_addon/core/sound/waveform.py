"""Sound as the networks hear it: one channel at 16 kHz, read piece by piece.

A two-hour sound is never held in memory: ``read`` fetches, mixes and resamples only what is asked
for, and what comes before the start or after the end is silence.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from ..conventions import Floats
from ..errors import SoundError
from ..jobs import Cancellation
from ..maths.resampling import Resampler
from .wav_file import WavHeader, read_wav_header, wav_frames

SAMPLE_RATE_HZ: Final = 16_000
MIN_RATE_HZ: Final = 1_000
MAX_RATE_HZ: Final = 768_000


class Sound(Protocol):
    """One channel of sound at ``sample_rate_hz``, which is always 16 000."""

    @property
    def sample_rate_hz(self) -> int:
        """Samples a second of what ``read`` gives."""
        ...

    @property
    def duration_s(self) -> float:
        """Length."""
        ...

    def read(self, start_sample: int, count: int) -> Floats:
        """Samples from ``start_sample`` on, (count,) float32; zeros outside the sound."""
        ...


class CancellableSound:
    """A sound that stops whoever reads it, block by block, once a job is cancelled.

    Args:
        sound: what is read.
        cancellation: of the job.
    """

    def __init__(self, sound: Sound, cancellation: Cancellation) -> None:
        self._sound, self._cancellation = sound, cancellation
        self.sample_rate_hz, self.duration_s = sound.sample_rate_hz, sound.duration_s

    def read(self, start_sample: int, count: int) -> Floats:
        """As the sound itself.

        Raises:
            Cancelled: the job was cancelled.
        """
        self._cancellation.check()
        return self._sound.read(start_sample, count)


class ArraySound:
    """Sound held in memory.

    Args:
        samples: (N,) one channel, ±1 at full scale.
        sample_rate_hz: of the samples; another than 16 000 is resampled while reading.

    Raises:
        SoundError: the samples are not one finite channel, or the rate makes no sense.
    """

    sample_rate_hz: int = SAMPLE_RATE_HZ

    def __init__(self, samples: Floats, sample_rate_hz: int = SAMPLE_RATE_HZ) -> None:
        self._samples = np.asarray(samples, np.float32)
        if self._samples.ndim != 1 or not np.isfinite(self._samples).all():
            raise SoundError(
                f"expected one channel of finite samples (N,); found {self._samples.shape}"
            )
        self._resampler = make_resampler(sample_rate_hz)
        self._source_rate_hz = sample_rate_hz

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self._samples) / self._source_rate_hz

    def read(self, start_sample: int, count: int) -> Floats:
        """Samples at 16 kHz, (count,) float32; zeros outside the sound."""
        return self._resampler.read(self._read_source, start_sample, count)

    def _read_source(self, start: int, count: int) -> Floats:
        piece = np.zeros(count, np.float32)
        low, high = max(start, 0), min(start + count, len(self._samples))
        if low < high:
            piece[low - start : high - start] = self._samples[low:high]
        return piece


class WavSound:
    """A WAV file: PCM of 8 to 32 bit or float, any rate, any number of channels.

    Several channels are mixed by their mean; of a surround file the low-frequency channel is left
    out, for it carries no speech.

    Args:
        path: the file; opened for each piece read, so nothing has to be closed.

    Raises:
        SoundError: missing, no WAV file, an encoding unknown here, or without any sample.
    """

    sample_rate_hz: int = SAMPLE_RATE_HZ

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.header: WavHeader = read_wav_header(self.path)
        self._resampler = make_resampler(self.header.rate_hz)

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.header.frame_count / self.header.rate_hz

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is odd about the file, in the user's words."""
        if not self.header.cut_short:
            return ()
        there = f"the {self.duration_s:.1f} s that are there are used"
        return (f"{self.path.name} breaks off before its end; {there}",)

    def read(self, start_sample: int, count: int) -> Floats:
        """Samples at 16 kHz, (count,) float32; zeros outside the sound."""
        return self._resampler.read(self._read_source, start_sample, count)

    def _read_source(self, start: int, count: int) -> Floats:
        piece = np.zeros(count, np.float32)
        low, high = max(start, 0), min(start + count, self.header.frame_count)
        if low < high:
            frames = wav_frames(self.path, self.header, low, high - low)
            mono = frames[:, self.header.voice_channels].mean(axis=1)
            # A damaged float file may hold NaN or infinity; there is no sound in those.
            piece[low - start : low - start + len(mono)] = np.nan_to_num(
                mono, nan=0.0, posinf=0.0, neginf=0.0
            )
        return piece


def make_resampler(source_rate_hz: int) -> Resampler:
    """From a source's rate to 16 kHz; SoundError where the rate makes no sense."""
    if not MIN_RATE_HZ <= source_rate_hz <= MAX_RATE_HZ:
        raise SoundError(
            f"a sample rate of {MIN_RATE_HZ} to {MAX_RATE_HZ} Hz was expected; "
            f"found {source_rate_hz} Hz. Save the sound again at 48000 Hz"
        )
    return Resampler(source_rate_hz, SAMPLE_RATE_HZ)
