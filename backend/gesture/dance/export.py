"""``export gesture --model dance``: weights to ``dance_controller.onnx``, bank and contract."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click
import numpy as np
import torch

from backend.export.commit import current_commit
from backend.export.onnx_export import ExportReport, export_module
from backend.export.parity import draw_normal
from backend.mocap.source import CMU
from blender_addon.core.gesture.dance.features import POSE_LAYOUT, RATE_HZ, condition_layout
from blender_addon.core.gesture.dance.pipeline import TASK
from blender_addon.core.inference.arrays import ARRAYS_SHA256
from blender_addon.core.inference.contract import (
    DataSource,
    ModelContract,
    TensorSpec,
    TrainingRecord,
    save_contract,
)
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON

from ..dances import STYLES
from ..prepare import PREPARED, STANCE, load_takes
from .bank import bank_bytes, make_bank
from .data import DanceData
from .loop import load_controller
from .network import DanceController

MODEL_NAME: Final = "dance_controller"
RUN: Final = Path(".build/runs/dance")
QUATERNIUS = DataSource(
    "Universal Animation Library and Mesh2Motion dances",
    "CC0 1.0",
    "Dances animated by Quaternius (quaternius.com) and the Mesh2Motion project",
)


def export(
    run: Path, data: Path, out: Path, command_line: str, measures: Path | None = None
) -> ExportReport:
    """Export a run; nothing is written unless parity with torch holds.

    Args:
        run: folder with weights.pt.
        data: what prepare wrote.
        out: folder for the .onnx, .npz and .json.
        command_line: how it was trained, kept in the contract.
        measures: what ``evaluate --json`` wrote of these weights, kept in the contract.
    """
    controller = load_controller(run)
    takes = DanceData(load_takes(data, "train"))
    bank = bank_bytes(make_bank(controller, takes, np.load(data / STANCE)))
    draft = _draft(controller, takes, command_line, _read_measures(measures))
    example = {spec.name: torch.zeros(2, int(spec.shape[1])) for spec in draft.inputs}
    report = export_module(
        controller.network,
        example,
        [spec.name for spec in draft.outputs],
        draft,
        out / f"{MODEL_NAME}.onnx",
        draw=draw_normal(draft, _spread(controller)),
        halves=True,
    )
    (out / f"{MODEL_NAME}.npz").write_bytes(bank)
    contract = _with_bank(report.contract, hashlib.sha256(bank).hexdigest())
    save_contract(out / f"{MODEL_NAME}.json", contract)
    return replace(report, contract=contract)


def _with_bank(contract: ModelContract, sha256: str) -> ModelContract:
    return replace(contract, settings={**contract.settings, ARRAYS_SHA256: sha256})


def _draft(
    controller: DanceController, takes: DanceData, command_line: str, metrics: dict[str, float]
) -> ModelContract:
    condition = condition_layout(len(STYLES))
    pose = POSE_LAYOUT.as_contract()
    state = ("batch", controller.network.hidden)
    return ModelContract(
        name=MODEL_NAME,
        task=TASK,
        inputs=(
            TensorSpec(
                "features", ("batch", condition.size), unit="see layout",
                layout=condition.as_contract(),
            ),
            TensorSpec("pose", ("batch", POSE_LAYOUT.size), unit="see layout", layout=pose),
            TensorSpec("state", state),
        ),
        outputs=(
            TensorSpec("next_pose", ("batch", POSE_LAYOUT.size), unit="see layout", layout=pose),
            TensorSpec("next_state", state),
        ),
        skeleton=COMMON_SKELETON,
        frame_rate_hz=RATE_HZ,
        training=TrainingRecord(current_commit(), command_line),
        data=(CMU, QUATERNIUS) if _has_loops(takes) else (CMU,),
        weights_licence="GPL-3.0-or-later",
        metrics=metrics,
        settings={"styles": list(STYLES), "style_bpm": _tempos(takes)},
    )  # fmt: skip


def _has_loops(takes: DanceData) -> bool:
    return any(take.style in ("Charleston", "Club") for take in takes.takes)


def _tempos(takes: DanceData) -> list[float]:
    """Usual quarters a minute of each style: the median over its takes, 120 where it has none."""
    bpm = {style: [60.0 / t.quarter_s for t in takes.takes if t.style == style] for style in STYLES}
    return [round(float(np.median(bpm[style] or [120.0])), 1) for style in STYLES]


def _spread(controller: DanceController) -> dict[str, tuple[Any, Any]]:
    """Mean and deviation of poses, so that parity is proved where the network is used."""
    network = controller.network
    return {"pose": (network.pose_mean.numpy(), network.pose_scale.numpy())}


def _read_measures(path: Path | None) -> dict[str, float]:
    """The single numbers measured of the dance, rounded; empty without a file."""
    if path is None:
        return {}
    dance = json.loads(path.read_text("utf-8"))["dance"]
    return {name: round(v, 4) for name, v in dance.items() if isinstance(v, int | float)}


@click.command()
@click.option("--run", type=click.Path(path_type=Path), default=RUN)
@click.option("--data", type=click.Path(path_type=Path), default=PREPARED)
@click.option("--out", type=click.Path(path_type=Path), default=Path("onnx_models"))
@click.option(
    "--trained-by", default="backend train gesture --model dance", help="Kept in the contract."
)
@click.option("--measures", type=click.Path(path_type=Path, exists=True), help="Of evaluate.")
def command(run: Path, data: Path, out: Path, trained_by: str, measures: Path | None) -> None:
    """Export the dance controller with its bank of steps and prove parity."""
    report = export(run, data, out, trained_by, measures)
    click.echo(f"{report.path}: {report.bytes / 1e6:.1f} MB, parity {report.parity.largest:.1e}")
