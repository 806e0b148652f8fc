"""``prepare editing``: recordings of motion, on the common skeleton at 30 Hz, in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from .data import prepare_recordings

PREPARED: Final = Path(".build/editing/recordings.npz")


@click.command()
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), required=True)
@click.option("--out", type=click.Path(path_type=Path), default=PREPARED, show_default=True)
def command(data: Path, out: Path) -> None:
    """Bring recordings onto the common skeleton and keep them in one file."""
    recordings = prepare_recordings(data, out)
    minutes = sum(each.clip.duration_s for each in recordings) / 60.0
    click.echo(f"{len(recordings)} clips, {minutes:.1f} minutes, in {out}")
