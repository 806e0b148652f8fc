"""The options of ``prepare`` that fetch public recordings first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypedDict, TypeVar, Unpack

import click

from .cmu_download import CMU_ADDRESS, DownloadSettings, download_cmu
from .cmu_takes import DEFAULT_LIST, read_take_list

_Command = TypeVar("_Command", bound=Callable[..., object])


class DownloadOptions(TypedDict):
    """What the options give."""

    download: bool
    base_url: str
    takes: Path


def download_options(command: _Command) -> _Command:
    """Add the options to a command."""
    for option in (
        click.option(
            "--takes",
            type=click.Path(path_type=Path, exists=True, dir_okay=False),
            default=DEFAULT_LIST,
            help="With --download: JSON list of takes, instead of our own.",
        ),
        click.option(
            "--base-url",
            default=CMU_ADDRESS,
            show_default=True,
            help="With --download: where subjects' folders are, for a mirror.",
        ),
        click.option(
            "--download",
            is_flag=True,
            help="First fetch the public recordings of the CMU database into --data.",
        ),
    ):
        command = option(command)
    return command


def download_if_desired(data: Path, **options: Unpack[DownloadOptions]) -> None:
    """Fetch and convert where ``--download`` was given."""
    if not options["download"]:
        return
    takes = read_take_list(options["takes"])
    settings = DownloadSettings(base_url=options["base_url"])
    clips = download_cmu(data, takes, settings)
    click.echo(f"{clips} clips of the CMU database in {data / 'cmu'}")
