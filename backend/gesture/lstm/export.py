"""The comparison's networks to ``onnx_models/comparison``, which no extension is packed with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click
import numpy as np
import torch

from backend.export.commit import current_commit
from backend.export.onnx_export import ExportReport, export_module
from backend.export.parity import Arrays, Draw
from backend.export.recurrent import with_exported_lstm
from blender_addon.core.inference.contract import (
    DataSource,
    ModelContract,
    TensorSpec,
    TrainingRecord,
)
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON

from .feature_sets import LAYOUT as FEATURES
from .feature_sets import RATE_HZ, REACH, SETS, WINDOW, columns_of
from .network import GestureLstm
from .state import LAYOUT
from .train import RUN, epochs_of, load_network, run_of

FOLDER: Final = "comparison"
TASK: Final = "gesture_lstm"
CMU: Final = DataSource(
    "CMU Graphics Lab Motion Capture Database",
    "CMU terms",
    "The data used in this project was obtained from mocap.cs.cmu.edu. The database was created "
    "with funding from NSF EIA-0196217. Salsa of subjects 60 and 61.",
)
MUSIC: Final = DataSource(
    "Music made for the recorded dances",
    "GPL-3.0-or-later",
    "Made by this project for quarters that were estimated from the dancers' feet.",
)
_PARITY_FRAMES = 40


def model_name(features: str) -> str:
    """File of the network of a feature set, without its ending."""
    return f"{TASK}_{features}"


def export_lstm(
    run: Path, out: Path, command_line: str, measures: Mapping[str, Any] | None = None
) -> ExportReport:
    """Export a run; nothing is written unless parity with torch holds.

    Args:
        run: folder with the weights.
        out: folder of the models; the files go to its ``comparison``.
        command_line: how it was trained, kept in the contract.
        measures: row of the comparison, kept in the contract.
    """
    network, kept = load_network(run)
    width = WINDOW * len(columns_of(network.features))
    graph = with_exported_lstm(network)
    return export_module(
        graph,
        {"windows": torch.zeros(2, 3, width)},
        ["states"],
        _draft(network, kept, command_line, measures or {}),
        out / FOLDER / f"{model_name(network.features)}.onnx",
        draw=_draw_rows(network),
        tolerance=2e-4,
        halves=True,
    )


def _draft(
    network: GestureLstm, kept: Mapping[str, Any], command_line: str, measures: Mapping[str, Any]
) -> ModelContract:
    width = WINDOW * len(columns_of(network.features))
    return ModelContract(
        name=model_name(network.features),
        task=TASK,
        inputs=(
            TensorSpec(
                "windows",
                ("batch", "frames", width),
                unit=f"{WINDOW} rows of features around each frame, row after row",
            ),
        ),
        outputs=(
            TensorSpec(
                "states",
                ("batch", "frames", LAYOUT.size),
                unit="rotation matrix columns, m, rad/s",
                layout=LAYOUT.as_contract(),
            ),
        ),
        skeleton=COMMON_SKELETON,
        frame_rate_hz=RATE_HZ,
        training=TrainingRecord(current_commit(), command_line),
        data=(CMU, MUSIC),
        weights_licence="GPL-3.0-or-later",
        metrics=dict(measures),
        settings={
            "features": list(SETS[network.features]),
            "feature_sizes": {name: FEATURES.sizes[name] for name in SETS[network.features]},
            "reach_frames": REACH,
            "epochs": epochs_of(kept),
            "takes": list(kept["facts"]["takes"]),
        },
    )


def _draw_rows(network: GestureLstm) -> Draw:
    """Windows spread like those of training, with the batch's number of frames of its own."""
    mean, scale = network.input_mean.numpy(), network.input_scale.numpy()

    def draw(batch: int, generator: np.random.Generator) -> Arrays:
        frames = int(generator.integers(1, _PARITY_FRAMES))
        rows = generator.normal(mean, scale, (batch, frames, WINDOW, len(mean)))
        return {"windows": rows.reshape(batch, frames, -1).astype(np.float32)}

    return draw


@click.command(context_settings={"show_default": True})
@click.option("--features", type=click.Choice([*SETS]), default="all", help="Of which set.")
@click.option("--run", type=click.Path(path_type=Path), default=RUN, help="As train has it.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("onnx_models"))
@click.option(
    "--measures", type=click.Path(path_type=Path), help="What evaluate --json wrote of it."
)
def command(features: str, run: Path, out: Path, measures: Path | None) -> None:
    """Export one network of the comparison to the folder's 'comparison'."""
    line = f"python3 build.py backend train gesture --model {TASK} --features {features}"
    row = {}
    if measures is not None:
        row = json.loads(measures.read_text("utf-8"))["lstm"][features]
    export_lstm(run_of(run, features), out, line, row)
