"""Lets plans teach the policy: ``python -m backend.physics.lessons``; goes on where it stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from blender_addon.core.physics.policy import BASES, base_controller

from .learning.loop import actor, load_network
from .learning.teacher import taught_by
from .motions import FOLDER, read_clips, split

LESSONS: Final = Path(".build/physics/taught")


@click.command(context_settings={"show_default": True})
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=LESSONS)
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), default=FOLDER)
@click.option("--trials", type=click.IntRange(1), default=60, help="Of four seconds each.")
@click.option("--base", type=click.Choice(BASES), default="balance", help="What is added to.")
@click.option(
    "--pupil",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A run whose policy acts while plans say what would have been right.",
)
@click.option(
    "--share",
    "shares",
    type=click.FloatRange(0, 1),
    multiple=True,
    default=(1.0,),
    help="Of plans in what is done; several are taken in turn.",
)
@click.option("--generation", type=click.IntRange(0), default=0, help="Another, other trials.")
def command(
    out: Path,
    data: Path,
    trials: int,
    base: str,
    pupil: Path | None,
    shares: tuple[float, ...],
    generation: int,
) -> None:
    """Seek plans in states that figures get into, and keep what these would do."""
    act = None if pupil is None else actor(load_network(pupil)[0])
    learned, _ = split(read_clips(data))
    adds_to = base_controller(base)
    for trial in range(trials):
        share = shares[trial % len(shares)]
        taught_by(learned, adds_to, out, [trial], act, share, generation)
    click.echo(f"{trials} trials in {out}")


if __name__ == "__main__":
    command()
