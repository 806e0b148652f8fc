"""Every person predicted by a network and by baselines that never saw them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from blender_addon.core.conventions import Floats

from .baselines import BASELINES, fit_baselines
from .baselines import event_losses as baseline_losses
from .by_size import OURS, WHOLE, measure_sizes, shift_sizes_deg
from .conversation import Recording
from .train_behaviour import TrainingConfig, event_losses, train_behaviour

_log = logging.getLogger(__name__)
RUNS = Path(".build/runs/gaze/folds")
_VALIDATED = 2


def cross_validate(
    recordings: Sequence[Recording],
    folds: int,
    minutes: float = TrainingConfig.max_minutes,
    runs: Path = RUNS,
    config: TrainingConfig | None = None,
) -> dict[str, Any]:
    """Hold out everybody once, a share of people at a time.

    In every fold two of the others say when to stop, and choose the baselines' sizes; networks are
    trained, and resumed, in a folder for each fold.

    Args:
        recordings: all people.
        folds: how many times to train.
        minutes: time budget of each training.
        runs: folder of the networks.
        config: of the training; None takes what the shipped network was trained with.

    Returns:
        nll of ours and of every baseline over all events, the same of every person, and by size of
        shift as measure_sizes has it, over everybody and for every person.
    """
    order = np.random.default_rng(0).permutation(len(recordings))
    losses: dict[str, dict[str, Floats]] = {}
    for number, part in enumerate(np.array_split(order, folds)):
        rest = [recordings[n] for n in order if n not in part]
        held_out = [recordings[n] for n in part]
        _log.info("fold %d of %d: %s", number + 1, folds, ", ".join(r.name for r in held_out))
        validated, trained = rest[:_VALIDATED], rest[_VALIDATED:]
        how = replace(config or TrainingConfig(), max_minutes=minutes)
        network = train_behaviour(trained, validated, how, runs / f"{folds}_{number}")
        baselines = fit_baselines(trained, validated)
        for each in held_out:
            losses[each.name] = {
                OURS: event_losses(network, each),
                **{name: baseline_losses(fit, [each]) for name, (_, fit) in baselines.items()},
            }
    sizes = {each.name: shift_sizes_deg([each]) for each in recordings}
    names = sorted(losses)
    pooled = {
        system: np.concatenate([losses[name][system] for name in names])
        for system in (OURS, *BASELINES)
    }
    everybody = _means(pooled) | measure_sizes(np.concatenate([sizes[n] for n in names]), pooled)
    people = {n: _means(losses[n]) | measure_sizes(sizes[n], losses[n]) for n in names}
    return everybody | {"people": people}


def _means(losses: dict[str, Floats]) -> dict[str, Any]:
    """Mean losses of whole events, by the names of the report."""
    found: dict[str, Any] = {"fixations": len(losses[OURS])}
    for system, loss in losses.items():
        found["nll" if system == OURS else f"nll_{system}"] = float(loss[:, WHOLE].mean())
    return found
