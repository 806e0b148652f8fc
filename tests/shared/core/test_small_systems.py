"""Many small systems are solved as one by one."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.maths.small_systems import solve_many


@pytest.mark.parametrize(("count", "size"), [(1, 1), (1, 4), (7, 39), (200, 6)])
def test_what_is_found_solves_them(count: int, size: int) -> None:
    rng = np.random.default_rng(size)
    rows = rng.normal(size=(count, 2 * size, size))
    matrices = np.einsum("tij,tik->tjk", rows, rows) + 0.1 * np.eye(size)
    truth = rng.normal(size=(count, size))
    rights = np.einsum("tij,tj->ti", matrices, truth)
    assert solve_many(matrices, rights) == pytest.approx(truth, abs=1e-7)


def test_what_is_given_is_left_as_it_is() -> None:
    matrices, rights = np.tile(2.0 * np.eye(3), (5, 1, 1)), np.ones((5, 3))
    assert solve_many(matrices, rights) == pytest.approx(np.full((5, 3), 0.5))
    assert (matrices == 2.0 * np.eye(3)).all()
    assert (rights == 1.0).all()
