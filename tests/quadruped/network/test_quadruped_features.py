"""What the quadruped network reads and writes is told from the root, and comes back whole."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.ground.terrain import FlatTerrain, HeightField
from blender_addon.core.inference.layout import Layout
from blender_addon.core.quadruped.features import (
    FUTURE_OFFSETS_FRAMES,
    GATING_COLUMNS,
    INPUT_LAYOUT,
    OUTPUT_LAYOUT,
    PAST_SAMPLES,
    WINDOW_OFFSETS_FRAMES,
    TrajectoryWindow,
    ground_under_root,
    moved_root,
    pack,
    pose_in_root,
    positions_in_world,
    root_velocities,
    speeds_along,
    unpack,
)

BATCH, SAMPLES = 3, len(WINDOW_OFFSETS_FRAMES)


@pytest.mark.parametrize("layout", [INPUT_LAYOUT, OUTPUT_LAYOUT])
def test_parts_follow_each_other_without_gap(layout: Layout) -> None:
    bounds = list(layout.as_contract().values())
    assert [start for start, _ in bounds] == [0] + [stop for _, stop in bounds[:-1]]
    assert bounds[-1][1] == layout.size


def test_the_window_is_two_seconds_with_now_in_it() -> None:
    assert WINDOW_OFFSETS_FRAMES[PAST_SAMPLES] == 0
    np.testing.assert_array_equal(np.diff(WINDOW_OFFSETS_FRAMES), 10)
    np.testing.assert_array_equal(FUTURE_OFFSETS_FRAMES, np.arange(10, 61, 10))


def test_gating_sees_paws_speeds_actions_body() -> None:
    assert len(GATING_COLUMNS) == 12 + SAMPLES + 13 * SAMPLES + 13
    assert len(set(GATING_COLUMNS.tolist())) == len(GATING_COLUMNS)


def test_packing_is_told_from_the_root() -> None:
    rng = np.random.default_rng(1)
    root = rng.normal(size=(BATCH, 3))
    window = TrajectoryWindow(
        root[:, None, :2] + np.zeros((BATCH, SAMPLES, 2)),
        root[:, None, 2] + np.zeros((BATCH, SAMPLES)),
        np.full((BATCH, SAMPLES), 0.7),
        rng.normal(size=(BATCH, SAMPLES)),
        rng.random((BATCH, SAMPLES, 13)),
    )
    positions, velocities = rng.normal(size=(2, BATCH, 27, 3))
    seen = pose_in_root(positions, velocities, root, np.full(BATCH, 0.7))
    packed = pack(window, root, np.full(BATCH, 0.7), seen, np.ones((BATCH, 13)))
    parts = INPUT_LAYOUT.slices
    assert packed.shape == (BATCH, INPUT_LAYOUT.size)
    np.testing.assert_allclose(packed[:, parts["trajectory_positions_m"]], 0, atol=1e-6)
    np.testing.assert_allclose(packed[:, parts["trajectory_heights_m"]], 0, atol=1e-6)
    np.testing.assert_allclose(packed[:, parts["trajectory_directions"]][:, 1::2], 1, atol=1e-6)
    np.testing.assert_allclose(packed[:, parts["body"]], 1)


def test_a_pose_comes_back_from_its_root() -> None:
    rng = np.random.default_rng(2)
    positions, velocities = rng.normal(size=(2, BATCH, 27, 3))
    root, ground = rng.normal(size=(BATCH, 3)), rng.normal(size=BATCH)
    seen = pose_in_root(positions, velocities, root, ground)
    np.testing.assert_allclose(positions_in_world(seen, root, ground), positions, atol=1e-9)
    np.testing.assert_allclose(
        np.linalg.norm(seen.velocities_m_s, axis=-1), np.linalg.norm(velocities, axis=-1)
    )


def test_velocities_lead_along_the_track_they_are_of() -> None:
    rng = np.random.default_rng(3)
    track = np.cumsum(rng.normal(size=(20, 3)) * 0.02, axis=0)
    at = track[0]
    for velocity in root_velocities(track):
        at = moved_root(at, velocity)
    np.testing.assert_allclose(at, track[-1], atol=1e-9)


def test_outputs_come_apart_as_laid_out() -> None:
    outputs = np.arange(2 * OUTPUT_LAYOUT.size, dtype=np.float32).reshape(2, -1)
    found = unpack(outputs)
    parts = OUTPUT_LAYOUT.slices
    np.testing.assert_array_equal(found.contacts, outputs[:, parts["contacts"]])
    rotations = outputs[:, parts["joint_rotations_six"]]
    np.testing.assert_array_equal(found.rotations_six[:, 3].ravel(), rotations[:, 18:24].ravel())
    assert np.shares_memory(found.pose.positions_m, outputs)


def test_backing_up_is_a_negative_speed() -> None:
    travel, heading = np.array([0.3, 0.3 + np.pi]), np.array([0.3, 0.3])
    np.testing.assert_allclose(speeds_along(np.array([0.4, 0.4]), travel, heading), [0.4, -0.4])


def test_the_ground_under_a_root_is_the_mean_under_its_trunk() -> None:
    slope = HeightField(np.array([-5.0, -5.0]), 1.0, np.tile(np.arange(11.0) * 0.1, (11, 1)))
    root = np.array([[0.0, 0.0, 0.0], [0.0, 1.0, np.pi / 2]])
    np.testing.assert_allclose(ground_under_root(slope, root), [0.5, 0.6], atol=1e-6)
    assert ground_under_root(FlatTerrain(0.2), root).tolist() == pytest.approx([0.2, 0.2])
