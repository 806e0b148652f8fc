"""Left and right that change places for a moment are put back; who turns is left alone."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.video.tracked import Seen
from blender_addon.core.video.tracking.landmarks import MIRRORED
from blender_addon.core.video.tracking.swaps import GROUPS, LONGEST, undo_swaps
from tests.video.tracking.scripted import BODY

COUNT = 20


def _walk() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Somebody seen from the front, who walks to the right and swings."""
    rng = np.random.default_rng(3)
    points = np.repeat(BODY[None, :33] * 100.0, COUNT, axis=0)
    points += np.arange(COUNT)[:, None, None] * (3.0, 0.0) + rng.normal(0, 1.0, (COUNT, 33, 2))
    visibility = rng.uniform(0.5, 1.0, (COUNT, 33))
    world = rng.normal(0.0, 0.3, (COUNT, 33, 3))
    return points, visibility, world, np.full(COUNT, Seen.FOUND, np.uint8)


@pytest.mark.parametrize("group", range(3))
@pytest.mark.parametrize("length", range(1, LONGEST + 1))
def test_a_swap_is_undone(group: int, length: int) -> None:
    points, visibility, world, seen = _walk()
    wanted = points.copy(), visibility.copy(), world.copy()
    frames, members = np.arange(8, 8 + length), np.array(GROUPS[group])
    for values in (points, visibility, world):
        values[np.ix_(frames, members)] = values[np.ix_(frames, MIRRORED[members])]

    assert undo_swaps(points, visibility, world, seen) == length

    for values, right in zip((points, visibility, world), wanted, strict=True):
        assert np.array_equal(values[:, members], right[:, members])


def test_nothing_is_done_to_a_walk() -> None:
    points, visibility, world, seen = _walk()
    before = points.copy()

    assert undo_swaps(points, visibility, world, seen) == 0
    assert np.array_equal(points, before)


def test_who_turns_round_is_left_alone() -> None:
    points, visibility, world, seen = _walk()
    points[8:, :, 0] = 2.0 * points[8:, :1, 0] - points[8:, :, 0]
    before = points.copy()

    assert undo_swaps(points, visibility, world, seen) == 0
    assert np.array_equal(points, before)


def test_beside_an_empty_picture_nothing_is_known() -> None:
    points, visibility, world, seen = _walk()
    points[8] = points[8, MIRRORED]
    points[7], seen[7] = np.nan, Seen.EMPTY

    assert undo_swaps(points, visibility, world, seen) == 0
