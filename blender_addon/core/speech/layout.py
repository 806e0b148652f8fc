"""What a speech model's contract must say, and the styles it brings.

Inputs ``waveform (samples,)`` at 16 kHz, ``times (frames,)`` seconds after the first sample, and
``style (frames, E)``; output ``curves (frames, C)``. Settings: ``channels``, the C ARKit names;
``styles``, by name the E numbers of each style, the first being the usual one; ``context_s``, how
much sound on either side of a frame has a say (0.3 where it is not given); ``grid_samples``, the
pace at which the model looks at the sound (256 where it is not given); ``level_db``, the level of
speech it was trained at, relative to full scale (−22 where it is not given); ``sample_rate_hz``,
which must be 16 000 where it is given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Floats
from ..errors import ContractError, SettingsError
from ..face.arkit import ARKIT_52
from ..inference.contract import ModelContract
from ..inference.settings import SettingsReader
from ..maths.curve import Curve, as_curve
from ..sound.waveform import SAMPLE_RATE_HZ

TASK: Final = "speech_face"
_CONTEXT_S: Final = 0.3
_GRID_SAMPLES: Final = 256
_LEVEL_DB: Final = -22.0

"""A number for all frames, or one for each, (T,)."""


@dataclass(frozen=True, eq=False)
class SpeechLayout:
    """A speech model's contract, checked.

    Args:
        channels: C ARKit names.
        style_names: S names, the usual one first.
        style_vectors: (S, E).
        context_s: sound needed before and after a frame.
        grid_samples: windows of sound must begin at a multiple of this.
        level_db: level of speech that the model expects.
    """

    channels: tuple[str, ...]
    style_names: tuple[str, ...]
    style_vectors: Floats
    context_s: float
    grid_samples: int
    level_db: float

    def styles_over_time(self, weights: Mapping[str, Curve], frame_count: int) -> Floats:
        """Style vectors (T, E): the usual one, led towards others by their weights.

        Args:
            weights: by style name; those of the usual style change nothing.
            frame_count: T.

        Raises:
            SettingsError: a style the model does not have, or a curve of another length.
        """
        usual = self.style_vectors[0]
        styles = np.broadcast_to(usual, (frame_count, len(usual)))
        for name, weight in weights.items():
            if name not in self.style_names:
                raise SettingsError(
                    f"this model has no style '{name}'; it has {', '.join(self.style_names)}"
                )
            towards = self.style_vectors[self.style_names.index(name)] - usual
            curve = as_curve(weight, frame_count, f"style '{name}'")
            if curve.any():
                styles = styles + curve[:, None] * towards
        return styles


def read_layout(contract: ModelContract) -> SpeechLayout:
    """Check a contract and take from it what the pipeline needs.

    Raises:
        ContractError: the model is not one for speech, or does not say what it must.
    """
    contract.require_task(TASK)
    shapes = {spec.name: spec.shape for spec in contract.inputs}
    curves = contract.output("curves").shape
    style = shapes.get("style", ())
    fits = set(shapes) == {"waveform", "times", "style"} and list(map(len, shapes.values()))
    if not fits or len(style) != 2 or len(curves) != 2 or len(shapes["waveform"]) != 1:
        raise ContractError(
            f"model '{contract.name}' has inputs {shapes} and curves {curves}; expected waveform "
            "(samples,), times (frames,), style (frames, E) and curves (frames, C). "
            "Use a model exported for this version"
        )
    settings = SettingsReader(contract)
    settings.integer("sample_rate_hz", SAMPLE_RATE_HZ, SAMPLE_RATE_HZ, SAMPLE_RATE_HZ)
    styles = settings.rows("styles", style[1])
    return SpeechLayout(
        settings.names("channels", count=curves[1], known=ARKIT_52),
        tuple(styles),
        np.stack([*styles.values()]),
        settings.number("context_s", 0.01, 10.0, _CONTEXT_S),
        settings.integer("grid_samples", 1, 16_000, _GRID_SAMPLES),
        settings.number("level_db", -60.0, 0.0, _LEVEL_DB),
    )
