"""Recorded conversations as endless streams of fixations, varied each time they are played."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from torch import Tensor

from backend.training.options import setting
from blender_addon.core.conventions import Floats
from blender_addon.core.gaze.events import (
    HISTORY,
    INPUT_LAYOUT,
    PLACES,
    place_features,
    sequence_features,
)

from .conversation import Recording

_PARTS = INPUT_LAYOUT.slices


@dataclass(frozen=True)
class Variation:
    """How much a recording is varied, so that thirteen people stand for more."""

    size: float = setting(0.15, "Deviation of the logarithm of how far this person looks.", least=0)
    shape: float = setting(0.05, "The same of yaw against pitch.", least=0)
    shift_rad: float = setting(
        0.004, "Deviation of the error in where the partner's face was.", least=0
    )
    tempo: float = setting(0.1, "Deviation of the logarithm of durations.", least=0)
    hidden_breaks: float = setting(
        0.15, "Share of breaks the network is not told of.", least=0, most=1
    )


NO_VARIATION = Variation(0.0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Sequences:
    """Stretches of fixations, each tensor (B, T, ...).

    Args:
        features: (B, T, F).
        events: (B, T, 4) what was looked at.
        with_pause: (B, T) 1 where the pause counts.
        breaks: (B, T) 1 where a break follows.
    """

    features: Tensor
    events: Tensor
    with_pause: Tensor
    breaks: Tensor

    def to(self, device: torch.device) -> Sequences:
        """The same on a device."""
        parts = (getattr(self, each.name).to(device) for each in fields(self))
        return Sequences(*parts)


def whole_recording(recording: Recording, rng: np.random.Generator) -> Sequences:
    """A recording from beginning to end as a batch of one."""
    events = recording.events(rng)
    features = sequence_features(events, recording.roles, recording.breaks_s)
    return _to_sequences([(features, events, *_marks(recording))])


def _marks(recording: Recording) -> tuple[Floats, Floats]:
    follows = np.append(recording.breaks_s[1:] > 0, False)
    return recording.with_pause.astype(np.float32), follows.astype(np.float32)


def _to_sequences(rows: Sequence[tuple[Floats, ...]]) -> Sequences:
    columns = [np.stack(column).astype(np.float32) for column in zip(*rows, strict=True)]
    return Sequences(*(torch.from_numpy(column) for column in columns))


def vary(
    features: Floats, events: Floats, variation: Variation, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Another person who might have been: mirrored, looking farther or less far, slower or faster.

    Args:
        features: (N, F).
        events: (N, 4).
        variation: how much.
        rng: what decides.

    Returns:
        features and events, new.
    """
    features, events = features.copy(), events.copy()
    scale = np.exp(rng.normal(0, variation.size) + rng.normal(0, variation.shape, 2))
    scale[0] *= rng.choice((-1.0, 1.0)) if variation.size else 1.0
    shift = rng.normal(0, variation.shift_rad, 2)
    tempo = rng.normal(0, variation.tempo)
    known = features[:, _PARTS["past_known"]]
    past = features[:, _PARTS["past_directions_rad"]].reshape(-1, HISTORY, 2)
    past = (past * scale + shift) * known[..., None]
    features[:, _PARTS["past_directions_rad"]] = past.reshape(len(past), -1)
    features[:, _PARTS["past_durations"]] += tempo * known
    known = features[:, _PARTS["place_known"]]
    places = features[:, _PARTS["place_directions_rad"]].reshape(-1, PLACES, 2)
    places = (places * scale + shift) * known[..., None]
    features[:, _PARTS["place_directions_rad"]] = places.reshape(len(places), -1)
    events[:, :2] = events[:, :2] * scale + shift
    events[:, 2] += tempo
    hidden = rng.random(len(events)) < variation.hidden_breaks
    features[hidden, _PARTS["after_break"].start : _PARTS["break_length"].stop] = 0.0
    return features, events


class _Stream:
    """One person after the other, each varied anew and played from some place on."""

    def __init__(
        self,
        recordings: Sequence[Recording],
        habits: Sequence[Floats],
        variation: Variation,
        rng: np.random.Generator,
    ) -> None:
        self._recordings, self._variation, self._rng = recordings, variation, rng
        self._habits = habits
        self._rows: tuple[Floats, ...] = ()
        self._at = 0

    def read(self, length: int) -> tuple[tuple[Floats, ...], bool]:
        """The next fixations, and whether another person begins with them."""
        fresh = not self._rows or self._at + length > len(self._rows[0])
        if fresh:
            self._begin(length)
        part = slice(self._at, self._at + length)
        self._at += length
        return tuple(row[part] for row in self._rows), fresh

    def _begin(self, length: int) -> None:
        # Everybody equally often, however long they were recorded: it is people that are learned.
        number = int(self._rng.integers(len(self._recordings)))
        recording, habits = self._recordings[number], self._habits[number]
        events = recording.events(self._rng)
        features = sequence_features(events, recording.roles, recording.breaks_s, habits)
        varied = vary(features, events, self._variation, self._rng)
        self._rows = (*varied, *_marks(recording))
        # Half begin at the beginning, so that the network also learns how it is to know nothing.
        latest = max(len(events) - length, 1) // 2
        self._at = int(self._rng.integers(latest)) if self._rng.random() < 0.5 else 0

    def state_dict(self) -> dict[str, Any]:
        """What is being played, and where."""
        return {"rows": [torch.from_numpy(row) for row in self._rows], "at": self._at}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Play it again from there."""
        self._rows, self._at = tuple(row.numpy() for row in state["rows"]), state["at"]


class Streams:
    """A batch of streams, for back-propagation through time cut off after each stretch.

    Args:
        recordings: people to play.
        count: B streams.
        variation: of each playing.
        rng: what decides.
        state_size: S, of the recurrent state that is carried from one stretch to the next.
        device: of what is read.

    Raises:
        ValueError: a recording is shorter than a stretch, when it is read.
    """

    def __init__(
        self,
        recordings: Sequence[Recording],
        count: int,
        variation: Variation,
        rng: np.random.Generator,
        state_size: int,
        device: torch.device,
    ) -> None:
        habits = [place_features(each.direction_rad) for each in recordings]
        self._streams = [_Stream(recordings, habits, variation, rng) for _ in range(count)]
        self._state = torch.zeros(count, state_size, device=device)

    def read(self, length: int) -> tuple[Sequences, Tensor]:
        """The next ``length`` fixations of each, and (B, S) the state at their beginning.

        The state is zero where another person begins.
        """
        read = [stream.read(length) for stream in self._streams]
        goes_on = torch.tensor([[0.0 if fresh else 1.0] for _, fresh in read])
        part = _to_sequences([rows for rows, _ in read])
        return part.to(self._state.device), self._state * goes_on.to(self._state.device)

    def carry(self, state: Tensor) -> None:
        """Take the state (B, S) at the end of a stretch on to the next, cut off from its past."""
        self._state = state.detach().float()

    def state_dict(self) -> dict[str, Any]:
        """What is being played, and the state carried."""
        return {
            "streams": [stream.state_dict() for stream in self._streams],
            "state": self._state,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        for stream, kept in zip(self._streams, state["streams"], strict=True):
            stream.load_state_dict(kept)
        self._state = state["state"].to(self._state.device)
