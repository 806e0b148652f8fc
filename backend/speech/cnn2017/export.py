"""``export speech_face``: trained weights to ``onnx_models/speech_face.onnx`` and its contract."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch

from backend.export.commit import current_commit
from backend.export.onnx_export import ExportReport, export_module
from backend.export.parity import Arrays
from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ
from blender_addon.core.face.arkit import SPEECH_CHANNELS
from blender_addon.core.inference.contract import (
    ModelContract,
    TensorSpec,
    TrainingRecord,
)

from ..pairs import FACEGOOD, PHONES
from ..sources import ESPEAK_SOURCE, FACEGOOD_SOURCE
from ..styles import NAMED_STYLES, session_name
from .network import CONTEXT_SAMPLES, GRID_FRAMES, HOP_SAMPLES, SAMPLE_RATE_HZ
from .trained import TrainedFace, load_trained

MODEL_NAME = "speech_face_2017"
USUAL_STYLE = "plain"
SOURCES = (FACEGOOD_SOURCE, ESPEAK_SOURCE)
_GRID_SAMPLES = GRID_FRAMES * HOP_SAMPLES


def usual_style(face: TrainedFace) -> torch.Tensor:
    """(E,) the mean style of the synthetic speech, the only teacher that knows every channel."""
    return face.mean_style(lambda _, teacher: teacher == PHONES)


def user_styles(face: TrainedFace) -> dict[str, list[float]]:
    """Style vectors by name, the usual one first."""
    usual = usual_style(face)
    styles = {USUAL_STYLE: usual} | {name: face.named_style(name, usual) for name in NAMED_STYLES}
    return {name: _numbers(vector) for name, vector in styles.items()}


def session_styles(face: TrainedFace) -> dict[str, list[float]]:
    """Mean style of each session of the recordings, and of all of them as "actor"."""
    recorded = [
        name for name, teacher in zip(face.recordings, face.teachers, strict=True)
        if teacher == FACEGOOD
    ]  # fmt: skip
    sessions = sorted({session_name(name) for name in recorded})
    styles = {
        session.removeprefix(f"{FACEGOOD}_"): face.mean_style(
            lambda name, _, desired=session: session_name(name) == desired  # type: ignore[misc]
        )
        for session in sessions
    }
    styles["actor"] = face.mean_style(lambda _, teacher: teacher == FACEGOOD)
    return {name: _numbers(vector) for name, vector in styles.items()}


def _numbers(vector: torch.Tensor) -> list[float]:
    return [float(number) for number in vector.double().numpy().round(5)]


def export(run: Path, out: Path, command_line: str, measures: Path | None = None) -> ExportReport:
    """Export a run; nothing is written unless parity with torch holds.

    Args:
        run: folder with weights.pt.
        out: folder for the .onnx and the .json.
        command_line: how it was trained, kept in the contract.
        measures: what ``evaluate --json`` wrote of these weights, kept in the contract.
    """
    face = load_trained(run)
    styles = user_styles(face)
    draft = ModelContract(
        name=MODEL_NAME,
        task="speech_face",
        inputs=(
            TensorSpec("waveform", ("samples",), unit="full scale 1, 16 kHz"),
            TensorSpec("times", ("frames",), unit="s after the first sample"),
            TensorSpec("style", ("frames", face.styles.shape[1])),
        ),
        outputs=(TensorSpec("curves", ("frames", len(SPEECH_CHANNELS)), unit="blendshape weight"),),
        skeleton=None,
        frame_rate_hz=MODEL_FRAME_RATE_HZ,
        training=TrainingRecord(current_commit(), command_line),
        data=SOURCES,
        weights_licence="GPL-3.0-or-later",
        metrics=_read_measures(measures),
        settings={
            "channels": list(SPEECH_CHANNELS),
            "sample_rate_hz": SAMPLE_RATE_HZ,
            # One step of the grid more than the window: between steps curves are interpolated.
            "context_s": (CONTEXT_SAMPLES + _GRID_SAMPLES) / SAMPLE_RATE_HZ,
            "grid_samples": _GRID_SAMPLES,
            "has_emotions": False,
            "styles": styles,
            "session_styles": session_styles(face),
        },
    )
    example = {
        "waveform": torch.zeros(SAMPLE_RATE_HZ),
        "times": torch.arange(30) / 30.0,
        "style": torch.zeros(30, face.styles.shape[1]),
    }
    draw = _draw(np.array(list(styles.values()), np.float32))
    path = out / f"{MODEL_NAME}.onnx"
    return export_module(face.exportable(), example, ["curves"], draft, path, draw=draw)


def _draw(styles: Any) -> Any:
    """Inputs for parity: babble of a random length, ascending times, a style that changes."""

    def draw(batch: int, generator: np.random.Generator) -> Arrays:
        samples = int(generator.integers(1, 600 * batch))
        bursts = np.repeat(generator.random(samples // 800 + 1) ** 3, 800)[:samples]
        sound = generator.normal(0.0, 0.3, samples).cumsum() * 0.02
        times = np.sort(generator.uniform(-0.1, samples / SAMPLE_RATE_HZ + 0.1, batch))
        chosen = styles[generator.integers(len(styles))]
        return {
            "waveform": np.clip(bursts * sound, -1.0, 1.0).astype(np.float32),
            "times": times.astype(np.float32),
            "style": (chosen + 0.1 * generator.normal(size=(batch, styles.shape[1]))).astype(
                np.float32
            ),
        }

    return draw


def _read_measures(path: Path | None) -> dict[str, float]:
    """The single numbers measured, empty without a file."""
    if path is None:
        return {}
    found = json.loads(path.read_text("utf-8"))
    return {name: value for name, value in found.items() if isinstance(value, int | float)}


@click.command()
@click.option("--run", type=click.Path(path_type=Path), default=Path(".build/runs/speech_face"))
@click.option("--out", type=click.Path(path_type=Path), default=Path("onnx_models"))
@click.option("--trained-by", default="backend train speech", help="Kept in the contract.")
@click.option("--measures", type=click.Path(path_type=Path, exists=True), help="Of evaluate.")
def command(run: Path, out: Path, trained_by: str, measures: Path | None) -> None:
    """Export the speech network and prove parity."""
    report = export(run, out, trained_by, measures)
    click.echo(f"{report.path}: {report.bytes / 1e6:.1f} MB, parity {report.parity.largest:.1e}")
