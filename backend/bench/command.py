"""``python -m backend bench``: how fast everything runs, next to other ways of doing it.

Each capability that has a module ``bench`` offers its ``measure``; what belongs to none is
measured here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from blender_addon.core.capabilities import CAPABILITIES
from blender_addon.core.inference.choice import ModelChoice
from blender_addon.core.inference.contract import load_contract

from .report import Figures, Report, describe_machine, print_report, take_rows
from .setting import CPU, BenchSetting
from .shared_rows import measure_shared

Measures = Callable[[BenchSetting], Figures]

_log = logging.getLogger(__name__)


@click.command()
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write the figures.")
@click.option("--provider", default=CPU, show_default=True, help="Execution provider to time.")
@click.option(
    "--onnx",
    "model",
    type=click.Path(path_type=Path),
    help="A model to time instead of the usual one for its task; those beside it come first too.",
)
@click.option(
    "--threads", type=click.IntRange(1), help="Threads for one run; two where there are two cores."
)
@click.option(
    "--seconds",
    type=click.FloatRange(0.01),
    default=3.0,
    show_default=True,
    help="About how long each figure is measured.",
)
def command(
    json_path: Path | None, provider: str, model: Path | None, threads: int | None, seconds: float
) -> None:
    """Time the runtime, and print it next to other ways of doing the same."""
    report = bench(model, provider, threads, seconds)
    print_report(report, Console())
    if json_path is not None:
        report.write(json_path)
        _log.info("wrote %s", json_path)


def bench(model: Path | None, provider: str, threads: int | None, seconds: float) -> Report:
    """Take every figure.

    Args:
        model: timed instead of the usual one for its task; None for the usual ones alone.
        provider: execution provider of our figures; others run on the CPU.
        threads: for one run of a network; None lets the session decide.
        seconds: about how long each figure is measured.

    Returns:
        The figures; those that need torch or bpy are None where it is not installed.

    Raises:
        ContractError: the model's contract cannot be read.
        ModelError: a model cannot be loaded.
        ProviderError: the provider is not available.
    """
    machine = describe_machine()
    setting = BenchSetting(_choose(model, provider, threads), seconds)
    own = {name: measure(setting) for name, measure in offered_measures().items()}
    stopped = {name: each.cancel_s for name, each in own.items() if each.cancel_s is not None}
    figures = [*own.values(), measure_shared(setting, stopped)]
    extra: dict[str, Any] = {"provider": provider}
    for each in figures:
        extra |= each.extra
    return Report(
        take_rows(figures),
        [table for each in figures for table in each.batches()],
        {**extra, "threads": threads, "machine": machine},
    )


def offered_measures() -> dict[str, Measures]:
    """``measure`` of every capability that has a bench, by its name."""
    found = {}
    for each in CAPABILITIES:
        package = f"backend.{each.name}"
        if find_spec(package) is not None and find_spec(f"{package}.bench") is not None:
            found[each.name] = import_module(f"{package}.bench").measure
    return found


def _choose(model: Path | None, provider: str, threads: int | None) -> ModelChoice:
    if model is None:
        return ModelChoice(None, (provider,), threads)
    task = load_contract(model.with_suffix(".json")).task
    return ModelChoice(model.parent, (provider,), threads, {task: model.stem})
