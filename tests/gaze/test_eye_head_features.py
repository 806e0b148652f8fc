"""Features do not depend on the frame they are told in; decoded gaze lands and eyes keep limits."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.conventions import Floats
from blender_addon.core.errors import GazeError
from blender_addon.core.face.eye_angles import EYE_LIMITS_DEG, angles_to_rotations
from blender_addon.core.gaze.eye_head_features import (
    HEAD_LIMITS_DEG,
    INPUT_LAYOUT,
    EyeHeadMotion,
    angles_to_directions,
    build_features,
    decode_eye_head,
    decode_gaze,
    detect_shifts,
    directions_in_head,
    directions_to_angles,
)
from blender_addon.core.maths.rotations import (
    axis_angle_to_quaternion,
    normalise,
    quaternion_multiply,
    quaternion_rotate,
)

FRAMES = 400
ONSETS = np.array([40.3, 95.0, 180.7, 290.2])


def sample(seed: int = 0, spread_deg: float = 15.0) -> tuple[Floats, Floats]:
    """Desired directions that jump at ONSETS, and a head that sways, nods and rolls."""
    rng = np.random.default_rng(seed)
    places = np.deg2rad(rng.normal(0.0, spread_deg, (len(ONSETS) + 1, 2)))
    frame = np.arange(FRAMES)
    desired = angles_to_directions(places[np.searchsorted(np.ceil(ONSETS), frame, side="right")])
    sway = np.stack((0.2 * np.sin(frame / 31.0), 0.1 * np.cos(frame / 23.0)), axis=-1)
    roll = axis_angle_to_quaternion(np.array([0.0, 0.0, 1.0]), 0.1 * np.sin(frame / 17.0))
    return desired, normalise(quaternion_multiply(angles_to_rotations(sway), roll))


def gaze_of(motion: EyeHeadMotion, head: Floats) -> Floats:
    """Directions (T, 3) that eyes, offset and own head look at together."""
    eyes = angles_to_directions(motion.eye_rad.astype(float))
    in_own_head = quaternion_rotate(angles_to_rotations(motion.head_offset_rad.astype(float)), eyes)
    return quaternion_rotate(head, in_own_head)


def resting(frames: int = FRAMES) -> np.ndarray:
    """Frames at which every shift has landed."""
    since = np.arange(frames)[:, None] - ONSETS
    return ~((since > -1.0) & (since < 25.0)).any(axis=1)


def test_angles_and_directions_are_inverse() -> None:
    angles = np.random.default_rng(1).uniform([-3.1, -1.5], [3.1, 1.5], (500, 2))
    directions = angles_to_directions(angles)
    np.testing.assert_allclose(np.linalg.norm(directions, axis=-1), 1.0)
    np.testing.assert_allclose(directions_to_angles(directions), angles, atol=1e-9)


def test_yaw_is_to_the_left_and_pitch_up() -> None:
    assert angles_to_directions(np.array([0.1, 0.0]))[0] > 0.0
    assert angles_to_directions(np.array([0.0, 0.1]))[1] > 0.0


def test_rotations_look_where_their_angles_say_without_roll() -> None:
    angles = np.random.default_rng(2).uniform(-1.2, 1.2, (100, 2))
    turn = angles_to_rotations(angles)
    ahead = quaternion_rotate(turn, np.tile([0.0, 0.0, 1.0], (100, 1)))
    np.testing.assert_allclose(ahead, angles_to_directions(angles), atol=1e-9)
    side = quaternion_rotate(turn, np.tile([1.0, 0.0, 0.0], (100, 1)))
    np.testing.assert_allclose(side[:, 1], 0.0, atol=1e-9)


def test_features_are_the_same_however_the_world_is_turned() -> None:
    desired, head = sample()
    turn = normalise(np.array([0.3, -0.5, 0.7, 0.2]))
    turned = quaternion_rotate(np.broadcast_to(turn, head.shape), desired)
    there = build_features(turned, quaternion_multiply(turn, head), ONSETS)
    np.testing.assert_allclose(there, build_features(desired, head, ONSETS), atol=1e-4)


def test_features_of_the_mirror_image_are_mirrored() -> None:
    desired, head = sample()
    seen = build_features(desired * [-1, 1, 1], head * [1, 1, -1, -1], ONSETS)
    sign = np.ones(INPUT_LAYOUT.size)
    for name, part in INPUT_LAYOUT.slices.items():
        if name not in ("since_shift", "until_shift"):
            sign[part.start : part.stop : 2] = -1.0
    np.testing.assert_allclose(seen, sign * build_features(desired, head, ONSETS), atol=1e-5)


def test_a_still_gaze_on_a_still_head_has_no_motion_in_it() -> None:
    desired = np.tile([0.0, 0.0, 1.0], (30, 1))
    features = build_features(desired, np.tile([1.0, 0.0, 0.0, 0.0], (30, 1)))
    assert features.shape == (30, INPUT_LAYOUT.size)
    np.testing.assert_allclose(features, 0.0, atol=1e-9)


def test_the_onset_within_a_frame_is_told() -> None:
    desired, head = sample()
    early, late = (build_features(desired, head, ONSETS - shift) for shift in (0.0, 0.2))
    since = INPUT_LAYOUT.slices["since_shift"]
    assert (early[100:110, since] > late[100:110, since]).all()


def test_jumps_are_detected_and_motion_is_not() -> None:
    desired, _ = sample()
    np.testing.assert_array_equal(detect_shifts(desired), np.ceil(ONSETS))
    frame = np.arange(200)
    fast = angles_to_directions(np.stack((0.03 * frame, 0 * frame), axis=-1))
    assert len(detect_shifts(fast)) <= 1


@pytest.mark.parametrize("seed", range(5))
def test_gaze_rests_on_its_target_whatever_the_network_says(seed: int) -> None:
    desired, head = sample(seed)
    outputs = np.random.default_rng(seed).normal(0.0, 0.1, (FRAMES, 4))
    outputs[:, :2] += directions_in_head(desired, head)
    motion = decode_eye_head(outputs, desired, head, ONSETS, eye_limits_deg=(85.0, 85.0, 85.0))
    apart = np.linalg.norm(gaze_of(motion, head) - desired, axis=-1)
    assert apart[resting()].max() < 1e-5
    assert apart[~resting()].max() > 0.01


def test_the_head_may_turn_as_it_likes_and_gaze_stays() -> None:
    desired, head = sample()
    aim = directions_in_head(desired, head)
    frame = np.arange(FRAMES)
    offset = np.stack((0.3 * np.sin(frame / 20.0), 0.15 * np.sin(frame / 9.0)), axis=-1)
    motion = decode_eye_head(
        np.concatenate((aim - offset, offset), -1), desired, head, ONSETS,
        eye_limits_deg=(85.0, 85.0, 85.0),
    )  # fmt: skip
    np.testing.assert_allclose(gaze_of(motion, head), desired, atol=1e-5)
    assert np.abs(motion.head_offset_rad).max() > 0.2


def test_eyes_stay_in_their_sockets_and_the_head_takes_the_rest() -> None:
    desired, head = sample(3, spread_deg=45.0)
    aim = directions_in_head(desired, head)
    outputs = np.concatenate((aim, 0 * aim), -1)
    motion = decode_eye_head(outputs, desired, head, ONSETS)
    side, up, down = np.deg2rad(EYE_LIMITS_DEG) + 1e-6
    assert np.abs(motion.eye_rad[:, 0]).max() <= side
    assert -down <= motion.eye_rad[:, 1].min() and motion.eye_rad[:, 1].max() <= up
    assert (np.abs(motion.head_offset_rad) <= np.deg2rad(HEAD_LIMITS_DEG) + 1e-6).all()
    reachable = (np.abs(aim) < np.deg2rad([90.0, 50.0])).all(axis=-1) & resting()
    assert reachable.sum() > 50
    assert motion.missed_rad[reachable].max() < 1e-3


def test_a_head_share_of_nothing_leaves_the_head_as_animated() -> None:
    desired, head = sample(4, spread_deg=30.0)
    outputs = np.random.default_rng(0).normal(0.0, 0.3, (FRAMES, 4))
    motion = decode_eye_head(outputs, desired, head, ONSETS, head_share=0.0)
    assert not motion.head_offset_rad.any()


def test_a_shift_takes_the_course_that_was_learned() -> None:
    desired, head = sample()
    aim = directions_in_head(desired, head)
    late = np.concatenate((aim[:1], aim[:-1]))  # a network that comes one frame late
    gaze = decode_gaze(np.concatenate((late, 0 * aim), -1), desired, head, ONSETS)
    first = np.ceil(ONSETS).astype(int)
    np.testing.assert_allclose(gaze[first], late[first], atol=1e-9)
    np.testing.assert_allclose(gaze[first - 2], aim[first - 2], atol=1e-9)


@pytest.mark.parametrize(
    ("desired", "head"),
    [
        (np.zeros((0, 3)), np.zeros((0, 4))),
        (np.zeros((5, 2)), np.zeros((5, 4))),
        (np.zeros((5, 3)), np.zeros((6, 4))),
        (np.full((5, 3), np.nan), np.zeros((5, 4))),
    ],
)
def test_what_cannot_be_used_is_refused(desired: Floats, head: Floats) -> None:
    with pytest.raises(GazeError):
        build_features(desired, head)
