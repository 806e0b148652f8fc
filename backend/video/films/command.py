"""Films of known motion: ``python -m backend films --out DIR``, and the bank to train with."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

_DATA: Final = Path(__file__).resolve().parents[4] / "shared" / "data"


@click.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write to.")
@click.option(
    "--data", type=click.Path(path_type=Path, exists=True), default=_DATA, show_default=True,
    help="Folder with mocap, human and rigs.",
)  # fmt: skip
@click.option("--only", default="", help="Only films whose name contains this.")
def command(out: Path, data: Path, only: str) -> None:
    """Render the films to judge by, each with where every joint truly is."""
    from .judging import make_films

    for film in make_films(data, out, only):
        click.echo(str(film))
