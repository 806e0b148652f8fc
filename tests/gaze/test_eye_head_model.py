"""The published eye–head model does what the literature says."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.conventions import Floats
from blender_addon.core.face.eye_angles import angles_to_rotations
from blender_addon.core.gaze.eye_head_features import angles_to_directions
from blender_addon.core.gaze.eye_head_formula import head_part, move_heads, simulate

ONSET = 30
STILL = np.tile([1.0, 0.0, 0.0, 0.0], (200, 1))


def step(yaw_deg: float, head: Floats = STILL) -> tuple[Floats, Floats]:
    """Eye and head offset (T,) in degrees of yaw for one shift to the side."""
    angles = np.zeros((len(head), 2))
    angles[ONSET:, 0] = np.deg2rad(yaw_deg)
    eye, offset = simulate(angles_to_directions(angles), head, np.array([float(ONSET)]))
    return np.rad2deg(eye[:, 0]), np.rad2deg(offset[:, 0])


def test_the_head_takes_little_of_small_shifts_and_most_of_what_is_beyond() -> None:
    parts = np.rad2deg(head_part(np.deg2rad([[5.0, 0], [10, 0], [30, 0], [50, 0], [70, 0]]))[:, 0])
    assert parts[0] < 0.3 and parts[1] < 0.5
    np.testing.assert_allclose(np.diff(parts[2:]), 15.0, atol=0.5)


@pytest.mark.parametrize("size", [5.0, 20.0, 40.0, -40.0])
def test_the_eye_leads_the_head_follows_and_gaze_lands(size: float) -> None:
    eye, head = step(size)
    gaze = eye + head
    landing = ONSET + int(np.ceil((0.021 + 0.0022 * abs(size)) * 60.0))
    np.testing.assert_allclose(gaze[:ONSET], 0.0, atol=1e-6)
    np.testing.assert_allclose(gaze[landing:], size, atol=1e-6)
    assert abs(head[landing]) < 0.5 * abs(head[-1])
    assert (np.diff(np.abs(head)) > -1e-9).all()


def test_the_eye_turns_back_while_the_head_still_moves() -> None:
    eye, head = step(40.0)
    after = slice(ONSET + 8, ONSET + 30)
    np.testing.assert_allclose(np.diff(eye[after]), -np.diff(head[after]), atol=1e-6)
    assert eye.max() > eye[-1] + 10.0


def test_gaze_waits_for_the_head_where_the_eye_cannot_go() -> None:
    eye, head = step(75.0)
    assert eye.max() <= 45.0 + 1e-6
    assert (eye + head)[ONSET + 12] < 70.0
    assert (eye + head)[-1] == pytest.approx(75.0, abs=0.5)


def test_little_is_added_to_a_head_that_turns_there_by_itself() -> None:
    frame = np.arange(len(STILL))
    way = np.clip((frame - ONSET) / 24.0, 0.0, 1.0) * np.deg2rad(40.0)
    turning = angles_to_rotations(np.stack((way, 0 * way), axis=-1))
    assert np.abs(step(40.0, turning)[1]).max() < 3.0 < np.abs(step(40.0)[1]).max()


def test_a_head_of_many_moves_as_it_does_alone_and_as_its_filter_says() -> None:
    """Three first-order stages in a row, against the same in steps of a hundredth of a frame."""
    angles = np.zeros((len(STILL), 2))
    angles[ONSET:] = np.deg2rad([50.0, 20.0])
    one = (angles_to_directions(angles), STILL, np.array([float(ONSET)]))
    short = (one[0][:90], STILL[:90], one[2])
    alone, together = move_heads([one])[0], move_heads([short, one, short])
    np.testing.assert_allclose(together[1], alone, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(together[0], alone[:90], atol=1e-12)
    target = head_part(np.deg2rad([[50.0, 20.0]]))[0]
    rate = 5.5 / (0.25 + 0.006 * np.rad2deg(np.linalg.norm(target)))
    state, found = np.zeros((3, 2)), []
    for _ in range(60):
        for _ in range(100):
            state = state + rate / 6000.0 * (np.concatenate((target[None], state[:2])) - state)
        found.append(state[2])
    first = ONSET + 2  # 40 ms later, at the frame that shows it
    np.testing.assert_allclose(alone[first : first + 60], found, atol=np.deg2rad(0.5))
