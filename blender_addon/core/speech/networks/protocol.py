"""What a network that speaks is given, and what it gives back.

A network is asked for curves at any rising times of a sound, seconds. What it answers must depend
on the sound, the style and the options alone: not on which times are asked for together, nor on
how it cuts the sound into pieces; and besides the answer nothing may grow with the length asked
for. It works at a rate of its own, on a grid that begins at the sound's beginning, and interpolates
(``ResampledRows`` in resample.py).

A kind of network is a class with what ``SpeechNetwork`` lists, made from a session whose contract
it reads, and a function that reads the contract alone. Both are entered in opening.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from ...conventions import Floats
from ...jobs import Progress
from ...sound.hearing import Hearing, PhoneEvidence
from ...sound.voice_activity import VoiceActivity
from ...sound.waveform import Sound
from ..layout import SpeechLayout, StyleTrack

HearingProvider = Callable[[Sound, Progress], Hearing]
"""Hears a sound, or knows it already."""


@dataclass(frozen=True, eq=False)
class HeardSpeech:
    """A sound and what is known of it.

    Args:
        sound: as recorded; reading it ends once the job is cancelled.
        gain: factor that brings its voice to the network's ``level_db``.
        voice: where someone talks.
        hearing: what an encoder hears of it; None where there is no encoder, which a network that
            ``needs_hearing`` never sees.
    """

    sound: Sound
    gain: float
    voice: VoiceActivity
    hearing: Hearing | None = None

    @property
    def phones(self) -> PhoneEvidence | None:
        """How surely each kind of phone is heard; None where nobody listens for phones."""
        if self.hearing is None or not len(self.hearing.phones.chances):
            return None
        return self.hearing.phones


@dataclass(frozen=True)
class SpeakOptions:
    """What a network may heed beside the sound.

    Args:
        variation: another number gives other motion for the same sound.
        expressiveness: how far the motion follows from the voice; 1 as learned.
    """

    variation: int = 0
    expressiveness: float = 1.0


@dataclass(frozen=True, eq=False)
class SpokenCurves:
    """What a network says.

    Args:
        curves: (T, C) weights of its channels; may leave 0 … 1 a little.
        head_rad: (T, 3) pitch up, yaw to the character's left, roll; None if it moves no head.
    """

    curves: Floats
    head_rad: Floats | None = None


@runtime_checkable
class SpeechNetwork(Protocol):
    """A network that speaks."""

    @property
    def layout(self) -> SpeechLayout:
        """Channels, styles and what else the contract says."""
        ...

    def speak(
        self,
        heard: HeardSpeech,
        times_s: Floats,
        style: StyleTrack,
        options: SpeakOptions,
        progress: Progress,
    ) -> SpokenCurves:
        """Curves for a sound.

        Args:
            heard: the sound.
            times_s: (T,) rising, seconds in the sound; may lie before and after it.
            style: what style holds when.
            options: the rest.
            progress: is told 0 … 1 and stops a cancelled job.

        Raises:
            Cancelled: the job was cancelled.
        """
        ...
