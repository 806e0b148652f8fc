"""``export quadruped``: best weights to ``quadruped_controller.onnx`` and its contract."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import click
import numpy as np
import torch

from backend.export.commit import current_commit
from backend.export.onnx_export import ExportReport, export_module
from backend.export.parity import draw_normal
from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ
from blender_addon.core.errors import ModelError
from blender_addon.core.inference.contract import (
    DataSource,
    ModelContract,
    TensorSpec,
    TrainingRecord,
)
from blender_addon.core.motion.skeleton import Skeleton
from blender_addon.core.quadruped.body import BODY_NUMBERS, MODEL_HIP_HEIGHT_M
from blender_addon.core.quadruped.features import INPUT_LAYOUT, OUTPUT_LAYOUT, WINDOW_OFFSETS_FRAMES
from blender_addon.core.quadruped.gaits import ACTIONS
from blender_addon.core.quadruped.skeleton import JOINTS, LEGS, PARENTS

from .learning.loop import load_network
from .learning.network import ModeAdaptiveNetwork
from .learning.wide import WideNetwork

MODEL_NAME: Final = "quadruped_controller"
TASK: Final = "quadruped"
MAX_BYTES: Final = 8_000_000

_SOURCES: Final = (
    DataSource(
        "Ultimate Animated Animal Pack",
        "CC0 1.0",
        "Animated by Quaternius (quaternius.com). No recording of an animal: what was learned from "
        "is synthesised from these loops and from published laws of gait.",
    ),
    DataSource(
        "Mesh2Motion animations of a horse and a fox",
        "CC0 1.0",
        "The Mesh2Motion project (mesh2motion.org). Likewise an animator's loops.",
    ),
)


def export(run: Path, out: Path, command_line: str, measures: Path | None = None) -> ExportReport:
    """Export a run; nothing is written unless parity with torch holds.

    Args:
        run: folder with weights.pt.
        out: folder for the .onnx and the .json.
        command_line: how it was trained, kept in the contract.
        measures: what ``evaluate --json`` wrote of these weights, kept in the contract.

    Raises:
        InputError: the run has no weights.
        ModelError: parity fails, or the network is larger than a model may be.
    """
    network = load_network(run)
    _check_size(network)
    skeleton = Skeleton(JOINTS, PARENTS, np.round(network.rest_offsets.numpy(), 4))
    draft = make_contract(skeleton, command_line, measures)
    path = out / f"{MODEL_NAME}.onnx"
    return export_module(
        WideNetwork(network),
        {"features": torch.zeros(2, INPUT_LAYOUT.size)},
        ["prediction"],
        draft,
        path,
        reference=network,
        draw=draw_normal(draft, {"features": _spread_of_training_data(network)}),
    )


def make_contract(
    skeleton: Skeleton, command_line: str, measures: Path | None = None
) -> ModelContract:
    """What the model promises, but for its file's hash.

    Args:
        skeleton: of a middling body: every animal has its own, with the same joints.
        command_line, measures: as for ``export``.
    """
    return ModelContract(
        name=MODEL_NAME,
        task=TASK,
        inputs=(
            TensorSpec(
                "features",
                ("batch", INPUT_LAYOUT.size),
                unit="see layout",
                layout=INPUT_LAYOUT.as_contract(),
            ),
        ),
        outputs=(
            TensorSpec(
                "prediction",
                ("batch", OUTPUT_LAYOUT.size),
                unit="see layout",
                layout=OUTPUT_LAYOUT.as_contract(),
            ),
        ),
        skeleton=skeleton,
        frame_rate_hz=MODEL_FRAME_RATE_HZ,
        training=TrainingRecord(current_commit(), command_line),
        data=_SOURCES,
        weights_licence="GPL-3.0-or-later",
        metrics=_read_measures(measures),
        settings={
            "feet": [leg.name for leg in LEGS],
            "actions": list(ACTIONS),
            "body_numbers": list(BODY_NUMBERS),
            "hip_height_m": MODEL_HIP_HEIGHT_M,
            "window_offsets_frames": WINDOW_OFFSETS_FRAMES.tolist(),
            "motion": "synthesised, never captured",
        },
    )


def _check_size(network: ModeAdaptiveNetwork) -> None:
    size = sum(4 * each.numel() for each in network.parameters())
    if size > MAX_BYTES:
        raise ModelError(
            f"the network's weights take {size / 1e6:.1f} MB; a model may take "
            f"{MAX_BYTES / 1e6:.0f} MB. Train with fewer --experts or a smaller --hidden"
        )


def _read_measures(path: Path | None) -> dict[str, float]:
    """The single numbers measured of our model, rounded; empty without a file."""
    if path is None:
        return {}
    ours = json.loads(path.read_text("utf-8"))["ours"]
    return {name: round(v, 4) for name, v in ours.items() if isinstance(v, int | float)}


def _spread_of_training_data(network: ModeAdaptiveNetwork) -> tuple[Any, Any]:
    """Mean and deviation of the inputs: what is constant in training stays nearly so in parity."""
    scale = network.input_scale.numpy()
    deviation = np.divide(1.0, scale, out=np.zeros_like(scale), where=scale > 0)
    return network.input_mean.numpy(), deviation


@click.command()
@click.option("--run", type=click.Path(path_type=Path), default=Path(".build/runs/quadruped"))
@click.option("--out", type=click.Path(path_type=Path), default=Path("onnx_models"))
@click.option("--trained-by", default="backend train quadruped", help="Kept in the contract.")
@click.option("--measures", type=click.Path(path_type=Path, exists=True), help="Of evaluate.")
def command(run: Path, out: Path, trained_by: str, measures: Path | None) -> None:
    """Export the quadruped network and prove parity."""
    report = export(run, out, trained_by, measures)
    click.echo(f"{report.path}: {report.bytes / 1e6:.1f} MB, parity {report.parity.largest:.1e}")
