"""Sound as the networks hear it: one channel at 16 kHz, read piece by piece.

A two-hour sound is never held in memory: ``read`` fetches, mixes and resamples only what is asked
for, and what comes before the start or after the end is silence.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Hashable
from functools import cached_property
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from ..conventions import Floats
from ..errors import SoundError
from ..jobs import Cancellation
from ..maths.resampling import Resampler
from ..notes import Note
from .wav_file import WavHeader, read_wav_header, wav_frames

SAMPLE_RATE_HZ: Final = 16_000
MIN_RATE_HZ: Final = 1_000
MAX_RATE_HZ: Final = 768_000
_LISTENING_S: Final = 0.1
_MOST_LISTENINGS: Final = 400
_CANCELLED: Final = 0.25
"""Share of the power that unrelated channels leave in their mean; less, and they cancel out."""
_CANCELLED_PART: Final = 0.1
"""Of the whole power; a stray piece that cancels by chance is no reason."""
_LARGEST_SAMPLE: Final = 1e6
_MOST_NUMBERS: Final = 1_000_000


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

    @property
    def identity(self) -> Hashable | None:
        """That of the sound."""
        found: Hashable | None = getattr(self._sound, "identity", None)
        return found

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

    @cached_property
    def identity(self) -> Hashable:
        """Of its samples: the same for all sounds that hold the same."""
        digest = hashlib.blake2b(self._samples.tobytes()).hexdigest()
        return "samples", digest, self._source_rate_hz

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
    """A WAV file: PCM of 8 to 64 bit or float, any rate, any number of channels.

    Several channels are mixed by their mean; of a surround file the low-frequency channel is left
    out, for it carries no speech. Where the mean cancels a voice, as in stereo with one channel
    turned round, the loudest channel is heard instead.

    Args:
        path: the file; opened for each piece read, so nothing has to be closed.
        gain: factor on every sample.
        mono: take the mean even where it cancels, as a strip that Blender mixes to mono.
        by_content: it is known by what it holds, not by its file: one that is made anew each time.

    Raises:
        SoundError: missing, no WAV file, an encoding unknown here, or without any sample.
    """

    sample_rate_hz: int = SAMPLE_RATE_HZ

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        gain: float = 1.0,
        mono: bool = False,
        by_content: bool = False,
    ) -> None:
        self.path = Path(path)
        self._opened = _file_stamp(self.path)
        self.header: WavHeader = read_wav_header(self.path)
        self._resampler = make_resampler(self.header.rate_hz)
        self._gain = np.float32(gain)
        self._channels = self.header.voice_channels
        loudest = _loudest_of_cancelling(self.path, self.header)
        self._cancels = loudest is not None
        if loudest is not None and not mono:
            self._channels = [loudest]
        self._by_content = by_content

    @property
    def identity(self) -> Hashable | None:
        """Of the file and of what is heard of it; None where it is gone or changed since."""
        file = self._digest if self._by_content else _file_stamp(self.path)
        if file is None or (file != self._opened and not self._by_content):
            return None
        return "file", file, float(self._gain), tuple(self._channels)

    @cached_property
    def _digest(self) -> Hashable | None:
        try:
            with self.path.open("rb") as file:
                return hashlib.file_digest(file, "blake2b").hexdigest()
        except OSError:
            return None

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.header.frame_count / self.header.rate_hz

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is odd about the file, in the user's words."""
        name, found = self.path.name, list[str]()
        if self.header.cut_short:
            there = f"the {self.duration_s:.1f} s that are there are used"
            found.append(f"{name} breaks off before its end; {there}")
        if self._cancels and len(self._channels) == 1:
            heard = f"channel {self._channels[0] + 1} alone is used"
            found.append(Note(f"the channels of {name} cancel each other when mixed; {heard}"))
        elif self._cancels:
            found.append(
                f"the channels of {name} cancel each other, and its strip mixes them. Switch off "
                "Mono in the strip's Sound settings"
            )
        return tuple(found)

    def read(self, start_sample: int, count: int) -> Floats:
        """Samples at 16 kHz, (count,) float32; zeros outside the sound."""
        return self._resampler.read(self._read_source, start_sample, count)

    def _read_source(self, start: int, count: int) -> Floats:
        piece = np.zeros(count, np.float32)
        low, high = max(start, 0), min(start + count, self.header.frame_count)
        if low < high:
            frames = wav_frames(self.path, self.header, low, high - low)
            with np.errstate(over="ignore", invalid="ignore"):
                mono = frames[:, self._channels].mean(axis=1) * self._gain
            # A damaged float file may hold NaN or infinity; there is no sound in those.
            piece[low - start : low - start + len(mono)] = np.nan_to_num(
                mono, nan=0.0, posinf=0.0, neginf=0.0
            )
        return piece


def _file_stamp(path: Path) -> Hashable | None:
    """Tells a file from others and from what it was before; None where it is gone."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return str(path.absolute()), status.st_size, status.st_mtime_ns, status.st_ino


def _loudest_of_cancelling(path: Path, header: WavHeader) -> int | None:
    """The loudest channel of a file whose channels cancel each other in their mean, else None.

    Pieces all over the file are listened to, so that a long one costs no more than a short one.
    """
    channels = header.voice_channels
    if len(channels) < 2:
        return None
    length = max(min(int(_LISTENING_S * header.rate_hz), _MOST_NUMBERS // header.channels), 1)
    places = range(0, header.frame_count, max(header.frame_count // _MOST_LISTENINGS, length))
    powers, kept = [], []
    for place in places:
        found = wav_frames(path, header, place, length)[:, channels]
        with np.errstate(invalid="ignore"):
            frames = found.astype(np.float64)
        frames = np.where(np.abs(frames) < _LARGEST_SAMPLE, frames, 0.0)  # NaN is not below it
        frames = frames - frames.mean(axis=0)
        powers.append(np.sum(frames**2, axis=0))
        kept.append(np.sum(frames.mean(axis=1) ** 2))
    power = np.array(powers)
    unrelated = power.sum(axis=1) / len(channels) ** 2
    cancelled = np.array(kept) < _CANCELLED * unrelated
    if unrelated[cancelled].sum() <= _CANCELLED_PART * unrelated.sum():
        return None
    return channels[int(np.argmax(power.sum(axis=0)))]


def make_resampler(source_rate_hz: int) -> Resampler:
    """From a source's rate to 16 kHz; SoundError where the rate makes no sense."""
    if not MIN_RATE_HZ <= source_rate_hz <= MAX_RATE_HZ:
        raise SoundError(
            f"a sample rate of {MIN_RATE_HZ} to {MAX_RATE_HZ} Hz was expected; "
            f"found {source_rate_hz} Hz. Save the sound again at 48000 Hz"
        )
    return Resampler(source_rate_hz, SAMPLE_RATE_HZ)
