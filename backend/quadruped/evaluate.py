"""``python -m backend evaluate quadruped``: ours, the raw network, plan + IK, loops, the floor.

Conventions are stated in ``judging.report.DEFINITIONS`` and travel with the JSON.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from blender_addon.core.errors import InputError
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.quadruped.pipeline import QuadrupedPipeline

from .judging.animal import AnimalMotion
from .judging.bodies import JudgedBody, default_bodies, read_bodies
from .judging.controlled import Controlled
from .judging.judge import Judge, Judged, finite
from .judging.planned import Planned, planned_of
from .judging.recordings import read_recordings
from .judging.report import DEFINITIONS, print_table
from .judging.rows import (
    Scope,
    absent_row,
    judge_by_recordings,
    judge_by_synthesis,
    measure_floor,
    measure_system,
    reference_motions,
)
from .judging.suite import quadruped_ways, quick_ways
from .judging.systems import Looped, System

ROOT: Final = Path(__file__).resolve().parents[2]
MODEL: Final = ROOT / "onnx_models" / "quadruped_controller.onnx"
DATA: Final = ROOT.parent / "shared" / "data" / "quadruped"
QUICK_BODIES: Final = ("wolf", "deer")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Choices:
    """What the command was asked for.

    Args:
        onnx: the network; None to judge without one.
        data: the folder data/quadruped.
        dogs: recordings to judge by.
        bodies: others than the usual unseen ones.
        pictures: folder to draw into.
        minutes: of the stability test.
        quick: few ways, two bodies, no stability test.
    """

    onnx: Path | None
    data: Path
    dogs: Path | None = None
    bodies: Path | None = None
    pictures: Path | None = None
    minutes: float = 10.0
    quick: bool = False


@click.command()
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write measures.")
@click.option("--onnx", type=click.Path(path_type=Path), default=MODEL, show_default=True)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=DATA,
    show_default=True,
    help="Folder that holds animals/, fox2/ and horse/.",
)
@click.option(
    "--dogs",
    type=click.Path(path_type=Path),
    help="Judge by this folder of recordings of real animals (.npz).",
)
@click.option(
    "--bodies",
    type=click.Path(path_type=Path),
    help="Folder of bodies that training never saw (.glb, .bvh, .npz, .json), instead of ours.",
)
@click.option(
    "--pictures",
    type=click.Path(path_type=Path, file_okay=False),
    help="Draw footfalls, poses, feet and tracks into this folder.",
)
@click.option(
    "--minutes-stability",
    "minutes",
    type=click.FloatRange(0, 60),
    default=10.0,
    show_default=True,
    help="Length of the stability test, of the model's time; under 2 none is made.",
)
@click.option("--quick", is_flag=True, help="Few ways and two bodies, no stability test.")
@click.option("--without-model", is_flag=True, help="Measure everyone but the network.")
def command(
    json_path: Path | None,
    onnx: Path,
    data: Path,
    dogs: Path | None,
    bodies: Path | None,
    pictures: Path | None,
    minutes: float,
    quick: bool,
    without_model: bool,
) -> None:
    """Measure animals: path, feet, footfalls, gaits, naturalness, reach, unseen bodies."""
    started = time.perf_counter()
    network = None if without_model else onnx
    results = evaluate(Choices(network, data, dogs, bodies, pictures, minutes, quick))
    results["seconds"] = round(time.perf_counter() - started, 1)
    print_table(results)
    if json_path is not None:
        json_path.parent.mkdir(parents=True, exist_ok=True)
        json_path.write_text(json.dumps(results, indent=1, allow_nan=False) + "\n", "utf-8")


def evaluate(choices: Choices) -> dict[str, Any]:
    """The measures of every row.

    Raises:
        InputError: recordings, bodies or data cannot be read.
    """
    scope, ours = _scope(choices), _ours(choices)
    planned = planned_of(choices.data)
    judge, reference = _judge(choices, planned, scope)
    results: dict[str, Any] = {
        "reference": judge.source,
        "reference_motions": len(reference),
        "bodies": {
            each.name: {"seen": each.seen, "hip_height_m": each.body.hip_height_m}
            for each in scope.bodies
        },
        "ways": [way.name for way in scope.ways],
    }
    drawn: dict[str, Sequence[Judged]] = {}
    systems = {**ours, "plan_ik": planned, "loop": Looped.of(choices.data)}
    for name, system in systems.items():
        _log.info("%d ways for %d bodies: %s", len(scope.ways), len(scope.bodies), name)
        if isinstance(system, str):
            results[name] = absent_row(system)
            continue
        drifts = isinstance(system, Controlled)
        results[name], drawn[name] = measure_system(system, scope, judge, drifts=drifts)
    results["floor"] = measure_floor(reference, judge)
    if choices.pictures is not None:
        from .judging.pictures import draw_all  # draws with matplotlib

        draw_all(drawn, choices.pictures)
    found: dict[str, Any] = finite(results | {"definitions": DEFINITIONS})
    return found


def _scope(choices: Choices) -> Scope:
    bodies = default_bodies(choices.data)
    if choices.quick:
        bodies = [each for each in bodies if each.name in QUICK_BODIES]
    if choices.bodies is not None:
        bodies = [each for each in bodies if each.seen] + _renamed(read_bodies(choices.bodies))
    if choices.quick:
        return Scope(bodies, quick_ways(), minutes=0.0, reference_minutes=1.0)
    return Scope(bodies, quadruped_ways(), choices.minutes)


def _renamed(bodies: Sequence[JudgedBody]) -> list[JudgedBody]:
    """The same, none with the name of a body that training knew."""
    return [
        JudgedBody(f"{each.name} (given)", each.body, each.seen)
        if each.name in ("fox", "wolf", "horse")
        else each
        for each in bodies
    ]


def _judge(choices: Choices, planned: Planned, scope: Scope) -> tuple[Judge, list[AnimalMotion]]:
    if choices.dogs is not None:
        recordings = read_recordings(choices.dogs)
        return judge_by_recordings(recordings), recordings
    reference = reference_motions(planned, scope)
    return judge_by_synthesis(reference), reference


def _ours(choices: Choices) -> dict[str, System | str]:
    """The network with and without its foot lock; in words why it is not judged."""
    if choices.onnx is None:
        return {"ours": _WITHOUT, "raw": _WITHOUT}
    if not choices.onnx.is_file():
        if choices.onnx != MODEL:
            raise InputError(f"there is no file {choices.onnx}")
        absent = f"there is no {MODEL.name}; train and export it first"
        _log.warning("%s", absent)
        return {"ours": absent, "raw": absent}
    pipeline = QuadrupedPipeline(ModelSession(choices.onnx))
    return {"ours": Controlled(pipeline, True), "raw": Controlled(pipeline, False)}


_WITHOUT: Final = "measured without a model"
