"""``python -m backend evaluate video``: films with truth, films of real people, the lifter alone.

What each measure is travels with the JSON: ``judging.report.DEFINITIONS``. Films are read by
Blender's module, unless what was seen of them is kept (``--tracked``).
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from blender_addon.core.errors import InputError, ModelError
from blender_addon.core.film.facts import FilmReader
from blender_addon.core.inference.choice import ModelChoice
from blender_addon.core.inference.model_list import find_model
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.video.lifting.lifter import LIFTER_TASK, Lifter
from blender_addon.core.video.pipeline import VideoPipeline
from blender_addon.core.video.request import TrackRequest
from blender_addon.core.video.settings import Quality
from blender_addon.core.video.tracked import TrackedPerson
from blender_addon.core.video.tracking.tracker import DETECTOR_TASK, LANDMARKS_TASKS, BodyTracker

from .corpora.evaluate import DATA_HELP, data_choice, evaluate_corpus
from .judging.kept import keep_tracked, read_tracked
from .judging.marks import FOLDER as MARKS
from .judging.marks import read_marks
from .judging.ours import FIT, KNOWN, Lift, LiftedBy, Told, lift_by, lift_with, our_systems
from .judging.report import DEFINITIONS, finite, print_joints, print_rigs, print_table
from .judging.rows import film_row, fitted_row, real_row
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
from .judging.truth import FilmTruth, films_of, read_truth

ROOT: Final = Path(__file__).resolve().parents[2]
DATA: Final = ROOT.parent / "shared" / "data"
RECORDINGS: Final = Path(".build/video/recordings.npz")
QUICK_FILMS: Final = ("front", "high")

Command = Callable[..., Any]

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Choices:
    """What the command was asked for.

    Args:
        films: folders of films with truth.
        real: folder of the real films that are marked.
        probe: the baseline's network.
        models: folder of the networks to judge; None for the usual ones.
        tracked: folder where what the tracker saw is kept.
        pictures: folder to draw into.
        recordings: held-out motion to judge the lifter alone by.
        corpora: KIND:FOLDER of published recordings to lift.
        quality: which landmark network.
        only: films whose name contains this.
        quick: the two short films alone.
        rigs: whether films are brought to rigs in Blender as well.
    """

    films: tuple[Path, ...]
    real: Path
    probe: Path
    models: Path | None = None
    tracked: Path | None = None
    pictures: Path | None = None
    recordings: Path = RECORDINGS
    corpora: tuple[str, ...] = ()
    quality: Quality = Quality.FULL
    only: str = ""
    quick: bool = False
    rigs: bool = False

    @property
    def model_choice(self) -> ModelChoice:
        """Which networks, on one thread of the processor, so that figures can be repeated."""
        return ModelChoice(self.models, ("CPUExecutionProvider",), 1)

    def wants(self, name: str) -> bool:
        """Whether a film is among those asked for."""
        return self.only in name and (not self.quick or name in QUICK_FILMS)


def _folder(name: str, **settings: Any) -> Callable[[Command], Command]:
    return click.option(name, type=click.Path(path_type=Path, file_okay=False), **settings)


@click.command()
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write measures.")
@_folder(
    "--films",
    multiple=True,
    default=(DATA / "pose_clips",),
    show_default=True,
    help="Folder of films with their truth beside them (NAME.npz); may be given several times.",
)
@_folder(
    "--real",
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
@_folder("--models", help="Folder of networks to judge instead of the usual ones.")
@_folder(
    "--tracked", help="Keep what the tracker saw in this folder; read it instead of tracking again."
)
@_folder("--pictures", help="Draw frames, feet, ways and jerk into this folder.")
@click.option(
    "--recordings",
    type=click.Path(path_type=Path),
    default=RECORDINGS,
    show_default=True,
    help="What `prepare video` made, to judge the lifter alone by.",
)
@click.option(
    "--quality", type=click.Choice(["full", "lite"]), default="full", show_default=True,
    help="Which landmark network.",
)  # fmt: skip
@click.option("--only", default="", help="Films whose name contains this.")
@click.option("--data", "corpora", multiple=True, help=DATA_HELP)
@click.option("--rigs", is_flag=True, help="Key rigs of several families in Blender, and look.")
@click.option("--quick", is_flag=True, help="The two short films only.")
@click.option("--joints", "shows_joints", is_flag=True, help="Print a table of joints too.")
def command(json_path: Path | None, shows_joints: bool, quality: str, **options: Any) -> None:
    """Measure pose from video: in the picture, in space, on the ground, over time."""
    started = time.perf_counter()
    results = evaluate(Choices(quality=Quality[quality.upper()], **options))
    results["seconds"] = round(time.perf_counter() - started, 1)
    print_table(results)
    print_rigs(results)
    if shows_joints:
        print_joints(results)
    if json_path is not None:
        json_path.parent.mkdir(parents=True, exist_ok=True)
        json_path.write_text(json.dumps(results, indent=1, allow_nan=False) + "\n", "utf-8")


def evaluate(choices: Choices) -> dict[str, Any]:
    """The measures of every film.

    Raises:
        InputError: a film, its truth or a network cannot be read.
    """
    session = _lifter_session(choices)
    lift = None if session is None else lift_with(Lifter(session))
    rows: dict[str, Any] = {}
    for folder in choices.films:
        for film, npz in films_of(folder):
            if choices.wants(film.stem):
                rows[film.stem] = _row(film, npz, lift, choices)
    if not choices.quick:
        rows |= _real_rows(lift, choices)
    alone: dict[str, Any] = {} if choices.quick else _lifter_alone(session, choices)
    for text in choices.corpora:
        kind, folder = data_choice(text)
        alone[kind] = evaluate_corpus(kind, folder, lift)
    found: dict[str, Any] = finite({"films": rows, **alone, "definitions": DEFINITIONS})
    return found


def _row(film: Path, npz: Path, lift: Lift | None, choices: Choices) -> dict[str, Any]:
    tracked = _tracked(film, choices)
    truth = read_truth(npz, film, tracked.size_px)
    systems = _systems(truth, lift, choices)
    _log.info("%s: %d frames, %d systems", film.stem, truth.frame_count, len(systems))
    judged = FIT if lift is not None else f"{PROBE}_{FIT}"
    row, followed = film_row(truth, tracked, systems, judged)
    if choices.rigs and lift is not None:
        row["rigs"] = _on_rigs(truth, tracked, lift)
    if choices.pictures is not None:
        from .judging.pictures import draw_film  # draws with matplotlib

        for name in (judged, f"{judged}{KNOWN}"):
            if name in followed:
                folder = choices.pictures / name
                draw_film(folder, truth, tracked, followed[name], _read_film(film))
    return row


def _on_rigs(truth: FilmTruth, tracked: TrackedPerson, lift: Lift) -> Mapping[str, Any]:
    from backend.rigs.filmed.on_rigs import measure_on_rigs  # needs bpy

    return measure_on_rigs(truth, VideoPipeline(Told(tracked), LiftedBy(lift)), DATA)


def _systems(truth: FilmTruth, lift: Lift | None, choices: Choices) -> Mapping[str, System]:
    systems: dict[str, System] = {BLAZEPOSE: blazepose_world}
    if choices.probe.is_file():
        probe = ProbeLifter(choices.probe)
        systems |= {PROBE: probe, PROBE_MEAN: mean_with_world(probe)}
        systems[PROBE + PERFECT] = perfect(probe)
        if lift is None:
            ours = our_systems(lift_by(probe, truth), f"{PROBE}_")
            systems |= {name: system for name, system in ours.items() if FIT in name}
    if lift is not None:
        systems |= our_systems(lift)
    return systems


def _lifter_session(choices: Choices) -> ModelSession | None:
    """Our lifter; None, and a word about it, where there is none."""
    try:
        return _session(LIFTER_TASK, choices)
    except ModelError as error:
        _log.warning("the fit is judged with the probe's joints: %s", error)
        return None


def _session(task: str, choices: Choices) -> ModelSession:
    choice = choices.model_choice
    return ModelSession(find_model(task, choice), choice.providers, choice.threads)


def _lifter_alone(session: ModelSession | None, choices: Choices) -> dict[str, float]:
    """Errors on held-out recordings; nothing where these, torch or the network are not there."""
    if session is None or not choices.recordings.is_file():
        _log.warning("no %s: the lifter is not judged alone", choices.recordings)
        return {}
    from .judging.lifter_alone import lifter_errors  # draws sequences with torch

    return lifter_errors(session, choices.recordings)


def _real_rows(lift: Lift | None, choices: Choices) -> dict[str, Any]:
    rows = {}
    for path in sorted(MARKS.glob("*.json")):
        marks = read_marks(path)
        film = choices.real / marks.film
        if not choices.wants(film.stem):
            continue
        if not film.is_file():
            _log.warning("there is no film %s: its marks judge nothing", film)
            continue
        tracked = _tracked(film, choices)
        rows[film.stem] = real_row(tracked, marks)
        if lift is not None:
            rows[film.stem] |= fitted_row(tracked, lift)
        if choices.pictures is not None:
            from .judging.pictures import draw_real

            draw_real(choices.pictures, film.stem, tracked, marks.points_px, _read_film(film))
    return rows


def _tracked(film: Path, choices: Choices) -> TrackedPerson:
    """What the tracker sees of a film from its first picture to its last."""
    kept = choices.tracked / f"{film.stem}.npz" if choices.tracked else None
    if kept is not None and kept.is_file():
        return read_tracked(kept)
    reader = _read_film(film)
    if reader is None:
        raise InputError(f"{film} cannot be read without bpy; name what is kept by --tracked")
    tasks = (DETECTOR_TASK, LANDMARKS_TASKS[choices.quality])
    tracker = BodyTracker(*(_session(task, choices) for task in tasks))
    request = TrackRequest(first=0, last=reader.facts.frame_count - 1, quality=choices.quality)
    tracked = tracker.track(reader, request)
    if kept is not None:
        keep_tracked(tracked, kept)
    return tracked


def _read_film(film: Path) -> FilmReader | None:
    try:
        from backend.rigs.filmed.reading import read_film  # needs bpy
    except ModuleNotFoundError:
        return None
    return read_film(film)
