"""``train physics``: the policy that keeps a body on its feet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from backend.training.options import training_command

from .learning.loop import TrainingConfig, train
from .learning.teacher import read_taught
from .motions import FOLDER, read_clips

RUN = Path(".build/runs/physics")


def _train(data: Path, run: Path, config: TrainingConfig, **given: Any) -> None:
    """Train the policy on walks; run again to resume, then export it."""
    taught = read_taught(given["taught"]) if given["taught"] is not None else None
    train(read_clips(data), config, run, begin_with=given["begin_with"], taught=taught)
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
command.params.append(
    click.Option(
        ["--taught"],
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        help="What plans taught ('prepare physics'): a new run begins by imitating it.",
    )
)
