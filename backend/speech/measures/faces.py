"""What is measured: faces that models and baselines make of a sound, as their network gives them
and as an animator gets them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.errors import InputError
from blender_addon.core.face.arkit import ARKIT_52
from blender_addon.core.inference.contract import ModelContract
from blender_addon.core.jobs import Progress, Runner
from blender_addon.core.sound.voice_activity import detect_voice
from blender_addon.core.sound.waveform import ArraySound
from blender_addon.core.speech.layout import StyleTrack
from blender_addon.core.speech.level import speech_gain
from blender_addon.core.speech.networks.opening import open_network
from blender_addon.core.speech.networks.protocol import (
    HeardSpeech,
    HearingProvider,
    SpeakOptions,
)
from blender_addon.core.speech.pipeline import SpeechFacePipeline, SpeechRequest

from ..pairs import FACEGOOD, GRID
from ..styles import session_name
from .metrics import lip_opening

USUAL: Final = ""
"""Nobody's voice that the model knows: the first of its styles."""


@dataclass(frozen=True, eq=False)
class SpokenFace:
    """A face over T frames from the sound's start.

    Args:
        curves: (T, 52) in the order of ``ARKIT_52``; 0 where nothing moves a channel.
        frame_rate_hz: of them.
        lips: (T, 3) opening, width and drop in eye distances, where they are said directly.
        head_rad: (T, 3) pitch, yaw and roll, where they are.
    """

    curves: Floats
    frame_rate_hz: float
    lips: Floats | None = None
    head_rad: Floats | None = None

    @property
    def times_s(self) -> Floats:
        """(T,)."""
        return np.arange(len(self.curves)) / self.frame_rate_hz

    @property
    def opening(self) -> Floats:
        """(T,) of the lips: as said, else by ``lip_opening``."""
        return self.lips[:, 0] if self.lips is not None else lip_opening(self.curves)


class Speaker(Protocol):
    """Makes faces of sounds."""

    varies: bool
    """Whether another seed makes another face."""

    def network(self, waveform: Floats, rate_hz: float, count: int, voice: str = USUAL,
                seed: int = 0) -> SpokenFace:  # fmt: skip
        """What the network says, uncorrected.

        Args:
            waveform: (N,) 16 kHz.
            rate_hz: frames a second.
            count: of frames.
            voice: whose style: a recording of FACEGOOD, 'grid', or ``USUAL``.
            seed: of the variation.
        """
        ...

    def scene(self, waveform: Floats, rate_hz: float, seed: int = 0) -> SpokenFace:
        """What is keyed with the usual settings: lips corrected, silence at rest."""
        ...


class ModelSpeaker:
    """A model of the task, through the extension's own networks and pipeline.

    Args:
        session: of the model.
        hearing: of the encoder; None for models that hear the sound itself.
        style: that is usual; None for the model's first.

    Raises:
        InputError: the model has no such style.
    """

    def __init__(
        self, session: Runner, hearing: HearingProvider | None = None, style: str | None = None
    ) -> None:
        self._network, self._hearing = open_network(session), hearing
        self._pipeline = SpeechFacePipeline(self._network, hearing)
        self._contract, self._style = session.contract, style
        layout = self._network.layout
        self.varies = layout.supports_variation
        if style is not None and style not in layout.style_names:
            names = ", ".join(layout.style_names)
            raise InputError(f"the model has no style '{style}'; it has {names}")

    def network(self, waveform: Floats, rate_hz: float, count: int, voice: str = USUAL,
                seed: int = 0) -> SpokenFace:  # fmt: skip
        """See ``Speaker``."""
        layout, times = self._network.layout, np.arange(count) / rate_hz
        sound, progress = ArraySound(waveform), Progress.of(None)
        hearing = None if self._hearing is None else self._hearing(sound, progress)
        activity = detect_voice(sound) if hearing is None else hearing.voice
        gain = speech_gain(activity, layout.level_db)
        heard = HeardSpeech(sound, gain, activity, hearing)
        style = layout.style_track({} if self._style is None else {self._style: 1.0}, times)
        known = trained_style(self._contract, voice)
        if known is not None:
            style = StyleTrack(np.asarray(known, np.float32), times)
        said = self._network.speak(heard, times, style, SpeakOptions(seed), progress)
        curves = np.clip(to_arkit(layout.channels, said.curves), 0.0, 1.0)
        return SpokenFace(curves, rate_hz, head_rad=said.head_rad)

    def scene(self, waveform: Floats, rate_hz: float, seed: int = 0) -> SpokenFace:
        """See ``Speaker``."""
        style = {} if self._style is None else {self._style: 1.0}
        request = SpeechRequest(ArraySound(waveform), rate_hz, style=style, variation=seed)
        clip = self._pipeline.generate(request).clip
        return SpokenFace(to_arkit(clip.channels, clip.weights), rate_hz)


def to_arkit(channels: Sequence[str], weights: Floats) -> Floats:
    """(T, 52) in the order of ``ARKIT_52``."""
    curves = np.zeros((len(weights), len(ARKIT_52)), np.float32)
    curves[:, [ARKIT_52.index(name) for name in channels]] = weights
    return curves


def trained_style(contract: ModelContract, voice: str) -> Any:
    """The numbers of a voice that was trained on; None where the model does not tell.

    Contracts tell them in ``session_styles`` by name: of a recording's session, or its teacher.
    """
    known = contract.settings.get("session_styles", {})
    if voice == USUAL:
        return None
    names = (GRID,) if voice == GRID else (session_name(voice), FACEGOOD, "actor")
    return next((known[name] for name in names if name in known), None)
