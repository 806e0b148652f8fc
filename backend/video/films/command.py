"""Films of known motion, to judge by and to train with: ``python -m backend films``."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

_DATA: Final = Path(__file__).resolve().parents[4] / "shared" / "data"
_DATA_OPTION: Final = click.option(
    "--data", type=click.Path(path_type=Path, exists=True), default=_DATA, show_default=True,
    help="Folder with mocap, human and rigs.",
)  # fmt: skip
BANK: Final = Path("out/video/bank")
"""Where films to train with lie."""


@click.group(no_args_is_help=True)
def command() -> None:
    """Render films of known motion, to judge by and to train with."""


@command.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write to.")
@_DATA_OPTION
@click.option("--only", default="", help="Only films whose name contains this.")
def judging(out: Path, data: Path, only: str) -> None:
    """Render the films to judge by, each with where every joint truly is."""
    from .judging import make_films

    for film in make_films(data, out, only):
        click.echo(str(film))


@command.command()
@click.option("--out", type=click.Path(path_type=Path), default=BANK, show_default=True)
@_DATA_OPTION
@click.option("--count", type=click.IntRange(min=1), default=400, show_default=True)
@click.option("--first", type=click.IntRange(min=0), default=0, help="Number of the first film.")
def bank(out: Path, data: Path, count: int, first: int) -> None:
    """Render films to train with, and keep what the tracker sees; what is there is kept."""
    from blender_addon.core.inference.choice import ModelChoice
    from blender_addon.core.inference.model_list import find_model
    from blender_addon.core.inference.session import ModelSession
    from blender_addon.core.video.settings import Quality
    from blender_addon.core.video.tracking.tracker import (
        DETECTOR_TASK,
        LANDMARKS_TASKS,
        BodyTracker,
    )

    from .bank import fill_bank
    from .training import read_motions

    tasks = (DETECTOR_TASK, LANDMARKS_TASKS[Quality.FULL])
    found = [find_model(task, ModelChoice()) for task in tasks]
    processor = ("CPUExecutionProvider",)
    tracker = BodyTracker(*(ModelSession(each, providers=processor, threads=1) for each in found))
    click.echo(f"{fill_bank(out, read_motions(data), tracker, count, first)} films added to {out}")


@command.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True), default=BANK)
def residuals(folder: Path) -> None:
    """Tell by joint and view how far what the tracker saw is off the truth."""
    from .residuals import print_residuals

    print_residuals(folder)
