"""``export editing motion_cleaner``: weights to ONNX with contract."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import click
import numpy as np
import torch

from backend.editing.networks import CLEANER
from backend.export.commit import current_commit
from backend.export.onnx_export import ExportReport, export_module
from backend.export.parity import Arrays, Draw
from backend.mocap.source import CMU, UPC_RUN
from blender_addon.core.editing.clean.cleaner import CLEANER_TASK
from blender_addon.core.editing.clean.layout import DIFFERENCE, FEATURES, RATE_HZ
from blender_addon.core.inference.contract import (
    DataSource,
    ModelContract,
    TensorSpec,
    TrainingRecord,
)
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON

from .loop import load_cleaner
from .network import MotionCleaner

RUN: Final = Path(".build/editing") / CLEANER
_TRAINED_BY: Final = f"backend train editing --model {CLEANER}"
_LOOPS: Final = DataSource(
    "Universal Animation Library, Universal Base Characters and KayKit animations",
    "CC0 1.0",
    "Animated by Quaternius (quaternius.com) and Kay Lousberg (kaylousberg.com)",
)
SOURCES: Final = (CMU, UPC_RUN, _LOOPS)


def export_cleaner(
    run: Path, out: Path, command_line: str = _TRAINED_BY, measures: Path | None = None
) -> ExportReport:
    """Export a run; nothing is written unless parity with torch holds.

    Args:
        run: folder with weights.
        out: folder for the .onnx and the .json.
        command_line: how it was trained, kept in the contract.
        measures: what ``evaluate editing --json`` wrote with these weights, kept in the contract.
    """
    network = load_cleaner(run)
    draw = _draw(network)
    example = {n: torch.from_numpy(v) for n, v in draw(2, np.random.default_rng(0)).items()}
    return export_module(
        network,
        example,
        ["difference"],
        _draft(command_line, measures),
        out / f"{CLEANER}.onnx",
        draw=draw,
        batches=(1, 2, 3),
        tolerance=1e-3,
        halves=True,
    )


def _draft(command_line: str, measures: Path | None) -> ModelContract:
    return ModelContract(
        name=CLEANER,
        task=CLEANER_TASK,
        inputs=(
            TensorSpec(
                "features",
                ("batch", "frames", FEATURES.size),
                unit="mixed, see layout",
                layout=FEATURES.as_contract(),
            ),
        ),
        outputs=(
            TensorSpec(
                "difference",
                ("batch", "frames", DIFFERENCE.size),
                unit="rotation vectors in rad, place in m",
                layout=DIFFERENCE.as_contract(),
            ),
        ),
        skeleton=COMMON_SKELETON,
        frame_rate_hz=RATE_HZ,
        training=TrainingRecord(current_commit(), command_line),
        data=SOURCES,
        weights_licence="GPL-3.0-or-later",
        metrics=read_measures(measures),
        settings={"gain": 1.0},
    )


def _draw(network: MotionCleaner) -> Draw:
    """Features as they are spread in training, of windows of several lengths."""
    mean, spread = network.mean.numpy(), network.spread.numpy()

    def draw(batch: int, generator: np.random.Generator) -> Arrays:
        drawn = generator.normal(size=(batch, 64 + 9 * batch, FEATURES.size))
        return {"features": (mean + spread * drawn).astype(np.float32)}

    return draw


def read_measures(path: Path | None) -> dict[str, Any]:
    """What was measured of cleaning, by damage, rounded; empty without a file."""
    if path is None:
        return {}
    rows = json.loads(path.read_text("utf-8"))["clean"]
    kept = ("cm", "cm_best_filter", "jerk_ratio")
    return {row["damage"]: {name: round(row[name], 3) for name in kept} for row in rows}


@click.command(context_settings={"show_default": True})
@click.option("--run", type=click.Path(path_type=Path), default=RUN, help="Of the training.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("onnx_models"))
@click.option("--trained-by", default=_TRAINED_BY, help="Kept in the contract.")
@click.option("--measures", type=click.Path(path_type=Path, exists=True), help="Of evaluate.")
def command(run: Path, out: Path, trained_by: str, measures: Path | None) -> None:
    """Export the network that betters the robust filter and prove parity."""
    report = export_cleaner(run, out, trained_by, measures)
    click.echo(f"{report.path}: {report.bytes / 1e6:.2f} MB, parity {report.parity.largest:.1e}")


if __name__ == "__main__":
    command()
