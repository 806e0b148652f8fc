"""``train gesture --model dance``."""

from __future__ import annotations

from pathlib import Path

import click

from backend.mocap.common_clips import INDEX
from backend.training.options import training_command

from ..prepare import PREPARED, load_takes, prepare_dances
from .data import DanceData
from .export import RUN, export
from .loop import DanceConfig, train

COMMAND_LINE = "backend train gesture --model dance"


@training_command(DanceConfig, data=PREPARED, run=RUN)
def command(data: Path, run: Path, config: DanceConfig) -> None:
    """Train the dance controller and export it beside its checkpoints; run again to resume.

    DATA is what prepare wrote, or a folder of recordings, which is then prepared first.
    """
    if (data / "cmu" / INDEX).is_file():
        prepare_dances(data, PREPARED)
        data = PREPARED
    takes, held_out = (load_takes(data, split) for split in ("train", "val"))
    train(DanceData(takes), DanceData(held_out, mirrored=False), config, run)
    report = export(run, data, run, COMMAND_LINE)
    click.echo(f"trained; {report.path}, parity {report.parity.largest:.1e}")
