"""How something is said: loudness, pitch, and the syllables that are stressed.

Source: de Jong and Wempe 2009, Praat script to detect syllable nuclei (peaks of intensity that are
voiced and between dips of 2 dB); Kochanski et al. 2005, Loudness predicts prominence (loudness,
then length and pitch, tell which syllables are stressed). The band of sonorants is Pfitzinger's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Bools, Floats, Ints
from ..jobs import Cancellation
from ..maths.smoothing import gaussian_smooth
from .hear import pitch_of, voice_of
from .music.spectrum import FRAME_RATE_HZ, STEP, WINDOW, mel_centres_hz, mel_frames
from .pitch import RATE_HZ as PITCH_RATE_HZ
from .voice_activity import VoiceActivity
from .waveform import CancellableSound, Sound

RATE_HZ: Final = 30.0
_BLOCK_S: Final = 10
_SONORANT_HZ: Final = (250.0, 3000.0)
_QUIET_DB: Final = -75.0
_SMOOTH_S: Final = 0.03
_DIP_DB: Final = 2.0
_LEAST_SHARE: Final = 0.35
_VOICED_WITHIN_S: Final = 0.03
_ALONE_S: Final = 0.2
_DB_PER_POINT, _SEMITONES_PER_POINT = 6.0, 4.0
_LEAST_STRENGTH: Final = 0.4
_LEAST_RANGE_DB, _MOST_RANGE_DB = 12.0, 45.0
"""What is 45 dB down is background, however silent the studio."""
_MOST_SEMITONES: Final = 24.0


@dataclass(frozen=True, eq=False)
class Prosody:
    """What a voice does besides its words.

    Args:
        loudness: (T,) 30 a second, entry n at n / 30 s: 0 background … 1 the speaker's loudest.
        pitch: (T,) semitones above the speaker's own median; 0 where unvoiced.
        voiced: (T,) where there is a pitch.
        speaking: (T,) pauses shorter than a quarter of a second count as speech.
        accents_s: (N,) energy peaks of the stressed syllables.
        accent_strengths: (N,) 0 … 1 how much they stand out in loudness and pitch, relative to the
            speaker.
    """

    loudness: Floats
    pitch: Floats
    voiced: Bools
    speaking: Bools
    accents_s: Floats
    accent_strengths: Floats

    @property
    def duration_s(self) -> float:
        """Length of what was heard."""
        return len(self.loudness) / RATE_HZ


def hear_prosody(sound: Sound, cancellation: Cancellation | None = None) -> Prosody:
    """Measure how something is said.

    Accents are found so: a syllable is a peak of the level between 250 and 3000 Hz (smoothed by
    30 ms) that rises at least 2 dB out of the dips on both sides, in the upper two thirds of the
    speaker's range, has a pitch within 30 ms and lies in speech. Its prominence is its level
    above the speaker's median syllable in steps of 6 dB, plus its pitch above the speaker's median
    syllable in steps of 4 semitones; its strength is 1 / (1 + exp(−prominence)). Stressed is one
    that is the strongest within 0.2 s and whose strength is at least 0.4. So silence, steady noise
    and single clicks have none.

    Args:
        sound: one voice, of any length.
        cancellation: of the job; asked before every block.

    Returns:
        Finite numbers throughout.

    Raises:
        SoundError: the sound has no length.
        Cancelled: the job was cancelled.
    """
    sound = CancellableSound(sound, cancellation or Cancellation())
    voice, pitch_hz = voice_of(sound), pitch_of(sound)
    times = np.arange(max(1, int(np.ceil(sound.duration_s * RATE_HZ - 1e-6)))) / RATE_HZ
    speaking = voice.speaking_at(times)
    semitones = _relative_pitch(pitch_hz, voice)
    at = np.clip((times * PITCH_RATE_HZ).astype(np.int64), 0, len(pitch_hz) - 1)
    voiced = (pitch_hz[at] > 0.0) & speaking
    pitch = np.where(voiced, semitones[at], 0.0).astype(np.float32)
    accents, strengths = _find_accents(_sonorant_levels(sound), voice, pitch_hz, semitones)
    return Prosody(_loudness(voice, times), pitch, voiced, speaking, accents, strengths)


def _relative_pitch(pitch_hz: Floats, voice: VoiceActivity) -> Floats:
    """(N,) semitones above the speaker's median, at 50 Hz; 0 where unvoiced."""
    middles = (np.arange(len(pitch_hz)) + 0.5) / PITCH_RATE_HZ
    spoken = pitch_hz[(pitch_hz > 0.0) & voice.speaking_at(middles)]
    if not len(spoken):
        return np.zeros(len(pitch_hz))
    semitones = 12.0 * np.log2(np.maximum(pitch_hz, 1.0) / np.median(spoken))
    semitones = np.clip(semitones, -_MOST_SEMITONES, _MOST_SEMITONES)
    return np.where(pitch_hz > 0.0, semitones, 0.0)


def _loudness(voice: VoiceActivity, times_s: Floats) -> Floats:
    """(T,) 0 the background, 1 the speaker's loudest (98th percentile), by level."""
    if not voice.speaking.any():
        return np.zeros(len(times_s), np.float32)
    levels = voice.level_db.astype(np.float64)
    floor = float(np.percentile(levels[voice.speaking], 98)) - _MOST_RANGE_DB
    levels = gaussian_smooth(np.maximum(levels, floor), 4.0)
    high = float(np.percentile(levels[voice.speaking], 98))
    low = min(float(np.percentile(levels, 5)), high - _LEAST_RANGE_DB)
    share = np.where(voice.speaking, np.clip((levels - low) / (high - low), 0.0, 1.0), 0.0)
    at = (np.arange(len(levels)) + 0.5) / voice.rate_hz
    return np.clip(np.interp(times_s, at, gaussian_smooth(share, 3.0)), 0.0, 1.0).astype(np.float32)


def _sonorant_levels(sound: Sound) -> Floats:
    """(N,) dB of what lies between 250 and 3000 Hz, entry n at n / 100 s."""
    middle = mel_centres_hz()
    bands = (middle >= _SONORANT_HZ[0]) & (middle <= _SONORANT_HZ[1])
    count = max(1, int(np.ceil(sound.duration_s * FRAME_RATE_HZ - 1e-6)))
    block = _BLOCK_S * FRAME_RATE_HZ
    parts = []
    for first in range(0, count, block):
        frames = min(block, count - first)
        samples = sound.read(first * STEP - WINDOW // 2, WINDOW + (frames - 1) * STEP)
        parts.append(mel_frames(samples)[0][:, bands].sum(axis=1))
    levels = 10.0 * np.log10(np.concatenate(parts).astype(np.float64) + 10.0 ** (_QUIET_DB / 10.0))
    return gaussian_smooth(levels, _SMOOTH_S * FRAME_RATE_HZ)


def _find_accents(
    levels: Floats, voice: VoiceActivity, pitch_hz: Floats, semitones: Floats
) -> tuple[Floats, Floats]:
    """Times (N,) of the stressed syllables' peaks and their strengths."""
    peaks = _peaks_between_dips(levels)
    times = peaks / FRAME_RATE_HZ
    peaks = peaks[voice.speaking_at(times)]
    near = _near_pitches(peaks, pitch_hz)
    peaks = peaks[(pitch_hz[near] > 0.0).any(axis=1)]
    if not len(peaks):
        return np.zeros(0), np.zeros(0, np.float32)
    high, low = np.percentile(levels[peaks], 95), np.percentile(levels, 5)
    peaks = peaks[levels[peaks] >= low + _LEAST_SHARE * (high - low)]
    strengths = _strengths(peaks, levels, _near_pitches(peaks, pitch_hz), pitch_hz, semitones)
    times = peaks / FRAME_RATE_HZ
    chosen = _strongest(times, strengths) & (strengths >= _LEAST_STRENGTH)
    return times[chosen], strengths[chosen].astype(np.float32)


def _near_pitches(peaks: Ints, pitch_hz: Floats) -> Ints:
    """(N, 3) entries of the pitch within 30 ms of each peak."""
    at = np.floor(peaks / FRAME_RATE_HZ * PITCH_RATE_HZ).astype(np.int64)
    reach = round(_VOICED_WITHIN_S * PITCH_RATE_HZ / 2.0)
    near = at[:, None] + np.arange(-reach, reach + 1)
    return np.asarray(np.clip(near, 0, len(pitch_hz) - 1))


def _strengths(
    peaks: Ints, levels: Floats, near: Ints, pitch_hz: Floats, semitones: Floats
) -> Floats:
    louder = (levels[peaks] - np.median(levels[peaks])) / _DB_PER_POINT
    weights = (pitch_hz[near] > 0.0).astype(np.float64)
    pitches = (semitones[near] * weights).sum(axis=1) / weights.sum(axis=1)
    higher = (pitches - np.median(pitches)) / _SEMITONES_PER_POINT
    return np.asarray(1.0 / (1.0 + np.exp(-louder - higher)))


def _strongest(times_s: Floats, strengths: Floats) -> Bools:
    """(N,) which are stronger than all others within 0.2 s; the earlier of two alike."""
    chosen = np.zeros(len(times_s), bool)
    first = np.searchsorted(times_s, times_s - _ALONE_S, "right")
    stop = np.searchsorted(times_s, times_s + _ALONE_S, "left")
    for n in np.argsort(-strengths, kind="stable"):
        chosen[n] = not chosen[first[n] : stop[n]].any()
    return chosen


def _peaks_between_dips(levels: Floats) -> Ints:
    """Frames of the peaks that stand at least 2 dB out of the dips before and after."""
    peaks, highest, lowest = list[int](), 0, 0
    rising = True
    for n, level in enumerate(levels.tolist()):
        if rising:
            if level > levels[highest]:
                highest = n
            elif level < levels[highest] - _DIP_DB:
                peaks.append(highest)
                rising, lowest = False, n
        elif level < levels[lowest]:
            lowest = n
        elif level > levels[lowest] + _DIP_DB:
            rising, highest = True, n
    return np.array(peaks, np.int64)
