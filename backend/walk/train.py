"""``train walk``."""

from __future__ import annotations

from pathlib import Path

import click

from backend.training.options import training_command

from .data import load_split
from .export import export
from .loop import ABLATIONS, TrainingConfig, train
from .prepare import PREPARED, Amounts, prepare
from .sources import is_recordings

RUN = Path(".build/runs/locomotion")


def _train(data: Path, run: Path, config: TrainingConfig, start_from: Path | None) -> None:
    """Train the locomotion network and export it beside its checkpoints; run again to resume.

    DATA is what prepare wrote, or a folder of recordings, which is then prepared first.
    """
    data = _prepared(data)
    splits = load_split(data, "train", config.kinds), load_split(data, "val")
    train(*splits, config, run, start_from=start_from)
    report = export(run, data, run, "backend train walk")
    click.echo(f"trained; {report.path}, parity {report.parity.largest:.1e}")


def _prepared(data: Path) -> Path:
    """The folder itself, or, for one of recordings, where they are prepared now."""
    if not is_recordings(data):
        return data
    prepare(data, PREPARED, Amounts())
    return PREPARED


command = training_command(TrainingConfig, data=PREPARED, run=RUN, ablations=ABLATIONS)(_train)
command.params.append(
    click.Option(
        ["--start-from"],
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        help="A finished run whose weights a new one begins with.",
    )
)
