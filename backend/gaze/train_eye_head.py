"""Training of the eye–head network, in two steps: the published model first, then people.

1. *Teacher*: the network learns what the published eye–head model does, on any number of shifts.
2. *People*: it goes on with recordings, which teach it how gaze runs. On the head the teacher keeps
   its word: the heads of three or four people, learned from as well, made it overshoot and sway.
   Lessons of the teacher lie in between, so that large shifts are not forgotten.

Both by back-propagation through time, truncated: a lesson is cut into chunks, and the state at the
end of one is where the next begins.
"""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.tensorboard import SummaryWriter

from .eye_head_network import EyeHeadNetwork
from .eye_head_samples import Lessons, gaze_alone, join, load_lessons

_log = logging.getLogger(__name__)

HELD_OUT = ("NA05",)
"""People whom the shipped network has never seen: two recordings, 22 seconds."""
_DEGREES = 180.0 / math.pi


@dataclass(frozen=True)
class EyeHeadConfig:
    """Everything that decides a run.

    Args:
        cell: gru or lstm.
        hidden, layers: size of the network.
        learning_rate, people_rate: at the start of each step; fall by a cosine to a fiftieth.
        lessons_per_batch: of the teacher in the first step.
        people_lessons, rehearsed: recorded and teacher's lessons in a batch of the second step.
        chunk_frames: back-propagation reaches this far.
        teacher_updates, people_updates: length of each step; 0 people leaves the second out.
        max_minutes: of the first step, over all resumed runs; the second takes a minute or two.
        jitter_weight: on second differences of the head's offset.
        validate_every: updates between validations.
        seed: of everything random.
        held_out: people left out of training.
    """

    cell: str = "lstm"
    hidden: int = 48
    layers: int = 1
    learning_rate: float = 3e-3
    people_rate: float = 2e-3
    lessons_per_batch: int = 32
    people_lessons: int = 16
    rehearsed: int = 16
    chunk_frames: int = 160
    teacher_updates: int = 4000
    people_updates: int = 400
    max_minutes: float = 60.0
    jitter_weight: float = 2.0
    validate_every: int = 150
    seed: int = 7
    held_out: tuple[str, ...] = HELD_OUT


def build_network(config: EyeHeadConfig, lessons: Lessons) -> EyeHeadNetwork:
    """A fresh network that scales its inputs by their spread in the lessons."""
    torch.manual_seed(config.seed)
    network = EyeHeadNetwork(config.cell, config.hidden, config.layers)
    network.input_scale.copy_(1.0 / lessons.features.flatten(0, 1).std(0).clamp_min(1e-3))
    return network


def mean_errors(outputs: Tensor, lessons: Lessons) -> tuple[Tensor, Tensor]:
    """Mean absolute error in degrees of gaze as the own head sees it, and of the head's offset.

    Args:
        outputs: (B, T, 4).
        lessons: the same frames.
    """
    gaze = outputs[..., :2] + outputs[..., 2:]
    wanted = lessons.targets[..., :2] + lessons.targets[..., 2:]
    wrong = (gaze - wanted).abs(), (outputs - lessons.targets)[..., 2:].abs()
    gaze_error, offset_error = (
        (each.mean(-1) * counts).sum() / counts.sum().clamp_min(1.0)
        for each, counts in zip(wrong, lessons.valid.unbind(-1), strict=True)
    )
    return _DEGREES * gaze_error, _DEGREES * offset_error


@dataclass
class Progress:
    """Where the first step stands; kept in its checkpoint."""

    update: int = 0
    minutes: float = 0.0

    def share(self, config: EyeHeadConfig) -> float:
        """How much of the budget is spent, 0 … 1."""
        spent = max(self.minutes / config.max_minutes, self.update / config.teacher_updates)
        return min(spent, 1.0)


class Trainer:
    """A network, its optimiser and where they stand; one step of training after the other."""

    def __init__(self, config: EyeHeadConfig, network: EyeHeadNetwork) -> None:
        self.config, self.network = config, network
        self.optimiser = torch.optim.Adam(network.parameters(), lr=config.learning_rate)

    def update(self, batch: Lessons, rate: float) -> float:
        """Go through a batch chunk by chunk; the mean loss."""
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        state = self.network.first_state(len(batch))
        losses = []
        for start in range(0, batch.features.shape[1], self.config.chunk_frames):
            span = slice(start, start + self.config.chunk_frames)
            chunk = Lessons(
                batch.features[:, span], batch.targets[:, span], batch.valid[:, span], batch.person
            )
            outputs, state = self.network(chunk.features, state.detach())
            jitter = _DEGREES * outputs[..., 2:].diff(n=2, dim=1).abs().mean()
            loss = sum(mean_errors(outputs, chunk), self.config.jitter_weight * jitter)
            self.optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
            self.optimiser.step()
            losses.append(loss.item())
        return float(np.mean(losses))


@torch.no_grad()
def validation_errors(network: EyeHeadNetwork, lessons: Lessons) -> tuple[float, float]:
    """Errors of gaze and offset over whole lessons; nan without any."""
    if not len(lessons):
        return math.nan, math.nan
    outputs, _ = network(lessons.features, network.first_state(len(lessons)))
    gaze, offset = mean_errors(outputs, lessons)
    return gaze.item(), offset.item()


def _rate(start: float, share: float) -> float:
    return start * (0.02 + 0.49 * (1.0 + math.cos(math.pi * share)))


def learn_from_teacher(
    config: EyeHeadConfig, data: Path, folder: Path, curves: SummaryWriter
) -> EyeHeadNetwork:
    """The first step; goes on from ``folder``/teacher.pt."""
    lessons, check = (load_lessons(data / f"teacher_{part}.npz") for part in ("train", "val"))
    trainer = Trainer(config, build_network(config, lessons))
    path = folder / "teacher.pt"
    progress = _resume(path, trainer)
    rng = np.random.default_rng([config.seed, progress.update])
    while (share := progress.share(config)) < 1.0:
        started = time.monotonic()
        loss = trainer.update(
            lessons.draw(config.lessons_per_batch, rng), _rate(config.learning_rate, share)
        )
        progress.update += 1
        progress.minutes += (time.monotonic() - started) / 60.0
        if progress.update % config.validate_every == 0 or progress.share(config) >= 1.0:
            gaze, offset = validation_errors(trainer.network, check)
            curves.add_scalar("teacher/train", loss, progress.update)
            curves.add_scalar("teacher/validation_gaze", gaze, progress.update)
            curves.add_scalar("teacher/validation_head", offset, progress.update)
            _log.info("teacher %d: %.4f, gaze %.4f, head %.4f", progress.update, loss, gaze, offset)
            _save(path, trainer, progress)
    return trainer.network


def learn_from_people(
    config: EyeHeadConfig,
    network: EyeHeadNetwork,
    data: Path,
    held_out: Sequence[str],
    curves: SummaryWriter | None = None,
) -> list[tuple[int, float, float, float]]:
    """The second step, with everyone but those held out; the network is changed in place.

    Returns:
        Update, and errors in degrees on those held out: gaze and offset on complete heads, offset
        on static ones; nan without any.
    """
    complete, static = (load_lessons(data / f"{kind}.npz") for kind in ("complete", "static"))
    people = sorted(set(complete.person) - set(held_out))
    parts = [gaze_alone(complete.of(people)), load_lessons(data / "teacher_train.npz")]
    counts = [config.people_lessons, config.rehearsed]
    trainer = Trainer(config, network)
    rng = np.random.default_rng([config.seed, 1])
    history = []
    for update in range(config.people_updates + 1):
        if update % 50 == 0 or update == config.people_updates:
            gaze, added = validation_errors(network, complete.of(held_out))
            _, head = validation_errors(network, static.of(held_out))
            history.append((update, gaze, added, head))
            _log.info("people %d: gaze %.4f, added %.4f, head %.4f", update, gaze, added, head)
        batch = join([part.draw(count, rng) for part, count in zip(parts, counts, strict=True)])
        loss = trainer.update(batch, _rate(config.people_rate, update / config.people_updates))
        if curves is not None:
            curves.add_scalar("people/train", loss, update)
    return history


def train_eye_head(
    data: Path,
    folder: Path,
    config: EyeHeadConfig | None = None,
    *,
    max_minutes: float = EyeHeadConfig.max_minutes,
    seed: int = EyeHeadConfig.seed,
    cross_validate: bool = False,
) -> EyeHeadNetwork:
    """Both steps; run again to resume the first.

    Args:
        data: what prepare_eye_head wrote.
        folder: teacher.pt, best.pt, people.json and TensorBoard curves go here.
        config: see there; None takes the one that won, with the next two.
        max_minutes, seed: see EyeHeadConfig.
        cross_validate: afterwards hold out each person in turn as well, into fold_<person>.pt.

    Returns:
        The network that is to be exported, in evaluation mode.
    """
    config = config or EyeHeadConfig(max_minutes=max_minutes, seed=seed)
    folder.mkdir(parents=True, exist_ok=True)
    with SummaryWriter(str(folder / "curves")) as curves:
        network = learn_from_teacher(config, data, folder, curves)
        learned = {name: value.clone() for name, value in network.state_dict().items()}
        history = {}
        if config.people_updates:
            history[",".join(config.held_out)] = learn_from_people(
                config, network, data, config.held_out, curves
            )
    save_network(folder / "best.pt", network, config)
    if cross_validate:
        for person in sorted(set(load_lessons(data / "complete.npz").person)):
            history[person] = _train_fold(config, data, folder, person, learned)
    (folder / "people.json").write_text(json.dumps(history, indent=1) + "\n", "utf-8")
    return network.eval()


def _train_fold(
    config: EyeHeadConfig, data: Path, folder: Path, person: str, learned: dict[str, Tensor]
) -> list[tuple[int, float, float, float]]:
    """The second step again from what the teacher taught, with one person held out."""
    network = EyeHeadNetwork(config.cell, config.hidden, config.layers)
    network.load_state_dict(learned)
    history = learn_from_people(config, network, data, (person,))
    held = replace(config, held_out=(person,))
    save_network(folder / f"fold_{person}.pt", network, held)
    return history


def save_network(path: Path, network: EyeHeadNetwork, config: EyeHeadConfig) -> None:
    """Weights and how they came about."""
    _write(path, {"network": network.state_dict(), "config": asdict(config)})


def load_network(path: Path) -> tuple[EyeHeadNetwork, EyeHeadConfig]:
    """What save_network wrote, in evaluation mode."""
    kept = torch.load(path, weights_only=True)
    config = EyeHeadConfig(**kept["config"])
    network = EyeHeadNetwork(config.cell, config.hidden, config.layers)
    network.load_state_dict(kept["network"])
    return network.eval(), config


def _resume(path: Path, trainer: Trainer) -> Progress:
    if not path.exists():
        return Progress()
    kept = torch.load(path, weights_only=True)
    trainer.network.load_state_dict(kept["network"])
    trainer.optimiser.load_state_dict(kept["optimiser"])
    _log.info("resuming %s at update %d", path, kept["progress"]["update"])
    return Progress(**kept["progress"])


def _save(path: Path, trainer: Trainer, progress: Progress) -> None:
    _write(
        path,
        {
            "network": trainer.network.state_dict(),
            "optimiser": trainer.optimiser.state_dict(),
            "progress": asdict(progress),
        },
    )


def _write(path: Path, content: dict[str, object]) -> None:
    partial = path.with_suffix(".tmp")
    torch.save(content, partial)
    partial.replace(path)
