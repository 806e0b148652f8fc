"""``prepare editing``: recordings of motion, on the common skeleton at 30 Hz, in one file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Unpack

import click
from rich.console import Console
from rich.table import Table

from backend.mocap.cmu_command import DownloadOptions, download_if_desired, download_options
from backend.mocap.corpora.fetch import ARCHIVES, fetch_corpus
from backend.mocap.corpora.known import SOURCES, sources_of
from backend.mocap.recordings import RATE_HZ, Recording, prepare_recordings

PREPARED: Final = Path(".build/editing/recordings.npz")


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Recordings: our mocap folder, 100STYLE, all of CMU as BVH, or several side by side.",
)
@click.option("--out", type=click.Path(path_type=Path), default=PREPARED, show_default=True)
@click.option(
    "--corpus",
    "corpora",
    type=click.Choice(list(ARCHIVES)),
    multiple=True,
    help="With --download: this whole corpus instead of our list of CMU's takes.",
)
@click.option(
    "--rate",
    "rate_hz",
    type=click.FloatRange(10.0, 240.0),
    default=RATE_HZ,
    show_default=True,
    help="Frames a second.",
)
@click.option("--workers", type=click.IntRange(1), default=2, show_default=True)
@download_options
def command(
    data: Path,
    out: Path,
    corpora: tuple[str, ...],
    rate_hz: float,
    workers: int,
    **options: Unpack[DownloadOptions],
) -> None:
    """Bring recordings onto the common skeleton and keep them in one file."""
    if corpora and not options["download"]:
        raise click.UsageError("--corpus says what --download fetches; give both")
    for key in corpora:
        fetch_corpus(ARCHIVES[key], data)
    if not corpora:
        download_if_desired(data, **options)
    recordings = prepare_recordings(data, out, workers, rate_hz)
    _print_corpora(recordings)
    minutes = sum(each.clip.duration_s for each in recordings) / 60.0
    click.echo(f"{len(recordings)} clips, {minutes:.1f} minutes, in {out}")


def _print_corpora(recordings: Sequence[Recording]) -> None:
    """Whose recordings they are, and under which terms."""
    folders = [each.folder for each in recordings]
    table = Table("corpus", "clips", "minutes", "licence")
    for folder in dict.fromkeys(folders):
        own = [each.clip.duration_s for each in recordings if each.folder == folder]
        table.add_row(folder, str(len(own)), f"{sum(own) / 60.0:.1f}", SOURCES[folder].licence)
    console = Console()
    console.print(table)
    for source in sources_of(folders):
        console.print(f"{source.name}: {source.attribution}", style="dim")
