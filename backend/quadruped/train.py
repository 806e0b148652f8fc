"""``train quadruped``."""

from __future__ import annotations

from pathlib import Path

import click

from backend.training.options import training_command

from .learning.loop import ABLATIONS, TrainingConfig, train
from .learning.split import load_split

PREPARED = Path(".build/quadruped")
RUN = Path(".build/runs/quadruped")


def _train(data: Path, run: Path, config: TrainingConfig, begin_with: Path | None) -> None:
    """Train the quadruped network; run again to resume, then export it."""
    train(load_split(data, "train"), load_split(data, "val"), config, run, begin_with=begin_with)
    click.echo(f"trained; the best weights are in {run}")


command = training_command(
    TrainingConfig, data=PREPARED, run=RUN, ablations=ABLATIONS, without=("device",)
)(_train)
command.params.append(
    click.Option(
        ["--begin-with"],
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        help="A finished run whose weights a new one begins with.",
    )
)
