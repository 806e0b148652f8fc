"""The baselines: what they keep, and what they are exact for."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.conventions import Bools, Floats
from blender_addon.core.editing.fill.cubic import fill_cubic, fill_slerp
from blender_addon.core.editing.fill.neighbours import find_neighbours
from blender_addon.core.maths.rotations import axis_angle_to_quaternion

FRAMES, GAP = 24, slice(8, 16)


def _known(*, after: int = 8) -> Bools:
    known = np.ones((1, FRAMES, 2), bool)
    known[:, GAP] = False
    known[:, GAP.stop + after :] = False
    return known


def _turning(angles: Floats) -> Floats:
    axis = np.broadcast_to(np.array([0.0, 1.0, 0.0], np.float32), (len(angles), 3))
    return axis_angle_to_quaternion(axis, angles)[None, :, None]


def test_neighbours_are_the_known_frames_around() -> None:
    known = np.array([0, 1, 1, 0, 0, 1, 0], bool)[None, :, None]
    near = find_neighbours(known)
    assert near.before[0, :, 0].tolist() == [-1, 1, 2, 2, 2, 5, 5]
    assert near.after[0, :, 0].tolist() == [1, 1, 2, 5, 5, 5, -1]
    assert near.earlier[0, 3:, 0].tolist() == [1, 1, 2, 2]
    assert near.later[0, :4, 0].tolist() == [2, 2, 5, -1]
    assert near.since[0, :, 0].tolist() == [-1, 0, 0, 1, 2, 0, 1]
    assert near.until[0, :, 0].tolist() == [1, 0, 0, 2, 1, 0, -1]
    assert near.speed_before[0, :, 0].tolist() == [False, False, True, True, True, False, False]


def test_a_line_is_filled_exactly_by_both() -> None:
    time = np.arange(FRAMES, dtype=np.float32)
    root = np.stack((0.1 * time, 0 * time, 0.3 * time), axis=-1)[None]
    rotations = _turning(0.01 * time)
    for fill in (fill_cubic, fill_slerp):
        filled, turned = fill(root, rotations, _known())
        np.testing.assert_allclose(filled, root, atol=1e-4)
        np.testing.assert_allclose(turned, rotations, atol=1e-4)


def test_the_cubic_bends_with_the_velocities_at_its_ends_and_slerp_does_not() -> None:
    time = np.arange(FRAMES, dtype=np.float32)
    height = 0.02 * (time - 11.5) ** 2
    root = np.stack((0 * time, height, 0 * time), axis=-1)[None]
    turns = _turning(0 * time)
    cubic, _ = fill_cubic(root, turns, _known())
    line, _ = fill_slerp(root, turns, _known())
    off = [np.abs(each - root).max() for each in (cubic, line)]
    assert off[0] < 0.2 * off[1]


def test_known_values_come_back_to_the_bit_and_others_are_ignored() -> None:
    rng = np.random.default_rng(0)
    root = rng.normal(size=(1, FRAMES, 3)).astype(np.float32)
    rotations = _turning(rng.normal(size=FRAMES))
    known = _known(after=1)
    other = np.where(known[..., :1], root, 99.0).astype(np.float32)
    for fill in (fill_cubic, fill_slerp):
        filled, turned = fill(root, rotations, known)
        again, _ = fill(other, rotations, known)
        assert np.array_equal(filled[known[..., 0]], root[known[..., 0]])
        assert np.array_equal(turned[known[..., 1:]], rotations[known[..., 1:]])
        assert np.array_equal(filled, again)


@pytest.mark.parametrize("fill", [fill_cubic, fill_slerp])
def test_a_rotation_and_its_negative_are_the_same(fill: object) -> None:
    time = np.arange(FRAMES, dtype=np.float32)
    root, rotations = np.zeros((1, FRAMES, 3), np.float32), _turning(0.1 * time)
    flipped = rotations.copy()
    flipped[:, GAP.stop :] *= -1
    assert callable(fill)
    _, one = fill(root, rotations, _known())
    _, other = fill(root, flipped, _known())
    np.testing.assert_allclose(one[:, GAP], other[:, GAP], atol=1e-6)


def test_a_pose_known_alone_is_passed_without_a_kink() -> None:
    time = np.arange(FRAMES, dtype=np.float32)
    root = np.stack((np.sin(0.3 * time), 0 * time, 0 * time), axis=-1)[None]
    known = np.zeros((1, FRAMES, 2), bool)
    known[:, ::6] = True
    known[:, -1] = True
    filled, _ = fill_cubic(root, _turning(0 * time), known)
    bends = np.abs(np.diff(filled[0, :, 0], 2))
    assert bends[[5, 11, 17]].max() < 2.0 * np.abs(np.diff(root[0, :, 0], 2)).max()


def test_beyond_the_last_pose_slerp_holds_and_the_cubic_comes_to_rest() -> None:
    time = np.arange(FRAMES, dtype=np.float32)
    root = np.stack((0.1 * time, 0 * time, 0 * time), axis=-1)[None]
    known = np.ones((1, FRAMES, 2), bool)
    known[:, 10:] = False
    line, _ = fill_slerp(root, _turning(0 * time), known)
    cubic, _ = fill_cubic(root, _turning(0 * time), known)
    assert np.allclose(line[0, 10:, 0], root[0, 9, 0])
    steps = np.diff(cubic[0, 9:, 0])
    assert steps[0] == pytest.approx(0.1, rel=0.2)
    assert (np.diff(steps) < 0).all() and steps[-1] < 0.02


def test_a_long_gap_is_nearer_to_a_line_when_eased() -> None:
    frames = 100
    time = np.arange(frames, dtype=np.float32)
    root = np.stack((np.sin(0.5 * time), 0 * time, 0 * time), axis=-1)[None]
    known = np.ones((1, frames, 2), bool)
    known[:, 12:80] = False
    still = _turning(0 * time)
    plain, _ = fill_cubic(root, still, known)
    eased, _ = fill_cubic(root, still, known, eased=True)
    assert np.abs(eased).max() < 0.6 * np.abs(plain).max()
