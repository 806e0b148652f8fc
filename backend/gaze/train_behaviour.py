"""Training of the network of gaze behaviour: likelihood, back-propagated through stretches of time.

The recurrent state is carried from one stretch to the next, as in the scene, and cut off there
(Williams & Peng 1990). Thirteen people are few: the network is small, half of it is left out at
random, every playing of a recording is varied, and what is kept is a running mean of the weights
where people never trained on are predicted best.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.tensorboard import SummaryWriter

from blender_addon.core.errors import InputError

from .behaviour_data import Sequences, Streams, Variation, whole_recording
from .behaviour_network import GazeBehaviourNetwork, Shape, log_densities
from .conversation import Recording

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainingConfig:
    """Everything that decides a run.

    Args:
        shape: of the network.
        variation: of each playing of a recording.
        stretch: fixations through which is back-propagated.
        streams: people heard at a time.
        learning_rate: at its height, after 50 updates; falls by a cosine to a hundredth.
        weight_decay: of AdamW.
        averaging: decay of the running mean of the weights.
        max_minutes, max_updates: the budget over all resumed runs; what is spent first ends it.
        validate_every: updates between validations.
        patience: validations without progress before stopping early.
        seed: of everything random.
    """

    shape: Shape = field(default_factory=Shape)
    variation: Variation = field(default_factory=Variation)
    stretch: int = 64
    streams: int = 16
    learning_rate: float = 3e-3
    weight_decay: float = 0.1
    averaging: float = 0.99
    max_minutes: float = 60.0
    max_updates: int = 1600
    validate_every: int = 50
    patience: int = 16
    seed: int = 7


@dataclass
class Progress:
    """Where a run stands; kept in the checkpoint."""

    update: int = 0
    minutes: float = 0.0
    best: float = float("inf")
    stale: int = 0

    def share(self, config: TrainingConfig) -> float:
        """How much of the budget is spent, 0 … 1."""
        spent = max(self.minutes / config.max_minutes, self.update / config.max_updates)
        return min(spent, 1.0)


@dataclass
class _Run:
    """What is being trained."""

    network: GazeBehaviourNetwork
    averaged: AveragedModel
    optimiser: torch.optim.Optimizer
    progress: Progress


def sequence_loss(network: nn.Module, part: Sequences, state: Tensor) -> tuple[Tensor, Tensor]:
    """Mean negative log-likelihood of events and of whether a break follows, and the next state."""
    parameters, state = network(part.features, state)
    terms, odds = log_densities(parameters, part.events, part.with_pause)
    breaks = -functional.softplus(torch.where(part.breaks[..., None] > 0, -odds, odds))
    return -torch.logsumexp(terms + breaks, dim=-1).mean(), state


@torch.no_grad()
def event_losses(
    network: GazeBehaviourNetwork, recording: Recording, draws: int = 2
) -> np.ndarray[Any, Any]:
    """Negative log-likelihood (N,) of each event, given all before it.

    Args:
        network: in evaluation mode.
        recording: of a person; read from the beginning, the state carried through.
        draws: dequantisations averaged, always the same ones.
    """
    total = np.zeros(len(recording.roles))
    for seed in range(draws):
        part = whole_recording(recording, np.random.default_rng(seed))
        parameters, _ = network(part.features, torch.zeros(1, network.shape.state_size))
        terms, _ = log_densities(parameters, part.events, part.with_pause)
        total -= torch.logsumexp(terms, dim=-1)[0].double().numpy() / draws
    return total


def mean_loss(network: GazeBehaviourNetwork, recordings: Sequence[Recording]) -> float:
    """Mean over all events of all recordings."""
    return float(np.concatenate([event_losses(network, each) for each in recordings]).mean())


def train_behaviour(
    recordings: Sequence[Recording],
    held_out: Sequence[Recording],
    config: TrainingConfig,
    folder: Path,
) -> GazeBehaviourNetwork:
    """Train until the time is spent or validation stands still; resumes from ``folder``.

    Args:
        recordings, held_out: people to train on and to validate with.
        config: see there.
        folder: checkpoint.pt (latest), best.pt and TensorBoard curves go here.

    Returns:
        The averaged network that validated best.

    Raises:
        InputError: nobody is left to train on or to validate with.
    """
    long = [each for each in recordings if len(each.roles) >= config.stretch]
    if not long or not held_out:
        raise InputError(
            f"training needs people of at least {config.stretch} fixations and others to validate "
            f"with; found {len(long)} and {len(held_out)}; prepare more recordings"
        )
    run = _start(config, folder)
    rng = np.random.default_rng([config.seed, run.progress.update])
    torch.manual_seed(config.seed + run.progress.update)
    streams = Streams(long, config.streams, config.variation, rng)
    state = torch.zeros(config.streams, config.shape.state_size)
    with SummaryWriter(str(folder / "curves")) as curves:
        while run.progress.share(config) < 1.0 and run.progress.stale < config.patience:
            state = _run_until_validation(run, streams, state, config, curves)
            _validate(run, held_out, config, folder, curves)
            _save(folder / "checkpoint.pt", run, config)
    return load_network(folder)


def load_network(folder: Path) -> GazeBehaviourNetwork:
    """The best network of a run, calibrated if it was since, in evaluation mode.

    Raises:
        InputError: the run has none.
    """
    path = folder / "best.pt"
    if not path.exists():
        raise InputError(f"{folder} holds no best.pt; run 'backend train gaze' first")
    kept = torch.load(path, weights_only=True)
    network = GazeBehaviourNetwork(Shape(**kept["config"]["shape"]))
    network.load_state_dict(kept["network"])
    return network.eval()


def _start(config: TrainingConfig, folder: Path) -> _Run:
    """A fresh run, or where the one in the folder stood."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(config.seed)
    network = GazeBehaviourNetwork(config.shape)
    averaged = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(config.averaging))
    optimiser = torch.optim.AdamW(
        network.parameters(), config.learning_rate, (0.9, 0.99), weight_decay=config.weight_decay
    )
    run = _Run(network, averaged, optimiser, Progress())
    path = folder / "checkpoint.pt"
    if path.exists():
        kept = torch.load(path, weights_only=True)
        if kept["config"]["shape"] != asdict(config.shape):
            raise InputError(
                f"{folder} holds a network of shape {kept['config']['shape']}, wanted is "
                f"{asdict(config.shape)}; choose another folder with --run"
            )
        network.load_state_dict(kept["network"])
        averaged.load_state_dict(kept["averaged"])
        optimiser.load_state_dict(kept["optimiser"])
        run.progress = Progress(**kept["progress"])
        _log.info("resuming %s at update %d", folder, run.progress.update)
    return run


def _run_until_validation(
    run: _Run, streams: Streams, state: Tensor, config: TrainingConfig, curves: SummaryWriter
) -> Tensor:
    run.network.train()
    progress = run.progress
    started, spent = time.monotonic(), progress.minutes
    for _ in range(config.validate_every):
        rate = 0.01 + 0.495 * (1 + math.cos(math.pi * progress.share(config)))
        for group in run.optimiser.param_groups:
            group["lr"] = config.learning_rate * rate * min(1.0, (progress.update + 1) / 50)
        part, kept = streams.read(config.stretch)
        loss, state = sequence_loss(run.network, part, state.detach() * kept[:, None])
        run.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(run.network.parameters(), 1.0)
        run.optimiser.step()
        run.averaged.update_parameters(run.network)
        progress.update += 1
        progress.minutes = spent + (time.monotonic() - started) / 60
        if progress.update % 10 == 0:
            curves.add_scalar("loss/train", loss.item(), progress.update)
        if progress.share(config) >= 1.0:
            break
    return state


def _validate(
    run: _Run,
    held_out: Sequence[Recording],
    config: TrainingConfig,
    folder: Path,
    curves: SummaryWriter,
) -> None:
    progress, network = run.progress, run.averaged.module.eval()
    value = mean_loss(network, held_out)
    progress.stale = progress.stale + 1 if value >= progress.best else 0
    if value < progress.best:
        progress.best = value
        _write(folder / "best.pt", {"network": network.state_dict(), "config": asdict(config)})
    curves.add_scalar("loss/validation", value, progress.update)
    _log.info(
        "update %d, %.1f min: validation %.4f (best %.4f)",
        progress.update, progress.minutes, value, progress.best,
    )  # fmt: skip


def _save(path: Path, run: _Run, config: TrainingConfig) -> None:
    _write(
        path,
        {
            "network": run.network.state_dict(),
            "averaged": run.averaged.state_dict(),
            "optimiser": run.optimiser.state_dict(),
            "config": asdict(config),
            "progress": asdict(run.progress),
        },
    )


def _write(path: Path, content: dict[str, object]) -> None:
    partial = path.with_suffix(".partial")
    torch.save(content, partial)
    partial.replace(path)


def save_network(folder: Path, network: GazeBehaviourNetwork) -> None:
    """Put a network in the place of the run's best one."""
    kept = torch.load(folder / "best.pt", weights_only=True)
    _write(folder / "best.pt", kept | {"network": network.state_dict()})


def with_shape(config: TrainingConfig, **sizes: Any) -> TrainingConfig:
    """The same run of a network of other sizes."""
    return replace(config, shape=replace(config.shape, **sizes))
