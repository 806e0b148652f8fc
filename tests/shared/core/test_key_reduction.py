"""Reduced keys play what was there, within the bound."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blender_addon.core.errors import SettingsError
from blender_addon.core.keys.reduction import contact_frames, hermite, keys_at, reduce_keys
from blender_addon.core.maths.rotations import axis_angle_to_quaternion, make_continuous


def wave(frames: int, seed: int, columns: int = 3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    t = np.arange(frames)[:, None]
    return np.sin(t * rng.uniform(0.01, 0.3, columns) + rng.uniform(0, 6, columns))


def turns(frames: int, seed: int) -> np.ndarray:
    axes = np.array([0.0, 0.6, 0.8])
    return make_continuous(axis_angle_to_quaternion(axes, wave(frames, seed, 1)[:, 0]))


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 300), st.integers(0, 99), st.floats(1e-3, 0.3))
def test_the_bound_holds_on_every_frame(frames, seed, bound):
    values = wave(frames, seed)
    kept = reduce_keys(values, bound)
    played = hermite(kept.kept, values[kept.kept], kept.slopes)
    played = np.broadcast_to(played, values.shape)
    errors = np.linalg.norm(played - values, axis=1)
    assert errors.max() <= bound
    assert kept.largest_error == pytest.approx(errors.max())


@settings(max_examples=20, deadline=None)
@given(st.integers(10, 300), st.integers(0, 99), st.floats(1e-3, 0.1))
def test_rotations_are_bounded_by_their_turn(frames, seed, bound):
    values = turns(frames, seed)
    kept = reduce_keys(values, bound, is_rotation=True)
    played = np.broadcast_to(hermite(kept.kept, values[kept.kept], kept.slopes), values.shape)
    played = played / np.linalg.norm(played, axis=1, keepdims=True)
    dots = np.abs(np.sum(played * values, axis=1))
    assert 2 * np.arccos(np.minimum(dots, 1.0)).max() <= bound + 1e-3


def test_what_stands_still_keeps_one_key_and_a_line_two():
    assert len(reduce_keys(np.ones((200, 3)), 1e-3).kept) == 1
    line = np.linspace(0.0, 9.0, 200)[:, None] * (1.0, -2.0)
    assert reduce_keys(line, 1e-3).kept.tolist() == [0, 199]


def test_smooth_motion_needs_few_keys_and_noise_nearly_all():
    assert len(reduce_keys(wave(600, 1), 0.03).kept) < 150
    noise = np.random.default_rng(0).normal(size=(100, 1))
    assert len(reduce_keys(noise, 1e-3).kept) > 80


def test_a_tighter_bound_never_takes_fewer_keys():
    counts = [len(reduce_keys(wave(300, 4), bound).kept) for bound in (0.3, 0.1, 0.03, 0.01)]
    assert counts == sorted(counts)


@pytest.mark.parametrize("bound", [0.0, -1.0, float("nan")])
def test_a_bound_that_cannot_be_kept_is_refused(bound):
    with pytest.raises(SettingsError, match="reduced to within"):
        reduce_keys(wave(10, 0), bound)


def test_contact_frames_are_the_changes_and_the_middles():
    contacts = np.zeros((40, 4), bool)
    contacts[10:20, 0] = True
    assert contact_frames(contacts).tolist() == [0, 5, 10, 15, 20, 29, 39]
    kept = keys_at(contact_frames(contacts), wave(40, 2), is_rotation=False)
    assert kept.largest_error > 0
