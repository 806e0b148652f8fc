"""What was heard of music and of how something is said, found once in a session."""

from __future__ import annotations

from ..jobs import Cancellation
from .beats import BeatTrack
from .hear import known
from .music.features import MusicFeatures, music_features
from .music.kind import HeardKind, kind_of
from .music.tempo import PREFERRED_BPM
from .music.tracking import track_beats
from .prosody import Prosody, hear_prosody
from .waveform import Sound


def music_of(sound: Sound, cancellation: Cancellation | None = None) -> MusicFeatures:
    """Features of a sound, as ``music_features``, found once in a session."""
    return known("music", sound, lambda: music_features(sound, cancellation))


def beats_of(
    sound: Sound,
    cancellation: Cancellation | None = None,
    preferred_bpm: float = PREFERRED_BPM,
) -> BeatTrack:
    """Beats of a sound, as ``track_beats``, found once in a session."""

    def track() -> BeatTrack:
        return track_beats(music_of(sound, cancellation), cancellation, preferred_bpm)

    return known(f"beats {preferred_bpm:g}", sound, track)


def prosody_of(sound: Sound, cancellation: Cancellation | None = None) -> Prosody:
    """How something is said, as ``hear_prosody``, found once in a session."""
    return known("prosody", sound, lambda: hear_prosody(sound, cancellation))


def kind_of_sound(sound: Sound, cancellation: Cancellation | None = None) -> HeardKind:
    """Whether a sound is music, speech, silence or noise, as ``kind_of``."""
    return kind_of(music_of(sound, cancellation))
