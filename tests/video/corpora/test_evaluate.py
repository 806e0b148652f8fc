"""The lifter's errors on a data set: what is found of errors that are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from backend.video.corpora.cameras import cameras_around
from backend.video.corpora.evaluate import as_tracked, data_choice, evaluate_corpus
from backend.video.corpora.humaneva import read_humaneva
from blender_addon.core.errors import InputError
from blender_addon.core.video.camera import FilmCamera
from blender_addon.core.video.points import JOINTS, joints_of
from blender_addon.core.video.tracked import LiftedBody, Seen, TrackedPerson
from tests.video.corpora import layouts
from tests.video.corpora.layouts import fourteen, walker

COUNT, RATE = 120, 60.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    poses = {
        "Train/S1": {"Walking 1 chunk0": layouts.humaneva_points(walker(COUNT, RATE))},
        "Validate/S2": {"Walking 1 chunk2": layouts.humaneva_points(walker(COUNT, RATE, (2, 1)))},
    }
    (tmp_path / "data_3d_humaneva15.npz").write_bytes(layouts.bytes_of(positions_3d=poses))
    return tmp_path


class Oracle:
    """Knows the truth, and adds an error."""

    def __init__(self, size: float = 1.0, shift_m: float = 0.0) -> None:
        self.size, self.shift_m = size, shift_m
        self.starts = {0: (0.0, 0.0), 1: (2.0, 1.0)}
        self.calls = 0

    def __call__(self, tracked: TrackedPerson, camera: FilmCamera) -> LiftedBody:
        start = self.starts[self.calls // 4]
        self.calls += 1
        there = camera.to_camera(fourteen(walker(COUNT, RATE, start)))
        middle = there[:, 4:6].mean(axis=1, keepdims=True)
        joints = self.size * (there - middle)
        joints[:, 13, 1] += self.shift_m  # the top of the head
        return LiftedBody(joints, np.ones(joints.shape[:2]))


def test_no_error_is_found_where_there_is_none(folder: Path) -> None:
    found = evaluate_corpus("humaneva", folder, Oracle())
    assert (found["takes"], found["frames"], found["cameras"]) == (2, 2 * 4 * COUNT, "around")
    for name in ("mpjpe_mm", "n_mpjpe_mm", "pa_mpjpe_mm"):
        assert found[name] == pytest.approx(0.0, abs=0.01)
    assert set(found["subjects"]) == {"Train/S1", "Validate/S2"}
    assert "research only" in found["note"]


def test_an_error_of_one_joint_is_shared_by_fourteen(folder: Path) -> None:
    found = evaluate_corpus("humaneva", folder, Oracle(shift_m=0.14))
    assert found["mpjpe_mm"] == pytest.approx(10.0, abs=0.02)
    assert found["pa_mpjpe_mm"] > 1.0  # least squares spread what one joint has


def test_a_wrong_size_is_seen_by_one_measure_alone(folder: Path) -> None:
    found = evaluate_corpus("humaneva", folder, Oracle(size=1.1))
    assert found["mpjpe_mm"] > 30.0
    assert found["n_mpjpe_mm"] == pytest.approx(0.0, abs=0.01)
    assert found["pa_mpjpe_mm"] == pytest.approx(0.0, abs=0.01)


def test_points_are_those_of_the_joints_and_frames_outside_are_empty(folder: Path) -> None:
    take = next(read_humaneva(folder))
    camera = cameras_around(take.joints_m)[0]
    tracked = as_tracked(take, camera)
    assert (tracked.seen == Seen.FOUND).all()
    assert np.isfinite(tracked.points_px).all()
    assert (tracked.visibility == 1.0).sum(axis=1).tolist() == [14] * COUNT  # joints and ears
    found = joints_of(np.asarray(tracked.points_px))
    expected = camera.project(take.joints_m)
    neck = JOINTS.index("Neck")  # in pictures, the middle of the shoulders that are seen there
    np.testing.assert_allclose(found[:, neck], expected[:, neck], atol=1.0)
    np.testing.assert_allclose(
        np.delete(found, neck, axis=1), np.delete(expected, neck, axis=1), atol=1e-9
    )
    take.measured[5] = False
    take.joints_m[9] += [0.0, 50.0, 0.0]
    empty = as_tracked(take, camera)
    assert np.flatnonzero(empty.seen == Seen.EMPTY).tolist() == [5, 9]
    assert np.isnan(empty.points_px[[5, 9]]).all()
    assert (empty.visibility[[5, 9]] == 0.0).all()


def test_nobody_to_measure(tmp_path: Path) -> None:
    points = layouts.humaneva_points(walker(COUNT, RATE))
    points[:, 3] = np.nan
    layouts.write_humaneva_mat(tmp_path / "Train/S1/Box_1.mat", points)
    with pytest.raises(InputError, match="nothing to measure"):
        evaluate_corpus("humaneva", tmp_path, Oracle())


@pytest.mark.parametrize("text", ["h36m", "h36m:", "coco:folder", ":folder", ""])
def test_data_that_is_not_known(text: str) -> None:
    with pytest.raises(InputError, match=r"panoptic:FOLDER, h36m:FOLDER, humaneva:FOLDER"):
        data_choice(text)


def test_data_choice(tmp_path: Path) -> None:
    assert data_choice(f"h36m:{tmp_path}") == ("h36m", tmp_path)
    with pytest.raises(InputError, match="is no folder"):
        data_choice(f"h36m:{tmp_path / 'none'}")
