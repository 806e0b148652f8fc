"""Fixations from the exported network of gaze behaviour: its likelihoods, and what it makes up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from backend.datasets.gaze_conversation import Recording
from blender_addon.core.conventions import Floats
from blender_addon.core.features.gaze_events import (
    ROLES,
    EventHistory,
    clip_events,
    decode_events,
    log_density,
    sample_mixture,
    sequence_features,
)
from blender_addon.core.inference.session import ModelSession

_WARM_UP_S = 5.0


def event_losses(
    session: ModelSession, recordings: Sequence[Recording], draws: int = 2
) -> list[Floats]:
    """Negative log-likelihood (N,) of each event of each person, given all before it.

    Args:
        session: the exported network.
        recordings: read from the beginning, all people in one batch, the state carried through.
        draws: dequantisations averaged, always the same ones.
    """
    rows = [
        (recording.events(np.random.default_rng(seed)), recording)
        for recording in recordings
        for seed in range(draws)
    ]
    longest = max(len(events) for events, _ in rows)
    features = np.zeros((longest, len(rows), session.contract.input("features").shape[1]), "f4")
    for row, (events, recording) in enumerate(rows):
        made = sequence_features(events, recording.roles, recording.breaks_s)
        features[: len(events), row] = made
    mixtures = run_network(session, features)
    losses = [
        -log_density(mixtures[: len(events), row], events, recording.with_pause)
        for row, (events, recording) in enumerate(rows)
    ]
    return [np.mean(losses[n : n + draws], axis=0) for n in range(0, len(rows), draws)]


def run_network(session: ModelSession, features: Floats) -> Floats:
    """Mixtures (N, B, M) of features (N, B, F), fixation by fixation."""
    state = np.zeros((features.shape[1], session.contract.setting("state_size")), np.float32)
    found = []
    for step in features:
        outputs = session.run({"features": step, "state": state})
        state = outputs["next_state"]
        found.append(outputs["mixture"])
    return np.stack(found)


def generate(
    session: ModelSession, role: int, characters: int, seconds: float, seed: int = 0
) -> list[Recording]:
    """Let characters look around in one role, nobody but the partner before them.

    Args:
        session: the exported network.
        role: number into ROLES, all the time.
        characters: how many.
        seconds: how long each; a few seconds before it are made and dropped.
        seed: of the first; the next ones follow.

    Returns:
        What each did, as if it had been recorded without sampling.
    """
    rngs = [np.random.default_rng([seed, role, number]) for number in range(characters)]
    median, spread = session.contract.setting("break_seconds")[ROLES[role]]
    history, roles = EventHistory(characters), np.full(characters, role)
    state = np.zeros((characters, session.contract.setting("state_size")), np.float32)
    time, broken = np.full(characters, -_WARM_UP_S), np.ones(characters, np.bool_)
    made = []
    while time.min() < seconds:
        lengths = [median * np.exp(spread * rng.standard_normal()) for rng in rngs]
        breaks_s = np.where(broken, np.clip(lengths, 0.1, 5.0), 0.0)
        outputs = session.run({"features": history.features(roles, breaks_s), "state": state})
        state = outputs["next_state"]
        events, follows = sample_mixture(outputs["mixture"], rngs)
        events = clip_events(events)
        history.append(events)
        direction_rad, duration_s, pause_s = decode_events(events.astype(np.float64))
        pause_s = np.where(broken, 0.0, pause_s)
        begins = time + breaks_s + pause_s
        made.append((begins, direction_rad, duration_s, pause_s, breaks_s))
        time, broken = begins + duration_s, follows
    return _to_recordings(made, role, seconds)


def _to_recordings(
    made: Sequence[tuple[Floats, ...]], role: int, seconds: float
) -> list[Recording]:
    begins, direction_rad, duration_s, pause_s, breaks_s = (
        np.stack(column, axis=1) for column in zip(*made, strict=True)
    )
    found = []
    for row, onset_s in enumerate(begins):
        kept = (onset_s >= 0) & (onset_s < seconds)
        found.append(
            Recording(
                f"{ROLES[role]} {row}",
                direction_rad[row, kept],
                duration_s[row, kept],
                pause_s[row, kept],
                np.full(int(kept.sum()), role),
                breaks_s[row, kept],
            )
        )
    return found
