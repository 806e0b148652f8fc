"""``python -m backend evaluate editing``: every edit against its baselines, on held-out motion."""

from __future__ import annotations

import json
import logging
import time
from pathlib import Path
from typing import Any, Final

import click

from .data import load_recordings
from .evaluation import PARTS, PARTS_OF, Evaluation, measures
from .prepare import PREPARED
from .report import DEFINITIONS, print_results

MODELS: Final = Path(__file__).resolve().parents[2] / "onnx_models"

_log = logging.getLogger(__name__)


@click.command()
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write measures.")
@click.option("--part", "parts", type=click.Choice(list(PARTS)), multiple=True, help="Only this.")
@click.option("--model", type=click.Choice(list(PARTS_OF)), help="Only what this network does.")
@click.option(
    "--models",
    type=click.Path(path_type=Path, file_okay=False),
    default=MODELS,
    show_default=True,
    help="Folder of the networks.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=PREPARED,
    show_default=True,
    help="What prepare wrote.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
def command(
    json_path: Path | None,
    parts: tuple[str, ...],
    model: str | None,
    models: Path,
    data: Path,
    seed: int,
) -> None:
    """Measure every edit of motion, and the baselines beside it."""
    recordings = load_recordings(data)
    train, val = (tuple(r for r in recordings if r.split == split) for split in ("train", "val"))
    parts += PARTS_OF[model] if model else ()
    results = evaluate(Evaluation(models, train, val, seed), parts)
    print_results(results)
    if json_path is not None:
        json_path.parent.mkdir(parents=True, exist_ok=True)
        json_path.write_text(json.dumps(results, indent=1, allow_nan=False) + "\n", "utf-8")


def evaluate(evaluation: Evaluation, parts: tuple[str, ...] = ()) -> dict[str, Any]:
    """Measure the parts, one after the other.

    Args:
        evaluation: what is judged.
        parts: of which one is desired; empty for all.
    """
    results: dict[str, Any] = {}
    started = time.perf_counter()
    for key, measure in measures(parts):
        _log.info("measuring %s", key)
        results[key] = measure(evaluation)
        _log.info("%s took %.1f s", key, time.perf_counter() - started)
    return results | {"definitions": DEFINITIONS}
