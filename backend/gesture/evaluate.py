"""``python -m backend evaluate gesture``: the comparison of networks, the dance, and the talk."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from blender_addon.core.errors import InputError

from .networks import DANCE, LSTM, PRIOR
from .report import DEFINITIONS, print_results

ROOT: Final = Path(__file__).resolve().parents[2]
DATA: Final = ROOT.parent / "shared" / "data"
MODELS: Final = ROOT / "onnx_models"
CHOICES: Final = (LSTM, DANCE, PRIOR)

_log = logging.getLogger(__name__)


@click.command()
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write measures.")
@click.option(
    "--model", "task", type=click.Choice(CHOICES), help="Only this: all three are the usual."
)
@click.option(
    "--models",
    type=click.Path(path_type=Path, file_okay=False),
    default=MODELS,
    show_default=True,
    help="Folder of the networks.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=DATA,
    show_default=True,
    help="Recordings: mocap and gesture/dance_beats are in it.",
)
def command(json_path: Path | None, task: str | None, models: Path, data: Path) -> None:
    """Measure gestures: the comparison of feature sets, dancing and talking."""
    if not data.is_dir():
        raise InputError(f"there is no folder {data}; give that of the recordings with --data")
    started = time.perf_counter()
    results: dict[str, Any] = {}
    for name, (key, measure) in _parts().items():
        if task in (None, name):
            _log.info("measuring %s", key)
            results[key] = measure(models, data)
    results |= {"definitions": DEFINITIONS, "seconds": round(time.perf_counter() - started, 1)}
    print_results(results)
    if json_path is not None:
        json_path.parent.mkdir(parents=True, exist_ok=True)
        json_path.write_text(json.dumps(results, indent=1, allow_nan=False) + "\n", "utf-8")


def _parts() -> dict[str, tuple[str, Callable[[Path, Path], dict[str, Any]]]]:
    """By model: its key in the result, and what measures it, each imported when it is its turn."""
    return {
        LSTM: ("lstm", _measure_lstm),
        DANCE: ("dance", _measure_dance),
        PRIOR: ("talk", _measure_talk),
    }


def _measure_lstm(models: Path, data: Path) -> dict[str, Any]:
    from .lstm.evaluate import evaluate_lstm

    return evaluate_lstm(models, data)


def _measure_dance(models: Path, data: Path) -> dict[str, Any]:
    from .dance.evaluate import evaluate_dance

    return evaluate_dance(models, data)


def _measure_talk(models: Path, data: Path) -> dict[str, Any]:
    from .talk.evaluate import evaluate_talk

    return evaluate_talk(models, data)
