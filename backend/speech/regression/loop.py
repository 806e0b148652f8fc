"""Training of the regression network, with a style vector for every session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from backend.training.checkpoint import load_module
from backend.training.options import setting
from backend.training.run import WEIGHTS, Run, begin, load_weights
from blender_addon.core.face.arkit import ARKIT_52

from ..heard.batches import LIPS_SIZE, TEACHERS, Batch, HeardClips, LipMap
from ..heard.learning import TaughtConfig, loss_terms
from ..styles import STYLE_AXES
from .linear import fit_linear_maps
from .network import SpeechFaceRegression, Styles

Validation = Callable[["StyledRegression"], dict[str, float]]


@dataclass(frozen=True)
class RegressionConfig(TaughtConfig):
    """Everything that decides a run."""

    hidden: int = setting(192, "Of a recurrent layer.", least=1)
    dropout: float = setting(0.3, "Of the recurrent part.", least=0, most=1)
    motion: float = setting(4.0, "Factor of the motion term.", least=0)
    geometry: float = setting(
        0.5, "Factor of the lips' opening, width and drop that the curves amount to.", least=0
    )
    averaging: float = 0.995
    max_minutes: float = 25.0
    max_updates: int = 6000


class StyledRegression(nn.Module):
    """The network with its style vectors."""

    def __init__(self, network: SpeechFaceRegression, styles: Styles) -> None:
        super().__init__()
        self.network, self.styles = network, styles

    def style_of(self, session: Tensor, amounts: Tensor) -> Tensor:
        """(B, E)."""
        return self.styles.of_sessions()[session] + self.styles.along_axes(amounts)

    def speak(self, vectors: Tensor, style: Tensor) -> Tensor:
        """(T, D) and (E,) to rows (T, R)."""
        even = torch.cat((vectors, vectors[-1:]))[: 2 * ((len(vectors) + 1) // 2)]
        rows = self.network(even[None].float(), style.expand(1, len(even), -1))
        return rows[0, : len(vectors)]


def train(
    data: HeardClips,
    config: RegressionConfig,
    folder: Path,
    validate: Validation,
    begin_from: Path | None = None,
) -> StyledRegression:
    """Train until the budget is spent; resumes from ``folder``.

    Args:
        data: what is learned from.
        config: see there.
        folder: of the run.
        validate: measures a network on what it is not trained on; only reported.
        begin_from: a run with the same sessions whose weights are the start.

    Returns:
        The moving average of the weights, in evaluation mode.
    """
    device, rng = begin(config)
    model = build(data, config)
    if begin_from is not None:
        load_module(model, load_weights(begin_from)["weights"], begin_from / WEIGHTS)
        model.network.linear.requires_grad_(False)
    else:
        with torch.no_grad():
            fit_linear_maps(model.network, data)
    free = [each for each in model.to(device).parameters() if each.requires_grad]
    optimiser = torch.optim.AdamW(free, weight_decay=config.weight_decay)
    run = Run(config, folder, model, optimiser, rng, {}, facts(data))
    for _ in run.updates():
        batch = data.draw(config.segments, config.frames, rng).to(device)
        style = model.style_of(batch.session, batch.amounts)[:, None]
        heard = nn.functional.dropout(batch.vectors, config.masking)
        with run.autocast():
            rows = model.network(heard, style.expand(-1, config.frames, -1)).float()
        terms = loss_terms(rows, batch.rows, batch.weights)
        total = terms["position"] + config.motion * terms["motion"]
        if data.lip_map is not None:
            terms["geometry"] = geometry_term(data.lip_map, rows, batch)
            total = total + config.geometry * terms["geometry"]
        run.step(total)
        run.note(**terms)
        if run.validation_due:
            with torch.no_grad():
                run.validated(validate(cast(StyledRegression, run.kept)))
    return cast(StyledRegression, run.kept)


def build(data: HeardClips, config: RegressionConfig) -> StyledRegression:
    """A fresh network."""
    size = data.clips[0].vectors.shape[1]
    network = SpeechFaceRegression(size, hidden=config.hidden, dropout=config.dropout)
    styles = Styles(data.teacher_of_session, len(TEACHERS), len(STYLE_AXES), network.style)
    return StyledRegression(network, styles)


def facts(data: HeardClips) -> dict[str, Any]:
    """What is kept with the weights."""
    return {"sessions": data.sessions, "teacher_of_session": data.teacher_of_session}


def geometry_term(lip_map: LipMap, rows: Tensor, batch: Batch) -> Tensor:
    """Mean square of what the curves make of the lips, where those were measured."""
    curves = len(ARKIT_52)
    known = batch.weights[..., -LIPS_SIZE:] > 0
    errors = lip_map.errors(rows[..., :curves], batch.rows[..., -LIPS_SIZE:])
    return (known * errors.square()).sum() / known.sum().clamp(min=1)


def load_trained(run: Path) -> tuple[StyledRegression, dict[str, Any]]:
    """What a run has to show so far, and its facts.

    Raises:
        InputError: nothing yet.
    """
    kept = load_weights(run)
    config, found = kept["config"], kept["facts"]
    size = kept["weights"]["network.linear.weight"].shape[1]
    network = SpeechFaceRegression(size, hidden=config["hidden"], dropout=config["dropout"])
    styles = Styles(found["teacher_of_session"], len(TEACHERS), len(STYLE_AXES), network.style)
    model = StyledRegression(network, styles)
    model.load_state_dict(kept["weights"])
    return model.eval(), found
