"""Sessions of synthetic speech: a speaker says sentence after sentence, and a mouth goes with it.

A session has one voice of one language; speed, pitch and pauses vary from sentence to sentence. The
length of the speaker's vocal tract is varied by resampling, which moves formants and pitch together
as another body does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np
from scipy.signal import resample_poly

from backend.phonetics.espeak_voice import Spoken, Voice, open_synthesiser
from backend.phonetics.phone_segments import spoken_to_track
from backend.phonetics.phones import CLASS_OF, SILENCE, PhoneTrack
from backend.phonetics.texts import make_utterance
from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ, Floats

from ..pairs import PHONES, RATE_HZ, SpeechPair
from .coarticulation import phones_to_curves

LANGUAGES: Final = {
    "en-us": 0.28, "en": 0.10, "en-gb-x-rp": 0.08, "en-gb-scotland": 0.04, "en-us-nyc": 0.05,
    "en-029": 0.03, "de": 0.07, "fr": 0.06, "es": 0.05, "it": 0.04, "cmn-latn-pinyin": 0.10,
    "pt-br": 0.02, "nl": 0.03, "pl": 0.02, "tr": 0.015, "sv": 0.015,
}  # fmt: skip
"""How often a session is in each."""

VARIANTS: Final = tuple(
    "f1 f2 f3 f4 f5 m1 m2 m3 m4 m5 m6 m8 Alex Alicia Andrea Andy Denis Diogo Gene Jacky Lee Marco "
    "Mario Michael Mike Nguyen Reed adam anika announcer antonio aunty belinda benjamin boris "
    "caleb david ed edward edward2 grandma grandpa gustave ian iven john klatt klatt3 klatt4 "
    "klatt5 klatt6 linda marcelo max michel miguel norbert pablo paul pedro quincy rob robert "
    "sandro shelby steph steph2 travis victor whisper zac".split()
)
NATURAL: Final = "n"
"""Before the number in names of sessions by the natural voice."""
Piece = tuple[Floats, PhoneTrack]
"""Samples at 16 kHz and their phones."""
VAL_VARIANTS: Final = ("Annie", "m7", "klatt2", "Henrique", "iven2", "steph3")
"""Voices that training never hears."""

_SPEED_WPM: Final = (125, 235)
_PITCH: Final = (25, 75)
_PITCH_RANGE: Final = (25, 85)
_TRACT: Final = (0.88, 1.14)
_SENTENCE_SPEED: Final = (0.88, 1.12)
_PAUSE_S: Final = (0.25, 1.1)
_SILENCE_S: Final = (1.5, 4.0)
_SILENCE_SHARE: Final = 0.08
"""Of pauses: nobody speaks for a while."""
_SPEECH_RMS: Final = 0.07
_PEAK: Final = 0.97
_LARGEST_DENOMINATOR: Final = 400


@dataclass(frozen=True)
class Speaker:
    """A session's voice.

    Args:
        voice: of the synthesiser.
        tract: samples of the synthesiser per sample kept, against the plain conversion of rates;
            below 1 a longer vocal tract: slower, lower.
    """

    voice: Voice
    tract: float


@dataclass(frozen=True)
class Session:
    """Which session to make; the same words make the same session.

    Args:
        split: train or val.
        number: within its split.
        seed: of all sessions.
        seconds: at least so long.
        natural: by the natural voice, not by the synthesiser's.
    """

    split: str
    number: int
    seed: int
    seconds: float = 60.0
    natural: bool = False

    @property
    def file_name(self) -> str:
        """Where it is kept."""
        return f"{PHONES}_{NATURAL if self.natural else ''}{self.number:04d}.npz"

    def source(self) -> np.random.Generator:
        """What it is drawn from."""
        kind = (1,) if self.natural else ()
        return np.random.default_rng([self.seed, self.number, len(self.split), *kind])


def draw_speaker(split: str, rng: np.random.Generator) -> Speaker:
    """A speaker at random."""
    shares = np.array([*LANGUAGES.values()])
    language = rng.choice(list(LANGUAGES), p=shares / shares.sum())
    variant = rng.choice(VARIANTS if split == "train" else VAL_VARIANTS)
    voice = Voice(
        f"{language}+{variant}",
        int(rng.integers(*_SPEED_WPM)),
        int(rng.integers(*_PITCH)),
        int(rng.integers(*_PITCH_RANGE)),
    )
    return Speaker(voice, float(np.exp(rng.uniform(*np.log(_TRACT)))))


def make_session(session: Session) -> SpeechPair:
    """Speak a session and move a mouth to it; call it in a process of its own.

    Returns:
        The pair, with sound at 16 kHz and curves at ``MODEL_FRAME_RATE_HZ``.
    """
    rng = session.source()
    return speak(draw_speaker(session.split, rng), session.seconds, rng)


def speak(speaker: Speaker, seconds: float, rng: np.random.Generator) -> SpeechPair:
    """Sentences and pauses until so many seconds are full."""
    waveform, track = fill_session(lambda: _say_sentence(speaker, rng), seconds, rng)
    return pair_from_phones(speaker.voice.name, waveform, track)


def fill_session(
    say: Callable[[], Piece], seconds: float, rng: np.random.Generator
) -> tuple[Floats, PhoneTrack]:
    """Pieces and pauses until so many seconds are full, at one level.

    Args:
        say: makes the next piece of speech.
        seconds: at least so long.
        rng: of the pauses.
    """
    pieces: list[Piece] = [_pause(rng)]
    spoken_s = 0.0
    while spoken_s < seconds:
        pieces += [say(), _pause(rng)]
        spoken_s += sum(len(samples) for samples, _ in pieces[-2:]) / RATE_HZ
    waveform, track = join(pieces)
    return _normalise(waveform, track), track


def pair_from_phones(name: str, waveform: Floats, track: PhoneTrack) -> SpeechPair:
    """Sound with known phones as a training pair.

    Args:
        name: of the pair.
        waveform: (N,) 16 kHz.
        track: its phones, single signs.
    """
    times = np.arange(int(len(waveform) / RATE_HZ * MODEL_FRAME_RATE_HZ)) / MODEL_FRAME_RATE_HZ
    curves = phones_to_curves(track, times, loudness_of(track, waveform))
    return SpeechPair(name, waveform, times, curves, PHONES, phones=track)


def _say_sentence(speaker: Speaker, rng: np.random.Generator) -> Piece:
    text = make_utterance(speaker.voice.name, rng)
    speed = speaker.voice.words_per_minute * rng.uniform(*_SENTENCE_SPEED)
    voice = Voice(
        speaker.voice.name,
        int(speed),
        int(np.clip(speaker.voice.pitch + rng.normal(0.0, 5.0), 0, 99)),
        speaker.voice.pitch_range,
        speaker.voice.volume,
    )
    return to_model_rate(open_synthesiser().speak(text, voice), speaker.tract)


def to_model_rate(spoken: Spoken, tract: float = 1.0) -> Piece:
    """Sound at 16 kHz and its phones, both slower and lower by ``tract`` where that is below 1."""
    return resample(spoken.samples, spoken.rate_hz, spoken_to_track(spoken), tract)


def resample(samples: Floats, rate_hz: int, track: PhoneTrack, tract: float) -> Piece:
    """Any sound and its phones, as ``to_model_rate``."""
    ratio = Fraction(RATE_HZ / (rate_hz * tract)).limit_denominator(_LARGEST_DENOMINATOR)
    samples = resample_poly(samples, ratio.numerator, ratio.denominator)
    stretch = float(ratio) * rate_hz / RATE_HZ
    return samples.astype(np.float32), PhoneTrack(
        track.names, track.starts_s * stretch, track.ends_s * stretch, track.stress
    )


def _pause(rng: np.random.Generator) -> Piece:
    lengths = _SILENCE_S if rng.random() < _SILENCE_SHARE else _PAUSE_S
    samples = np.zeros(int(rng.uniform(*lengths) * RATE_HZ), np.float32)
    return samples, silence_track(len(samples) / RATE_HZ)


def silence_track(seconds: float) -> PhoneTrack:
    """Nothing said for a while."""
    return PhoneTrack((SILENCE,), np.zeros(1), np.array([seconds]), np.zeros(1, np.int64))


def join(pieces: list[Piece]) -> Piece:
    """Sounds one after another, and their phones."""
    offsets = np.cumsum([0, *(len(samples) for samples, _ in pieces)])[:-1] / RATE_HZ
    tracks = [track for _, track in pieces]
    return np.concatenate([samples for samples, _ in pieces]), PhoneTrack(
        tuple(name for track in tracks for name in track.names),
        np.concatenate([t.starts_s + at for t, at in zip(tracks, offsets, strict=True)]),
        np.concatenate([t.ends_s + at for t, at in zip(tracks, offsets, strict=True)]),
        np.concatenate([track.stress for track in tracks]),
    )


def loudness_of(track: PhoneTrack, waveform: Floats) -> Floats:
    """Level of each phone in dB against the median of the vowels: (P,)."""
    power = np.concatenate([[0.0], np.cumsum(waveform.astype(np.float64) ** 2)])
    first = np.clip((track.starts_s * RATE_HZ).astype(int), 0, len(waveform) - 1)
    last = np.clip((track.ends_s * RATE_HZ).astype(int), first + 1, len(waveform))
    levels = 10.0 * np.log10((power[last] - power[first]) / (last - first) + 1e-9)
    vowels = [CLASS_OF[name] == "vowel" for name in track.names]
    return levels - (np.median(levels[vowels]) if any(vowels) else 0.0)


def _normalise(waveform: Floats, track: PhoneTrack) -> Floats:
    """Speech at one level; pauses do not count."""
    spoken = np.array([name != SILENCE for name in track.names])
    lengths = (track.ends_s - track.starts_s)[spoken]
    rms = np.sqrt(np.sum(waveform.astype(np.float64) ** 2) / max(1.0, lengths.sum() * RATE_HZ))
    gain = min(_SPEECH_RMS / max(rms, 1e-6), _PEAK / max(float(np.abs(waveform).max()), 1e-6))
    return (waveform * gain).astype(np.float32)
