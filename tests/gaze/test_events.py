"""Events of gaze: encoding, features by step and by sequence, mixtures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blender_addon.core.errors import ContractError
from blender_addon.core.gaze.events import (
    HISTORY,
    INPUT_LAYOUT,
    ROLES,
    EventHistory,
    clip_events,
    decode_events,
    encode_events,
    log_density,
    mixture_layout,
    read_mixture,
    sample_mixture,
    sequence_features,
)


def random_recording(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Events, roles and breaks of an invented recording; a role changes at a break only."""
    rng = np.random.default_rng(seed)
    direction = rng.normal(0, 0.1, (count, 2))
    events = encode_events(
        direction, 0.1 + rng.exponential(0.2, count), rng.exponential(0.04, count)
    )
    breaks = np.where(rng.random(count) < 0.2, rng.uniform(0.1, 2.0, count), 0.0)
    breaks[0] = 0.5
    roles = np.cumsum((breaks > 0) & (rng.random(count) < 0.3)) % len(ROLES)
    return events, roles, breaks


def random_parameters(batch: int, components: int, seed: int = 0) -> np.ndarray:
    """Sensible mixtures."""
    rng = np.random.default_rng(seed)
    layout = mixture_layout(components)
    found = rng.normal(0, 0.3, (batch, layout.size))
    weights = rng.dirichlet(np.full(components, 2.0), batch)
    found[:, layout.slices["log_weights"]] = np.log(weights)
    for name in ("direction_scales", "timing_scales"):
        found[:, layout.slices[name]] = rng.uniform(0.05, 0.6, found[:, layout.slices[name]].shape)
    found[:, layout.slices["correlations"]] = rng.uniform(-0.9, 0.9, (batch, components))
    return found.astype(np.float32)


@given(
    yaw=st.floats(-0.8, 0.8),
    duration=st.floats(0.1, 4.0),
    pause=st.floats(0.0, 1.5),
)
def test_an_event_survives_encoding(yaw: float, duration: float, pause: float) -> None:
    encoded = encode_events(np.array([yaw, -yaw / 2]), np.array(duration), np.array(pause))
    direction, duration_s, pause_s = decode_events(encoded)
    np.testing.assert_allclose(direction, [yaw, -yaw / 2], atol=1e-6)
    assert duration_s == pytest.approx(duration, rel=1e-4)
    assert pause_s == pytest.approx(pause, rel=1e-4, abs=1e-6)


def test_whatever_is_drawn_lasts_long_enough_and_stays_in_sight() -> None:
    wild = np.random.default_rng(0).normal(0, 30, (500, 4))
    direction, duration_s, pause_s = decode_events(clip_events(wild))
    assert (duration_s >= 0.095).all() and (duration_s <= 4.001).all()
    assert (pause_s >= 0).all() and (pause_s <= 1.501).all()
    assert np.rad2deg(np.linalg.norm(direction, axis=-1)).max() <= 50.01
    kept = random_recording(100)[0]
    np.testing.assert_allclose(clip_events(kept), kept, atol=1e-5)


def test_features_of_a_sequence_are_those_of_its_steps() -> None:
    """What is trained on is literally what the scene feeds."""
    events, roles, breaks = random_recording(3 * HISTORY)
    history = EventHistory(1)
    stepwise = []
    for event, role, pause in zip(events, roles, breaks, strict=True):
        stepwise.append(history.features(np.array([role]), np.array([pause]))[0])
        history.append(event[None])
    whole = sequence_features(events, roles, breaks)
    assert whole.shape == (len(events), INPUT_LAYOUT.size)
    np.testing.assert_allclose(np.stack(stepwise), whole, atol=1e-4)


def test_characters_of_a_batch_do_not_mix() -> None:
    recordings = [random_recording(20, seed) for seed in range(3)]
    together = EventHistory(3)
    for step in range(20):
        features = together.features(
            np.array([roles[step] for _, roles, _ in recordings]),
            np.array([breaks[step] for _, _, breaks in recordings]),
        )
        for row, recording in enumerate(recordings):
            np.testing.assert_allclose(
                features[row], sequence_features(*recording)[step], atol=1e-4
            )
        together.append(np.stack([events[step] for events, _, _ in recordings]))


def test_a_character_that_waits_keeps_its_past() -> None:
    events, roles, breaks = random_recording(6)
    history = EventHistory(2)
    for step in range(5):
        history.features(roles[[step, step]], breaks[[step, step]])
        history.append(events[[step, step]], np.array([True, step < 2]))
    np.testing.assert_array_equal(history.last_directions_rad, events[[4, 1], :2])


def test_the_latest_fixation_comes_first_and_the_unknown_is_zero() -> None:
    events, roles, breaks = random_recording(3)
    parts = INPUT_LAYOUT.slices
    features = sequence_features(events, roles, breaks)
    assert not features[0, parts["past_known"]].any()
    np.testing.assert_array_equal(features[2, parts["past_known"]][:3], [1, 1, 0])
    past = features[2, parts["past_directions_rad"]].reshape(HISTORY, 2)
    np.testing.assert_array_equal(past[:2], events[[1, 0], :2])
    assert not past[2:].any()


def test_a_density_integrates_to_one() -> None:
    """Over a grid of directions and durations, the pause left out."""
    parameters = random_parameters(1, 3)
    axis, late = np.linspace(-2.5, 2.5, 61), np.linspace(-4, 4, 61)
    grid = np.stack(np.meshgrid(axis, axis, late, [0.0], indexing="ij"), -1).reshape(-1, 4)
    many = np.broadcast_to(parameters, (len(grid), parameters.shape[1]))
    density = np.exp(log_density(many, grid, np.zeros(len(grid), np.bool_)))
    volume = (axis[1] - axis[0]) ** 2 * (late[1] - late[0])
    assert density.sum() * volume == pytest.approx(1.0, abs=0.02)


def test_a_pause_counts_where_it_is_known() -> None:
    parameters, events = random_parameters(4, 5), random_recording(4)[0]
    moved = events + np.array([0, 0, 0, 0.7], np.float32)
    counts = np.array([True, True, False, False])
    before, after = (log_density(parameters, each, counts) for each in (events, moved))
    assert (np.abs(after - before)[:2] > 1e-3).all()
    np.testing.assert_allclose(after[2:], before[2:])


def test_draws_have_the_moments_of_the_mixture() -> None:
    one = random_parameters(1, 4, seed=3)
    many = np.repeat(one, 200_000, axis=0)
    events, breaks = sample_mixture(many, np.random.default_rng(0))
    mixture = read_mixture(one)
    weights = np.exp(mixture.log_weights[0])
    means = np.concatenate((mixture.direction_means, mixture.timing_means), -1)[0]
    np.testing.assert_allclose(events.mean(0), weights @ means, atol=0.01)
    covariance = np.einsum("c,ci,cj->ij", weights, means, means)
    for weight, spread, timing, tilt in zip(
        weights,
        mixture.direction_scales[0],
        mixture.timing_scales[0],
        mixture.correlations[0],
        strict=True,
    ):
        inner = np.diag(np.concatenate((spread, timing)) ** 2)
        inner[0, 1] = inner[1, 0] = tilt * spread.prod()
        covariance += weight * inner
    covariance -= np.outer(weights @ means, weights @ means)
    np.testing.assert_allclose(np.cov(events.T), covariance, atol=0.01)
    odds = weights @ (1 / (1 + np.exp(-mixture.break_logits[0])))
    assert breaks.mean() == pytest.approx(odds, abs=0.01)


def test_a_seed_repeats_and_nobody_else_matters() -> None:
    parameters = random_parameters(3, 6)
    alone = sample_mixture(parameters[1:2], [np.random.default_rng(5)])[0]
    generators = [np.random.default_rng(seed) for seed in (4, 5, 6)]
    np.testing.assert_array_equal(sample_mixture(parameters, generators)[0][1:2], alone)


def test_no_temperature_takes_the_likeliest() -> None:
    parameters = random_parameters(8, 5)
    events, _ = sample_mixture(parameters, np.random.default_rng(0), temperature=0.0)
    mixture = read_mixture(parameters)
    best = mixture.log_weights.argmax(-1)
    np.testing.assert_allclose(
        events[:, :2], mixture.direction_means[np.arange(8), best], rtol=1e-5
    )


def test_a_part_of_a_component_is_refused() -> None:
    with pytest.raises(ContractError, match="multiple of 11"):
        read_mixture(np.zeros((1, 23), np.float32))
