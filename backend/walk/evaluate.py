"""``python -m backend evaluate walk``: ours, raw network, baseline and captured motion.

Conventions chosen here are stated in ``DEFINITIONS`` and travel with the JSON.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

import click
import numpy as np

from backend.motion_quality.naturalness import NaturalnessReference
from backend.motion_quality.pictures import draw_clip_sheet
from blender_addon.core.ground.terrain import FlatTerrain
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.walk.pipeline import LocomotionPipeline, WalkResult
from blender_addon.core.walk.request import WalkRequest

from .baseline import best_cycles, slide_along
from .captured import CapturedClip, captured_windows, load_captured, load_standing
from .clip_cases import clip_cases, load_clip_folder
from .export_clips import export_performances
from .looks.sheets import draw_moments
from .looks.table import measure_looks, measure_short_ways
from .looks.ways import level_ways
from .metrics import Performance, measure_all, measure_naturalness
from .report import DEFINITIONS, print_measures, print_paths, wide_console
from .stability import measure_stability
from .suite import WalkCase, locomotion_suite, random_walk_case

ROOT = FilePath(__file__).resolve().parents[2]
MODEL = ROOT / "onnx_models" / "locomotion_biped.onnx"
DATA = ROOT.parent / "shared" / "data" / "mocap"
FASTEST_M_S = 3.4
"""What is asked for at most where there is no model to say it."""
_CYCLE_CASES = ("straight", "circle", "speed_ramp")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Choices:
    """What the command was asked to do besides measuring; a seed of None differs by path."""

    clips: FilePath | None
    export: FilePath | None
    pictures: FilePath | None
    minutes: float
    seed: int | None = None


@dataclass(frozen=True)
class Ways:
    """What is walked: the suite, or the ways of clips, and more ways for the looks alone."""

    suite: Sequence[WalkCase]
    more: Sequence[WalkCase] = ()

    @property
    def all(self) -> list[WalkCase]:
        """The suite first."""
        return [*self.suite, *self.more]


@click.command()
@click.option("--json", "json_path", type=click.Path(path_type=FilePath), help="Write measures.")
@click.option(
    "--onnx", "onnx", type=click.Path(path_type=FilePath), default=MODEL, show_default=True
)
@click.option(
    "--data",
    type=click.Path(path_type=FilePath),
    default=DATA,
    show_default=True,
    help="Folder that holds cmu/clips.csv.",
)
@click.option(
    "--clips",
    type=click.Path(path_type=FilePath),
    help="Walk the roots' ways of the BVH files in this folder instead of the suite.",
)
@click.option(
    "--export",
    type=click.Path(path_type=FilePath),
    help="Write what was generated as BVH, with suite.json.",
)
@click.option(
    "--pictures",
    type=click.Path(path_type=FilePath),
    help="Draw a sheet per path, and start, stop, corner, stairs.",
)
@click.option(
    "--minutes-stability",
    "minutes",
    type=click.FloatRange(0, 60),
    default=10.0,
    show_default=True,
    help="Length of the stability test; under 2 none is made.",
)
@click.option("--seed", type=int, help="Walk every path in this style; else each in its own.")
@click.option("--without-model", is_flag=True, help="Measure the baseline and the floor alone.")
def command(
    json_path: FilePath | None,
    onnx: FilePath,
    data: FilePath,
    clips: FilePath | None,
    export: FilePath | None,
    pictures: FilePath | None,
    minutes: float,
    seed: int | None,
    without_model: bool,
) -> None:
    """Measure walking: path, speed, feet, naturalness, smoothness, stability."""
    started = time.perf_counter()
    pipeline = None if without_model else LocomotionPipeline(ModelSession(onnx))
    results = evaluate(pipeline, data, Choices(clips, export, pictures, minutes, seed))
    results["seconds"] = round(time.perf_counter() - started, 1)
    console = wide_console()
    if "ours" in results:
        print_paths(results["ours"], console)
    print_measures(results, console)
    if json_path is not None:
        json_path.parent.mkdir(parents=True, exist_ok=True)
        json_path.write_text(json.dumps(results, indent=1, allow_nan=False) + "\n", "utf-8")


def evaluate(
    pipeline: LocomotionPipeline | None, data: FilePath, choices: Choices
) -> dict[str, Any]:
    """Measures of every system, by name; without a pipeline, of the baseline and the floor."""
    _log.info("reading captured motion from %s", data)
    train, reference = read_reference(data)
    floor = load_captured(data, "val")
    ways = Ways(locomotion_suite(), level_ways())
    standing: Sequence[CapturedClip] = ()
    if choices.clips is None:
        standing = load_standing(data, "val")
    else:
        floor = load_clip_folder(choices.clips)
        ways = Ways(clip_cases(floor, pipeline.max_speed_m_s if pipeline else FASTEST_M_S))
    results: dict[str, Any] = {}
    if pipeline is not None:
        results.update(_measure_model(pipeline, ways, reference, choices))
    _log.info("sliding baseline")
    cycles = best_cycles(train, _cycle_cases(), reference)
    baseline = _measure_walks([slide_along(case, cycles) for case in ways.all], ways, reference)
    names = [cycles.walk.name, cycles.run.name]
    results["baseline"] = baseline | {"stability_ratio": None, "cycles": names}
    results["floor"] = measure_floor(floor, reference, standing)
    return results | {"definitions": DEFINITIONS}


def read_reference(data: FilePath) -> tuple[list[CapturedClip], NaturalnessReference]:
    """The clips of the part that was trained on, and what is natural by them.

    Args:
        data: folder that holds cmu/clips.csv.

    Returns:
        The clips, and the reference of their windows.

    Raises:
        InputError: there is no clips.csv, or it names no such clip.
    """
    train = load_captured(data, "train")
    return train, NaturalnessReference.from_windows(captured_windows(train))


def _cycle_cases() -> list[WalkCase]:
    return [case for case in locomotion_suite() if case.name in _CYCLE_CASES]


def _measure_model(
    pipeline: LocomotionPipeline,
    ways: Ways,
    reference: NaturalnessReference,
    choices: Choices,
) -> dict[str, Any]:
    """``ours`` with the foot lock and ``raw`` without; exports and draws what ours did."""
    results = {}
    for name, foot_lock in (("ours", True), ("raw", False)):
        _log.info("walking %d paths: %s", len(ways.all), name)
        performances = walk_cases(pipeline, ways.all, foot_lock=foot_lock, seed=choices.seed)
        results[name] = _measure_walks(performances, ways, reference)
        if foot_lock:
            _hand_out(performances, ways, choices)
        results[name] |= _measure_stability(pipeline, reference, choices.minutes, foot_lock)
    return results


def _measure_walks(
    performances: Sequence[Performance], ways: Ways, reference: NaturalnessReference
) -> dict[str, Any]:
    """The first measures over the suite, looks over every way that was walked."""
    found = measure_all(performances[: len(ways.suite)], reference)
    for performance in performances[: len(ways.suite)]:
        found["per_path"][performance.name] |= measure_looks([performance])
    return found | measure_looks(performances) | measure_short_ways(performances, reference)


def walk_cases(
    pipeline: LocomotionPipeline,
    cases: Sequence[WalkCase],
    *,
    foot_lock: bool,
    seed: int | None = None,
) -> list[Performance]:
    """Let the model walk all cases in one batch, each with its number as seed if none is given."""
    requests = [
        WalkRequest(
            case.path,
            case.terrain,
            stand_before_s=case.stand_s,
            stand_after_s=case.stand_s,
            seed=number if seed is None else seed,
        )
        for number, case in enumerate(cases)
    ]
    found = pipeline.generate(requests, foot_lock=foot_lock)
    return [_perform(case, result) for case, result in zip(cases, found, strict=True)]


def _perform(case: WalkCase, result: WalkResult) -> Performance:
    return Performance(
        case.name,
        result.clip,
        case.terrain,
        case.path,
        np.asarray(result.desired_speeds_m_s, np.float64),
        np.asarray(result.desired_positions, np.float64),
    )


def _measure_stability(
    pipeline: LocomotionPipeline, reference: NaturalnessReference, minutes: float, foot_lock: bool
) -> dict[str, Any]:
    if minutes < 2:
        return {"stability_ratio": None}
    _log.info("walking %g minutes without a break", minutes)
    case = random_walk_case(minutes)
    performances = walk_cases(pipeline, [case], foot_lock=foot_lock, seed=0)
    return measure_stability(performances[0], reference)


def _hand_out(performances: Sequence[Performance], ways: Ways, choices: Choices) -> None:
    if choices.export is not None:
        export_performances(choices.export, performances)
    if choices.pictures is not None:
        draw_moments(performances, choices.pictures)
        for performance in performances[: len(ways.suite)]:
            target = choices.pictures / f"{performance.name}.png"
            path = performance.path.points[:, [0, 2]] if performance.path else None
            draw_clip_sheet(performance.clip, target, performance.terrain, performance.name, path)


def measure_floor(
    captured: Sequence[CapturedClip],
    reference: NaturalnessReference,
    standing: Sequence[CapturedClip] = (),
) -> dict[str, Any]:
    """Captured clips by the same measures: how good real motion is.

    People who stand count for looks alone, clips on unrecorded uneven ground for naturalness
    alone: where their ground is, is not known well enough to measure feet on it.
    """
    level = [_as_captured(c) for c in captured if c.label != "uneven"]
    natural = measure_naturalness(captured_windows(captured), reference)
    natural["frechet_flat"] = None
    return {
        **measure_all(level, reference),
        **natural,
        **measure_looks([*level, *map(_as_captured, standing)]),
        **measure_short_ways(level, reference),
        "stability_ratio": None,
    }


def _as_captured(captured: CapturedClip) -> Performance:
    return Performance(
        captured.name,
        captured.clip,
        FlatTerrain(),
        planted_heights_m=captured.planted_heights_m,
    )
