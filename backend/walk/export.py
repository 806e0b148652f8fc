"""``export locomotion``: best weights to ``onnx_models/locomotion_biped.onnx`` and its contract."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch

from backend.export.commit import current_commit
from backend.export.onnx_export import ExportReport, export_module
from backend.export.parity import draw_normal
from backend.mocap.source import CMU, UPC_RUN
from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ
from blender_addon.core.inference.contract import (
    DataSource,
    ModelContract,
    TensorSpec,
    TrainingRecord,
)
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.gait import GAITS
from blender_addon.core.walk.features import INPUT_LAYOUT, OUTPUT_LAYOUT, WINDOW_OFFSETS_FRAMES

from .controller import LocomotionController
from .data import LocomotionData, joint_state, load_split
from .loop import load_controller, normalisation_of
from .rollouts.windows import Windows
from .styles.named import name_styles
from .styles.table import measure_styles
from .wide_product import WideProductNetwork

MODEL_NAME = "locomotion_biped"
MAX_SPEED_M_S = 3.6


def standing_pose(split: LocomotionData) -> list[list[float]]:
    """Mean joint positions over the root in prepared frames that stand: where a walk begins."""
    still = split.gait == GAITS.index("stand")
    positions = joint_state(split.outputs[still])[:, : 3 * COMMON_SKELETON.joint_count]
    rounded = np.round(positions.mean(0).numpy().reshape(-1, 3).astype(float), 5)
    return [list(map(float, row)) for row in rounded]


def export(
    run: Path, data: Path, out: Path, command_line: str, measures: Path | None = None
) -> ExportReport:
    """Export a run; nothing is written unless parity with torch holds.

    Args:
        run: folder with weights.pt.
        data: what prepare wrote.
        out: folder for the .onnx and the .json.
        command_line: how it was trained, kept in the contract.
        measures: what ``evaluate --json`` wrote of these weights, kept in the contract.
    """
    controller = load_controller(run)
    split = load_split(data, "train")
    styles = measure_styles(controller, split, Windows(split, normalisation_of(controller)))
    draft = ModelContract(
        name=MODEL_NAME,
        task="locomotion",
        inputs=(
            TensorSpec(
                "features",
                ("batch", INPUT_LAYOUT.size),
                unit="see layout",
                layout=INPUT_LAYOUT.as_contract(),
            ),
            TensorSpec("phase", ("batch",), unit="rad"),
        ),
        outputs=(
            TensorSpec(
                "prediction",
                ("batch", OUTPUT_LAYOUT.size),
                unit="see layout",
                layout=OUTPUT_LAYOUT.as_contract(),
            ),
        ),
        skeleton=COMMON_SKELETON,
        frame_rate_hz=MODEL_FRAME_RATE_HZ,
        training=TrainingRecord(current_commit(), command_line),
        data=_sources_of(data),
        weights_licence="GPL-3.0-or-later",
        metrics=_read_measures(measures),
        settings={
            "gaits": list(GAITS),
            "window_offsets_frames": WINDOW_OFFSETS_FRAMES.tolist(),
            "max_speed_m_s": MAX_SPEED_M_S,
            "initial_joint_positions_m": standing_pose(split),
            **styles.as_settings(),
        },
    )
    example = {
        "features": torch.zeros(2, INPUT_LAYOUT.size),
        "phase": torch.zeros(2),
    }
    fast = WideProductNetwork(controller.network)
    path = out / f"{MODEL_NAME}.onnx"
    draw = draw_normal(draft, _spread_of_training_data(controller))
    report = export_module(
        fast, example, ["prediction"], draft, path, reference=controller, draw=draw
    )
    name_styles(report)
    return report


def _sources_of(prepared: Path) -> tuple[DataSource, ...]:
    """Whose recordings are among the prepared ones."""
    names = (prepared / "styles.json").read_text("utf-8")
    return (CMU, UPC_RUN) if '"upc_run' in names else (CMU,)


def _read_measures(path: Path | None) -> dict[str, float]:
    """The single numbers measured of our model, rounded; empty without a file."""
    if path is None:
        return {}
    ours = json.loads(path.read_text("utf-8"))["ours"]
    return {name: round(v, 4) for name, v in ours.items() if isinstance(v, int | float)}


def _spread_of_training_data(controller: LocomotionController) -> dict[str, tuple[Any, Any]]:
    """Mean and deviation of the inputs: what is constant in training stays nearly so in parity."""
    network = controller.network
    deviation = 1.0 / network.input_scale
    return {
        "features": (network.input_mean.numpy(), deviation.numpy()),
        "phase": (0.0, 2 * np.pi),
    }


@click.command()
@click.option("--run", type=click.Path(path_type=Path), default=Path(".build/runs/locomotion"))
@click.option("--data", type=click.Path(path_type=Path), default=Path(".build/locomotion"))
@click.option("--out", type=click.Path(path_type=Path), default=Path("onnx_models"))
@click.option("--trained-by", default="backend train walk", help="Kept in the contract.")
@click.option("--measures", type=click.Path(path_type=Path, exists=True), help="Of evaluate.")
def command(run: Path, data: Path, out: Path, trained_by: str, measures: Path | None) -> None:
    """Export the locomotion network and prove parity."""
    report = export(run, data, out, trained_by, measures)
    click.echo(f"{report.path}: {report.bytes / 1e6:.1f} MB, parity {report.parity.largest:.1e}")
