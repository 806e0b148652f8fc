"""Walks to practise on: ``python -m backend.physics.practice_walks`` draws ways at random."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Final

import click
import numpy as np

from backend.motion_quality.ways import SPACING_M

from .motions import FOLDER
from .walks import walk_files

WALK_S: Final = 20.0
SPEEDS_M_S: Final = (0.6, 1.8)
RUN_M_S: Final = 3.2
_RUN_SHARE, _STANDING_SHARE, _STOP_SHARE, _STRAIGHT_SHARE = 0.08, 0.05, 0.3, 0.2
_KNOT_M: Final = 2.0


def practice_orders(count: int, seed: int = 0) -> list[dict[str, Any]]:
    """Walks of about 24 s each: speeds, bends, stops, standing; standing at both ends.

    Args:
        count: how many.
        seed: the same seed gives the same walks, whatever the count.
    """
    return [_order(np.random.default_rng([seed, n]), n) for n in range(count)]


def _order(rng: np.random.Generator, number: int) -> dict[str, Any]:
    standing = rng.random() < _STANDING_SHARE
    slow, fast = SPEEDS_M_S if rng.random() > _RUN_SHARE else (1.6, RUN_M_S)
    length = 1.0 if standing else WALK_S * rng.uniform(slow, fast)
    knots = np.arange(0.0, length + _KNOT_M, _KNOT_M)
    drift = 0.5 * rng.normal(0.0, 0.25, len(knots)).cumsum()
    speeds = np.clip(rng.uniform(slow, fast) + drift, slow, fast)
    bends = rng.normal(0.0, 0.25, len(knots)).clip(-0.7, 0.7) * (rng.random() > _STRAIGHT_SHARE)
    at = np.arange(max(round(length / SPACING_M), 2)) * SPACING_M
    headings = np.cumsum(np.interp(at, knots, bends) * SPACING_M)
    points = np.cumsum(SPACING_M * np.stack((np.sin(headings), np.cos(headings)), axis=1), axis=0)
    stops = [[0.5 * length, 2.0]] if rng.random() < _STOP_SHARE and not standing else []
    before, after = rng.uniform(0.5, 2.5, 2) + (0.5 * WALK_S if standing else 0.0)
    return {
        "name": f"walk_{number:03d}", "points": points.round(4).tolist(), "stops": stops,
        "speeds_m_s": np.interp(at, knots, speeds).round(4).tolist(), "seed": number,
        "stand_before_s": round(before, 3), "stand_after_s": round(after, 3),
    }  # fmt: skip


@click.command()
@click.argument("out", type=click.Path(path_type=Path, file_okay=False), default=FOLDER)
@click.option("--count", type=click.IntRange(1, 10_000), default=64, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
def main(out: Path, count: int, seed: int) -> None:
    """Let the locomotion model walk, and write OUT/walk_000.npz and so on."""
    out.mkdir(parents=True, exist_ok=True)
    for name, file in walk_files(practice_orders(count, seed)).items():
        shutil.copy(file, out / f"{name}.npz")
    click.echo(f"{count} walks in {out}")


if __name__ == "__main__":
    main()
