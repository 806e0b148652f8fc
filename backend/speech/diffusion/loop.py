"""Training of the diffusion network: from a random share of noise back to the motion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from backend.training.options import setting
from backend.training.run import Run, begin, load_weights

from ..heard.batches import LIPS_SIZE, TEACHERS, HeardClips
from ..heard.clips import HeardClip
from ..heard.learning import TaughtConfig, loss_terms
from ..regression.linear import fit_linear_maps
from ..regression.network import Styles
from ..styles import STYLE_AXES
from .network import STEPS, SpeechFaceDiffusion, column_scales, signal_at

Validation = Callable[["StyledDiffusion"], dict[str, float]]


@dataclass(frozen=True)
class DiffusionConfig(TaughtConfig):
    """Everything that decides a run."""

    grid_share: float = 0.5
    phones_share: float = 0.3
    hidden: int = setting(160, "Of one direction of a recurrent layer.", least=1)
    dropout: float = setting(0.1, "Of the recurrent part.", least=0, most=1)
    unheard: float = setting(0.1, "Share of segments without their sound.", least=0, most=1)
    motion: float = setting(2.0, "Factor of the motion term.", least=0)
    averaging: float = 0.998
    max_minutes: float = 30.0
    max_updates: int = 8000


class StyledDiffusion(nn.Module):
    """The network with its style vectors."""

    def __init__(self, network: SpeechFaceDiffusion, styles: Styles) -> None:
        super().__init__()
        self.network, self.styles = network, styles

    def style_of(self, session: Tensor, amounts: Tensor) -> Tensor:
        """(B, E)."""
        return self.styles.of_sessions()[session] + self.styles.along_axes(amounts)


def train(
    data: HeardClips, config: DiffusionConfig, folder: Path, validate: Validation
) -> nn.Module:
    """Train until the budget is spent; resumes from ``folder``.

    Args:
        data: what is learned from.
        config: see there.
        folder: of the run.
        validate: measures a network on what it is not trained on; only reported.

    Returns:
        The moving average of the weights, in evaluation mode.
    """
    device, rng = begin(config)
    model = build(data, config)
    with torch.no_grad():
        fit_linear_maps(model.network, data)
    network = model.to(device).network
    free = [each for each in model.parameters() if each.requires_grad]
    optimiser = torch.optim.AdamW(free, weight_decay=config.weight_decay)
    facts = {"sessions": data.sessions, "teacher_of_session": data.teacher_of_session}
    run = Run(config, folder, model, optimiser, rng, {}, facts)
    for _ in run.updates():
        batch = data.draw(config.segments, config.frames, rng).to(device)
        clean = (batch.rows[..., :-LIPS_SIZE] - network.offset) / network.scale
        # All columns alike: what moves little has to be drawn as well as the jaw.
        weights = (batch.weights[..., :-LIPS_SIZE] > 0).float()
        signal = signal_at(torch.randint(1, STEPS + 1, (len(clean),), device=device).float())
        shares = signal[:, None, None]
        noisy = shares.sqrt() * clean + (1.0 - shares).sqrt() * torch.randn_like(clean)
        heard = (torch.rand(len(clean), device=device) >= config.unheard).float()
        style = model.style_of(batch.session, batch.amounts)[:, None]
        vectors = nn.functional.dropout(batch.vectors, config.masking)
        style = style.expand(-1, config.frames, -1)
        with run.autocast():
            made = network(noisy, signal, vectors, style, heard).float()
        terms = loss_terms(made, clean, weights)
        run.step(terms["position"] + config.motion * terms["motion"])
        run.note(**terms)
        if run.validation_due:
            with torch.no_grad():
                run.validated(validate(cast(StyledDiffusion, run.kept)))
    return run.kept


def build(data: HeardClips, config: DiffusionConfig) -> StyledDiffusion:
    """A fresh network, normalised to the data."""
    size, outputs = data.clips[0].vectors.shape[1], data.clips[0].rows.shape[1]
    network = SpeechFaceDiffusion(size, outputs, hidden=config.hidden, dropout=config.dropout)
    rows, known = zip(*map(_tensors, data.clips), strict=True)
    offset, scale = column_scales(torch.cat(rows), torch.cat(known))
    network.offset.copy_(offset)
    network.scale.copy_(scale)
    styles = Styles(data.teacher_of_session, len(TEACHERS), len(STYLE_AXES), network.style)
    return StyledDiffusion(network, styles)


def _tensors(clip: HeardClip) -> tuple[Tensor, Tensor]:
    rows = torch.from_numpy(clip.rows)[::5]
    return rows, torch.from_numpy(clip.known).float().expand_as(rows)


def load_trained(run: Path) -> tuple[StyledDiffusion, dict[str, Any]]:
    """What a run has to show so far, and its facts.

    Raises:
        InputError: nothing yet.
    """
    kept = load_weights(run)
    config, found, weights = kept["config"], kept["facts"], kept["weights"]
    size, outputs = weights["network.linear.weight"].shape[1], len(weights["network.offset"])
    network = SpeechFaceDiffusion(size, outputs, hidden=config["hidden"], dropout=config["dropout"])
    styles = Styles(found["teacher_of_session"], len(TEACHERS), len(STYLE_AXES), network.style)
    model = StyledDiffusion(network, styles)
    model.load_state_dict(weights)
    return model.eval(), found
