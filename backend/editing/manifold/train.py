"""``train editing --model manifold``: the autoencoder of 2016, then the stack that controls it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from backend.training.options import training_command

from .data import GAITS, RECORDINGS, load_takes, recordings_60
from .loop import ControlConfig, ManifoldConfig, train_control, train_manifold

RUN = Path(".build/runs/manifold")
CONTROL = "control"


@training_command(ManifoldConfig, data=RECORDINGS, run=RUN)
@click.option("--control-minutes", type=float, default=10.0, help="Budget of the control.")
def command(data: Path, run: Path, config: ManifoldConfig, control_minutes: float) -> None:
    """Train the manifold of 2016 and its control; run again to resume.

    DATA is a file of recordings at 60 Hz, or a folder of them, which is then prepared first.
    """
    data = recordings_60(data)
    takes, held_out = load_takes(data, "train"), load_takes(data, "val", mirrored=False)
    manifold = train_manifold(takes, held_out, config, run)
    control = replace(
        ControlConfig(),
        device=config.device, threads=config.threads, max_minutes=control_minutes,
    )  # fmt: skip
    gaits, held_out_gaits = (
        load_takes(data, "train", labels=GAITS),
        load_takes(data, "val", mirrored=False, labels=GAITS),
    )
    train_control(manifold, gaits, held_out_gaits, control, run / CONTROL)
    click.echo(f"trained; {run}")
