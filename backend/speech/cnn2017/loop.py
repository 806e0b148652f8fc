"""Training of the speech to face network and its database of style vectors.

Source: Karras et al. 2017, section 4. Where we differ: an update takes segments of two seconds of
sound, whose windows share their formants, instead of single windows; the style database has a
vector for every two seconds of a recording; the weights used are a running mean of those trained.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from backend.training.checkpoint import fingerprint, load_module
from backend.training.options import setting
from backend.training.run import WEIGHTS, Run, RunConfig, begin, load_weights

from ..pairs import FACEGOOD, PHONES, SpeechPair
from ..styles import STYLE_AXES
from .data import STEP_FRAMES, Batch, Recordings, SegmentShape
from .loss import SpeechFaceLoss, channel_weights
from .network import SpeechFaceNetwork

ABLATIONS: dict[str, dict[str, Any]] = {
    "no-synthetic": {"teacher": FACEGOOD},
    "no-recordings": {"teacher": PHONES},
}
Validation = Callable[["StyledNetwork"], dict[str, float]]


@dataclass(frozen=True)
class TrainingConfig(RunConfig):
    """Everything that decides a run.

    An unknown recording is given a mean style, which must not be new to the network: hence the
    style sources.
    """

    teacher: Literal["both", "facegood", "phones"] = setting("both", "Who made the curves.")
    recorded_share: float = setting(0.15, "Of segments, if both teach.", least=0, most=1)
    leave_out: str = setting("", "A recording that is not trained on, but the held-out one is.")
    style: int = setting(16, "Size of the style vectors.", least=1)
    components: int = setting(16, "Width of the bottleneck.", least=1)
    keep: float = setting(0.8, "Dropout keeps this share.", least=0, most=1)
    weight_decay: float = setting(0.02, "Of AdamW.", least=0)
    segments: int = setting(12, "Of a batch.", least=1)
    steps: int = setting(64, "Of a segment, 32 ms apart.", least=2)
    style_sources: tuple[float, float, float] = setting(
        (0.4, 0.25, 0.35),
        "How often a segment's style is its own, its recording's mean, its session's mean.",
    )
    motion: float = setting(1.0, "Factor of the motion term.", least=0)
    regularisation: float = setting(1.0, "Factor of the style term.", least=0)
    precision: Literal["fp32", "bf16"] = "bf16"
    warm_up: int = 50
    clip: float = 5.0
    averaging: float = 0.995
    max_minutes: float = 50.0
    max_updates: int = 20_000
    validate_every: int = 200


def train(
    recordings: Recordings,
    config: TrainingConfig,
    folder: Path,
    validate: Validation,
    begin_from: Path | None = None,
) -> StyledNetwork:
    """Train until the budget is spent; resumes from ``folder``.

    Args:
        recordings: what is learned from.
        config: see there.
        folder: of the run.
        validate: measures a network on what it is not trained on; only reported, never used to
            choose.
        begin_from: a run whose network (not its styles) is the start.

    Returns:
        The running mean of the weights, in evaluation mode.
    """
    device, rng = begin(config)
    model = build(recordings, config)
    facts = _facts(recordings)
    if begin_from is not None:
        facts["begun_from"] = _begin_from(model, begin_from)
    weights = channel_weights(deviations(recordings.pairs))
    loss = SpeechFaceLoss(weights, config.motion, config.regularisation).to(device)
    optimiser = torch.optim.AdamW(model.to(device).parameters(), weight_decay=config.weight_decay)
    run = Run(config, folder, model, optimiser, rng, {"loss": loss}, facts)
    shape = SegmentShape(config.segments, config.steps)
    sources = torch.tensor(config.style_sources)
    for _ in run.updates():
        batch = recordings.draw(shape, rng).to(device)
        source = torch.multinomial(sources, config.segments, replacement=True).to(device)
        with torch.no_grad():
            frames = model.network.frames(batch.waveform)
        with run.autocast():
            predicted, knots = model(frames, batch, source)
        total, terms = loss(predicted, batch.curves, batch.known, knots)
        run.step(total)
        run.note(**terms)
        if run.validation_due:
            with torch.no_grad():
                run.validated(validate(run.kept))
    return run.kept


def _facts(recordings: Recordings) -> dict[str, Any]:
    return {
        "recordings": tuple(pair.name for pair in recordings.pairs),
        "teachers": tuple(pair.teacher for pair in recordings.pairs),
    }


def _begin_from(model: StyledNetwork, run: Path) -> str:
    """Give a model the network of another run; returns its fingerprint."""
    kept = load_weights(run)["weights"]
    network = {k.removeprefix("network."): v for k, v in kept.items() if k.startswith("network.")}
    load_module(model.network, network, run / WEIGHTS)
    return fingerprint(network)


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
        self._sessions = int(session_of_recording.max()) + 1
        size = network.articulation.styles[0].in_features
        start = 0.3 * torch.randn(len(session_of_recording), size)
        self.styles = nn.Parameter(start[recording_of_knot])
        self.style_axes = nn.Parameter(0.1 * torch.randn(len(STYLE_AXES), size))

    def recording_means(self) -> Tensor:
        """(R, E) mean style vector of each recording."""
        return _group_means(self.styles, self.recording_of_knot, len(self.session_of_recording))

    def forward(self, frames: Tensor, batch: Batch, source: Tensor) -> tuple[Tensor, Tensor]:
        """Curves (B, G, C), and the neighbouring style vectors (B, 2, E) they came from.

        Args:
            frames: (B, F, 32) of the segments' sound.
            batch: segments.
            source: (B,) 0 for the segment's own style, 1 its recording's, 2 its session's mean.
        """
        knots = self.styles[batch.knots]
        between = torch.lerp(knots[:, 0], knots[:, 1], batch.share)
        means = self.recording_means()
        sessions = _group_means(means, self.session_of_recording, self._sessions)
        of_session = sessions[self.session_of_recording[batch.recording]]
        choices = torch.stack((between, means[batch.recording], of_session), 1)
        style = choices[torch.arange(len(source), device=source.device), source]
        style = style + batch.style_amounts @ self.style_axes
        curves = self.network(frames, style[:, None], STEP_FRAMES)
        return curves.float(), knots


def _group_means(rows: Tensor, group: Tensor, count: int) -> Tensor:
    """(G, E) mean of the rows (N, E) of each of G groups (N,)."""
    sums = rows.new_zeros(count, rows.shape[1]).index_add(0, group, rows)
    sizes = rows.new_zeros(count).index_add(0, group, torch.ones_like(rows[:, 0]))
    return sums / sizes[:, None]


def build(recordings: Recordings, config: TrainingConfig) -> StyledNetwork:
    """A fresh network: input standardised, output begins with the data's principal components."""
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
