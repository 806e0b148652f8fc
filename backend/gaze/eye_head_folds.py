"""Cross-validation of the eye–head network: every person held out once.

``python -m backend.gaze.eye_head_folds`` measures what ``train gaze --model gaze_eye_head
--cross-validate`` trained.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch

from blender_addon.core.conventions import Floats

from .evaluate_eye_head import measure
from .eye_head_data import Sample, find_eyehead, read_recordings
from .eye_head_network import EyeHeadNetwork
from .eye_head_systems import System, decoded
from .train_eye_head import load_network

_log = logging.getLogger(__name__)


def torch_network(network: EyeHeadNetwork) -> Callable[[float], System]:
    """A network that is not exported, as a system by head share."""

    def make(head_share: float) -> System:
        def run(sample: Sample) -> tuple[Floats, Floats]:
            features = torch.from_numpy(sample.features())[None]
            with torch.inference_mode():
                outputs, _ = network(features, network.first_state(1))
            return decoded(outputs[0].double().numpy(), sample, head_share)

        return run

    return make


def measure_folds(run: Path, data: Path) -> dict[str, Any]:
    """Measures of every fold, and their means weighted by length.

    Args:
        run: folder with the runs fold_<person>.
        data: as for evaluate_eye_head.
    """
    recordings = read_recordings(find_eyehead(data))
    results: dict[str, Any] = {}
    for path in sorted(run.glob("fold_*")):
        network, config = load_network(path)
        unseen = [one for one in recordings if one.person in config.held_out]
        fitted = [one for one in recordings if one.person not in config.held_out]
        _log.info("holding out %s", config.held_out)
        results[config.held_out[0]] = measure(unseen, fitted, torch_network(network))
    return {"mean": _mean(list(results.values()))} | results


def _mean(folds: list[dict[str, Any]]) -> dict[str, Any]:
    """Means of the numbers in dictionaries alike; ratios are taken anew from the means."""
    weights = np.array([fold["seconds_valid"] for fold in folds])

    def mean(parts: list[dict[str, Any]]) -> dict[str, Any]:
        means: dict[str, Any] = {}
        for name, value in parts[0].items():
            if isinstance(value, dict) and name != "definitions":
                means[name] = mean([part[name] for part in parts])
            elif isinstance(value, float) and name != "seconds_valid":
                numbers = [part[name] for part in parts]
                means[name] = round(float(np.average(numbers, weights=weights)), 4)
        for start in ("", "head_"):
            if f"{start}ratio" in means:
                better = min(means[f"{start}mae_{other}_deg"] for other in ("rule", "linear"))
                means[f"{start}ratio"] = round(means[f"{start}mae_deg"] / better, 3)
        return means

    return mean(folds)


@click.command()
@click.option("--run", type=click.Path(path_type=Path), default=Path(".build/runs/gaze/eye_head"))
@click.option("--data", type=click.Path(path_type=Path), default=Path("../shared/data"))
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write measures.")
def command(run: Path, data: Path, json_path: Path | None) -> None:
    """Measure every fold of a training run of the eye–head network."""
    results = measure_folds(run, data)
    text = json.dumps(results, indent=1)
    click.echo(text)
    if json_path is not None:
        json_path.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    command()
