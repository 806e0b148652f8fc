"""Numbers packed small come out as they went in, to half a step."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.demo_character.packing import mirrored, pack, unpack

STEP_M = 5e-5


@pytest.mark.parametrize("seed", range(5))
def test_lengths_come_back_to_half_a_step(seed):
    lengths = np.random.default_rng(seed).uniform(-1.6, 1.6, (3, 2, 50))
    found = unpack(pack(lengths, STEP_M), STEP_M)
    assert np.abs(found - lengths).max() <= STEP_M / 2 + 1e-7


def test_a_length_beyond_sixteen_bits_is_refused():
    with pytest.raises(ValueError, match="longer step"):
        pack(np.array([1.7]), STEP_M)


def test_the_other_side_is_mirrored():
    mirror, kept = np.array([1, 0, 2]), np.array([0, 2])
    half = np.array([[0.3, 0.0], [1.0, 2.0], [0.1, 0.2]])  # x, y, z of the left and the middle one
    np.testing.assert_allclose(
        mirrored(half, kept, mirror),
        [[0.3, 1.0, 0.1], [-0.3, 1.0, 0.1], [0.0, 2.0, 0.2]],
        atol=1e-6,
    )
