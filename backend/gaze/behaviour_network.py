"""The network of gaze behaviour: where the next fixation goes, for how long, after what pause.

A recurrent network over fixations with a mixture density on top (Bishop 1994, with the recurrence
of Graves 2013, *Generating sequences with recurrent neural networks*, section 4). Where we differ:
most components are *pointers* in the sense of Vinyals et al. 2015: their means lie at the last
sixteen fixations and at sixteen places of long standing (core/gaze/places.py), because eyes return,
and one small network shared by all of them weighs a place by where it is, how long it was looked at
and how often. The others lie anywhere, or around the latest fixation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from backend.training.options import setting
from blender_addon.core.gaze.events import HISTORY, INPUT_LAYOUT, PLACES, ROLES, mixture_layout

PARTS = INPUT_LAYOUT.slices
NUMBERS = mixture_layout(1).size
_DIRECTION_UNIT_RAD = 0.15
_NEAR_RAD, _AROUND_RAD, _FACE_RAD = 0.012, 0.04, 0.07
_PLACE_FEATURES = 14
_LAG_SIZE = 8
POINTERS = HISTORY + PLACES
FAR_RAD = math.radians(5.0)
"""Shifts from here on are what a viewer sees."""
_CORRELATION_LIMIT = 0.95


@dataclass(frozen=True)
class Shape:
    """Sizes of a network."""

    cell: Literal["gru", "lstm"] = setting("gru", "Recurrent layer.")
    hidden: int = setting(64, "H, units of the recurrent layer.", least=1)
    embedding: int = setting(96, "Width of what it is fed.", least=1)
    recent: int = setting(
        4, "Fixations back that it is fed; pointers see all of the history.", least=1, most=HISTORY
    )
    anywhere: int = setting(16, "Components free in place.", least=1)
    around: int = setting(8, "Components around the latest fixation.", least=0)
    scales: int = setting(2, "Components on each of the last fixations and places.", least=0)
    pointer: int = setting(48, "Width of the network that weighs places.", least=1)
    dropout: float = setting(0.3, "Share of units left out in training.", least=0, most=1)

    @property
    def components(self) -> int:
        """C, all of them."""
        return self.anywhere + self.around + self.scales * POINTERS

    @property
    def state_size(self) -> int:
        """Numbers carried from one fixation to the next: an LSTM has a memory cell besides."""
        return self.hidden * (2 if self.cell == "lstm" else 1)


class GazeBehaviourNetwork(nn.Module):
    """Features of fixations to mixtures over the next; all scaling is inside."""

    attachment: Tensor
    patience: Tensor
    reach: Tensor

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        free, pointers = shape.anywhere + shape.around, shape.scales * POINTERS
        context = PARTS["break_length"].stop - PARTS["role"].start
        self.embed = nn.Linear(6 * shape.recent + context, shape.embedding)
        recurrent = nn.GRU if shape.cell == "gru" else nn.LSTM
        self.recurrent = recurrent(shape.embedding, shape.hidden, batch_first=True)
        self.mix = nn.Linear(shape.hidden + shape.embedding + context, 2 * shape.hidden)
        self.preferences = nn.Linear(len(ROLES), free + pointers, bias=False)
        self.free = nn.Linear(2 * shape.hidden, free * NUMBERS)
        self.lags = nn.Embedding(HISTORY + 1, _LAG_SIZE)
        self.places = nn.Linear(_PLACE_FEATURES + _LAG_SIZE, shape.pointer)
        self.asked = nn.Linear(2 * shape.hidden, shape.pointer, bias=False)
        self.pointed = nn.Linear(shape.pointer, shape.scales * NUMBERS)
        self.dropout = nn.Dropout(shape.dropout)
        self.offsets = nn.Parameter(_first_offsets(shape))
        self.biases = nn.Parameter(_first_biases(shape))
        self.slopes = nn.Parameter(torch.full((free + pointers,), 0.3))
        reach = [0.3] * shape.anywhere + [0.05] * shape.around + [0.02] * pointers
        self.register_buffer("reach", torch.tensor(reach)[:, None], persistent=False)
        # Set after training, role by role: see calibration.py.
        self.register_buffer("attachment", torch.zeros(len(ROLES)))
        self.register_buffer("patience", torch.zeros(len(ROLES)))
        for layer in (self.free, self.pointed):
            nn.init.normal_(layer.weight, std=0.015)
            nn.init.zeros_(layer.bias)
        nn.init.zeros_(self.preferences.weight)
        nn.init.normal_(self.lags.weight, std=0.3)

    def forward(self, features: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """A stretch of fixations.

        Args:
            features: (B, T, F) as INPUT_LAYOUT says.
            state: (B, S), zero at the beginning of a recording.

        Returns:
            (B, T, M) mixtures as mixture_layout says, and the next state (B, S).
        """
        fed = self.dropout(functional.gelu(self.embed(self._recent(features))))
        hidden, state = self._run(fed, state)
        return self._mixtures(features, fed, hidden), state

    def step(self, features: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """One fixation: (B, F) and (B, S) to (B, M) and (B, S), in plain arithmetic."""
        fed = functional.gelu(self.embed(self._recent(features[:, None])))
        hidden, state = step_cell(self.recurrent, fed[:, 0], state)
        return self._mixtures(features[:, None], fed, hidden[:, None])[:, 0], state

    def _run(self, fed: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        if self.shape.cell == "gru":
            hidden, last = self.recurrent(fed, state[None])
            return hidden, last[0]
        parts = tuple(part[None].contiguous() for part in state.chunk(2, dim=-1))
        hidden, (last, memory) = self.recurrent(fed, parts)
        return hidden, torch.cat((last[0], memory[0]), dim=-1)

    def _recent(self, features: Tensor) -> Tensor:
        """What the recurrent layer is fed: the latest few fixations, role and clocks."""
        count = self.shape.recent
        past = [
            features[..., PARTS[name]][..., : size * count] * scale
            for name, size, scale in (
                ("past_directions_rad", 2, 1 / _DIRECTION_UNIT_RAD),
                ("past_durations", 1, 1.0),
                ("past_pauses", 1, 1.0),
                ("past_after_break", 1, 1.0),
                ("past_known", 1, 1.0),
            )
        ]
        return torch.cat((*past, features[..., PARTS["role"].start :]), dim=-1)

    def _mixtures(self, features: Tensor, fed: Tensor, hidden: Tensor) -> Tensor:
        """Mixtures (B, T, M) from all there is to know at each of T fixations."""
        batch, frames = fed.shape[:2]
        shape = self.shape
        role = features[..., PARTS["role"]]
        # Role and clocks skip what dropout blurs: they decide how often eyes leave and return.
        mixed = torch.cat((hidden, fed, features[..., PARTS["role"].start :]), dim=-1)
        mixed = self.dropout(functional.gelu(self.mix(mixed)))  # B, T, 2H
        past = features[..., PARTS["past_directions_rad"]].reshape(batch, frames, HISTORY, 2)
        habits = features[..., PARTS["place_directions_rad"]].reshape(batch, frames, PLACES, 2)
        places = torch.cat((past, habits), dim=-2)  # B, T, Q, 2
        known = torch.cat(
            (features[..., PARTS["past_known"]], features[..., PARTS["place_known"]]), -1
        )
        free = self.free(mixed).reshape(batch, frames, shape.anywhere + shape.around, NUMBERS)
        asked = self.places(self._places(features, places, known)) + self.asked(mixed)[..., None, :]
        pointed = self.pointed(self.dropout(functional.gelu(asked)))  # B, T, Q, scales · numbers
        pointed = pointed.reshape(batch, frames, POINTERS * shape.scales, NUMBERS)
        raw = torch.cat((free, pointed), dim=-2) + self.biases  # B, T, C, numbers

        # 1. Where: at no place, at the latest fixation, at one of the last, or at a place.
        latest = past[..., :1, :]
        nowhere = torch.zeros_like(latest).expand(-1, -1, shape.anywhere, -1)
        around = latest.expand(-1, -1, shape.around, -1)
        at_past = places.repeat_interleave(shape.scales, dim=-2)
        means = torch.cat((nowhere, around, at_past), dim=-2) + self.offsets
        means = means + raw[..., 1:3] * self.reach
        # 2. How likely: never at a fixation that was not.
        there = torch.cat(
            (torch.ones_like(free[..., 0]), known.repeat_interleave(shape.scales, dim=-1)), dim=-1
        )
        near = torch.exp(-means.square().sum(-1) / (2 * _FACE_RAD**2))
        liked = raw[..., 0] + self.preferences(role) + (role @ self.attachment)[..., None] * near
        log_weights = torch.log_softmax(liked + 12.0 * (there - 1.0), dim=-1)
        # 3. When: a pause grows with the way the eye has to go.
        way = torch.log1p(_length(means - latest) / 0.02)
        pause = raw[..., 7] + self.slopes * (way - 1.0)
        parts = (
            log_weights[..., None],
            means,
            torch.exp(raw[..., 3:5].clamp(-6.5, 0.0)),
            _CORRELATION_LIMIT * torch.tanh(raw[..., 5:6]),
            torch.stack((raw[..., 6] + (role @ self.patience)[..., None], pause), dim=-1),
            torch.exp(raw[..., 8:10].clamp(-4.0, 1.5)),
            raw[..., 10:11],
        )
        return torch.cat([part.flatten(2) for part in parts], dim=-1)

    def _places(self, features: Tensor, places: Tensor, known: Tensor) -> Tensor:
        """What is known of each of the last fixations and places: (B, T, Q, features)."""
        past = places[..., :HISTORY, :]
        away = places - past[..., :1, :]
        apart = (places[..., :, None, :] - past[..., None, :, :]).square().sum(-1)  # B, T, Q, K
        there = known[..., None, :HISTORY]
        crowd = [
            torch.log1p((torch.exp(-apart / (2 * reach**2)) * there).sum(-1))
            for reach in (_NEAR_RAD, _AROUND_RAD)
        ]
        never = torch.zeros_like(features[..., PARTS["past_known"]])
        no_past = torch.zeros_like(features[..., PARTS["place_known"]])
        numbers = (
            torch.log1p(_length(away) / 0.02),
            torch.log1p(_length(places) / 0.02),
            torch.cat((features[..., PARTS["past_durations"]], no_past), dim=-1),
            torch.cat((features[..., PARTS["past_pauses"]], no_past), dim=-1),
            torch.cat((features[..., PARTS["past_after_break"]], no_past), dim=-1),
            torch.cat((never, features[..., PARTS["place_counts"]] / 2), dim=-1),
            torch.cat((never, features[..., PARTS["place_ages"]] / 2), dim=-1),
            known,
            *crowd,
        )
        vectors = (places / _DIRECTION_UNIT_RAD, away / _DIRECTION_UNIT_RAD)
        order = [*range(HISTORY), *[HISTORY] * PLACES]
        lags = self.lags.weight[order].expand(*known.shape, -1)
        return torch.cat((*vectors, torch.stack(numbers, dim=-1), lags), dim=-1)


def step_cell(layer: nn.GRU | nn.LSTM, fed: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
    """One step of a recurrent layer written out, as the exporter keeps it plain.

    Args:
        layer: GRU or LSTM of one layer.
        fed: (B, E).
        state: (B, S).

    Returns:
        hidden (B, H) and the next state (B, S).
    """
    inner = functional.linear(fed, layer.weight_ih_l0, layer.bias_ih_l0)
    if isinstance(layer, nn.LSTM):
        hidden, memory = state.chunk(2, dim=-1)
        inner = inner + functional.linear(hidden, layer.weight_hh_l0, layer.bias_hh_l0)
        take, keep, new, show = inner.chunk(4, dim=-1)
        memory = torch.sigmoid(keep) * memory + torch.sigmoid(take) * torch.tanh(new)
        hidden = torch.sigmoid(show) * torch.tanh(memory)
        return hidden, torch.cat((hidden, memory), dim=-1)
    outer = functional.linear(state, layer.weight_hh_l0, layer.bias_hh_l0)
    reset, update, new = inner.chunk(3, dim=-1)
    old_reset, old_update, old_new = outer.chunk(3, dim=-1)
    keep = torch.sigmoid(update + old_update)
    hidden = (1 - keep) * torch.tanh(new + torch.sigmoid(reset + old_reset) * old_new)
    hidden = hidden + keep * state
    return hidden, hidden


def log_densities(parameters: Tensor, events: Tensor, with_pause: Tensor) -> tuple[Tensor, Tensor]:
    """Log weight plus log density of events under each component, and its log odds of a break.

    Args:
        parameters: (..., M) mixtures.
        events: (..., 4) encoded.
        with_pause: (...) 1 where the pause counts, else 0.

    Returns:
        (..., C) and (..., C).
    """
    components = parameters.shape[-1] // NUMBERS
    layout = mixture_layout(components).slices
    part = {
        name: parameters[..., where].unflatten(-1, (components, -1))
        for name, where in layout.items()
    }
    tilt = part["correlations"][..., 0]
    off = (events[..., None, :2] - part["direction_means"]) / part["direction_scales"]
    rest = 1.0 - tilt.square()
    distance = (off.square().sum(-1) - 2 * tilt * off[..., 0] * off[..., 1]) / rest
    direction = -0.5 * (distance + torch.log(rest)) - math.log(2 * math.pi)
    direction = direction - part["direction_scales"].log().sum(-1)
    late = (events[..., None, 2:] - part["timing_means"]) / part["timing_scales"]
    timing = -0.5 * (late.square() + math.log(2 * math.pi)) - part["timing_scales"].log()
    timing = timing[..., 0] + timing[..., 1] * with_pause[..., None]
    return part["log_weights"][..., 0] + direction + timing, part["break_logits"][..., 0]


def log_chance_far(parameters: Tensor, latest: Tensor) -> Tensor:
    """Logarithm (...) of how likely the next fixation lies 5 degrees and more from the latest one.

    The distance of a normal component is taken for normal itself: exact far from the latest
    fixation, good within a twentieth where it matters.

    Args:
        parameters: (..., M) mixtures.
        latest: (..., 2) the latest fixation.
    """
    components = parameters.shape[-1] // NUMBERS
    layout = mixture_layout(components).slices
    means = parameters[..., layout["direction_means"]].unflatten(-1, (components, 2))
    scales = parameters[..., layout["direction_scales"]].unflatten(-1, (components, 2))
    spread = scales.square().mean(-1)
    distance = ((means - latest[..., None, :]).square().sum(-1) + spread).sqrt()
    # 1.702: the logistic nearest to the normal distribution.
    far = functional.logsigmoid(1.702 * (distance - FAR_RAD) / spread.sqrt())
    return torch.logsumexp(parameters[..., layout["log_weights"]] + far, dim=-1)


def _length(vectors: Tensor) -> Tensor:
    """Euclidean length, with a slope at zero."""
    # Much less than 1e-6 and the exporter's optimiser takes the sum for adding nothing.
    return (vectors.square().sum(-1) + 1e-6).sqrt()


def _first_offsets(shape: Shape) -> Tensor:
    """Where components lie before anything is learned, (C, 2) radians from their place."""
    anywhere = 0.12 * torch.randn(shape.anywhere, 2)
    around = 0.03 * torch.randn(shape.around, 2)
    return torch.cat((anywhere, around, torch.zeros(shape.scales * POINTERS, 2)))


def _first_biases(shape: Shape) -> Tensor:
    """Raw numbers of components before anything is learned, (C, numbers)."""
    pointers = torch.linspace(-4.8, -3.2, shape.scales).repeat(POINTERS)
    spread = torch.cat(
        (torch.full((shape.anywhere,), -2.5), torch.full((shape.around,), -4.0), pointers)
    )
    biases = torch.zeros(shape.components, NUMBERS)
    biases[:, 3:5] = spread[:, None]
    biases[:, 6:8] = 0.5 * torch.randn(shape.components, 2)
    biases[:, 8:10] = -0.3
    biases[:, 10] = -1.5
    return biases
