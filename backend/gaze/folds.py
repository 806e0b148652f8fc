"""Every person predicted by a network and by baselines that never saw them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from .baselines import fit_baselines, mean_loss
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
        nll, nll_gmm, nll_markov, nll_markov_mixture over all events, and the same of every person.
    """
    order = np.random.default_rng(0).permutation(len(recordings))
    people: dict[str, dict[str, float]] = {}
    for number, part in enumerate(np.array_split(order, folds)):
        rest = [recordings[n] for n in order if n not in part]
        held_out = [recordings[n] for n in part]
        _log.info("fold %d of %d: %s", number + 1, folds, ", ".join(r.name for r in held_out))
        validated, trained = rest[:_VALIDATED], rest[_VALIDATED:]
        how = replace(config or TrainingConfig(), max_minutes=minutes)
        network = train_behaviour(trained, validated, how, runs / f"{folds}_{number}")
        baselines = fit_baselines(trained, validated)
        for each in held_out:
            people[each.name] = {
                "fixations": len(each.roles),
                "nll": float(event_losses(network, each).mean()),
                **{f"nll_{name}": mean_loss(fit, [each]) for name, (_, fit) in baselines.items()},
            }
    return _pool(people) | {"people": dict(sorted(people.items()))}


def _pool(people: dict[str, dict[str, float]]) -> dict[str, float]:
    """Means over all events."""
    weights = [person["fixations"] for person in people.values()]
    names = [name for name in next(iter(people.values())) if name.startswith("nll")]
    return {
        name: float(np.average([person[name] for person in people.values()], weights=weights))
        for name in names
    }
