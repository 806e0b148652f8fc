"""What is heard of a sound, as gestures need it."""

from __future__ import annotations

from dataclasses import dataclass

from ...core.conventions import Floats
from ...core.sound.beats import BeatTrack
from ...core.sound.prosody import Prosody


@dataclass(frozen=True, eq=False)
class HeardMusic:
    """Music as a dancer hears it.

    Args:
        beats: as heard, or as somebody set them.
        loudness: (T,) at 30 Hz, 0 … 1 against itself.
        heard: the beats as heard, whatever was set.
        notes: what is good to know.
    """

    beats: BeatTrack
    loudness: Floats
    heard: BeatTrack
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class HeardVoice:
    """A voice as its speaker's hands go by it.

    Args:
        prosody: of it.
        notes: what is good to know.
    """

    prosody: Prosody
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class BeatsSet:
    """What somebody said of the beats, in seconds from the beginning.

    Args:
        tempo_bpm: 0 to hear tempo and beats.
        first_s: of the first quarter of a measure, where the tempo is given.
        shift_s: by which beats that are heard are moved.
    """

    tempo_bpm: float = 0.0
    first_s: float = 0.0
    shift_s: float = 0.0
