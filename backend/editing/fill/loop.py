"""The training loop of the filler."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import numpy as np
import torch
from torch import Tensor, nn

from backend.mocap.recordings import Recording
from backend.training.checkpoint import load_module
from backend.training.options import setting
from backend.training.run import Run, RunConfig, begin, load_weights
from blender_addon.core.conventions import Floats
from blender_addon.core.editing.fill.cubic import fill_cubic, fill_slerp
from blender_addon.core.editing.fill.features import add_difference, prepare_windows

from .losses import (
    TERMS,
    Batch,
    Expected,
    LossWeights,
    jerk_gap,
    make_batch,
    measure_expected,
    pose,
    terms_of,
)
from .network import VARIATION, Filler, FillerShape
from .samples import Sampler, build_corpus
from .validation import AFTERS, GAPS, GapWindows, cut_windows, joint_errors

_MEASURED_BATCHES: Final = 300
_STEP: Final = 40
_HALF_METRE: Final = 1e-6

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FillerConfig(RunConfig):
    """What decides a run of the filler."""

    shape: FillerShape = field(default_factory=FillerShape)
    weights: LossWeights = field(default_factory=LossWeights)
    threads: int = setting(1, "Of the CPU.", least=1, may_change=True)
    precision: Literal["fp32", "bf16"] = setting("bf16", "Of products; losses stay in float32.")
    learning_rate: float = setting(1.5e-3, "At its height.", least=0)
    warm_up: int = setting(300, "Updates until the learning rate is at its height.", least=0)
    averaging: float = setting(0.999, "Decay of the weights' moving average.", least=0, most=1)
    decay: float = setting(0.01, "Weight decay.", least=0)
    frames: int = setting(2000, "Frames in a batch, about.", least=100)
    varied: float = setting(0.15, "Share of updates that teach variants.", least=0, most=1)
    begin_with: str = setting("", "Folder of a run whose weights to begin with.")
    max_updates: int = setting(100_000, "Budget.", least=0, may_change=True)
    validate_every: int = setting(1000, "Updates between validations.", least=1)


def train(recordings: Sequence[Recording], folder: Path, config: FillerConfig) -> None:
    """Train, or go on with, the filler.

    Args:
        recordings: of both splits.
        folder: of the run.
        config: what decides it.
    """
    device, rng = begin(config)
    corpus = build_corpus([each for each in recordings if each.split == "train"])
    held_out = [each for each in recordings if each.split == "val"]
    judged = [cut_windows(held_out, gap, after, _STEP) for gap in GAPS for after in AFTERS]
    sampler = Sampler(corpus, rng)
    # What is expected of the cubic is measured anew by every start, from windows of its own.
    own = Sampler(corpus, np.random.default_rng(config.seed))
    first = [make_batch(own.draw(config.frames)) for _ in range(_MEASURED_BATCHES)]
    expected = measure_expected(first, len(corpus.names))
    network = Filler(*_spread(first), config.shape).to(device)
    if config.begin_with:
        load_module(
            network, load_weights(Path(config.begin_with))["weights"], Path(config.begin_with)
        )
    optimiser = torch.optim.AdamW(
        network.parameters(), weight_decay=config.decay, betas=(0.9, 0.99)
    )
    del first
    run = Run(config, folder, network, optimiser, rng, facts=_facts(corpus.names, recordings))
    for _ in run.updates():
        batch = make_batch(sampler.draw(config.frames))
        loss, noted = _loss(run, network, batch, expected, config)
        run.step(loss)
        run.note(loss=loss, **noted)
        if run.validation_due:
            run.validated(validate(run.kept, judged))


def _facts(labels: Sequence[str], recordings: Sequence[Recording]) -> dict[str, list[str]]:
    folders = sorted({each.folder for each in recordings if each.split == "train"})
    return {"labels": list(labels), "folders": folders}


def _loss(
    run: Run, network: nn.Module, batch: Batch, expected: Expected, config: FillerConfig
) -> tuple[Tensor, dict[str, Tensor]]:
    scales = expected.of(batch)
    if run.rng.uniform() < config.varied:
        return _loss_of_variants(run, network, batch, scales, config), {}
    with run.autocast():
        difference = network(batch.features, torch.zeros(len(batch.features), VARIATION))
    places, turns = pose(batch, difference)
    terms = terms_of(batch, places, turns)
    relative = {name: (terms[name] / scales[name]).mean() for name in TERMS}
    jerk = jerk_gap(batch, places).mean()
    loss = config.weights.jerk * jerk
    for name in TERMS:
        loss = loss + getattr(config.weights, name) * relative[name]
    return loss, {**relative, "jerk": jerk}


def _loss_of_variants(
    run: Run, network: nn.Module, batch: Batch, scales: dict[str, Tensor], config: FillerConfig
) -> Tensor:
    """Two variants of half the windows: near the truth, and as far apart as they are from it.

    Source: the energy score of Gneiting and Raftery 2007, section 4.3, of poses and of velocities.
    """
    half = max(len(batch.features) // 2, 1)
    batch = _first(batch, half)
    twice = torch.cat((batch.features, batch.features))
    with run.autocast():
        difference = network(twice, torch.randn(2 * half, VARIATION))
    (one, one_turns), (other, other_turns) = (
        pose(batch, each) for each in (difference[:half], difference[half:])
    )
    loss = torch.zeros(())
    weights = config.weights
    for name, weight in (("places", weights.places), ("speeds", weights.speeds)):
        kept = batch.judged if name == "places" else batch.judged[:, 1:]
        made, also, true = (
            each if name == "places" else each[:, 1:] - each[:, :-1]
            for each in (one, other, batch.true_places)
        )
        score = 0.5 * (_far(made, true) + _far(also, true)) - 0.5 * _far(made, also)
        mean = (score * kept).sum(1) / kept.sum(1).clamp(min=1.0)
        loss = loss + weight * (mean / scales[name][:half]).mean()
    for places, turns in ((one, one_turns), (other, other_turns)):
        feet = terms_of(batch, places, turns)["feet"] / scales["feet"][:half]
        jerk = jerk_gap(batch, places)
        loss = loss + 0.5 * (weights.feet * feet + weights.jerk * jerk).mean()
    return loss


def _far(a: Tensor, b: Tensor) -> Tensor:
    """(B, T) root mean square distance of poses, in metres."""
    return torch.sqrt((a - b).square().sum(-1).mean(-1) + _HALF_METRE)


def _first(batch: Batch, count: int) -> Batch:
    return Batch(*(getattr(batch, name)[:count] for name in Batch.__dataclass_fields__))


def _spread(batches: Sequence[Batch]) -> tuple[Floats, Floats]:
    """Mean and spread (F,) of features over the frames inside; a constant one is left alone."""
    rows = np.concatenate([batch.features.numpy()[batch.features.numpy()[..., -1] > 0]
                           for batch in batches[:100]])  # fmt: skip
    mean, spread = rows.mean(0), rows.std(0)
    return np.where(spread > 1e-3, mean, 0.0), np.where(spread > 1e-3, spread, 1.0)


def validate(network: nn.Module, judged: Sequence[GapWindows]) -> dict[str, float]:
    """Joint error over the better of cubic and SLERP: all, walking, the worst label, by gap."""
    measures: dict[str, float] = {}
    for windows in judged:
        ours = joint_errors(windows, fill_by(network, windows))
        args = (windows.root_positions, windows.rotations_wxyz, windows.known)
        others = [joint_errors(windows, fill(*args)) for fill in (fill_cubic, fill_slerp)]
        name = f"{windows.gap}_{windows.after}"
        measures[f"cm_{name}"] = float(ours.mean())
        measures[f"all_{name}"] = _ratio(ours, others)
        labels = np.array(windows.labels)
        ratios = {
            label: _ratio(ours[labels == label], [each[labels == label] for each in others])
            for label in sorted(set(windows.labels))
        }
        measures[f"walk_{name}"] = ratios.get("walk", 1.0)
        worst = max(ratios, key=lambda label: ratios[label])
        measures[f"worst_{name}"] = ratios[worst]
        _log.info("%s: %s", name, {label: round(ratio, 2) for label, ratio in ratios.items()})
    return measures


def _ratio(ours: Floats, others: Sequence[Floats]) -> float:
    return float(ours.mean() / min(each.mean() for each in others))


def fill_by(network: nn.Module, windows: GapWindows) -> tuple[Floats, Floats]:
    """Windows filled by a network in torch."""
    inside = np.ones(windows.root_positions.shape[:2], bool)
    prepared = prepare_windows(
        windows.root_positions, windows.rotations_wxyz, windows.known, inside
    )
    answers = []
    with torch.inference_mode():
        for part in torch.from_numpy(prepared.features).split(64):
            answers.append(network(part, torch.zeros(len(part), VARIATION)))
    return add_difference(prepared, torch.cat(answers).numpy())
