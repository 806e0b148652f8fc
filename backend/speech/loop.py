"""Training of the speech to face network and its database of style vectors.

Source: Karras et al. 2017, section 4. Where we differ: an update takes segments of two seconds of
sound, whose windows share their formants, instead of single windows; the style database has a
vector for every two seconds of a recording; the weights used are a running mean of those trained.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.tensorboard import SummaryWriter

from .data import STEP_FRAMES, Batch, Recordings, SegmentShape
from .loss import SpeechFaceLoss, channel_weights
from .network import SpeechFaceNetwork
from .pairs import SpeechPair
from .styles import MANNERS

_log = logging.getLogger(__name__)

Validation = Callable[["StyledNetwork"], dict[str, float]]


@dataclass(frozen=True)
class TrainingConfig:
    """Everything that decides a run.

    Args:
        style: size of the style vectors.
        components: width of the bottleneck.
        keep: dropout keeps this share.
        learning_rate: at the start; falls by a cosine to a fiftieth.
        weight_decay: of AdamW.
        segments, steps: of a batch; a step is 32 ms.
        shares: how often a segment comes from (recordings, synthetic speech).
        style_sources: how often a segment's style is its own, its recording's mean, its session's
            mean: what an unknown recording is given must not be new to the network.
        motion, regularisation: factors of these two terms of the loss.
        averaging: decay of the running mean of the weights.
        max_minutes, max_updates: the budget over all resumed runs; what is spent first ends it.
        validate_every: updates between validations.
        seed: of everything random.
    """

    style: int = 16
    components: int = 16
    keep: float = 0.8
    learning_rate: float = 1e-3
    weight_decay: float = 0.02
    segments: int = 12
    steps: int = 64
    shares: tuple[float, float] = (0.15, 0.85)
    style_sources: tuple[float, float, float] = (0.4, 0.25, 0.35)
    motion: float = 1.0
    regularisation: float = 1.0
    averaging: float = 0.995
    max_minutes: float = 50.0
    max_updates: int = 20_000
    validate_every: int = 200
    seed: int = 7


class StyledNetwork(nn.Module):
    """The network with its database of style vectors.

    Args:
        network: sound to curves.
        recording_of_knot: (K,) which recording each vector belongs to.
        session_of_recording: (R,) which session each recording belongs to.
    """

    recording_of_knot: Tensor
    session_of_recording: Tensor

    def __init__(
        self, network: SpeechFaceNetwork, recording_of_knot: Tensor, session_of_recording: Tensor
    ) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("recording_of_knot", recording_of_knot)
        self.register_buffer("session_of_recording", session_of_recording)
        count = int(recording_of_knot.max()) + 1
        start = 0.3 * torch.randn(count, network.articulation.styles[0].in_features)
        self.styles = nn.Parameter(start[recording_of_knot])
        self.manners = nn.Parameter(0.1 * torch.randn(len(MANNERS), start.shape[1]))

    def recording_means(self) -> Tensor:
        """(R, E) mean style vector of each recording."""
        return _group_means(self.styles, self.recording_of_knot)

    def forward(self, batch: Batch, source: Tensor) -> tuple[Tensor, Tensor]:
        """Curves (B, G, C), and the neighbouring style vectors (B, 2, E) they came from.

        Args:
            batch: segments.
            source: (B,) 0 for the segment's own style, 1 its recording's, 2 its session's mean.
        """
        knots = self.styles[batch.knots]
        between = torch.lerp(knots[:, 0], knots[:, 1], batch.share)
        means = self.recording_means()
        sessions = _group_means(means, self.session_of_recording)
        of_session = sessions[self.session_of_recording[batch.recording]]
        choices = torch.stack((between, means[batch.recording], of_session), 1)
        style = choices[torch.arange(len(source)), source]
        style = style + batch.manner @ self.manners
        with torch.no_grad():
            frames = self.network.frames(batch.waveform)
        # Processors that multiply in bfloat16 take a quarter of the time; weights stay float32.
        with torch.autocast("cpu", torch.bfloat16, enabled=self.training):
            curves = self.network(frames, style[:, None], STEP_FRAMES)
        return curves.float(), knots


def _group_means(rows: Tensor, group: Tensor) -> Tensor:
    """(G, E) mean of the rows (N, E) of each group (N,)."""
    count = int(group.max()) + 1
    sums = torch.zeros(count, rows.shape[1]).index_add(0, group, rows)
    return sums / torch.bincount(group, minlength=count)[:, None]


def build(recordings: Recordings, config: TrainingConfig) -> StyledNetwork:
    """A fresh network: input standardised, output begins with the data's principal components."""
    torch.manual_seed(config.seed)
    pairs = recordings.pairs
    channels = pairs[0].curves.shape[1]
    components = min(config.components, channels)
    network = SpeechFaceNetwork(channels, config.style, components, config.keep)
    _standardise(network, recordings, config)
    curves = torch.from_numpy(np.concatenate([pair.curves for pair in pairs]))
    mean = curves.mean(0)
    _, sizes, directions = torch.linalg.svd((curves - mean)[::5], full_matrices=False)
    with torch.no_grad():
        scale = sizes[:components] / math.sqrt(len(curves[::5]))
        network.basis.weight.copy_((directions[:components] * scale[:, None]).T)
        network.basis.bias.copy_(mean)
    return StyledNetwork(network, recordings.recording_of_knot, recordings.session_of_recording)


def _standardise(
    network: SpeechFaceNetwork, recordings: Recordings, config: TrainingConfig
) -> None:
    rng = np.random.default_rng(config.seed)
    shape = SegmentShape(config.segments, config.steps)
    with torch.no_grad():
        parts = [network.frames(recordings.draw(shape, rng).waveform) for _ in range(8)]
        frames = torch.cat(parts).flatten(0, 1)
        network.frame_mean.copy_(frames.mean(0))
        network.frame_scale.copy_(1.0 / frames.std(0))


def deviations(pairs: Sequence[SpeechPair]) -> Tensor:
    """(C,) standard deviation of each channel over the recordings that know it."""
    squares, counts = 0.0, 0.0
    for pair in pairs:
        known = pair.known.astype(np.float64)
        squares = squares + known * pair.curves.var(0) * len(pair.curves)
        counts = counts + known * len(pair.curves)
    return torch.from_numpy(np.sqrt(squares / np.maximum(counts, 1.0))).float()


@dataclass
class Progress:
    """Where a run stands; kept in the checkpoint."""

    update: int = 0
    minutes: float = 0.0

    def share(self, config: TrainingConfig) -> float:
        """How much of the budget is spent, 0 … 1."""
        spent = max(self.minutes / config.max_minutes, self.update / config.max_updates)
        return min(spent, 1.0)


class Training:
    """A run: network, its running mean, loss, optimiser and how far it is.

    Args:
        recordings: what is learned from.
        config: see there.
        folder: checkpoint.pt (latest), last.pt (the weights to export) and TensorBoard curves.
        begin_from: a last.pt whose network (not its styles) is the start.
    """

    def __init__(
        self,
        recordings: Recordings,
        config: TrainingConfig,
        folder: Path,
        begin_from: Path | None = None,
    ) -> None:
        self.recordings, self.config, self.folder = recordings, config, folder
        self.model = build(recordings, config)
        if begin_from is not None:
            kept = torch.load(begin_from, weights_only=True)["model"]
            network = {k.removeprefix("network."): v for k, v in kept.items() if "network." in k}
            self.model.network.load_state_dict(network)
        weights = channel_weights(deviations(recordings.pairs))
        self.loss = SpeechFaceLoss(weights, config.motion, config.regularisation)
        averaging = get_ema_multi_avg_fn(config.averaging)
        self.averaged = AveragedModel(self.model, multi_avg_fn=averaging, use_buffers=False)
        self.optimiser = torch.optim.AdamW(
            self.model.parameters(), config.learning_rate, weight_decay=config.weight_decay
        )
        self.progress = Progress()
        self._resume()

    def run(self, validate: Validation) -> StyledNetwork:
        """Train until the budget is spent.

        Args:
            validate: measures a network on what it is not trained on; only reported, never used
                to choose.

        Returns:
            The running mean of the weights.
        """
        rng = np.random.default_rng([self.config.seed, self.progress.update])
        torch.manual_seed(self.config.seed + self.progress.update)
        with SummaryWriter(str(self.folder / "curves")) as curves:
            while self.progress.share(self.config) < 1.0:
                self._run_until_validation(rng, curves)
                self._report(validate, curves)
                self._save()
        return self.average()

    def average(self) -> StyledNetwork:
        """The running mean of the weights, in evaluation mode."""
        model: StyledNetwork = self.averaged.module
        return model.eval()

    def _run_until_validation(self, rng: np.random.Generator, curves: SummaryWriter) -> None:
        self.model.train()
        shape = SegmentShape(self.config.segments, self.config.steps)
        started, spent = time.monotonic(), self.progress.minutes
        for _ in range(self.config.validate_every):
            terms = self._update(self.recordings.draw(shape, rng))
            self.progress.update += 1
            self.progress.minutes = spent + (time.monotonic() - started) / 60
            if self.progress.update % 20 == 0:
                for name, term in terms.items():
                    curves.add_scalar(f"train/{name}", term.item(), self.progress.update)
            if self.progress.share(self.config) >= 1.0:
                break

    def _update(self, batch: Batch) -> dict[str, Tensor]:
        share = self.progress.share(self.config)
        warm = min(1.0, (self.progress.update + 1) / 50)
        for group in self.optimiser.param_groups:
            cosine = 0.02 + 0.49 * (1 + math.cos(math.pi * share))
            group["lr"] = self.config.learning_rate * warm * cosine
        chances = torch.tensor(self.config.style_sources)
        source = torch.multinomial(chances, len(batch.knots), replacement=True)
        predicted, knots = self.model(batch, source)
        loss, terms = self.loss(predicted, batch.curves, batch.known, knots)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
        self.optimiser.step()
        self.averaged.update_parameters(self.model)
        return terms

    def _report(self, validate: Validation, curves: SummaryWriter) -> None:
        with torch.no_grad():
            found = validate(self.average())
        for name, value in found.items():
            curves.add_scalar(f"validation/{name}", value, self.progress.update)
        said = ", ".join(f"{name} {value:.4f}" for name, value in found.items())
        _log.info("update %d, %.1f min: %s", self.progress.update, self.progress.minutes, said)

    def _resume(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            return
        kept = torch.load(path, weights_only=True)
        for part, state in kept["parts"].items():
            getattr(self, part).load_state_dict(state)
        self.progress = Progress(**kept["progress"])
        _log.info("resuming %s at update %d", self.folder, self.progress.update)

    def _save(self) -> None:
        parts = {
            part: getattr(self, part).state_dict()
            for part in ("model", "loss", "averaged", "optimiser")
        }
        config = asdict(self.config)
        _write(
            self.folder / "checkpoint.pt",
            {"parts": parts, "config": config, "progress": asdict(self.progress)},
        )
        names = [pair.name for pair in self.recordings.pairs]
        teachers = [pair.teacher for pair in self.recordings.pairs]
        _write(
            self.folder / "last.pt",
            {
                "model": self.average().state_dict(),
                "config": config,
                "recordings": names,
                "teachers": teachers,
                "updates": self.progress.update,
            },
        )


def _write(path: Path, content: dict[str, Any]) -> None:
    partial = path.with_suffix(".partial")
    torch.save(content, partial)
    partial.replace(path)
