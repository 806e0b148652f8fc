"""``python -m backend bench``: how fast everything runs, next to other ways of doing it.

Each capability that has a module ``bench`` offers its ``measure``; what belongs to none is
measured here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console

from backend.batch.bench import measure_batch
from blender_addon.core.capabilities import CAPABILITIES
from blender_addon.core.inference.choice import ModelChoice
from blender_addon.core.inference.contract import load_contract

from .installed import measure_installed
from .providers import measure_providers, provider_named, require_provider
from .report import Figures, Report, describe_machine, print_report, take_rows
from .setting import CPU, BenchSetting
from .shared_rows import measure_shared

Measures = Callable[[BenchSetting], Figures]
MUST_HOLD: Final = ("provider_parity", "gpu_zip_runs")
"""What misses its target here ends the command with 1: it is wrong, not slow."""

_log = logging.getLogger(__name__)


@click.command()
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write the figures.")
@click.option(
    "--provider",
    default=CPU,
    show_default=True,
    help="Execution provider to time, such as cuda. On any other than the CPU every shipped model "
    "is timed and compared with the CPU as well, and the zip for GPUs is built, installed and "
    "walked with; where they differ too much, or it does not run, the exit code is 1.",
)
@click.option(
    "--networks",
    is_flag=True,
    help="Nothing but that: every shipped model on the provider beside the CPU, and the zip.",
)
@click.option(
    "--batch",
    is_flag=True,
    help="Nothing but many shots, which takes minutes: 100 walks by two processes, the memory of "
    "one over 200 jobs, an hour of speech.",
)
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
    json_path: Path | None,
    provider: str,
    networks: bool,
    batch: bool,
    model: Path | None,
    threads: int | None,
    seconds: float,
) -> None:
    """Time the runtime, and print it next to other ways of doing the same."""
    provider = provider_named(provider)
    require_provider(provider)
    parts = [name for name, chosen in (("networks", networks), ("batch", batch)) if chosen]
    if not parts:
        parts = ["runtime"] if provider == CPU else ["networks", "runtime"]
    report = bench(model, provider, threads, seconds, parts)
    print_report(report, Console())
    if json_path is not None:
        report.write(json_path)
        _log.info("wrote %s", json_path)
    if failed := [row for row in report.rows if row.key in MUST_HOLD and row.misses_target]:
        raise click.ClickException("; ".join(f"{row.title}: {row.note}" for row in failed))


def bench(
    model: Path | None,
    provider: str,
    threads: int | None,
    seconds: float,
    parts: Sequence[str] = ("runtime",),
) -> Report:
    """Take every figure of these parts.

    Args:
        model: timed instead of the usual one for its task; None for the usual ones alone.
        provider: execution provider of our figures; others run on the CPU.
        threads: for one run of a network; None lets the session decide.
        seconds: about how long each figure is measured.
        parts: of "runtime", "networks" and "batch".

    Returns:
        The figures; those that need torch or bpy are None where it is not installed.

    Raises:
        ContractError: the model's contract cannot be read.
        ModelError: a model cannot be loaded.
        ProviderError: the provider is not available.
    """
    machine = describe_machine()
    setting = BenchSetting(_choose(model, provider, threads), seconds)
    figures = [each for part in parts for each in _figures_of(part, setting)]
    extra: dict[str, Any] = {"provider": provider}
    for each in figures:
        extra |= each.extra
    return Report(
        take_rows(figures),
        [table for each in figures for table in each.batches()],
        {**extra, "threads": threads, "machine": machine},
    )


def _figures_of(part: str, setting: BenchSetting) -> list[Figures]:
    if part == "networks":
        return [measure_providers(setting.provider, setting.seconds), *_installed(setting)]
    if part == "batch":
        return [measure_batch(setting)]
    own = {name: measure(setting) for name, measure in offered_measures().items()}
    stopped = {name: each.cancel_s for name, each in own.items() if each.cancel_s is not None}
    return [*own.values(), measure_shared(setting, stopped)]


def _installed(setting: BenchSetting) -> list[Figures]:
    """The zip for GPUs, where one is asked for."""
    return [] if setting.provider == CPU else [measure_installed(setting.provider)]


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
