"""The network that hears the sound itself, half a second around each frame.

Inputs ``waveform (samples,)`` at 16 kHz, ``times (frames,)`` seconds after the first sample, and
``style (frames, E)``; output ``curves (frames, C)``. Settings besides those of all kinds:
``context_s``, how much sound on either side of a frame has a say (0.3 where it is not given);
``grid_samples``, the pace at which the model looks at the sound (256 where it is not given);
``sample_rate_hz``, which must be 16 000 where it is given.

The sound is heard in windows of a few seconds, each with the sound around it that its frames depend
on, and all beginning on the model's own grid: so what comes out does not depend on the windows.

Source: Karras, Aila, Laine, Herva, Lehtinen 2017, ACM TOG 36(4):94.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ...conventions import Floats
from ...errors import ContractError
from ...inference.contract import ModelContract
from ...inference.settings import SettingsReader
from ...jobs import Progress, Runner
from ...sound.waveform import SAMPLE_RATE_HZ
from ..layout import TASK, SpeechLayout, StyleTrack, read_common
from .protocol import HeardSpeech, SpeakOptions, SpokenCurves

WINDOW_S: Final = 6.0
_CONTEXT_S: Final = 0.3
_GRID_SAMPLES: Final = 256


@dataclass(frozen=True, eq=False, kw_only=True)
class WaveformLayout(SpeechLayout):
    """Contract of this kind.

    Args:
        context_s: sound needed before and after a frame.
        grid_samples: windows of sound must begin at a multiple of this.
    """

    context_s: float
    grid_samples: int


def read_waveform_layout(contract: ModelContract) -> WaveformLayout:
    """Check a contract of this kind.

    Raises:
        ContractError: the model is not one for speech, or does not say what it must.
    """
    contract.require_task(TASK)
    shapes = {spec.name: spec.shape for spec in contract.inputs}
    curves = contract.output("curves").shape
    style = shapes.get("style", ())
    fits = set(shapes) == {"waveform", "times", "style"}
    if not fits or len(style) != 2 or len(curves) != 2 or len(shapes["waveform"]) != 1:
        raise ContractError(
            f"model '{contract.name}' has inputs {shapes} and curves {curves}; expected waveform "
            "(samples,), times (frames,), style (frames, E) and curves (frames, C). "
            "Use a model exported for this version"
        )
    common = read_common(contract, curves[1], style[1])
    settings = SettingsReader(contract)
    settings.integer("sample_rate_hz", SAMPLE_RATE_HZ, SAMPLE_RATE_HZ, SAMPLE_RATE_HZ)
    return WaveformLayout(
        **vars(common),
        context_s=settings.number("context_s", 0.01, 10.0, _CONTEXT_S),
        grid_samples=settings.integer("grid_samples", 1, 16_000, _GRID_SAMPLES),
    )


class WaveformNetwork:
    """Speaks from the sound itself.

    Args:
        session: a loaded model of this kind.
        window_s: how much sound is looked at in one go; changes speed and memory, not the result.

    Raises:
        ContractError: the model is of another kind, or does not say what it must.
    """

    def __init__(self, session: Runner, window_s: float = WINDOW_S) -> None:
        self._session, self._window_s = session, window_s
        self._layout = read_waveform_layout(session.contract)

    @property
    def layout(self) -> SpeechLayout:
        """What the contract says."""
        return self._layout

    def speak(
        self,
        heard: HeardSpeech,
        times_s: Floats,
        style: StyleTrack,
        options: SpeakOptions,
        progress: Progress,
    ) -> SpokenCurves:
        """Curves for a sound; see SpeechNetwork."""
        curves = np.empty((len(times_s), len(self._layout.channels)), np.float32)
        first = 0
        while first < len(times_s):
            progress(first / len(times_s))
            stop = int(np.searchsorted(times_s, times_s[first] + self._window_s))
            stop = max(stop, first + 1)
            times = times_s[first:stop]
            curves[first:stop] = self._run_window(heard, times, style.at(times))
            first = stop
        return SpokenCurves(curves)

    def _run_window(self, heard: HeardSpeech, times: Floats, styles: Floats) -> Floats:
        """Curves (T, C) at these times of the sound, seconds."""
        grid, margin = self._layout.grid_samples, self._layout.context_s * SAMPLE_RATE_HZ
        first = int(np.floor((times[0] * SAMPLE_RATE_HZ - margin) / grid)) * grid
        last = int(np.ceil((times[-1] * SAMPLE_RATE_HZ + margin) / grid)) * grid
        feeds = {
            "waveform": np.float32(heard.gain) * heard.sound.read(first, last - first),
            "times": (times - first / SAMPLE_RATE_HZ).astype(np.float32),
            "style": styles,
        }
        return np.asarray(self._session.run(feeds)["curves"])
