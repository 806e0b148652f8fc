"""Conversions between rotation forms, and quaternion algebra.

Every function is pure, works on any leading shape, and is named ``<from>_to_<to>``.
Quaternions are (..., 4) wxyz, matrices (..., 3, 3) acting on column vectors, angles radians.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..conventions import Floats

_TINY = 1e-8
_POLE = 1e-6


def dot(a: Floats, b: Floats) -> Floats:
    """Inner products (...) of (..., C), C small: several times as fast as a sum over that axis."""
    product = a * b
    total = product[..., 0].copy()
    for component in range(1, product.shape[-1]):
        total += product[..., component]
    return total


def length(vectors: Floats) -> Floats:
    """Euclidean lengths (...) of (..., C)."""
    return np.asarray(np.sqrt(dot(vectors, vectors)))


def normalise(vectors: Floats) -> Floats:
    """Scale vectors (..., C) to unit length; a zero vector stays zero."""
    unit: Floats = vectors / np.maximum(length(vectors)[..., None], _TINY)
    return unit


def quaternion_multiply(a_wxyz: Floats, b_wxyz: Floats) -> Floats:
    """Compose rotations (..., 4): the result turns by ``b`` first, then by ``a``."""
    aw, ax, ay, az = (a_wxyz[..., n] for n in range(4))
    bw, bx, by, bz = (b_wxyz[..., n] for n in range(4))
    return _stack(
        aw * bw - ax * bx - ay * by - az * bz,
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
    )


def quaternion_conjugate(q_wxyz: Floats) -> Floats:
    """Inverse of unit quaternions (..., 4)."""
    return q_wxyz * np.array([1, -1, -1, -1], q_wxyz.dtype)


def twist_about(axis: Floats, q_wxyz: Floats) -> Floats:
    """Angles (...) in (−π, π] by which rotations (..., 4) turn about a unit axis (3,) first.

    A rotation is a swing after a twist: q = swing · twist, and this is the angle of the twist.

    Source: Dobrowolski 2015, Swing-twist decomposition in Clifford algebra.
    """
    along = dot(q_wxyz[..., 1:], np.broadcast_to(axis, q_wxyz[..., 1:].shape))
    angle = 2.0 * np.arctan2(along, q_wxyz[..., 0])
    return np.asarray(np.pi - np.mod(np.pi - angle, 2.0 * np.pi))


def rotations_of(matrices: Floats) -> Floats:
    """Rotations (..., 4) in matrices (..., 3, 3) or (..., 4, 4), however their axes are scaled."""
    axes = matrices[..., :3, :3]
    return matrix_to_quaternion(axes / length(np.swapaxes(axes, -1, -2))[..., None, :])


def quaternion_rotate(q_wxyz: Floats, vectors: Floats) -> Floats:
    """Rotate vectors (..., 3) by unit quaternions (..., 4)."""
    w, xyz = q_wxyz[..., :1], q_wxyz[..., 1:]
    twice_cross = 2.0 * cross(xyz, vectors)
    return vectors + w * twice_cross + cross(xyz, twice_cross)


def cross(a: Floats, b: Floats) -> Floats:
    """Cross product of (..., 3); several times as fast as NumPy's general one."""
    ax, ay, az = a[..., 0], a[..., 1], a[..., 2]
    bx, by, bz = b[..., 0], b[..., 1], b[..., 2]
    return _stack(ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx)


def quaternion_to_matrix(q_wxyz: Floats) -> Floats:
    """(..., 4) unit quaternions to (..., 3, 3) matrices."""
    w, x, y, z = np.moveaxis(q_wxyz, -1, 0)
    rows = (
        (1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)),
        (2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)),
        (2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)),
    )
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def matrix_to_quaternion(matrices: Floats) -> Floats:
    """(..., 3, 3) rotation matrices to (..., 4) unit quaternions with w ≥ 0.

    Source: Shepperd 1978; of the four equivalent forms the best conditioned is taken.
    """
    m = matrices
    m00, m11, m22 = m[..., 0, 0], m[..., 1, 1], m[..., 2, 2]
    ww, xx = 1 + m00 + m11 + m22, 1 + m00 - m11 - m22  # four times the squares
    yy, zz = 1 - m00 + m11 - m22, 1 - m00 - m11 + m22
    wx, wy = m[..., 2, 1] - m[..., 1, 2], m[..., 0, 2] - m[..., 2, 0]
    q = _stack(ww, wx, wy, m[..., 1, 0] - m[..., 0, 1])
    # Most turns are small, with w as their largest part: the other rows are for the rest alone.
    wide = ww < np.maximum(np.maximum(xx, yy), zz)
    if wide.any():
        q[wide] = _best_row(m[wide], q[wide], xx[wide], yy[wide], zz[wide])
    q = normalise(q)
    return np.where(q[..., :1] < 0, -q, q)


def _best_row(m: Floats, first: Floats, xx: Floats, yy: Floats, zz: Floats) -> Floats:
    """Of the rows 4·q_n·(w, x, y, z), n = x, y, z, the one with the largest q_n, (K, 4)."""
    xy, xz = m[:, 1, 0] + m[:, 0, 1], m[:, 0, 2] + m[:, 2, 0]
    yz = m[:, 2, 1] + m[:, 1, 2]
    rows = np.stack(
        (
            _stack(first[:, 1], xx, xy, xz),
            _stack(first[:, 2], xy, yy, yz),
            _stack(first[:, 3], xz, yz, zz),
        ),
        axis=1,
    )
    best = np.argmax(_stack(xx, yy, zz), axis=-1)
    return np.asarray(rows[np.arange(len(rows)), best])


def _stack(*parts: NDArray[Any]) -> Floats:
    """C of (...), of one dtype, as (..., C); np.stack takes a copy more."""
    stacked = np.empty((*parts[0].shape, len(parts)), parts[0].dtype)
    for number, part in enumerate(parts):
        stacked[..., number] = part
    return stacked


def axis_angle_to_quaternion(axis: Floats, angle_rad: Floats | float) -> Floats:
    """Unit axes (..., 3) and angles (...) to quaternions (..., 4)."""
    half = 0.5 * np.asarray(angle_rad)[..., None]
    shape = np.broadcast_shapes(axis.shape[:-1], half.shape[:-1])
    real = np.broadcast_to(np.cos(half), (*shape, 1))
    turned: Floats = np.concatenate((real, np.sin(half) * axis), axis=-1).astype(np.float32)
    return turned


def heading_to_quaternion(heading_rad: Floats | float) -> Floats:
    """Headings (...) about +Y to quaternions (..., 4)."""
    half = 0.5 * np.asarray(heading_rad, np.float32)
    zero = np.zeros_like(half)
    return np.stack((np.cos(half), zero, np.sin(half), zero), axis=-1)


def euler_to_quaternion(angles_rad: Floats, order: str) -> Floats:
    """Angles (..., 3) about the axes named by ``order`` to quaternions (..., 4).

    ``order`` is read as in a BVH file: "ZYX" is the matrix Rz·Ry·Rx, with the angles in that order.
    """
    basis = np.eye(3, dtype=np.float32)
    parts = [
        axis_angle_to_quaternion(basis["XYZ".index(axis)], angles_rad[..., n])
        for n, axis in enumerate(order.upper())
    ]
    return quaternion_multiply(quaternion_multiply(parts[0], parts[1]), parts[2])


def quaternion_to_euler_zyx(q_wxyz: Floats) -> Floats:
    """(..., 4) to angles (..., 3) for the matrix Rz·Ry·Rx, in the order z, y, x.

    At the pole (y = ±90°), where only z ∓ x matters, z is set to zero.
    """
    m = quaternion_to_matrix(normalise(q_wxyz.astype(np.float64)))
    cos_y = np.hypot(m[..., 0, 0], m[..., 1, 0])
    y = np.arctan2(-m[..., 2, 0], cos_y)  # an arcsine would lose half the digits near the pole
    z = np.where(cos_y < _POLE, 0.0, np.arctan2(m[..., 1, 0], m[..., 0, 0]))
    # Whatever z was chosen, x is what is left of the rotation: Rzᵀ·R = Ry·Rx.
    x = np.arctan2(
        np.sin(z) * m[..., 0, 2] - np.cos(z) * m[..., 1, 2],
        np.cos(z) * m[..., 1, 1] - np.sin(z) * m[..., 0, 1],
    )
    return np.stack((z, y, x), axis=-1)


def quaternion_to_six(q_wxyz: Floats) -> Floats:
    """(..., 4) to the first two matrix columns (..., 6).

    Source: Zhou et al. 2019, On the Continuity of Rotation Representations in Neural Networks.
    """
    m = quaternion_to_matrix(q_wxyz)
    return np.concatenate((m[..., 0], m[..., 1]), axis=-1)


def six_to_matrix(six: Floats) -> Floats:
    """Two columns (..., 6), not necessarily orthonormal, to rotation matrices (..., 3, 3)."""
    first = normalise(six[..., :3])
    along = dot(first, six[..., 3:])[..., None]
    second = normalise(six[..., 3:] - along * first)
    return np.stack((first, second, cross(first, second)), axis=-1)


def six_to_quaternion(six: Floats) -> Floats:
    """Two columns (..., 6) to quaternions (..., 4)."""
    return matrix_to_quaternion(six_to_matrix(six))


def rotation_between(start: Floats, end: Floats) -> Floats:
    """Shortest rotation (..., 4) that turns directions ``start`` (..., 3) into ``end``."""
    start, end = np.broadcast_arrays(normalise(start), normalise(end))
    real = 1.0 + dot(start, end)[..., None]
    q = normalise(np.concatenate((real, cross(start, end)), axis=-1))
    opposite = real[..., 0] <= 1e-6
    if opposite.any():
        q[opposite] = _half_turn_about_a_normal(start[opposite])
    return q


def _half_turn_about_a_normal(directions: Floats) -> Floats:
    helper = np.where(np.abs(directions[..., :1]) < 0.9, [1.0, 0.0, 0.0], [0.0, 1.0, 0.0])
    axis = normalise(np.cross(directions, helper.astype(directions.dtype)))
    return np.concatenate((np.zeros_like(axis[..., :1]), axis), axis=-1)


def make_continuous(q_wxyz: Floats) -> Floats:
    """Choose signs so that quaternions (T, ..., 4) never jump between q and −q along time."""
    out = q_wxyz.copy()
    if len(out) < 2:
        return out
    flips = dot(q_wxyz[1:], q_wxyz[:-1]) < 0
    if flips.any():
        signs = np.cumprod(np.where(flips, -1, 1).astype(q_wxyz.dtype), axis=0)
        out[1:] *= signs[..., None]
    return out


def quaternion_nlerp(a_wxyz: Floats, b_wxyz: Floats, weight: Floats | float) -> Floats:
    """Blend rotations (..., 4) along the shorter arc; weight (...) 0 gives ``a``, 1 gives ``b``."""
    w: NDArray[np.float32] = np.asarray(weight, np.float32)[..., None]
    opposed = dot(a_wxyz, b_wxyz)[..., None] < 0
    return normalise((1.0 - w) * a_wxyz + w * np.where(opposed, -b_wxyz, b_wxyz))


def wrap_angle(angle_rad: Floats) -> Floats:
    """Bring angles into [−π, π)."""
    return (angle_rad + np.pi) % (2.0 * np.pi) - np.pi
