"""How a camera is held: where it is, what it looks at, how far it shakes."""

from __future__ import annotations

import numpy as np
import pytest

from backend.rigs.filmed.cameras import CameraPlan, Held, plan_path
from blender_addon.core.maths.rotations import quaternion_to_matrix

RATE_HZ = 30.0
SIZE_PX = (400, 300)


def body(count: int = 60) -> np.ndarray:
    """Somebody who walks three metres along +X."""
    return np.stack((np.linspace(0.0, 3.0, count), np.zeros(count), np.full(count, 0.9)), axis=-1)


def off_axis(plan: CameraPlan, seed: int = 0) -> np.ndarray:
    """(T, 2) tangents right and up, off the picture's middle, at which the body is seen."""
    path = plan_path(plan, body(), RATE_HZ, SIZE_PX, seed)
    turns = quaternion_to_matrix(path.turns_wxyz)
    there = np.einsum("tji,tj->ti", turns, body() - path.places)
    assert (there[:, 2] < 0.0).all(), "the body is behind the camera"
    return there[:, :2] / -there[:, 2:]


def test_one_that_follows_keeps_the_body_in_the_middle() -> None:
    assert np.abs(off_axis(CameraPlan(Held.FOLLOWING, 30.0))).max() < 0.02


def test_one_on_a_stand_stays_where_it_is() -> None:
    path = plan_path(CameraPlan(Held.FIXED, 30.0), body(), RATE_HZ, SIZE_PX)
    np.testing.assert_allclose(path.places, path.places[:1].repeat(60, axis=0), atol=1e-9)
    assert np.ptp(off_axis(CameraPlan(Held.FIXED, 0.0))[:, 0]) > 0.5


def test_one_that_orbits_goes_round_as_far_as_it_is_told() -> None:
    path = plan_path(
        CameraPlan(Held.ORBITING, 0.0, 10.0, 4.0, turn_deg=80.0), body(), RATE_HZ, SIZE_PX
    )
    ends = (path.places - body())[[0, -1], :2]
    turned = np.degrees(np.ptp(np.arctan2(ends[:, 1], ends[:, 0])))
    assert turned == pytest.approx(80.0, abs=4.0)


@pytest.mark.parametrize("elevation_deg", [-10.0, 0.0, 40.0])
def test_it_is_as_high_and_as_far_as_it_is_told(elevation_deg: float) -> None:
    plan = CameraPlan(Held.FOLLOWING, 75.0, elevation_deg, 5.0)
    way = plan_path(plan, body(), RATE_HZ, SIZE_PX).places - body()
    np.testing.assert_allclose(np.linalg.norm(way, axis=1)[20:40], 5.0, atol=0.05)
    found = np.degrees(np.arcsin(way[30, 2] / np.linalg.norm(way[30])))
    assert found == pytest.approx(elevation_deg, abs=1.0)


def test_who_is_not_to_be_in_the_middle_is_not() -> None:
    plan = CameraPlan(Held.FOLLOWING, 0.0, 0.0, 4.0, 40.0, aside=(0.2, 0.1))
    focal_px = 40.0 / 36.0 * SIZE_PX[0]
    seen = off_axis(plan)[30] * focal_px / SIZE_PX
    np.testing.assert_allclose(seen, (0.2, 0.1), atol=0.02)


def test_a_hand_shakes_by_its_seed() -> None:
    plan = CameraPlan(Held.FOLLOWING, 30.0, shake=1.0)
    still, one, other = (
        off_axis(CameraPlan(Held.FOLLOWING, 30.0)),
        off_axis(plan),
        off_axis(plan, 1),
    )
    assert 0.002 < np.abs(one - still).max() < 0.1
    assert np.abs(one - other).max() > 0.002
    np.testing.assert_allclose(one, off_axis(plan), atol=1e-12)


def test_none_is_below_the_ground() -> None:
    path = plan_path(CameraPlan(Held.FIXED, 0.0, -30.0, 6.0), body(), RATE_HZ, SIZE_PX)
    assert path.places[:, 2].min() > 0.1
