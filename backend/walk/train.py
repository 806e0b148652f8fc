"""``train locomotion``."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import torch

from .data import load_split
from .export import export
from .loop import TrainingConfig, train
from .prepare import PREPARED, Amounts, prepare
from .sources import is_recordings

_log = logging.getLogger(__name__)

ABLATIONS: dict[str, dict[str, Any]] = {
    "none": {},
    "no-phase": {"phase_functioned": False},
    "no-rollout": {"rollouts": ((1.0, 1),)},
    "no-augmentation": {},
}
RECORDED_KINDS = ("captured", "uneven")


@click.command()
@click.option("--data", type=click.Path(path_type=Path), default=PREPARED)
@click.option("--run", type=click.Path(path_type=Path), default=Path(".build/runs/locomotion"))
@click.option("--max-minutes", default=TrainingConfig.max_minutes, help="Time budget in all.")
@click.option("--max-updates", default=TrainingConfig.max_updates, help="Update budget in all.")
@click.option("--hidden", default=TrainingConfig.hidden, help="Width of the hidden layers.")
@click.option("--seed", default=TrainingConfig.seed)
@click.option("--threads", default=2)
@click.option("--ablation", type=click.Choice(list(ABLATIONS)), default="none")
def command(
    data: Path,
    run: Path,
    max_minutes: float,
    max_updates: int,
    hidden: int,
    seed: int,
    threads: int,
    ablation: str,
) -> None:
    """Train the locomotion network and export it beside its checkpoints; run again to resume.

    DATA is what prepare wrote, or a folder of recordings, which is then prepared first.
    """
    torch.set_num_threads(threads)
    config = TrainingConfig(
        hidden=hidden, max_minutes=max_minutes, max_updates=max_updates, seed=seed
    )
    config = replace(config, **ABLATIONS[ablation])
    kinds = RECORDED_KINDS if ablation == "no-augmentation" else ()
    data = _prepared(data)
    train(load_split(data, "train", kinds), load_split(data, "val"), config, run)
    report = export(run, data, run, "backend train walk")
    click.echo(f"trained; {report.path}, parity {report.parity.largest:.1e}")


def _prepared(data: Path) -> Path:
    """The folder itself, or, for one of recordings, where they are prepared now."""
    if not is_recordings(data):
        return data
    prepare(data, PREPARED, Amounts())
    return PREPARED
