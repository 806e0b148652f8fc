"""Training of the network of gaze behaviour: likelihood, back-propagated through stretches of time.

The recurrent state is carried from one stretch to the next, as in the scene, and cut off there
(Williams & Peng 1990). Thirteen people are few: the network is small, half of it is left out at
random, every playing of a recording is varied, and what is kept is a running mean of the weights
where people never trained on are predicted best.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from backend.training.checkpoint import read_file, write_file
from backend.training.options import setting
from backend.training.run import WEIGHTS, Run, RunConfig, begin
from blender_addon.core.errors import InputError

from .behaviour_data import NO_VARIATION, Sequences, Streams, Variation, whole_recording
from .behaviour_network import (
    FAR_RAD,
    PARTS,
    GazeBehaviourNetwork,
    Shape,
    log_chance_far,
    log_densities,
)
from .conversation import Recording
from .generation import losses_under

CALIBRATED = "calibrated.pt"
ABLATIONS: dict[str, dict[str, Any]] = {"no-variation": {"variation": NO_VARIATION}}


@dataclass(frozen=True)
class TrainingConfig(RunConfig):
    """Everything that decides a run."""

    shape: Shape = field(default_factory=Shape)
    variation: Variation = field(default_factory=Variation)
    stretch: int = setting(64, "Fixations through which is back-propagated.", least=2)
    streams: int = setting(16, "People heard at a time.", least=1)
    weight_decay: float = setting(0.1, "Of AdamW.", least=0)
    far: float = setting(
        0.5, "What shifts of 5 degrees and more count besides, as if there were no others.", least=0
    )
    learning_rate: float = 3e-3
    final_rate: float = 0.01
    warm_up: int = 50
    averaging: float = 0.99
    max_updates: int = 1600
    validate_every: int = 50
    patience: int = 16


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
        folder: of the run.

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
    device, rng = begin(config)
    network = GazeBehaviourNetwork(config.shape).to(device)
    streams = Streams(long, config.streams, config.variation, rng, config.shape.state_size, device)
    optimiser = torch.optim.AdamW(
        network.parameters(), betas=(0.9, 0.99), weight_decay=config.weight_decay
    )
    facts = {"people": _names(long), "validated_with": _names(held_out)}
    run = Run(config, folder, network, optimiser, rng, {"streams": streams}, facts)
    for _ in run.updates():
        part, state = streams.read(config.stretch)
        with run.autocast():
            parameters, state = network(part.features, state)
        streams.carry(state)
        loss = sequence_loss(parameters.float(), part, config.far)
        run.step(loss)
        run.note(loss=loss)
        if run.validation_due:
            run.validated({"loss": mean_loss(run.kept, held_out)}, chosen_by="loss")
    return load_network(folder)


def _names(people: Sequence[Recording]) -> dict[str, str]:
    return {each.name: each.sha256 for each in people}


def sequence_loss(parameters: Tensor, part: Sequences, far: float = 0.0) -> Tensor:
    """Mean negative log-likelihood of events and of whether a break follows.

    Args:
        parameters: (B, T, M) mixtures.
        part: what came.
        far: weight of a second likelihood, that of shifts of 5 degrees and more among all such
            shifts. It draws the network's effort to what a viewer sees and, as a likelihood of its
            own, does not make such shifts any likelier than they are.
    """
    terms, odds = log_densities(parameters, part.events, part.with_pause)
    breaks = -functional.softplus(torch.where(part.breaks[..., None] > 0, -odds, odds))
    found = torch.logsumexp(terms + breaks, dim=-1)
    if not far:
        return -found.mean()
    latest = part.features[..., PARTS["past_directions_rad"]][..., :2]
    went = (part.events[..., :2] - latest).norm(dim=-1) >= FAR_RAD
    among_far = (found - log_chance_far(parameters, latest)) * went
    return -found.mean() - far * among_far.mean()


@torch.no_grad()
def event_losses(
    network: GazeBehaviourNetwork, recording: Recording, draws: int = 2
) -> np.ndarray[Any, Any]:
    """Negative log-likelihoods (N, 2) of each event, given all before it, and of its direction.

    Args:
        network: in evaluation mode.
        recording: of a person; read from the beginning, the state carried through.
        draws: dequantisations averaged, always the same ones.
    """
    device = network.attachment.device
    total = np.zeros((len(recording.roles), 2))
    for seed in range(draws):
        part = whole_recording(recording, np.random.default_rng(seed)).to(device)
        state = torch.zeros(1, network.shape.state_size, device=device)
        parameters, _ = network(part.features, state)
        mixtures, events = parameters[0].cpu().numpy(), part.events[0].cpu().numpy()
        total += losses_under(mixtures, events, recording) / draws
    return total


def mean_loss(network: GazeBehaviourNetwork, recordings: Sequence[Recording]) -> float:
    """Mean over all events of all recordings."""
    losses = [event_losses(network, each) for each in recordings]
    return float(np.concatenate(losses)[:, 0].mean())


def load_network(folder: Path, name: str = WEIGHTS) -> GazeBehaviourNetwork:
    """The best network of a run in evaluation mode; with CALIBRATED, as it is to be exported.

    Raises:
        InputError: the run has none.
    """
    kept = read_file(folder / name)
    network = GazeBehaviourNetwork(Shape(**kept["config"]["shape"]))
    network.load_state_dict(kept["weights"])
    return network.eval()


def save_calibrated(folder: Path, network: GazeBehaviourNetwork) -> None:
    """Put the network as calibrated beside the run's best one."""
    kept = read_file(folder / WEIGHTS)
    write_file(folder / CALIBRATED, {**kept, "weights": network.state_dict()})
