"""What the network reads is told from the root, and laid out as the contract says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from blender_addon.core.conventions import Floats
from blender_addon.core.ground.terrain import FlatTerrain, HeightField
from blender_addon.core.inference.layout import Layout
from blender_addon.core.maths.headings import (
    directions_to_headings,
    headings_to_directions,
    root_to_world,
    world_to_root,
)
from blender_addon.core.maths.rotations import heading_to_quaternion, quaternion_rotate, wrap_angle
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.gait import GAITS
from blender_addon.core.walk.features import (
    FUTURE_OFFSETS_FRAMES,
    FUTURE_SAMPLES,
    INPUT_LAYOUT,
    OUTPUT_LAYOUT,
    PAST_SAMPLES,
    SIDE_M,
    STYLE_DIMENSIONS,
    WINDOW_OFFSETS_FRAMES,
    TrajectoryWindow,
    ground_under_root,
    pack_inputs,
    pack_outputs,
    window_heights,
)

BATCH, JOINTS, SAMPLES = 3, COMMON_SKELETON.joint_count, len(WINDOW_OFFSETS_FRAMES)
HEADINGS = st.floats(-20, 20)
VECTORS = arrays(np.float64, (5, 2), elements=st.floats(-50, 50))


@pytest.mark.parametrize("layout", [INPUT_LAYOUT, OUTPUT_LAYOUT])
def test_parts_follow_each_other_without_gap(layout: Layout) -> None:
    bounds = list(layout.as_contract().values())
    assert [start for start, _ in bounds] == [0] + [stop for _, stop in bounds[:-1]]
    assert bounds[-1][1] == layout.size
    assert [part.stop - part.start for part in layout.slices.values()] == list(
        layout.sizes.values()
    )


def test_the_window_is_the_papers() -> None:
    np.testing.assert_array_equal(np.diff(WINDOW_OFFSETS_FRAMES), 10)
    assert SAMPLES == 12
    assert WINDOW_OFFSETS_FRAMES[PAST_SAMPLES] == 0
    np.testing.assert_array_equal(FUTURE_OFFSETS_FRAMES, WINDOW_OFFSETS_FRAMES[-FUTURE_SAMPLES:])


@given(VECTORS, HEADINGS)
def test_there_and_back_again(vectors: Floats, heading: float) -> None:
    there = world_to_root(vectors, np.float64(heading))
    np.testing.assert_allclose(root_to_world(there, np.float64(heading)), vectors, atol=1e-9)
    np.testing.assert_allclose(
        np.linalg.norm(there, axis=-1), np.linalg.norm(vectors, axis=-1), atol=1e-9
    )


@given(HEADINGS)
def test_a_root_looks_along_its_own_z_with_its_left_at_x(heading: float) -> None:
    ahead = headings_to_directions(np.float64(heading))
    np.testing.assert_allclose(world_to_root(ahead, np.float64(heading)), [0, 1], atol=1e-9)
    left = headings_to_directions(np.float64(heading + np.pi / 2))
    np.testing.assert_allclose(world_to_root(left, np.float64(heading)), [1, 0], atol=1e-9)


@given(HEADINGS, st.floats(-5, 5), st.floats(-5, 5))
def test_headings_turn_as_quaternions_do(heading: float, x: float, z: float) -> None:
    turned = quaternion_rotate(
        heading_to_quaternion(np.float32(heading)), np.array([x, 0, z], np.float32)
    )
    ground = root_to_world(np.array([x, z]), np.float64(heading))
    np.testing.assert_allclose(turned[[0, 2]], ground, atol=1e-4)


@given(HEADINGS)
def test_headings_and_directions(heading: float) -> None:
    back = directions_to_headings(headings_to_directions(np.float64(heading)))
    assert abs(wrap_angle(np.float64(back - heading))) < 1e-9


def tilted() -> HeightField:
    """height = x + 10 z, near the origin."""
    places = np.arange(-20.0, 21.0)
    return HeightField(np.array([-20.0, -20.0]), 1.0, places[:, None] + 10 * places[None])


def test_ground_left_and_right_of_the_window() -> None:
    heading = np.array([0.0, np.pi / 2, np.pi])
    heights = window_heights(tilted(), np.zeros((3, 2)), heading)
    # Looking along +Z the left is +X; along +X it is -Z; along -Z it is -X.
    side = np.array([1, -10, -1]) * SIDE_M
    np.testing.assert_allclose(heights, np.stack((0 * side, side, -side), axis=-1), atol=1e-5)


@given(st.floats(-4, 4), st.floats(-1, 1), st.floats(-1, 1))
def test_the_ground_under_a_root_on_a_slope_is_the_slopes(h: float, x: float, z: float) -> None:
    under = ground_under_root(tilted(), np.array([[x, z]]), np.array([h]))
    np.testing.assert_allclose(under, [x + 10 * z], atol=1e-4)


def random_frame(seed: int = 0) -> dict[str, object]:
    rng = np.random.default_rng(seed)
    return {
        "window": TrajectoryWindow(
            rng.normal(size=(BATCH, SAMPLES, 2)),
            rng.uniform(-3, 3, (BATCH, SAMPLES)),
            rng.normal(size=(BATCH, SAMPLES, 3)),
            rng.uniform(size=(BATCH, SAMPLES, len(GAITS))),
        ),
        "root_xz": rng.normal(size=(BATCH, 2)),
        "root_heading_rad": rng.uniform(-3, 3, BATCH),
        "root_height_m": rng.normal(size=BATCH),
        "joint_positions": rng.normal(size=(BATCH, JOINTS, 3)),
        "joint_velocities": rng.normal(size=(BATCH, JOINTS, 3)),
        "style": rng.normal(size=(BATCH, STYLE_DIMENSIONS)),
    }


def test_inputs_lie_where_the_layout_says() -> None:
    frame = random_frame()
    inputs = pack_inputs(**frame)
    assert inputs.shape == (BATCH, INPUT_LAYOUT.size) and inputs.dtype == np.float32
    part = INPUT_LAYOUT.slices
    for name, value in (
        ("trajectory_gaits", frame["window"].gaits),
        ("joint_positions_m", frame["joint_positions"]),
        ("joint_velocities_m_s", frame["joint_velocities"]),
        ("style", frame["style"]),
    ):
        np.testing.assert_allclose(inputs[:, part[name]], value.reshape(BATCH, -1), rtol=1e-6)


def test_directions_are_unit_vectors() -> None:
    part = INPUT_LAYOUT.slices["trajectory_directions"]
    directions = pack_inputs(**random_frame())[:, part].reshape(BATCH, SAMPLES, 2)
    np.testing.assert_allclose(np.linalg.norm(directions, axis=-1), 1.0, atol=1e-6)


def test_a_window_at_the_root_is_zero_and_ahead() -> None:
    frame = random_frame()
    frame["window"] = replace(
        frame["window"],
        positions_xz=np.repeat(frame["root_xz"][:, None], SAMPLES, axis=1),
        headings_rad=np.repeat(frame["root_heading_rad"][:, None], SAMPLES, axis=1),
        heights_m=np.broadcast_to(frame["root_height_m"][:, None, None], (BATCH, SAMPLES, 3)),
    )
    inputs, part = pack_inputs(**frame), INPUT_LAYOUT.slices
    assert np.abs(inputs[:, part["trajectory_positions_m"]]).max() < 1e-6
    assert np.abs(inputs[:, part["trajectory_heights_m"]]).max() < 1e-6
    ahead = inputs[:, part["trajectory_directions"]].reshape(-1, 2)
    np.testing.assert_allclose(ahead, np.tile([0, 1], (len(ahead), 1)), atol=1e-6)


@given(HEADINGS, st.floats(-99, 99), st.floats(-99, 99), st.floats(-9, 9))
def test_where_in_the_world_one_walks_does_not_matter(
    turn: float, x: float, z: float, up: float
) -> None:
    frame = random_frame(1)
    window, offset = frame["window"], np.array([x, z])
    moved = frame | {
        "window": replace(
            window,
            positions_xz=root_to_world(window.positions_xz, np.float64(turn)) + offset,
            headings_rad=window.headings_rad + turn,
            heights_m=window.heights_m + up,
        ),
        "root_xz": root_to_world(frame["root_xz"], np.float64(turn)) + offset,
        "root_heading_rad": frame["root_heading_rad"] + turn,
        "root_height_m": frame["root_height_m"] + up,
    }
    np.testing.assert_allclose(pack_inputs(**moved), pack_inputs(**frame), atol=1e-5)


def test_outputs_lie_where_the_layout_says() -> None:
    rng = np.random.default_rng(2)
    sizes = OUTPUT_LAYOUT.sizes
    rest = [rng.normal(size=(BATCH, size)) for size in list(sizes.values())[2:]]
    root, heading = rng.normal(size=(BATCH, 2)), rng.uniform(-3, 3, BATCH)
    future_xz = rng.normal(size=(BATCH, FUTURE_SAMPLES, 2))
    future_heading = rng.uniform(-3, 3, (BATCH, FUTURE_SAMPLES))
    outputs = pack_outputs(future_xz, future_heading, root, heading, *rest)
    assert outputs.shape == (BATCH, OUTPUT_LAYOUT.size) and outputs.dtype == np.float32
    parts = OUTPUT_LAYOUT.slices
    for name, value in zip(list(sizes)[2:], rest, strict=True):
        np.testing.assert_allclose(outputs[:, parts[name]], value, rtol=1e-6)
    # Read as the pipeline reads it: from the next root back into the world.
    ahead = outputs[:, parts["future_positions_m"]].reshape(BATCH, FUTURE_SAMPLES, 2)
    np.testing.assert_allclose(
        root[:, None] + root_to_world(ahead, heading[:, None]), future_xz, atol=1e-5
    )
    facing = outputs[:, parts["future_directions"]].reshape(BATCH, FUTURE_SAMPLES, 2)
    read = heading[:, None] + directions_to_headings(facing)
    np.testing.assert_allclose(wrap_angle(read - future_heading), 0, atol=1e-5)


def test_the_pose_that_leaves_is_the_pose_that_comes_in() -> None:
    """The two parts fed back have the same order and size on both sides."""
    names = ("joint_positions_m", "joint_velocities_m_s")
    sizes = [[layout.sizes[name] for name in names] for layout in (INPUT_LAYOUT, OUTPUT_LAYOUT)]
    assert sizes[0] == sizes[1] == [3 * JOINTS, 3 * JOINTS]
    for layout in (INPUT_LAYOUT, OUTPUT_LAYOUT):
        first, second = (layout.slices[name] for name in names)
        assert first.stop == second.start


def test_flat_ground_is_zero_everywhere() -> None:
    heights = window_heights(FlatTerrain(3.0), np.zeros((2, 12, 2)), np.zeros((2, 12)))
    under = ground_under_root(FlatTerrain(3.0), np.zeros((2, 2)), np.zeros(2))
    assert (heights - under[:, None, None] == 0).all()
