"""What music and speech sound like, thirty times a second, for networks and for the beat tracker.

All of it is measured against the sound's own loud level, so that the gain of a recording changes
nothing. The sound is read in blocks of ten seconds: three hours cost no memory but the result.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from ...conventions import Bools, Floats
from ...jobs import Cancellation
from ..hear import pitch_of, voice_of
from ..pitch import RATE_HZ as PITCH_RATE_HZ
from ..waveform import SAMPLE_RATE_HZ, CancellableSound, Sound
from .spectrum import FRAME_RATE_HZ, STEP, WINDOW, cepstra, mel_centres_hz, mel_frames
from .tones import CHROMA_RATE_HZ, chroma_frames

RATE_HZ: Final = 30.0
ONSET_BANDS_HZ: Final = (0.0, 200.0, 2000.0, 8000.0)
"""Edges of the three bands: bass drum and bass; voices, chords, snare; cymbals, consonants."""
_BLOCK_S: Final = 10
_PAD: Final = 4
"""Frames before and after a block that its differences and means look at."""
_FLOOR: Final = 1e-5
"""Power below 50 dB under the loud level is silence: what no one dances to."""
_QUIET_DB: Final = -60.0
_LOUD_PERCENTILE: Final = 95.0
_SHORTEST: Final = 10
"""Hundredths of a second that must be heard."""
_LOUDEST: Final = 4.0


@dataclass(frozen=True, eq=False)
class MusicFeatures:
    """Measures of a sound; entry n of those at 30 Hz is at n / 30 s.

    Args:
        duration_s: of the sound.
        loud_db: its loud level relative to full scale, the 95th percentile of its 30 ms levels
            above −60 dB; −60 where it is not above that for a tenth of a second.
        rms: (T,) root mean square, 1 at the loud level, at most 4; 0 in silence.
        rms_slope: (T,) its change in a second.
        pitch_hz: (T,) fundamental frequency; 0 where there is none.
        voiced: (T,) where there is a pitch.
        mfcc: (T, 13) cepstra of the mel power relative to the loud level, floored at −50 dB.
        onsets: (T, 3) rise of the logarithmic mel bands in a hundredth second, mean of a band:
            below 200 Hz, up to 2 kHz, above.
        novelty: (N, 3) the same 100 times a second, entry n at n / 100 s.
        chroma: (C, 12) shares of the pitch classes from C on, 10 a second; 0 in silence.
    """

    duration_s: float
    loud_db: float
    rms: Floats
    rms_slope: Floats
    pitch_hz: Floats
    voiced: Bools
    mfcc: Floats
    onsets: Floats
    novelty: Floats
    chroma: Floats

    @property
    def loudness(self) -> Floats:
        """(T,) 0 … 1, how loud the sound is against itself, over about half a second."""
        width = 15
        padded = np.pad(np.minimum(self.rms, 1.5).astype(np.float64) ** 2, (width // 2,), "edge")
        mean = np.convolve(padded, np.full(width, 1.0 / width), "valid")[: len(self.rms)]
        smooth = np.sqrt(np.maximum(mean, 0.0))
        return np.asarray(smooth / max(float(smooth.max(initial=0.0)), 1e-6), np.float32)


def music_features(sound: Sound, cancellation: Cancellation | None = None) -> MusicFeatures:
    """Measure a sound.

    Args:
        sound: one channel at 16 kHz, of any length.
        cancellation: of the job; asked before every block.

    Returns:
        Finite numbers throughout, whatever the sound.

    Raises:
        SoundError: the sound has no length.
        Cancelled: the job was cancelled.
    """
    sound = CancellableSound(sound, cancellation or Cancellation())
    loud_db = _loud_level(voice_of(sound).level_db)
    count = max(1, int(np.ceil(sound.duration_s * RATE_HZ - 1e-6)))
    scale = 10.0 ** (-loud_db / 10.0)
    blocks = [
        _measure_block(sound, n * _BLOCK_S, scale)
        for n in range(-(-count // int(_BLOCK_S * RATE_HZ)))
    ]
    square, mfcc, onsets, novelty, chroma = (
        np.concatenate(each) for each in zip(*blocks, strict=True)
    )
    rms = np.minimum(np.sqrt(square[:count]), _LOUDEST)
    pitch = _pitch_at_30_hz(sound, count)
    return MusicFeatures(
        sound.duration_s, loud_db, rms, _slope(rms), pitch, pitch > 0.0, mfcc[:count],
        onsets[:count], novelty[: _length(sound, FRAME_RATE_HZ)],
        chroma[: _length(sound, CHROMA_RATE_HZ)],
    )  # fmt: skip


def _loud_level(levels_db: Floats) -> float:
    """Level of what is loud in a sound; a single click is not."""
    heard = levels_db[levels_db > _QUIET_DB]
    if len(heard) < min(_SHORTEST, len(levels_db)):
        return _QUIET_DB
    return float(np.percentile(heard, _LOUD_PERCENTILE))


def _length(sound: Sound, rate_hz: float) -> int:
    return max(1, int(np.ceil(sound.duration_s * rate_hz - 1e-6)))


def _slope(values: Floats) -> Floats:
    if len(values) < 2:
        return np.zeros_like(values)
    return np.asarray(np.gradient(values) * RATE_HZ, np.float32)


def _pitch_at_30_hz(sound: Sound, count: int) -> Floats:
    """The nearest of the pitches measured 50 times a second: octaves are not averaged."""
    pitch = pitch_of(sound)
    entry = np.floor(np.arange(count) / RATE_HZ * PITCH_RATE_HZ).astype(np.int64)
    return np.asarray(pitch[np.clip(entry, 0, len(pitch) - 1)], np.float32)


def _measure_block(
    sound: Sound, start_s: int, scale: float
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Ten seconds of (square, mfcc, onsets) at 30 Hz, novelty at 100 Hz and chroma at 10 Hz."""
    frames = _BLOCK_S * FRAME_RATE_HZ + 2 * _PAD
    first = start_s * SAMPLE_RATE_HZ - _PAD * STEP - WINDOW // 2
    power, square = mel_frames(sound.read(first, WINDOW + (frames - 1) * STEP))
    power = np.log10(power * np.float32(scale) + np.float32(_FLOOR))
    novelty = _rises(power)
    to_30_hz = _means()
    thirds = to_30_hz @ novelty
    mfcc = cepstra((to_30_hz @ power).astype(np.float32))
    squares = np.where(square * scale > _FLOOR, square * scale, 0.0)
    chroma = chroma_frames(sound, start_s, _BLOCK_S, scale)
    return (
        (to_30_hz @ squares).astype(np.float32), mfcc, thirds, novelty[_PAD:-_PAD], chroma
    )  # fmt: skip


def _rises(log_power: Floats) -> Floats:
    """(N, 3) how much the bands rise from 10 ms before to 10 ms after; 0 at both ends.

    Each band is compared with the loudest of itself and its neighbours before, so that a gliding
    voice is no onset. Source: Böck and Widmer 2013, Maximum filter vibrato suppression for onset
    detection (SuperFlux).
    """
    widest = log_power.copy()
    widest[:, 1:] = np.maximum(widest[:, 1:], log_power[:, :-1])
    widest[:, :-1] = np.maximum(widest[:, :-1], log_power[:, 1:])
    rise = np.zeros_like(log_power)
    rise[1:-1] = np.maximum(log_power[2:] - widest[:-2], 0.0)
    return np.asarray(rise @ _bands())


@cache
def _bands() -> Floats:
    """(MEL_BANDS, 3) means of the mel bands within each of the three."""
    middle = mel_centres_hz()[:, None]
    low, high = np.array(ONSET_BANDS_HZ[:-1]), np.array(ONSET_BANDS_HZ[1:])
    inside = ((middle >= low) & (middle < high)).astype(np.float32)
    return np.asarray(inside / inside.sum(axis=0))


@cache
def _means() -> Floats:
    """(300, 1008) weights that average the frames within 1 / 60 s of every thirtieth second."""
    times = np.arange(int(_BLOCK_S * RATE_HZ))[:, None] * FRAME_RATE_HZ / RATE_HZ + _PAD
    frames = np.arange(_BLOCK_S * FRAME_RATE_HZ + 2 * _PAD)
    half = 0.5 * FRAME_RATE_HZ / RATE_HZ
    share = np.clip(half + 0.5 - np.abs(frames - times), 0.0, 1.0)
    return np.asarray(share / share.sum(axis=1, keepdims=True), np.float32)
