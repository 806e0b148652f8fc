"""Recordings are read with the right signs, and cut where gaze was shifted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from backend.gaze.eye_head_data import (
    Sample,
    complete_head,
    level,
    mirror,
    read_recordings,
    static_head,
)
from backend.gaze.eye_head_recordings import Recording, read_recording
from blender_addon.core.errors import InputError
from blender_addon.core.face.eye_angles import angles_to_rotations
from blender_addon.core.gaze.eye_head_features import (
    angles_to_directions,
    build_features,
    directions_in_head,
    directions_to_angles,
)
from blender_addon.core.maths.rotations import quaternion_rotate
from tests.gaze.eye_head_samples import (
    BLINK_S,
    ONSETS_S,
    PLACES_DEG,
    teacher_samples,
    write_recording,
)


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    return read_recording(write_recording(tmp_path_factory.mktemp("data") / "somebody_1.csv"))


def gaze_of(sample: Sample) -> np.ndarray:
    """(T, 3) where eye, offset and own head look."""
    turned = angles_to_rotations(sample.offset_rad)
    seen = quaternion_rotate(turned, angles_to_directions(sample.eye_rad))
    return quaternion_rotate(sample.head_rotations_wxyz, seen)


def test_shifts_are_found_when_they_begin(recording: Recording) -> None:
    np.testing.assert_allclose(recording.shifts_frames / 60.0, ONSETS_S, atol=0.008)


def test_desired_is_where_gaze_rested_with_yaw_to_the_left(recording: Recording) -> None:
    angles = np.rad2deg(directions_to_angles(recording.desired_still))
    middles = np.array([0.4, 1.2, 2.5, 3.1, 3.9, 5.2])
    found = angles[np.round(middles * 60.0).astype(int)]
    np.testing.assert_allclose(found, PLACES_DEG * [-1, 1], atol=0.3)


def test_blinks_and_what_is_near_them_are_not_valid(recording: Recording) -> None:
    inside = slice(int(BLINK_S[0] * 60) - 1, int(BLINK_S[1] * 60) + 1)
    assert not recording.valid[inside].any()
    assert recording.valid.mean() > 0.9


def test_both_tasks_look_where_the_person_did(recording: Recording) -> None:
    for sample in (complete_head(recording), static_head(recording)):
        apart = np.linalg.norm(gaze_of(sample) - recording.gaze, axis=-1)
        assert apart[recording.valid].max() < 1e-6
    assert not complete_head(recording).offset_rad.any()
    still = static_head(recording)
    assert np.ptp(still.head_rotations_wxyz, axis=0).max() == 0.0
    assert np.rad2deg(np.abs(still.offset_rad).max()) > 2.0


def test_the_mirror_image_mirrors_the_features_and_the_answer() -> None:
    sample = teacher_samples(1, 3)[0]
    other = mirror(sample)
    np.testing.assert_allclose(gaze_of(other), gaze_of(sample) * [-1, 1, 1], atol=1e-6)
    again = mirror(other)
    np.testing.assert_allclose(again.features(), sample.features(), atol=1e-6)


def test_targets_leave_to_gaze_what_it_lacks(recording: Recording) -> None:
    sample = static_head(recording)
    aim = directions_in_head(sample.desired, sample.head_rotations_wxyz)
    unreached = np.rad2deg(np.abs(aim - sample.targets()[:, :2] - sample.targets()[:, 2:]))
    assert np.median(unreached[sample.valid]) < 0.1
    assert unreached[sample.valid].max() > 5.0


def test_teacher_samples_are_repeatable_and_land() -> None:
    first, second = teacher_samples(3, 5), teacher_samples(3, 5)
    for one, two in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.features(), two.features())
        features = build_features(one.desired, one.head_rotations_wxyz, one.shifts_frames)
        assert np.isfinite(features).all()
        apart = np.linalg.norm(gaze_of(one) - one.desired, axis=-1)
        assert np.median(apart[one.valid]) < 1e-6


def test_a_head_is_levelled() -> None:
    down = angles_to_rotations(np.tile(np.deg2rad([20.0, -35.0]), (50, 1)))
    ahead = quaternion_rotate(level(down), np.tile([0.0, 0.0, 1.0], (50, 1)))
    np.testing.assert_allclose(
        np.rad2deg(directions_to_angles(ahead)), [[20.0, 0.0]] * 50, atol=1e-4
    )


def test_what_lacks_columns_or_samples_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "short.csv"
    path.write_text("t_s,eye_yaw_deg\n0,1\n0.1,2\n0.2,3\n")
    with pytest.raises(InputError, match="lacks the columns"):
        read_recording(path)
    with pytest.raises(InputError, match="less than a second"):
        read_recording(write_recording(tmp_path / "brief.csv", seconds=0.5))
    with pytest.raises(InputError, match="no recording"):
        read_recordings(tmp_path / "nowhere")


@pytest.mark.data
def test_real_recordings_have_shifts_that_eye_and_head_share(data_dir: Path) -> None:
    recordings = read_recordings(data_dir / "gaze" / "eyehead")
    assert len(recordings) == 6 and {one.person for one in recordings} >= {"NA01", "NA05", "neon"}
    for one in recordings:
        assert one.valid.mean() > 0.8
        assert 0.8 < len(one.shifts_frames) / (len(one.valid) / 60.0) < 4.0
        apart = np.linalg.norm(one.desired_moving - one.gaze, axis=-1)[one.valid]
        assert np.rad2deg(np.median(apart)) < 1.0
