"""``train physics``: the policy that keeps a body on its feet, or what chooses footsteps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from backend.chosen_command import ChosenCommand
from backend.training.options import training_command

from .deepmimic import read_deepmimic
from .learning.loop import TrainingConfig, train
from .motions import FOLDER, read_clips

RUN = Path(".build/runs/physics")


def _train(data: Path, run: Path, config: TrainingConfig, **given: Any) -> None:
    """Train the policy on walks; run again to resume, then export it."""
    motion: Path | None = given["motion"]
    clips = read_clips(data) if motion is None else [read_deepmimic(motion)]
    train(clips, config, run, begin_with=given["begin_with"], taught=given["taught"])
    click.echo(f"trained; the best weights are in {run}")


policy = training_command(
    TrainingConfig, data=FOLDER, run=RUN, without=("device", "precision", "warm_up", "averaging")
)(_train)
policy.params.append(
    click.Option(
        ["--motion"],
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="A motion file of DeepMimic's (JSON, humanoid3d) to practise on instead of walks.",
    )
)
policy.params.append(
    click.Option(
        ["--begin-with"],
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        help="A run whose weights a new one begins with.",
    )
)
policy.params.append(
    click.Option(
        ["--taught"],
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        help="What plans taught ('prepare physics'): a new run begins by imitating it.",
    )
)

command = ChosenCommand(
    "physics",
    {
        "policy": "backend.physics.train:policy",
        "footsteps": "backend.physics.footsteps.train",
    },
    "Train a network of Physics.",
)
