"""``train physics``: the policy that keeps a body on its feet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from backend.training.options import training_command

from .learning.loop import TrainingConfig, train
from .motions import FOLDER, read_clips

RUN = Path(".build/runs/physics")


def _train(data: Path, run: Path, config: TrainingConfig, **given: Any) -> None:
    """Train the policy on walks; run again to resume, then export it."""
    train(read_clips(data), config, run, begin_with=given["begin_with"])
    click.echo(f"trained; the best weights are in {run}")


command = training_command(
    TrainingConfig, data=FOLDER, run=RUN, without=("device", "precision", "warm_up", "averaging")
)(_train)
command.params.append(
    click.Option(
        ["--begin-with"],
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        help="A run whose weights a new one begins with.",
    )
)
