"""``prepare speech_face``: two teachers' sound and curves as training pairs, resumable."""

from __future__ import annotations

from pathlib import Path

import click
from rich.progress import track

from .facegood import RECORDINGS, read_recording
from .speech_pairs import FACEGOOD, PREPARED, save_pair


def prepare_facegood(data: Path, out: Path) -> int:
    """Convert teacher one's recordings that are not there yet; returns how many.

    Args:
        data: folder with ``face/facegood``.
        out: where pairs go, in a folder per split.
    """
    missing = [
        (name, path)
        for split, names in RECORDINGS.items()
        for name in names
        if not (path := out / split / f"{FACEGOOD}_{name}.npz").exists()
    ]
    for name, path in track(missing, description="Recordings"):
        path.parent.mkdir(parents=True, exist_ok=True)
        save_pair(read_recording(data / "face" / "facegood", name), path)
    return len(missing)


@click.command()
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), required=True)
@click.option("--out", type=click.Path(path_type=Path), default=PREPARED, show_default=True)
def command(data: Path, out: Path) -> None:
    """Make the training set of the speech model."""
    count = prepare_facegood(data, out)
    click.echo(f"{count} recordings added in {out}")
