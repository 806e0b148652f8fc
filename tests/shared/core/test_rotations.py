"""Rotation forms agree with each other and with how they turn vectors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blender_addon.core.maths import rotations as rot
from tests.shared.core.motion_samples import random_rotations, rotation_gap

SEEDS = st.integers(0, 2**32 - 1)
RNG = np.random.default_rng(5)
MANY = random_rotations(RNG, 500)
VECTORS = RNG.normal(size=(500, 3)).astype(np.float32)


def test_matrix_and_quaternion_turn_vectors_alike() -> None:
    by_matrix = np.einsum("nij,nj->ni", rot.quaternion_to_matrix(MANY), VECTORS)
    np.testing.assert_allclose(rot.quaternion_rotate(MANY, VECTORS), by_matrix, atol=2e-6)


def test_matrix_round_trip_has_real_part_first_and_positive() -> None:
    back = rot.matrix_to_quaternion(rot.quaternion_to_matrix(MANY))
    assert rotation_gap(back, MANY) < 2e-6
    assert (back[:, 0] >= 0).all()


@pytest.mark.parametrize("axis", [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0.6, 0, 0.8]])
def test_matrix_round_trip_of_half_turns(axis: list[float]) -> None:
    half_turn = rot.axis_angle_to_quaternion(np.array(axis, np.float32), np.pi)
    back = rot.matrix_to_quaternion(rot.quaternion_to_matrix(half_turn))
    assert rotation_gap(back, half_turn) < 1e-6


def test_composition_turns_by_the_second_first() -> None:
    other = random_rotations(RNG, 500)
    both = rot.quaternion_rotate(rot.quaternion_multiply(MANY, other), VECTORS)
    in_turn = rot.quaternion_rotate(MANY, rot.quaternion_rotate(other, VECTORS))
    np.testing.assert_allclose(both, in_turn, atol=3e-6)


def test_conjugate_undoes() -> None:
    undone = rot.quaternion_multiply(rot.quaternion_conjugate(MANY), MANY)
    np.testing.assert_allclose(undone, np.broadcast_to([1, 0, 0, 0], (500, 4)), atol=1e-6)


def test_heading_points_from_z_toward_x() -> None:
    heading = np.linspace(-3, 3, 50).astype(np.float32)
    forward = rot.quaternion_rotate(
        rot.heading_to_quaternion(heading), np.array([0, 0, 1], np.float32)
    )
    expected = np.stack((np.sin(heading), 0 * heading, np.cos(heading)), axis=-1)
    np.testing.assert_allclose(forward, expected, atol=1e-6)


@pytest.mark.parametrize("order", ["ZYX", "XYZ", "YXZ", "ZXY", "xzy", "YZX"])
def test_euler_order_is_the_matrix_product_as_written(order: str) -> None:
    angles = RNG.uniform(-3, 3, (20, 3)).astype(np.float32)
    product = np.broadcast_to(np.eye(3), (20, 3, 3))
    for n, letter in enumerate(order.upper()):
        axis = np.eye(3, dtype=np.float32)["XYZ".index(letter)]
        turn = rot.axis_angle_to_quaternion(axis, angles[:, n])
        product = product @ rot.quaternion_to_matrix(turn)
    by_euler = rot.quaternion_to_matrix(rot.euler_to_quaternion(angles, order))
    np.testing.assert_allclose(by_euler, product, atol=2e-6)


@given(
    z=st.floats(-3.1, 3.1),
    x=st.floats(-3.1, 3.1),
    below=st.sampled_from([0.0, 1e-9, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 0.1, 1.0, 1.5]),
    sign=st.sampled_from([-1.0, 1.0]),
)
@settings(deadline=None)
def test_euler_round_trip_keeps_its_digits_up_to_the_pole(
    z: float, x: float, below: float, sign: float
) -> None:
    angles = np.array([[z, sign * (np.pi / 2 - below), x]], np.float32)
    turned = rot.euler_to_quaternion(angles, "ZYX")
    back = rot.euler_to_quaternion(rot.quaternion_to_euler_zyx(turned), "ZYX")
    assert rotation_gap(back, turned) < 2e-6


def test_two_columns_round_trip_and_repair() -> None:
    assert rotation_gap(rot.six_to_quaternion(rot.quaternion_to_six(MANY)), MANY) < 2e-6
    noisy = rot.quaternion_to_six(MANY) * 3 + RNG.normal(size=(500, 6)).astype(np.float32) * 0.3
    matrices = rot.six_to_matrix(noisy)
    identity = np.broadcast_to(np.eye(3), (500, 3, 3))
    np.testing.assert_allclose(matrices @ np.swapaxes(matrices, 1, 2), identity, atol=3e-5)
    assert (np.linalg.det(matrices) > 0.999).all()


def test_rotation_between_brings_start_to_end_the_shortest_way() -> None:
    start, end = rot.normalise(VECTORS[:250]), rot.normalise(VECTORS[250:])
    turn = rot.rotation_between(VECTORS[:250], VECTORS[250:])
    np.testing.assert_allclose(rot.quaternion_rotate(turn, start), end, atol=3e-6)
    angle = 2 * np.arccos(np.clip(turn[:, 0], -1, 1))
    shortest = np.arccos(np.clip(np.sum(start * end, axis=-1), -1, 1))
    np.testing.assert_allclose(angle, shortest, atol=2e-3)


@pytest.mark.parametrize("start", [[1, 0, 0], [0, -2, 0], [0, 0, 1], [0.3, -0.9, 0.1]])
def test_rotation_between_opposite_directions(start: list[float]) -> None:
    a = np.array(start, np.float32)
    turn = rot.rotation_between(a, -a)
    np.testing.assert_allclose(rot.quaternion_rotate(turn, a), -a, atol=1e-5)
    assert turn.dtype == np.float32


def test_continuous_quaternions_never_jump() -> None:
    angle = np.linspace(0, 20, 300).astype(np.float32)
    smooth = rot.axis_angle_to_quaternion(np.array([0, 1, 0], np.float32), angle)[:, None]
    signs = np.where(RNG.random((300, 1, 1)) < 0.5, -1, 1).astype(np.float32)
    mended = rot.make_continuous(smooth * signs)
    assert np.abs(np.diff(mended, axis=0)).max() < 0.05
    assert rotation_gap(mended, smooth) < 1e-6


@given(seed=SEEDS, weight=st.floats(0, 1))
@settings(deadline=None, max_examples=50)
def test_blend_stays_between_and_ignores_signs(seed: int, weight: float) -> None:
    a, b = random_rotations(np.random.default_rng(seed), 2)
    blended = rot.quaternion_nlerp(a, b, weight)
    assert abs(float(np.linalg.norm(blended)) - 1) < 1e-5
    assert rotation_gap(rot.quaternion_nlerp(a, -b, weight), blended) < 1e-6
    whole = abs(float(np.dot(a, b)))
    assert min(abs(float(np.dot(a, blended))), abs(float(np.dot(b, blended)))) > whole - 1e-5


def test_blend_ends() -> None:
    a, b = MANY[:250], MANY[250:]
    assert rotation_gap(rot.quaternion_nlerp(a, b, 0.0), a) < 1e-6
    assert rotation_gap(rot.quaternion_nlerp(a, b, np.ones(250, np.float32)), b) < 1e-6


@given(angle=st.floats(-1000, 1000))
def test_wrapped_angle_is_the_same_direction(angle: float) -> None:
    wrapped = float(rot.wrap_angle(np.float64(angle)))
    assert -np.pi - 1e-9 <= wrapped < np.pi + 1e-9
    assert np.isclose(np.cos(wrapped), np.cos(angle)) and np.isclose(np.sin(wrapped), np.sin(angle))


def test_zero_vector_stays_zero() -> None:
    assert not rot.normalise(np.zeros(3, np.float32)).any()
