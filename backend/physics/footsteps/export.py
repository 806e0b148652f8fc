"""The network of footsteps to ``physics_footsteps.onnx`` and its contract."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch

from backend.export.commit import current_commit
from backend.export.onnx_export import ExportReport, export_module
from blender_addon.core.inference.contract import (
    DataSource,
    ModelContract,
    TensorSpec,
    TrainingRecord,
)
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.physics.footsteps.candidates import CANDIDATES
from blender_addon.core.physics.footsteps.chooser import TASK
from blender_addon.core.physics.footsteps.features import (
    COARSE_M,
    FINE_M,
    MAP_CELLS,
    STEP_LAYOUT,
)

from .train import RUN, decisions_of, load_network, measured

_TRAINED_BY = "backend train physics --model footsteps"
_OURS = DataSource(
    "Random ground and the choices of this project's own search over footsteps",
    "GPL-3.0-or-later",
    "Made by a program of this project: no recording, nobody's data",
)
_MAPS = ("batch", 2, MAP_CELLS, MAP_CELLS)


def export_footsteps(
    run: Path, out: Path, measures: Mapping[str, float], trained_by: str = _TRAINED_BY
) -> ExportReport:
    """Export a run; nothing is written unless parity with torch holds.

    Args:
        run: folder with weights.pt.
        out: folder for the .onnx and the .json.
        measures: kept in the contract.
        trained_by: kept in the contract.
    """
    example = {"maps": torch.zeros(2, *_MAPS[1:]), "step": torch.zeros(2, STEP_LAYOUT.size)}
    return export_module(
        load_network(run),
        example,
        ["scores"],
        draft(measures, trained_by),
        out / f"{TASK}.onnx",
        draw=_draw,
    )


def draft(measures: Mapping[str, float], trained_by: str) -> ModelContract:
    """What the model promises, but for its file's hash.

    Args:
        measures: of the network.
        trained_by: how it was trained.
    """
    return ModelContract(
        name=TASK,
        task=TASK,
        inputs=(
            TensorSpec("maps", _MAPS, unit="5 cm over the meant step; nearness of things, 0 to 1"),
            TensorSpec(
                "step",
                ("batch", STEP_LAYOUT.size),
                unit="m, rad",
                layout=STEP_LAYOUT.as_contract(),
            ),
        ),
        outputs=(TensorSpec("scores", ("batch", len(CANDIDATES)), unit="logits"),),
        skeleton=COMMON_SKELETON,
        frame_rate_hz=2.0,
        training=TrainingRecord(current_commit(), trained_by),
        data=(_OURS,),
        weights_licence="GPL-3.0-or-later",
        metrics=dict(measures),
        settings={
            "map_sizes_m": [FINE_M, COARSE_M],
            "candidates": np.round(CANDIDATES, 4).tolist(),
        },
    )


def _draw(batch: int, generator: np.random.Generator) -> dict[str, np.ndarray[Any, Any]]:
    maps = generator.normal(0.0, 0.5, (batch, *_MAPS[1:]))
    step = generator.normal(0.0, 0.3, (batch, STEP_LAYOUT.size))
    return {"maps": maps.astype(np.float32), "step": step.astype(np.float32)}


@click.command()
@click.option("--run", type=click.Path(path_type=Path), default=RUN)
@click.option("--out", type=click.Path(path_type=Path), default=Path("onnx_models"))
@click.option("--trained-by", default=_TRAINED_BY, help="Kept in the contract.")
@click.option("--walks", default=250, help="Held out walks that it is measured on.")
def command(run: Path, out: Path, trained_by: str, walks: int) -> None:
    """Export the network of footsteps and prove parity."""
    held_out = decisions_of(walks, 1_000_003)
    measures = measured(load_network(run), held_out, torch.device("cpu"))
    report = export_footsteps(run, out, measures, trained_by)
    click.echo(f"{report.path}: {report.bytes / 1e6:.2f} MB, parity {report.parity.largest:.1e}")


if __name__ == "__main__":
    command()
