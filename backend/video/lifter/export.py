"""``export video --model lifter``: the network that lifts points in a picture into space."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click
import numpy as np
import torch

from backend.export.commit import current_commit
from backend.export.onnx_export import ExportReport, export_module
from backend.export.parity import Arrays, Draw
from backend.mocap.corpora.known import sources_of
from backend.mocap.corpora.mocap_folder import FOLDERS
from backend.training.run import load_weights
from blender_addon.core.inference.contract import (
    DataSource,
    ModelContract,
    TensorSpec,
    TrainingRecord,
)
from blender_addon.core.video.lifting.features import (
    EXTRAS,
    INPUT_LAYOUT,
    OUTPUT_LAYOUT,
    RATE_HZ,
)
from blender_addon.core.video.lifting.lifter import LIFTER_TASK
from blender_addon.core.video.points import JOINTS

from .folders import RUN
from .loop import load_lifter
from .network import Lifter, reach

LANDMARKS_SOURCE: Final = DataSource(
    "BlazePose landmark network of MediaPipe",
    "Apache-2.0",
    "Google, npm package @mediapipe/pose: what it says of rendered films was learned from",
)

FILMED_SOURCE: Final = DataSource(
    "People in rendered films",
    "CC0 1.0",
    "Add Character's people, of the MakeHuman community's human body; three rigged models by "
    "Quaternius (quaternius.com) with changes by the Mesh2Motion project",
)


def export_lifter(
    run: Path, out: Path, command_line: str, metrics: dict[str, Any] | None = None
) -> ExportReport:
    """Export a run; nothing is written unless parity with torch holds.

    Args:
        run: folder of the training.
        out: folder for the .onnx and the .json.
        command_line: how it was trained, kept in the contract.
        metrics: as measured, kept in the contract.

    Raises:
        InputError: the run has no weights.
        ModelError: parity fails.
    """
    network = load_lifter(run)
    folders = load_weights(run)["facts"].get("folders", FOLDERS)
    draw = draw_features(network)
    example = {n: torch.from_numpy(v) for n, v in draw(2, np.random.default_rng(0)).items()}
    return export_module(
        network,
        example,
        ["joints"],
        make_contract(command_line, metrics, folders, 2 * reach(network.shape) + 1),
        out / f"{LIFTER_TASK}.onnx",
        draw=draw,
        batches=(1, 2, 5),
        tolerance=1e-4,
        halves=True,
    )


def make_contract(
    command_line: str,
    metrics: dict[str, Any] | None = None,
    folders: Sequence[str] = FOLDERS,
    window_frames: int = 81,
) -> ModelContract:
    """What the model promises, but for its file's hash."""
    return ModelContract(
        name=LIFTER_TASK,
        task=LIFTER_TASK,
        inputs=(
            TensorSpec(
                "features",
                ("batch", "frames", INPUT_LAYOUT.size),
                unit="body sizes, 0 … 1, metres",
                layout=INPUT_LAYOUT.as_contract(),
            ),
        ),
        outputs=(
            TensorSpec(
                "joints",
                ("batch", "frames", OUTPUT_LAYOUT.size),
                unit="metres",
                layout=OUTPUT_LAYOUT.as_contract(),
            ),
        ),
        skeleton=None,
        frame_rate_hz=RATE_HZ,
        training=TrainingRecord(current_commit(), command_line),
        data=(*sources_of(folders), LANDMARKS_SOURCE, FILMED_SOURCE),
        weights_licence="GPL-3.0-or-later",
        metrics=metrics or {},
        settings={
            "joints": list(JOINTS),
            "more_points": list(EXTRAS),
            "window_frames": window_frames,
        },
    )


def draw_features(network: Lifter, frames: int = 40) -> Draw:
    """Inputs for parity: spread as those of training."""
    mean, spread = network.mean.numpy(), network.spread.numpy()

    def draw(batch: int, generator: np.random.Generator) -> Arrays:
        size = (batch, frames + 3 * batch, INPUT_LAYOUT.size)
        return {"features": generator.normal(mean, spread, size).astype(np.float32)}

    return draw


@click.command(context_settings={"show_default": True})
@click.option("--run", type=click.Path(path_type=Path), default=RUN, help="Of the training.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("onnx_models"))
@click.option("--trained-by", default="backend train video", help="Kept in the contract.")
@click.option("--measures", type=click.Path(path_type=Path, exists=True), help="Of evaluate.")
def command(run: Path, out: Path, trained_by: str, measures: Path | None) -> None:
    """Export the network that lifts points into space and prove parity."""
    metrics = None if measures is None else json.loads(measures.read_text("utf-8"))
    report = export_lifter(run, out, trained_by, metrics)
    click.echo(f"{report.path}: {report.bytes / 1e6:.1f} MB, parity {report.parity.largest:.1e}")
