"""``python -m backend evaluate physics``: muscles alone, with help, with plans, with the policy.

Roll-outs are kept in a folder under names that tell what was asked for, so that a run that was
stopped goes on where it was, and one with more starts adds to those there are. Their names say
nothing of the code that made them: those that another state of it made are counted, and made anew
by ``--fresh``.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console

from .grounds import is_rough, level, rough_way, rough_ways, slaloms
from .judging.report import DEFINITIONS, print_tables
from .judging.rollouts import CACHE, Rollouts
from .judging.rows import (
    KEYS,
    Scope,
    fall_trials,
    first_trials,
    judge_falls,
    measure_row,
    push_trials,
)
from .judging.trials import FALLS, FALLS_A_TRIAL, LIMP_AT_S, ROWS
from .suite import SUITE_VERSION, walk_orders
from .walks import ROOT, read_clip, walk_files

MODEL: Final = ROOT / "onnx_models" / "physics_policy.onnx"
QUICK: Final = Scope(starts=2, life_s=3.0, quick=True)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Choices:
    """What the command was asked for.

    Args:
        rows: which.
        scope: how much is tried.
        falls: how many.
        onnx: the learned policy.
        cache: folder of roll-outs.
        processes: at a time.
        fresh: use none that another state of the code has made.
        minutes: after so many no roll-out is begun; None for no end.
        pictures: folder to draw into.
    """

    rows: tuple[str, ...] = ROWS
    scope: Scope = field(default_factory=Scope)
    falls: int = FALLS
    onnx: Path = MODEL
    cache: Path = CACHE
    processes: int = 1
    fresh: bool = False
    minutes: float | None = None
    pictures: Path | None = None


@click.command()
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write the figures.")
@click.option(
    "--starts",
    type=click.IntRange(1, 256),
    default=8,
    show_default=True,
    help="Walks of 20 s; pushes and rough ways follow from it. 8 take half an hour on two cores, "
    "32 are for the model card.",
)
@click.option("--rows", default=",".join(ROWS), show_default=True, help="Which, by commas.")
@click.option("--onnx", type=click.Path(path_type=Path), default=MODEL, show_default=True)
@click.option(
    "--cache",
    type=click.Path(path_type=Path, file_okay=False),
    default=CACHE,
    show_default=True,
    help="Folder in which roll-outs are kept.",
)
@click.option("--processes", type=click.IntRange(1), help="At a time; one for each core.")
@click.option("--fresh", is_flag=True, help="Use no roll-outs of another state of the code.")
@click.option(
    "--minutes",
    type=click.FloatRange(0),
    help="Begin no roll-out after so many, and judge those there are; 0 makes none.",
)
@click.option(
    "--pictures",
    type=click.Path(path_type=Path, file_okay=False),
    help="Draw film strips, feet and accelerations into this folder.",
)
@click.option(
    "--quick",
    is_flag=True,
    help="Two walks of 3 s, no rough ground, few pushes and falls: does it run?",
)
def command(
    json_path: Path | None,
    starts: int,
    rows: str,
    onnx: Path,
    cache: Path,
    processes: int | None,
    fresh: bool,
    minutes: float | None,
    pictures: Path | None,
    quick: bool,
) -> None:
    """Measure figures with weight: life, likeness, pushes, feet, rough ground, falls."""
    started = time.perf_counter()
    chosen = tuple(name for name in ROWS if name in rows.split(","))
    if not chosen:
        raise click.BadParameter(f"name some of {', '.join(ROWS)}", param_hint="--rows")
    scope, falls = (QUICK, FALLS_A_TRIAL) if quick else (Scope(starts), FALLS)
    found = evaluate(
        Choices(
            chosen,
            scope,
            falls,
            onnx,
            cache,
            processes or os.cpu_count() or 1,
            fresh,
            minutes,
            pictures,
        )
    )
    found["seconds"] = round(time.perf_counter() - started, 1)
    print_tables(found, KEYS, Console(width=120))
    if json_path is not None:
        json_path.parent.mkdir(parents=True, exist_ok=True)
        json_path.write_text(json.dumps(found, indent=1, allow_nan=False) + "\n", "utf-8")


def evaluate(choices: Choices) -> dict[str, Any]:
    """The figures of every row.

    Raises:
        InputError: walks cannot be made.
        PhysicsError: nothing can be simulated here.
    """
    scope = choices.scope
    ways = [*rough_ways(scope.rough), *slaloms(scope.slaloms)]
    orders = walk_orders(max(scope.starts, choices.falls // FALLS_A_TRIAL))
    files = walk_files([*orders, *(each.order for each in ways)])
    walks_s = {name: read_clip(file).duration_s for name, file in files.items()}
    policy = choices.onnx if choices.onnx.is_file() else None
    rows = [name for name in choices.rows if name != "policy" or policy is not None]
    until_s = None if choices.minutes is None else time.monotonic() + 60.0 * choices.minutes
    rollouts = Rollouts(files, choices.cache, choices.processes, policy, choices.fresh, until_s)
    falls = fall_trials(choices.falls)
    rollouts.make([*falls, *(t for row in rows for t in first_trials(row, scope, walks_s))])
    falls = rollouts.kept(falls)
    fallen = judge_falls(rollouts.falls(falls)) if falls else {}
    found: dict[str, Any] = {}
    for row in choices.rows:
        if row not in rows:
            found[row] = {"absent": f"there is no {choices.onnx.name}; train and export it first"}
            continue
        measured = measure_row(row, scope, rollouts, walks_s)
        found[row] = {key: measured.get(key) for key in KEYS} | measured | fallen
    if choices.pictures is not None:
        _draw(rows, scope, walks_s, rollouts, choices.pictures)
    return {
        "suite": SUITE_VERSION,
        "starts": scope.starts,
        "pushes_a_rung": scope.pushes,
        "rough_ways": scope.rough,
        "falls": len(falls) * FALLS_A_TRIAL,
        **found,
        "rows": found,
        "rollouts_made": rollouts.made,
        "cpu_s": {name: round(took, 1) for name, took in rollouts.seconds.items()},
        "notes": _notes(rollouts, scope),
        "definitions": DEFINITIONS,
    }


def _notes(rollouts: Rollouts, scope: Scope) -> list[str]:
    notes = [
        f"{scope.starts} walks, {scope.pushes} pushes a rung, {scope.rough} ways over rough ground"
    ]
    for trial, why in rollouts.refused.items():
        notes.append(f"{trial.name}: {why}")
    if rollouts.missing:
        notes.append(f"there was no time for {len(rollouts.missing)} roll-outs")
    if rollouts.older:
        notes.append(
            f"{len(rollouts.older)} roll-outs were made by another state of the simulation's code; "
            "--fresh makes them anew"
        )
    return notes


def _draw(
    rows: Sequence[str], scope: Scope, walks_s: dict[str, float], rollouts: Rollouts, folder: Path
) -> None:
    from .judging.pictures import draw_falls, draw_feet, draw_film  # draws with matplotlib

    for row in rows:
        trials = first_trials(row, scope, walks_s) + push_trials(row, scope, 40.0)
        for number, trial in enumerate(trials):
            if trial.kind == "repeat" or not rollouts.kept([trial]):
                continue
            (recording,) = rollouts.recordings([trial])
            heights = rough_way(trial.walk).heights if is_rough(trial.walk) else level
            name = f"{row}_{trial.kind}_{number:02d}_{trial.walk}"
            draw_film(folder / f"{name}.png", trial.name, recording, heights)
            if trial.kind != "push":
                draw_feet(folder / f"{name}_feet.png", trial.name, recording, heights)
    if falls := rollouts.kept(fall_trials(FALLS_A_TRIAL)):
        draw_falls(folder / "falls.png", rollouts.falls(falls)[0][0], LIMP_AT_S)
