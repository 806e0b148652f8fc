"""Training on recorded faces: stretches of recordings, the error of what the mesh does."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import torch
from torch import Tensor, nn

from backend.training.options import setting
from backend.training.run import Run, RunConfig, begin
from blender_addon.core.conventions import Floats

from .network import LOOK_AHEAD, WARM_UP, MeshNetwork, Styles
from .samples import FaceSample

_ANYONE: Final = 0.1
"""Share of stretches said by nobody in particular, for people never trained on."""


@dataclass(frozen=True)
class TrainingConfig(RunConfig):
    """Everything that decides a run."""

    components: int = setting(60, "Shapes of a mesh, at most.", least=1, most=400)
    explained: float = setting(0.99, "Share of the motion the shapes are to make.", least=0, most=1)
    lip_weight: float = setting(1.0, "A vertex of the lips counts so many times.", least=0.01)
    minutes: float = setting(
        300.0, "Of recordings at most, taken from all over; they are kept in memory.", least=0.1
    )
    stretch: int = setting(200, "Frames of a stretch, 50 a second, after the warm-up.", least=2)
    offsets: int = setting(3, "Places in the encoder's windows at which all is heard.", least=1)
    batch: int = setting(8, "Stretches of an update.", least=1)
    dropout: float = setting(0.3, "Share of units left out.", least=0, most=0.9)
    hidden: int = setting(256, "Units of a recurrent layer.", least=1)
    learning_rate: float = 1e-3
    max_updates: int = 6000
    validate_every: int = 200
    averaging: float = 0.99


class MeshSpeaker(nn.Module):
    """The network with the styles of whom it was trained on."""

    def __init__(self, network: MeshNetwork, styles: Styles) -> None:
        super().__init__()
        self.network, self.styles = network, styles

    def speak(self, sample: FaceSample) -> Floats:
        """(N, K) numbers of a whole recording, said by its speaker in its emotion."""
        numbers = torch.tensor([sample.speaker]), torch.tensor([sample.emotion])
        with torch.inference_mode():
            style = self.styles(*numbers)[:, None].expand(-1, len(sample.features), -1)
            curves, _ = self.network(torch.from_numpy(sample.features).float()[None], style)
        return np.asarray(curves[0, WARM_UP : WARM_UP + len(sample.targets)])


Validation = Callable[[MeshSpeaker], Mapping[str, float]]


def make_speaker(
    features: int, outputs: int, speakers: int, emotions: int, config: TrainingConfig
) -> MeshSpeaker:
    """A fresh one; seed before."""
    network = MeshNetwork(features, outputs, config.dropout, config.hidden)
    return MeshSpeaker(network, Styles(speakers, emotions))


def train(
    samples: Sequence[FaceSample],
    weights: Floats,
    config: TrainingConfig,
    folder: Path,
    validate: Validation,
    facts: Mapping[str, Any],
) -> None:
    """Train, or go on with a run; the best by ``lve`` is kept.

    Args:
        samples: to train on.
        weights: (K,) what an error of each number costs.
        config: of the run.
        folder: of the run.
        validate: measures of a speaker, among them ``lve``.
        facts: what else decides the run; it has ``speakers`` and ``emotions``, lists of names.
    """
    device, rng = begin(config)
    size, count = samples[0].features.shape[1], samples[0].targets.shape[1]
    people, emotions = len(facts["speakers"]), len(facts["emotions"])
    speaker = make_speaker(size, count, people, emotions, config).to(device)
    costs = torch.from_numpy(weights).to(device)
    optimiser = torch.optim.Adam(speaker.parameters(), config.learning_rate)
    run = Run(config, folder, speaker, optimiser, rng, facts=facts)
    for _ in run.updates():
        features, targets, seen, who, how = (
            part.to(device) for part in draw_batch(samples, config, rng)
        )
        with run.autocast():
            style = speaker.styles(who, how)[:, None].expand(-1, features.shape[1], -1)
            curves, _ = speaker.network(features, style)
        spoken = curves[:, WARM_UP : WARM_UP + config.stretch].float()
        errors = (torch.square(spoken - targets) * costs).mean(-1)
        loss = (errors * seen).sum() / seen.sum()
        run.step(loss)
        run.note(loss=loss)
        if run.validation_due:
            run.validated(validate(_on_cpu(run.kept)), chosen_by="lve")


def _on_cpu(kept: nn.Module) -> MeshSpeaker:
    return cast(MeshSpeaker, copy.deepcopy(kept).cpu().eval())


def draw_batch(
    samples: Sequence[FaceSample], config: TrainingConfig, rng: np.random.Generator
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Stretches of recordings, more of longer ones.

    Returns:
        Features (B, warm-up + T + look-ahead, D), targets (B, T, K), (B, T) 1 within the recording
        and 0 behind its end; speakers and emotions (B,).
    """
    lengths = np.array([len(each.targets) for each in samples], float)
    count, span = config.stretch, WARM_UP + config.stretch + LOOK_AHEAD
    rows: list[tuple[Floats, Floats, Floats]] = []
    who, how = [], []
    for place in rng.choice(len(samples), config.batch, p=lengths / lengths.sum()):
        sample = samples[int(place)]
        first = int(rng.integers(0, max(len(sample.targets) - count, 0) + 1))
        features = _filled(sample.features[first : first + span].astype(np.float32), span)
        targets = _filled(sample.targets[first : first + count], count)
        within = np.arange(first, first + count) < len(sample.targets)
        rows.append((features, targets, within.astype(np.float32)))
        who.append(-1 if rng.random() < _ANYONE else sample.speaker)
        how.append(sample.emotion)
    drawn = [torch.from_numpy(np.stack(part)) for part in zip(*rows, strict=True)]
    return drawn[0], drawn[1], drawn[2], torch.tensor(who), torch.tensor(how)


def _filled(rows: Floats, count: int) -> Floats:
    """Rows to so many, the last one held."""
    return np.concatenate((rows, np.repeat(rows[-1:], count - len(rows), 0)))
