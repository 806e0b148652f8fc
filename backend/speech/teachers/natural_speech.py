"""Sessions of natural speech: one person's voice made into many speakers, and a mouth to it.

A speaker differs in pitch, vocal tract, pace and liveliness. There is room noise everywhere, so
silence is not the absence of sound.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from backend.phonetics.natural_segments import said_to_track
from backend.phonetics.piper_voice import Delivery, PiperVoice
from backend.phonetics.texts import make_utterance
from blender_addon.core.conventions import Floats

from ..pairs import SpeechPair
from .augment import add_noise, coloured_noise
from .phone_speech import Piece, Session, fill_session, pair_from_phones, resample
from .voice_change import move_formants

_PITCH: Final = (0.85, 1.75)
"""Against the voice's own, a man's of about 110 Hz."""
_FORMANTS_FOLLOW: Final = 0.33
"""Of a change of pitch, as a power: a voice an octave higher has a tract shorter by a quarter."""
_TRACT: Final = (0.94, 1.07)
_PACE: Final = (0.8, 1.3)
_NOISE: Final = (0.45, 0.75)
_RHYTHM: Final = (0.5, 0.95)
_SENTENCE_PACE: Final = (0.9, 1.1)
_ROOM_DB: Final = (30.0, 60.0)


@dataclass(frozen=True)
class NaturalSpeaker:
    """How one speaker differs from the voice.

    Args:
        pitch: factor on its pitch.
        formants: factor on its formants.
        delivery: pace and liveliness, as heard in the end.
    """

    pitch: float
    formants: float
    delivery: Delivery


def draw_natural_speaker(rng: np.random.Generator) -> NaturalSpeaker:
    """A speaker at random; one in four has the voice's own pitch and tract."""
    delivery = Delivery(rng.uniform(*_PACE), rng.uniform(*_NOISE), rng.uniform(*_RHYTHM))
    pitch = float(np.exp(rng.uniform(*np.log(_PITCH))))
    formants = float(pitch**_FORMANTS_FOLLOW * rng.uniform(*_TRACT))
    if rng.random() < 0.25:
        pitch = formants = 1.0
    return NaturalSpeaker(pitch, formants, delivery)


def make_natural_session(session: Session, folder: Path) -> SpeechPair:
    """Speak a session and move a mouth to it; call it in a process of its own.

    Args:
        session: which one.
        folder: of the voice.

    Raises:
        InputError: there is no voice.
    """
    rng = session.source()
    speaker = draw_natural_speaker(rng)
    voice = PiperVoice(folder, int(rng.integers(2**31)))
    waveform, track = fill_session(lambda: _say(voice, speaker, rng), session.seconds, rng)
    noise = coloured_noise(len(waveform), rng.uniform(0.0, 2.0), rng)
    waveform = np.clip(add_noise(waveform, noise, rng.uniform(*_ROOM_DB)), -1.0, 1.0)
    return pair_from_phones(f"natural {speaker.pitch:.2f}", waveform, track)


def _say(voice: PiperVoice, speaker: NaturalSpeaker, rng: np.random.Generator) -> Piece:
    how = speaker.delivery
    pace = how.slowness * speaker.pitch * rng.uniform(*_SENTENCE_PACE)
    said = voice.speak(
        make_utterance(voice.language, rng), Delivery(float(pace), how.noise, how.rhythm)
    )
    samples, track = resample(said.samples, said.rate_hz, said_to_track(said), speaker.pitch)
    return _tract(samples, speaker), track


def _tract(samples: Floats, speaker: NaturalSpeaker) -> Floats:
    """Resampling moved the formants as far as the pitch."""
    return move_formants(samples, speaker.formants / speaker.pitch)
