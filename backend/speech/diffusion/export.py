"""``export speech --model diffusion``: ``speech_face_diffusion.onnx`` and its contract."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click
import numpy as np
import torch
from torch import Tensor, nn

from backend.export.onnx_export import ExportReport, export_module
from backend.export.parity import Arrays, Draw
from backend.export.recurrent import with_exported_gru
from blender_addon.core.face.arkit import ARKIT_52, UPPER_FACE
from blender_addon.core.inference.contract import TensorSpec

from ..heard.exporting import draft_contract, numbers
from ..regression.export import GAINS, session_styles, user_styles
from ..regression.network import HEAD
from ..sources import TEACHER_SOURCES
from .loop import load_trained
from .network import SpeechFaceDiffusion
from .sampling import sampling_signals
from .train import RUN

MODEL_NAME = "speech_face_diffusion"
SEGMENT_FRAMES, OVERLAP_FRAMES = 300, 50
LIPS_NOISE, HEAD_NOISE = 0.5, 1.5
_UPPER_NOISE = {"eyeBlink": 3.0, "eyeSquint": 2.5, "eyeWide": 1.5, "browDown": 1.5}
"""Temperatures: lips stay near what the sound says; brows, lids and head move about as much as the
filmed ones do, as drawn for sentences of the training set. Others of the upper face have 1."""


class ExportedDiffusion(nn.Module):
    """The network with the names of the contract."""

    def __init__(self, network: SpeechFaceDiffusion) -> None:
        super().__init__()
        self.network = with_exported_gru(network)

    def forward(
        self, noisy: Tensor, signal: Tensor, features: Tensor, style: Tensor, heard: Tensor
    ) -> Tensor:
        """As the network's own."""
        return self.network(noisy, signal, features, style, heard)


def noise_scale() -> list[float]:
    """(K,) temperature of each column."""
    stems = {name: name.removesuffix("Left").removesuffix("Right") for name in ARKIT_52}
    curves = [
        _UPPER_NOISE.get(stems[name], 1.0) if name in UPPER_FACE else LIPS_NOISE
        for name in ARKIT_52
    ]
    return [*curves, *([HEAD_NOISE] * HEAD)]


def export(run: Path, out: Path, trained_by: str, measures: Path | None = None) -> ExportReport:
    """Export a run; nothing is written unless parity with torch holds."""
    model, facts = load_trained(run)
    network, sessions = model.network, tuple(facts["sessions"])
    size, columns = int(network.linear.in_channels), network.outputs
    frames = ("batch", "frames")
    draft = draft_contract(
        MODEL_NAME,
        "speech_face",
        (
            TensorSpec("noisy", (*frames, columns)),
            TensorSpec("signal", ("batch",)),
            TensorSpec("features", (*frames, size)),
            TensorSpec("style", (*frames, network.style)),
            TensorSpec("heard", ("batch",)),
        ),
        (TensorSpec("clean", (*frames, columns)),),
        TEACHER_SOURCES,
        trained_by,
        {
            "kind": "diffusion",
            "title": "Varied Face",
            "channels": list(ARKIT_52),
            "styles": user_styles(model.styles, sessions),
            "session_styles": session_styles(model.styles, sessions),
            "offset": numbers(network.offset),
            "scale": numbers(network.scale),
            "signals": numbers(sampling_signals()),
            "noise_scale": noise_scale(),
            "segment_frames": SEGMENT_FRAMES,
            "overlap_frames": OVERLAP_FRAMES,
            "learned_upper_face": [],
            "gains": GAINS,
            "has_emotions": False,
            "level_db": -22.0,
        },
        measures,
    )
    example = {
        "noisy": torch.randn(2, SEGMENT_FRAMES, columns),
        "signal": torch.tensor([0.1, 0.9]),
        "features": torch.randn(2, SEGMENT_FRAMES, size),
        "style": torch.randn(2, SEGMENT_FRAMES, network.style),
        "heard": torch.tensor([1.0, 0.0]),
    }
    path = out / f"{MODEL_NAME}.onnx"
    return export_module(
        ExportedDiffusion(network), example, ["clean"], draft, path, draw=_draw(example),
        even=("frames",), halves=True,
    )  # fmt: skip


def _draw(example: Mapping[str, Tensor]) -> Draw:
    """Inputs for parity: shares of the signal lie between 0 and 1."""

    def draw(batch: int, generator: np.random.Generator) -> Arrays:
        count = min(batch, 4)
        feeds = {
            name: generator.normal(size=(count, *tensor.shape[1:])).astype(np.float32)
            for name, tensor in example.items()
        }
        feeds["signal"] = generator.uniform(0.01, 0.99, count).astype(np.float32)
        feeds["heard"] = generator.integers(0, 2, count).astype(np.float32)
        return feeds

    return draw


@click.command()
@click.option("--run", type=click.Path(path_type=Path), default=RUN, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=Path("onnx_models"))
@click.option("--trained-by", default="backend train speech --model diffusion")
@click.option("--measures", type=click.Path(path_type=Path, exists=True), help="Of evaluate.")
def command(run: Path, out: Path, trained_by: str, measures: Path | None) -> None:
    """Export the diffusion network and prove parity."""
    report = export(run, out, trained_by, measures)
    click.echo(f"{report.path}: {report.bytes / 1e6:.1f} MB, parity {report.parity.largest:.1e}")
