"""What a body moves to: the voice of a talker, or the beats of music; and whether it is the one."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...core.conventions import Floats
from ...core.jobs import Cancellation
from ...core.notes import Note
from ...core.sound.beats import BeatTrack, beats_at_tempo
from ...core.sound.music.features import MusicFeatures, music_features
from ...core.sound.music.kind import kind_of
from ...core.sound.music.tracking import track_beats
from ...core.sound.prosody import hear_prosody
from ...core.sound.waveform import Sound
from .heard import BeatsSet, HeardMusic, HeardVoice

_SURE: Final = 0.6
"""Of the kind of sound, from which on it is told."""
_UNSURE_TEMPO: Final = 0.35
_LOUD_PERCENTILE: Final = 95.0
IS_MUSIC: Final = (
    "this sounds like music, not like speech: the hands beat with its accents. To "
    "dance to it choose Dance"
)
IS_SPEECH: Final = (
    "this sounds like speech, not like music: its beats are guessed. To gesture with it choose Talk"
)
IS_SILENT: Final = "nothing is heard in this sound. Look at its volume, or choose another sound"
IS_NOISE: Final = "neither music nor speech is heard in this sound, only noise"


def hear_voice(sound: Sound, cancellation: Cancellation) -> HeardVoice:
    """How something is said, and what is told if it is no speech.

    Args:
        sound: one voice.
        cancellation: of the job.

    Raises:
        Cancelled: the job was cancelled.
    """
    prosody = hear_prosody(sound, cancellation)
    notes = _kind_notes(music_features(sound, cancellation), "MUSIC", IS_MUSIC)
    return HeardVoice(prosody, notes)


def hear_music(sound: Sound, beats: BeatsSet, cancellation: Cancellation) -> HeardMusic:
    """Tempo, beats and loudness of music, and what is told if it is none.

    Args:
        sound: the music.
        beats: what somebody said of them.
        cancellation: of the job.

    Raises:
        Cancelled: the job was cancelled.
    """
    features = music_features(sound, cancellation)
    heard = track_beats(features)
    notes = list(_kind_notes(features, "SPEECH", IS_SPEECH))
    used = shifted(heard, beats.shift_s)
    if beats.tempo_bpm:
        used = beats_at_tempo(beats.tempo_bpm, beats.first_s, sound.duration_s)
    elif heard.confidence < _UNSURE_TEMPO and not notes:
        notes.append(
            f"the beats are not sure ({heard.tempo_bpm:.0f} bpm, {heard.confidence:.0%} sure): "
            "look at them under Beats, and tap or type the tempo if they are wrong"
        )
    return HeardMusic(used, _loudness(features), heard, tuple(notes))


def shifted(beats: BeatTrack, seconds: float) -> BeatTrack:
    """The same beats, so much later."""
    if not seconds:
        return beats
    return BeatTrack(
        np.asarray(beats.beats_s) + seconds,
        beats.first_of_measure,
        beats.confidence,
        beats.measure_confidence,
    )


def _kind_notes(features: MusicFeatures, other: str, text: str) -> tuple[str, ...]:
    kind = kind_of(features)
    if kind.name == "SILENCE":
        return (IS_SILENT,)
    if kind.name == "NOISE" and kind.confidence > _SURE:
        return (IS_NOISE,)
    return (Note(text),) if kind.name == other and kind.confidence > _SURE else ()


def _loudness(features: MusicFeatures) -> Floats:
    rms = np.asarray(features.rms, np.float64)
    loudest = float(np.percentile(rms, _LOUD_PERCENTILE)) if len(rms) else 0.0
    return np.clip(rms / loudest, 0.0, 1.0) if loudest > 0 else np.zeros(len(rms))
