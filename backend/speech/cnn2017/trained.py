"""What a training run of the speech network leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from backend.training.run import load_weights
from blender_addon.core.conventions import Floats

from ..styles import NAMED_STYLES
from .loop import StyledNetwork
from .network import SpeechFace, SpeechFaceNetwork


@dataclass(frozen=True)
class TrainedFace:
    """What a run leaves behind.

    Args:
        network: evaluation mode.
        styles: (R, E) mean style vector of each recording.
        style_axes: (M, E) what an axis adds to a style.
        recordings, teachers: (R,) their names and who made their curves.
        updates: how many were made.
    """

    network: SpeechFaceNetwork
    styles: Tensor
    style_axes: Tensor
    recordings: tuple[str, ...]
    teachers: tuple[str, ...]
    updates: int

    def mean_style(self, chosen: Callable[[str, str], bool]) -> Tensor:
        """(E,) mean over the recordings for which ``chosen(name, teacher)``, or over all."""
        picked = [chosen(*both) for both in zip(self.recordings, self.teachers, strict=True)]
        mask = torch.tensor(picked if any(picked) else [True] * len(picked))
        return self.styles[mask].mean(0)

    def named_style(self, name: str, usual: Tensor) -> Tensor:
        """(E,) one of ``NAMED_STYLES`` as a change of the usual style."""
        return usual + torch.tensor(NAMED_STYLES[name]) @ self.style_axes

    def speak(self, waveform: Floats, times_s: Floats, style: Tensor) -> Floats:
        """(T, C) curves of a sound (N,) at 16 kHz in one style (E,)."""
        times = torch.from_numpy(times_s.astype(np.float32))
        with torch.inference_mode():
            styles = style.expand(len(times), -1)
            curves = self.exportable()(torch.from_numpy(waveform), times, styles)
        return np.asarray(curves.numpy())

    def exportable(self) -> SpeechFace:
        """The form that takes a waveform and times."""
        return SpeechFace(self.network).eval()


def load_trained(run: Path) -> TrainedFace:
    """What a run has to show so far.

    Raises:
        InputError: nothing yet.
    """
    kept = load_weights(run)
    weights, config = kept["weights"], kept["config"]
    channels, components = weights["network.basis.weight"].shape
    network = SpeechFaceNetwork(channels, config["style"], components, config["keep"])
    model = StyledNetwork(network, weights["recording_of_knot"], weights["session_of_recording"])
    model.load_state_dict(weights)
    model.eval()
    return TrainedFace(
        network,
        model.recording_means().detach(),
        model.style_axes.detach(),
        kept["facts"]["recordings"],
        kept["facts"]["teachers"],
        kept["update"],
    )
