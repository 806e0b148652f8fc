"""Export of the network that moves a talker's upper body, as a graph of one step."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
from torch import Tensor, nn

from backend.export.commit import current_commit
from backend.export.onnx_export import ExportReport, export_module
from backend.export.parity import Arrays, Draw
from blender_addon.core.errors import InputError
from blender_addon.core.gesture.talk.layout import CONDITION_LAYOUT, POSE_LAYOUT
from blender_addon.core.gesture.talk.prior import PRIOR_TASK
from blender_addon.core.gesture.talk.upper_body import RATE_HZ
from blender_addon.core.inference.contract import ModelContract, TensorSpec, TrainingRecord
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON

from .data import CHOSEN, SOURCES
from .network import CONDITION, POSE, GestureDiffusion
from .training import load_prior

MODEL_NAME = "gesture_prior"
RUN = Path(".build/runs/gesture") / MODEL_NAME
STEPS = 8


class Step(nn.Module):
    """One step of DDIM, as the scene asks for it."""

    def __init__(self, network: GestureDiffusion) -> None:
        super().__init__()
        self.network = network

    def forward(
        self, noisy: Tensor, condition: Tensor, rest: Tensor, levels: Tensor
    ) -> tuple[Tensor, Tensor]:
        """(B, T, F), (B, T, C), (B, T, F) and (B, 2) to (B, T, F) twice."""
        pose, next_noisy = self.network.step(noisy, condition, rest, levels)
        return pose, next_noisy


def export_prior(
    run: Path, out: Path, command_line: str, measures: Path | None = None
) -> ExportReport:
    """Export a run; nothing is written unless parity with torch holds.

    Args:
        run: folder with the weights of a diffusion.
        out: folder for the .onnx and the .json.
        command_line: how it was trained, kept in the contract.
        measures: what ``evaluate --json`` wrote of these weights, kept in the contract.

    Raises:
        InputError: the run is of another kind of network.
    """
    network = load_prior(run)
    if not isinstance(network, GestureDiffusion):
        raise InputError(
            f"{run} holds a network of the kind '{network.kind}'; only 'diffusion' is run in the "
            "scene; train one, or choose its folder with --run"
        )
    draw = draw_steps()
    example = {n: torch.from_numpy(v) for n, v in draw(2, np.random.default_rng(0)).items()}
    return export_module(
        Step(network),
        example,
        ["pose", "next_noisy"],
        _draft(command_line, measures),
        out / f"{MODEL_NAME}.onnx",
        draw=draw,
        batches=(1, 2, 3),
        tolerance=1e-3,
        halves=True,
    )


def _draft(command_line: str, measures: Path | None) -> ModelContract:
    body = ("batch", "frames", POSE)
    layout = POSE_LAYOUT.as_contract()
    return ModelContract(
        name=MODEL_NAME,
        task=PRIOR_TASK,
        inputs=(
            TensorSpec("noisy", body, unit="normalised, noise at first", layout=layout),
            TensorSpec(
                "condition",
                ("batch", "frames", CONDITION),
                unit="places in m from where the wrists hang; the others 0 or 1",
                layout=CONDITION_LAYOUT.as_contract(),
            ),
            TensorSpec("rest", body, unit="0 … 1, how surely that of the pose of rest"),
            TensorSpec("levels", ("batch", 2), unit="of noise now and after the step, 1 … 0"),
        ),
        outputs=(
            TensorSpec("pose", body, unit="rotations, two columns each", layout=layout),
            TensorSpec("next_noisy", body, unit="fed back in the next step"),
        ),
        skeleton=COMMON_SKELETON,
        frame_rate_hz=RATE_HZ,
        training=TrainingRecord(current_commit(), command_line),
        data=SOURCES,
        weights_licence="GPL-3.0-or-later",
        metrics=read_measures(measures),
        settings={
            "steps": STEPS,
            "trained_on": [each.path for each in CHOSEN if each.split == "train"],
            "validated_with": [each.path for each in CHOSEN if each.split == "val"],
        },
    )


def draw_steps(frames: int = 96) -> Draw:
    """Inputs for parity: any noise, any plan, any two levels."""

    def draw(batch: int, generator: np.random.Generator) -> Arrays:
        shape = (batch, frames + 7 * batch)
        levels = np.sort(generator.random((batch, 2)), axis=1)[:, ::-1]
        feeds = {
            "noisy": generator.normal(size=(*shape, POSE)),
            "condition": generator.normal(scale=0.3, size=(*shape, CONDITION)),
            "rest": generator.random((*shape, POSE)) > 0.7,
            "levels": 0.1 + 0.9 * levels,
        }
        return {name: value.astype(np.float32) for name, value in feeds.items()}

    return draw


def read_measures(path: Path | None) -> dict[str, Any]:
    """The single numbers measured of this network, rounded; empty without a file."""
    if path is None:
        return {}
    ours = json.loads(path.read_text("utf-8"))["talk"]
    return {name: round(v, 4) for name, v in ours.items() if isinstance(v, int | float)}


@click.command(context_settings={"show_default": True})
@click.option("--run", type=click.Path(path_type=Path), default=RUN, help="Of the training.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("onnx_models"))
@click.option(
    "--trained-by",
    default=f"backend train gesture --model {MODEL_NAME}",
    help="Kept in the contract.",
)
@click.option("--measures", type=click.Path(path_type=Path, exists=True), help="Of evaluate.")
def command(run: Path, out: Path, trained_by: str, measures: Path | None) -> None:
    """Export the network of talking and prove parity."""
    report = export_prior(run, out, trained_by, measures)
    click.echo(f"{report.path}: {report.bytes / 1e6:.1f} MB, parity {report.parity.largest:.1e}")
