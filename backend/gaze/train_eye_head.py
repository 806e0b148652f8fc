"""Training of the eye–head network, in two steps: the published model first, then people.

1. *Teacher*: the network learns what the published eye–head model does, on any number of shifts.
2. *People*: it goes on with recordings, which teach it how gaze runs. On the head the teacher keeps
   its word: the heads of three or four people, learned from as well, made it overshoot and sway.
   Samples of the teacher lie in between, so that large shifts are not forgotten.

Both by back-propagation through time, truncated: a sample is cut into chunks, and the state at the
end of one is where the next begins.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from backend.training.checkpoint import fingerprint, write_file
from backend.training.options import setting
from backend.training.run import WEIGHTS, Run, RunConfig, begin, load_weights

from .eye_head_network import EyeHeadNetwork
from .eye_head_samples import Samples, gaze_alone, join, load_samples

HELD_OUT = ("NA05",)
"""People whom the shipped network has never seen: two recordings, 22 seconds."""
ABLATIONS: dict[str, dict[str, Any]] = {"no-people": {"people_updates": 0}}
_DEGREES = 180.0 / math.pi
_VALIDATE_PEOPLE_EVERY = 50


@dataclass(frozen=True)
class EyeHeadConfig(RunConfig):
    """Everything that decides a run: budget and rate are the first step's."""

    cell: Literal["gru", "lstm"] = setting("lstm", "Recurrent layer.")
    hidden: int = setting(48, "Units of a layer.", least=1)
    layers: int = setting(1, "One above the other.", least=1)
    learning_rate: float = 3e-3
    max_updates: int = 4000
    validate_every: int = 150
    samples_per_batch: int = setting(32, "Of the teacher in the first step.", least=1)
    people_updates: int = setting(400, "Length of the second step; 0 leaves it out.", least=0)
    people_rate: float = setting(2e-3, "Learning rate of the second step.", least=0)
    people_samples: int = setting(16, "Recorded samples in a batch of the second step.", least=1)
    rehearsed: int = setting(16, "The teacher's samples among them.", least=0)
    chunk_frames: int = setting(160, "Back-propagation reaches this far.", least=3)
    jitter_weight: float = setting(2.0, "On second differences of the head's offset.", least=0)
    held_out: tuple[str, ...] = setting(HELD_OUT, "A person left out of training.")


def train_eye_head(
    data: Path, folder: Path, config: EyeHeadConfig, *, cross_validate: bool = False
) -> EyeHeadNetwork:
    """Both steps; run again to resume.

    Args:
        data: what prepare_eye_head wrote.
        folder: the runs ``teacher`` and ``people``, and the weights to export.
        config: see there.
        cross_validate: afterwards hold out each person in turn as well, in runs fold_<person>.

    Returns:
        The network that is to be exported, in evaluation mode.
    """
    teacher = learn_from_teacher(config, data, folder / "teacher")
    network = teacher
    if config.people_updates:
        network = learn_from_people(config, teacher, data, folder / "people")
    save_network(folder, network, config)
    if cross_validate:
        for person in sorted(set(load_samples(data / "complete.npz").person)):
            fold = replace(config, held_out=(person,))
            learn_from_people(fold, teacher, data, folder / f"fold_{person}")
    return network


def learn_from_teacher(config: EyeHeadConfig, data: Path, folder: Path) -> EyeHeadNetwork:
    """The first step."""
    samples, check = (load_samples(data / f"teacher_{part}.npz") for part in ("train", "val"))
    device, rng = begin(config)
    network = build_network(config, samples).to(device)
    optimiser = torch.optim.Adam(network.parameters())
    facts = {"samples": len(samples), "samples_to_validate": len(check)}
    run = Run(config, folder, network, optimiser, rng, facts=facts)
    for _ in run.updates():
        loss = learn(run, samples.draw(config.samples_per_batch, rng), config)
        run.note(loss=loss)
        if run.validation_due:
            gaze, offset = validation_errors(run.kept, check)
            run.validated({"gaze_deg": gaze, "head_deg": offset})
    return load_network(folder)[0]


def learn_from_people(
    config: EyeHeadConfig, teacher: EyeHeadNetwork, data: Path, folder: Path
) -> EyeHeadNetwork:
    """The second step, with everyone but those held out; the teacher's network is copied.

    Validation measures those held out, nan without any: gaze and offset on complete heads, offset
    on static ones.
    """
    complete, static = (load_samples(data / f"{kind}.npz") for kind in ("complete", "static"))
    people = complete.of(sorted(set(complete.person) - set(config.held_out)))
    parts = [gaze_alone(people), load_samples(data / "teacher_train.npz")]
    counts = [config.people_samples, config.rehearsed]
    step = replace(
        config,
        learning_rate=config.people_rate,
        max_updates=config.people_updates,
        validate_every=_VALIDATE_PEOPLE_EVERY,
    )
    device, rng = begin(step)
    network = EyeHeadNetwork(config.cell, config.hidden, config.layers)
    network.load_state_dict(teacher.state_dict())
    network.to(device)
    optimiser = torch.optim.Adam(network.parameters())
    facts = {"begun_from": fingerprint(teacher.state_dict()), "samples": len(people)}
    run = Run(step, folder, network, optimiser, rng, facts=facts)
    for _ in run.updates():
        drawn = [part.draw(count, rng) for part, count in zip(parts, counts, strict=True)]
        loss = learn(run, join(drawn), config)
        run.note(loss=loss)
        if run.validation_due:
            gaze, added = validation_errors(run.kept, complete.of(config.held_out))
            _, head = validation_errors(run.kept, static.of(config.held_out))
            run.validated({"gaze_deg": gaze, "added_deg": added, "head_deg": head})
    return load_network(folder)[0]


def learn(run: Run, batch: Samples, config: EyeHeadConfig) -> Tensor:
    """One update: go through a batch chunk by chunk; the mean loss."""
    batch = batch.to(run.device)
    state = run.network.first_state(len(batch))
    losses = []
    for start in range(0, batch.features.shape[1], config.chunk_frames):
        chunk = batch.between(start, start + config.chunk_frames)
        with run.autocast():
            outputs, state = run.network(chunk.features, state.detach().float())
        outputs = outputs.float()
        jitter = _DEGREES * outputs[..., 2:].diff(n=2, dim=1).abs().mean()
        loss = sum(mean_errors(outputs, chunk), config.jitter_weight * jitter)
        run.step(loss)
        losses.append(loss.detach())
    return torch.stack(losses).mean()


def build_network(config: EyeHeadConfig, samples: Samples) -> EyeHeadNetwork:
    """A fresh network that scales its inputs by their spread in the samples."""
    network = EyeHeadNetwork(config.cell, config.hidden, config.layers)
    network.input_scale.copy_(1.0 / samples.features.flatten(0, 1).std(0).clamp_min(1e-3))
    return network


def mean_errors(outputs: Tensor, samples: Samples) -> tuple[Tensor, Tensor]:
    """Mean absolute error in degrees of gaze as the own head sees it, and of the head's offset.

    Args:
        outputs: (B, T, 4).
        samples: the same frames.
    """
    gaze = outputs[..., :2] + outputs[..., 2:]
    desired = samples.targets[..., :2] + samples.targets[..., 2:]
    wrong = (gaze - desired).abs(), (outputs - samples.targets)[..., 2:].abs()
    gaze_error, offset_error = (
        (each.mean(-1) * counts).sum() / counts.sum().clamp_min(1.0)
        for each, counts in zip(wrong, samples.valid.unbind(-1), strict=True)
    )
    return _DEGREES * gaze_error, _DEGREES * offset_error


@torch.no_grad()
def validation_errors(network: EyeHeadNetwork, samples: Samples) -> tuple[float, float]:
    """Errors of gaze and offset over whole samples; nan without any."""
    if not len(samples):
        return math.nan, math.nan
    samples = samples.to(network.input_scale.device)
    outputs, _ = network(samples.features, network.first_state(len(samples)))
    gaze, offset = mean_errors(outputs, samples)
    return gaze.item(), offset.item()


def save_network(folder: Path, network: EyeHeadNetwork, config: EyeHeadConfig) -> None:
    """Put the weights to export into a folder, and how they came about."""
    write_file(folder / WEIGHTS, {"weights": network.state_dict(), "config": asdict(config)})


def load_network(folder: Path) -> tuple[EyeHeadNetwork, EyeHeadConfig]:
    """The network of a run, or of both steps, in evaluation mode.

    Raises:
        InputError: there is none yet.
    """
    kept = load_weights(folder)
    config = EyeHeadConfig(**kept["config"])
    network = EyeHeadNetwork(config.cell, config.hidden, config.layers)
    network.load_state_dict(kept["weights"])
    return network.eval(), config
