"""``python -m backend evaluate video``: films with truth, films of real people, the lifter alone.

What each measure is travels with the JSON: ``judging.report.DEFINITIONS``.
"""

from __future__ import annotations

import json
import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from blender_addon.core.errors import InputError
from blender_addon.core.video.tracked import TrackedPerson

from .judging.kept import kept_tracked
from .judging.marks import FOLDER as MARKS
from .judging.marks import read_marks
from .judging.report import DEFINITIONS, print_table
from .judging.rows import film_row, real_row
from .judging.systems import (
    BLAZEPOSE,
    PERFECT,
    PROBE,
    PROBE_MEAN,
    ProbeLifter,
    System,
    blazepose_world,
    mean_with_world,
    perfect,
)
from .judging.truth import films_of, read_truth

ROOT: Final = Path(__file__).resolve().parents[2]
DATA: Final = ROOT.parent / "shared" / "data"
QUICK_FILMS: Final = ("front", "high")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Choices:
    """What the command was asked for.

    Args:
        films: folders of films with truth.
        real: folder of the real films that are marked.
        probe: the baseline's network.
        tracked: folder where what the tracker saw is kept.
        quick: the two short films alone.
    """

    films: tuple[Path, ...]
    real: Path
    probe: Path
    tracked: Path | None = None
    quick: bool = False


@click.command()
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write measures.")
@click.option(
    "--films",
    type=click.Path(path_type=Path, file_okay=False),
    multiple=True,
    default=(DATA / "pose_clips",),
    show_default=True,
    help="Folder of films with their truth beside them (NAME.npz); may be given several times.",
)
@click.option(
    "--real",
    type=click.Path(path_type=Path, file_okay=False),
    default=DATA / "pose_clips",
    show_default=True,
    help="Folder of the films of real people that are marked by hand.",
)
@click.option(
    "--probe",
    type=click.Path(path_type=Path),
    default=DATA / "pose_models" / "lifter_probe.onnx",
    show_default=True,
    help="A lifter that was trained for seven minutes, to compare with.",
)
@click.option(
    "--tracked",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep what the tracker saw in this folder, and read it instead of tracking again.",
)
@click.option("--quick", is_flag=True, help="The two short films only.")
def command(
    json_path: Path | None,
    films: tuple[Path, ...],
    real: Path,
    probe: Path,
    tracked: Path | None,
    quick: bool,
) -> None:
    """Measure pose from video: in the picture, in space, on the ground, over time."""
    started = time.perf_counter()
    results = evaluate(Choices(films, real, probe, tracked, quick))
    results["seconds"] = round(time.perf_counter() - started, 1)
    print_table(results)
    if json_path is not None:
        json_path.parent.mkdir(parents=True, exist_ok=True)
        json_path.write_text(json.dumps(results, indent=1, allow_nan=False) + "\n", "utf-8")


def evaluate(choices: Choices) -> dict[str, Any]:
    """The measures of every film.

    Raises:
        InputError: a film, its truth or a network cannot be read.
    """
    systems = _systems(choices)
    rows: dict[str, Any] = {}
    for folder in choices.films:
        for film, npz in films_of(folder):
            if choices.quick and film.stem not in QUICK_FILMS:
                continue
            tracked = _tracked(film, choices)
            truth = read_truth(npz, film, tracked.size_px)
            _log.info("%s: %d frames, %d systems", film.stem, truth.frame_count, len(systems))
            rows[film.stem], _ = film_row(truth, tracked, systems, PROBE)
    if not choices.quick:
        rows |= _real_rows(choices)
    return {"films": rows, "definitions": DEFINITIONS}


def _systems(choices: Choices) -> dict[str, System]:
    systems: dict[str, System] = {BLAZEPOSE: blazepose_world}
    if choices.probe.is_file():
        probe = ProbeLifter(choices.probe)
        systems |= {PROBE: probe, PROBE_MEAN: mean_with_world(probe)}
        systems[PROBE + PERFECT] = perfect(probe)
    return systems


def _real_rows(choices: Choices) -> dict[str, Any]:
    rows = {}
    for path in sorted(MARKS.glob("*.json")):
        marks = read_marks(path)
        film = choices.real / marks.film
        if film.is_file():
            rows[film.stem] = real_row(_tracked(film, choices), marks)
        else:
            _log.warning("there is no film %s: its marks judge nothing", film)
    return rows


def _tracked(film: Path, choices: Choices) -> TrackedPerson:
    kept = choices.tracked / f"{film.stem}.npz" if choices.tracked else None
    if kept is None or not kept.is_file():
        raise InputError(f"nothing is known of {film.name}; name a folder by --tracked")
    return kept_tracked(kept)
