"""Export of the filler's network."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click
import numpy as np
import torch

from backend.editing.networks import FILLER
from backend.export.commit import current_commit
from backend.export.onnx_export import ExportReport, export_module
from backend.export.parity import Arrays, Draw
from backend.mocap.corpora.known import sources_of
from backend.mocap.corpora.mocap_folder import FOLDERS
from backend.mocap.recordings import load_recordings
from backend.training.checkpoint import load_module
from backend.training.run import WEIGHTS, load_weights
from blender_addon.core.editing.fill.features import (
    DIFFERENCE_LAYOUT,
    DIFFERENCES,
    FEATURE_LAYOUT,
    FEATURES,
)
from blender_addon.core.editing.fill.timeline import RATE_HZ
from blender_addon.core.inference.contract import ModelContract, TensorSpec, TrainingRecord
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON

from .calibrate import Gains, calibrate, read_gains, write_gains
from .network import VARIATION, Filler, FillerShape

GAINS: Final = "gains.json"
RUN: Final = Path(".build/editing") / FILLER


def load_filler(run: Path) -> Filler:
    """The network of a run, with the weights it keeps.

    Raises:
        InputError: nothing is there yet, or it is damaged.
    """
    kept = load_weights(run)
    shape = FillerShape(**kept["config"]["shape"])
    network = Filler(np.zeros(FEATURES), np.ones(FEATURES), shape)
    load_module(network, kept["weights"], run / WEIGHTS)
    return network.eval()


def export_filler(
    run: Path,
    out: Path,
    command_line: str,
    gains: Gains | None = None,
    metrics: dict[str, Any] | None = None,
) -> ExportReport:
    """Export a run; nothing is written unless parity with torch holds.

    Args:
        run: folder of the training.
        out: folder for the .onnx and the .json.
        command_line: how it was trained, kept in the contract.
        gains: how much of the answer is taken; None takes all of it.
        metrics: as measured, kept in the contract.
    """
    folders = load_weights(run)["facts"].get("folders", FOLDERS)
    draw = draw_windows()
    example = {n: torch.from_numpy(v) for n, v in draw(2, np.random.default_rng(0)).items()}
    return export_module(
        load_filler(run),
        example,
        ["difference"],
        _draft(command_line, gains or Gains(), metrics or {}, folders),
        out / f"{FILLER}.onnx",
        draw=draw,
        batches=(1, 2, 5),
        tolerance=1e-4,
        halves=True,
    )


def _draft(
    command_line: str, gains: Gains, metrics: dict[str, Any], folders: Sequence[str] = FOLDERS
) -> ModelContract:
    return ModelContract(
        name=FILLER,
        task=FILLER,
        inputs=(
            TensorSpec(
                "features",
                ("batch", "frames", FEATURES),
                unit="metres, two columns of rotations, tenths of metres a frame, 0 … 1",
                layout=FEATURE_LAYOUT.as_contract(),
            ),
            TensorSpec("variation", ("batch", VARIATION), unit="normal; 0 is the likeliest"),
        ),
        outputs=(
            TensorSpec(
                "difference",
                ("batch", "frames", DIFFERENCES),
                unit="metres, radians",
                layout=DIFFERENCE_LAYOUT.as_contract(),
            ),
        ),
        skeleton=COMMON_SKELETON,
        frame_rate_hz=RATE_HZ,
        training=TrainingRecord(current_commit(), command_line),
        data=sources_of(folders),
        weights_licence="GPL-3.0-or-later",
        metrics=metrics,
        settings=gains.settings(),
    )


def draw_windows(frames: int = 40) -> Draw:
    """Inputs for parity: any windows, the shorter ones filled up."""

    def draw(batch: int, generator: np.random.Generator) -> Arrays:
        features = generator.normal(size=(batch, frames + 3 * batch, FEATURES))
        inside = np.arange(features.shape[1]) < generator.integers(20, 40, (batch, 1))
        features[..., -1] = 1.0
        features *= inside[..., None]
        return {
            "features": features.astype(np.float32),
            "variation": generator.normal(size=(batch, VARIATION)).astype(np.float32),
        }

    return draw


@click.command(context_settings={"show_default": True})
@click.option("--run", type=click.Path(path_type=Path), default=RUN, help="Of the training.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("onnx_models"))
@click.option(
    "--trained-by",
    default=f"backend train editing --model {FILLER}",
    help="Kept in the contract.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="What prepare wrote: the shares of the answers taken are measured on it anew.",
)
@click.option("--measures", type=click.Path(path_type=Path, exists=True), help="Of evaluate.")
def command(
    run: Path, out: Path, trained_by: str, data: Path | None, measures: Path | None
) -> None:
    """Export the network that fills gaps and prove parity."""
    kept = run / GAINS
    if data is not None:
        write_gains(calibrate(load_filler(run), load_recordings(data, "train")), kept)
    gains = read_gains(kept if kept.is_file() else None)
    report = export_filler(run, out, trained_by, gains, read_measures(measures))
    click.echo(f"{report.path}: {report.bytes / 1e6:.1f} MB, parity {report.parity.largest:.1e}")


def read_measures(path: Path | None) -> dict[str, Any]:
    """Joint errors of all labels by gap, rounded; empty without a file."""
    if path is None:
        return {}
    rows = json.loads(path.read_text("utf-8"))["fill"]
    return {
        f"cm_{row['gap']}_{row['after']}": round(row["cm"], 3)
        for row in rows
        if row["label"] == "all"
    }
