"""Fixations from the network of gaze behaviour: its likelihoods, and what it makes up."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.gaze.balance import PartnerBalance, partner_shares
from blender_addon.core.gaze.events import (
    INPUT_LAYOUT,
    ROLES,
    EventHistory,
    clip_events,
    decode_events,
    direction_log_density,
    log_density,
    read_mixture,
    sample_mixture,
    sequence_features,
)
from blender_addon.core.gaze.turns import pull_mixture
from blender_addon.core.inference.session import ModelSession

from .conversation import Recording

Step = Callable[[Floats], Floats]
"""Features (B, F) to mixtures (B, M); keeps the network's state from call to call."""
_WARM_UP_S = 5.0


def session_steps(session: ModelSession, count: int) -> Step:
    """Steps of an exported network for B characters, from a state of nothing seen."""
    state = np.zeros((count, session.contract.setting("state_size")), np.float32)

    def step(features: Floats) -> Floats:
        nonlocal state
        outputs = session.run({"features": features, "state": state})
        state = outputs["next_state"]
        return outputs["mixture"]

    return step


def event_losses(
    session: ModelSession, recordings: Sequence[Recording], draws: int = 2
) -> list[Floats]:
    """Negative log-likelihoods (N, 2) of each event of each person, given all before it.

    Args:
        session: the exported network.
        recordings: read from the beginning, all people in one batch, the state carried through.
        draws: dequantisations averaged, always the same ones.

    Returns:
        For each person those of whole events, and of their directions alone.
    """
    rows = [
        (recording.events(np.random.default_rng(seed)), recording)
        for recording in recordings
        for seed in range(draws)
    ]
    longest = max(len(events) for events, _ in rows)
    features = np.zeros((longest, len(rows), INPUT_LAYOUT.size), "f4")
    for row, (events, recording) in enumerate(rows):
        made = sequence_features(events, recording.roles, recording.breaks_s)
        features[: len(events), row] = made
    step = session_steps(session, len(rows))
    mixtures = np.stack([step(each) for each in features])
    losses = [
        losses_under(mixtures[: len(events), row], events, recording)
        for row, (events, recording) in enumerate(rows)
    ]
    return [np.mean(losses[n : n + draws], axis=0) for n in range(0, len(rows), draws)]


def losses_under(mixtures: Floats, events: Floats, recording: Recording) -> Floats:
    """(N, 2) of whole events (N, 4) and of their directions alone, under mixtures (N, M)."""
    whole = log_density(mixtures, events, recording.with_pause)
    return -np.stack((whole, direction_log_density(mixtures, events)), axis=-1)


def generate_from_session(
    session: ModelSession, role: int, characters: int, seconds: float, seed: int = 0
) -> list[Recording]:
    """Let characters of an exported network look around; see generate."""
    breaks = session.contract.setting("break_seconds")[ROLES[role]]
    shares = session.contract.settings.get("partner_share")
    people = None if shares is None else partner_shares(shares)
    step = session_steps(session, characters)
    return generate(step, breaks, role, characters, seconds, seed, people)


def generate(
    step: Step,
    break_seconds: Sequence[float],
    role: int,
    characters: int,
    seconds: float,
    seed: int = 0,
    people: Floats | None = None,
) -> list[Recording]:
    """Let characters look around in one role, nobody but the partner before them.

    Args:
        step: of a network, for so many characters.
        break_seconds: median and logarithmic deviation of how long eyes are not seen.
        role: number into ROLES, all the time.
        characters: how many.
        seconds: how long each; a few seconds before it are made and dropped.
        seed: of everybody; each draws from a generator of its own.
        people: shares of time on the partner that characters are held to, see partner_shares.

    Returns:
        What each did, as if it had been recorded without sampling.
    """
    rngs = [np.random.default_rng([seed, role, number]) for number in range(characters)]
    median, spread = break_seconds
    history, roles = EventHistory(characters, at_home=True), np.full(characters, role)
    time, broken = np.full(characters, -_WARM_UP_S), np.ones(characters, np.bool_)
    styles = [np.random.default_rng([seed, 0, number, 1]) for number in range(characters)]
    balance = None if people is None else PartnerBalance(people, styles)
    made = []
    while time.min() < seconds:
        lengths = [median * np.exp(spread * rng.standard_normal()) for rng in rngs]
        breaks_s = np.where(broken, np.clip(lengths, 0.1, 5.0), 0.0)
        mixture = read_mixture(step(history.features(roles, breaks_s)))
        if balance is not None:
            mixture = pull_mixture(mixture, balance.pulls(roles))
        events, follows = sample_mixture(mixture, rngs)
        events = clip_events(events)
        history.append(events)
        if balance is not None:
            balance.append(events, roles)
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
