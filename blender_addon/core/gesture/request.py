"""What is asked of the pipelines of gestures, and what comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..conventions import Bools, Floats
from ..motion.clip import MotionClip
from ..sound.beats import BeatTrack
from ..sound.prosody import Prosody
from .settings import GestureSettings, Space


@dataclass(frozen=True)
class Stroke:
    """One beat of a hand, as planned from the sound or as an animator moved it.

    Args:
        time_s: of the apex, from the beginning of the sound.
        hand: LEFT, RIGHT or BOTH.
        size: 0 … 1, relative to the largest the speaker makes.
        moved: an animator chose its time; planning again keeps it.
    """

    time_s: float
    hand: str
    size: float
    moved: bool = False


@dataclass(frozen=True, eq=False)
class TalkRequest:
    """A talker's body for the length of a sound.

    Args:
        prosody: what was heard of the speaker's own voice.
        duration_s: of the gesture; may be longer than the sound.
        settings: see there.
        space: where the hands move.
        energy, size: (T,) at 30 Hz where keyed; None for the settings' own.
        strokes: as the animator left them; None to plan them from the prosody.
        listening: (T,) at 30 Hz where the partner has the word: no strokes; None for nowhere.
        seed: another seed, another variation.
    """

    prosody: Prosody
    duration_s: float
    settings: GestureSettings = field(default_factory=GestureSettings)
    space: Space = Space.NATURAL
    energy: Floats | None = None
    size: Floats | None = None
    strokes: Sequence[Stroke] | None = None
    listening: Bools | None = None
    seed: int = 0


@dataclass(frozen=True, eq=False)
class TalkResult:
    """How a talker's upper body moves.

    Args:
        clip: common skeleton, 30 frames a second; hips and legs stand at rest.
        stance: the clip's first pose of rest: (J, 4) local rotations, arms hanging. What a
            character has been animated to do is turned by the clip against this.
        arms: (T, 2) how much the left and the right arm follow the clip, 0 … 1; 0 between strokes,
            where whatever else animates the arm shows.
        trunk: (T,) the same of spine, shoulders and head.
        strokes: in order of time.
        notes: what is good to know.
        openness: (T, 2) how open the left and the right hand are: 0 a fist, 1 flat; None where
            nothing is said.
    """

    clip: MotionClip
    stance: Floats
    arms: Floats
    trunk: Floats
    strokes: tuple[Stroke, ...]
    notes: tuple[str, ...] = ()
    openness: Floats | None = None


@dataclass(frozen=True, eq=False)
class DanceRequest:
    """A dance for the length of a piece of music.

    Args:
        beats: quarters and measures, as heard, tapped, typed or dragged.
        duration_s: of the dance.
        loudness: (T,) at 30 Hz, 0 … 1 how loud the music is against itself.
        style: name of one that the model has; empty for its first.
        settings: see there.
        energy, size: (T,) at 30 Hz where keyed; None for the settings' own.
        seed: another seed, another variation.
    """

    beats: BeatTrack
    duration_s: float
    loudness: Floats
    style: str = ""
    settings: GestureSettings = field(default_factory=GestureSettings)
    energy: Floats | None = None
    size: Floats | None = None
    seed: int = 0


@dataclass(frozen=True, eq=False)
class DanceResult:
    """How a dancer moves.

    Args:
        clip: common skeleton, 60 frames a second, with contacts, beginning over the origin and
            facing +Z.
        steps_per_beat: 1, or ½ or 2 where the music is too fast or too slow for the dance.
        notes: what is good to know, such as half or double time.
    """

    clip: MotionClip
    steps_per_beat: float = 1.0
    notes: tuple[str, ...] = ()
