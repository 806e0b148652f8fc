"""Inverses of transforms."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.maths.affine import affine_inverse


@pytest.mark.parametrize("shape", [(), (5,), (3, 7)])
def test_a_transform_and_its_inverse_do_nothing(shape):
    rng = np.random.default_rng(1)
    matrices = np.zeros((*shape, 4, 4))
    matrices[..., :3, :] = rng.normal(size=(*shape, 3, 4)) + 2 * np.eye(3, 4)
    matrices[..., 3, 3] = 1.0
    np.testing.assert_allclose(
        affine_inverse(matrices) @ matrices, np.broadcast_to(np.eye(4), matrices.shape), atol=1e-12
    )


def test_mirrored_and_sheared_ones_too():
    matrix = np.array([[-1, 0.5, 0, 3], [0, 2, 0, -1], [0, 0, 0.01, 7], [0, 0, 0, 1]])
    np.testing.assert_allclose(affine_inverse(matrix), np.linalg.inv(matrix), rtol=1e-12)
