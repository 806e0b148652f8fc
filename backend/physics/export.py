"""``export physics``: a network's best weights, the policy's here, to ONNX and a contract."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click
import torch

from backend.chosen_command import ChosenCommand
from backend.export.commit import current_commit
from backend.export.onnx_export import ExportReport, export_module
from backend.export.parity import draw_normal
from blender_addon.core.errors import InputError
from blender_addon.core.inference.contract import (
    DataSource,
    ModelContract,
    TensorSpec,
    TrainingRecord,
)
from blender_addon.core.physics.figure import CONTROL_RATE_HZ, MUSCLE_COUNT, PARTS
from blender_addon.core.physics.observation import OBSERVATION
from blender_addon.core.physics.policy import TASK

from .learning.loop import CURVE, load_network
from .learning.network import PolicyGraph

MODEL_NAME: Final = "physics_policy"
RUN: Final = Path(".build/runs/physics")
MODELS: Final = Path("onnx_models")

_SOURCES: Final = (
    DataSource(
        "Walks of the model locomotion_biped",
        "GPL-3.0-or-later",
        "Made by this project's own walk; nothing else was practised on, and this project's own "
        "plans said what to do. What that model learned from is told in its own card.",
    ),
)


def export(run: Path, out: Path, command_line: str, measures: Path | None = None) -> ExportReport:
    """Export a run; nothing is written unless parity with torch holds.

    Args:
        run: folder with weights.pt.
        out: folder for the .onnx and the .json.
        command_line: how it was trained, kept in the contract.
        measures: what ``evaluate physics --json`` wrote of this policy, kept in the contract.

    Raises:
        InputError: the run has no weights, or the measures cannot be read.
        ModelError: parity fails.
    """
    network, kept = load_network(run)
    graph = PolicyGraph(network).eval()
    draft = make_contract(kept, command_line, _measures(run, measures))
    normal = network.normalise
    spread = {"observation": (normal.mean.numpy(), normal.spread().numpy())}
    return export_module(
        graph,
        {"observation": torch.zeros(2, OBSERVATION.size)},
        ["residuals"],
        draft,
        out / f"{MODEL_NAME}.onnx",
        draw=draw_normal(draft, spread),
    )


def make_contract(
    kept: Mapping[str, Any], command_line: str, measures: Mapping[str, Any]
) -> ModelContract:
    """What the model promises, but for its file's hash.

    Args:
        kept: what a run keeps beside its weights.
        command_line: how it was trained.
        measures: of the policy.
    """
    config, facts = kept["config"], kept["facts"]
    observation = TensorSpec(
        "observation",
        ("batch", OBSERVATION.size),
        unit="see layout",
        layout=OBSERVATION.as_contract(),
    )
    return ModelContract(
        name=MODEL_NAME,
        task=TASK,
        inputs=(observation,),
        outputs=(TensorSpec("residuals", ("batch", MUSCLE_COUNT), unit="rad"),),
        skeleton=None,
        frame_rate_hz=float(CONTROL_RATE_HZ),
        training=TrainingRecord(current_commit(), command_line),
        data=_SOURCES,
        weights_licence="GPL-3.0-or-later",
        metrics=dict(measures),
        settings={
            "parts": [part.name for part in PARTS],
            "base": config["base"],
            "base_gains": facts["base_gains"],
            "updates": kept["update"],
            "samples": kept["update"] * config["ppo"]["horizon"] * config["practice"]["figures"],
        },
    )


def _measures(run: Path, path: Path | None) -> dict[str, Any]:
    """The row of the policy, and how its life grew in training."""
    out: dict[str, Any] = {}
    if path is not None:
        try:
            out = {"policy": json.loads(path.read_text("utf-8"))["policy"]}
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise InputError(
                f"{path} is not what 'evaluate physics --json' writes: {error}"
            ) from error
    curve = run / CURVE
    if curve.exists():
        names = ("samples", "minutes", "life_s", "whole_share", "reward")
        points = json.loads(curve.read_text("utf-8"))
        out["curve"] = [{name: round(each[name], 4) for name in names} for each in points]
    return out


@click.command(context_settings={"show_default": True})
@click.option("--run", type=click.Path(path_type=Path), default=RUN, help="Of the training.")
@click.option("--out", type=click.Path(path_type=Path), default=MODELS, help="Of the model.")
@click.option("--command", "command_line", default="python -m backend train physics")
@click.option(
    "--measures",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="What 'evaluate physics --json' wrote.",
)
def policy(run: Path, out: Path, command_line: str, measures: Path | None) -> None:
    """Export the policy and prove that it equals torch's."""
    report = export(run, out, command_line, measures)
    click.echo(
        f"wrote {report.path}, {report.bytes / 1e6:.2f} MB, "
        f"largest difference {report.parity.largest:.1e}"
    )


command = ChosenCommand(
    "physics",
    {
        "policy": "backend.physics.export:policy",
        "footsteps": "backend.physics.footsteps.export",
    },
    "Export a network of Physics and prove parity.",
)
