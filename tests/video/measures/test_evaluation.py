"""The command: every system on every film, in JSON and in pictures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from backend.video.evaluate import command
from backend.video.judging.kept import read_tracked
from backend.video.judging.marks import read_marks
from backend.video.judging.ours import FIT, KNOWN
from backend.video.judging.report import DEFINITIONS, is_met, target_of
from backend.video.judging.rows import real_row
from backend.video.judging.scores import score
from backend.video.judging.systems import BLAZEPOSE, Shown, blazepose_world, with_true_points
from backend.video.judging.truth import films_of, read_truth
from blender_addon.core.errors import InputError
from tests.video.measures.constructed import SIZE_PX, film_of, moving
from tests.video.measures.made_film import make_film, perfectly_tracked, write_truth
from tests.video.measures.test_picture_errors import marks_text

PROBE = Path("pose_models") / "lifter_probe.onnx"


def test_truth_is_read_as_it_was_written(tmp_path: Path) -> None:
    truth = film_of(moving(20, 0.5))
    npz = write_truth(truth, tmp_path / "a.mp4")
    read = read_truth(npz, tmp_path / "a.mp4", SIZE_PX)
    assert read.joints_m == pytest.approx(truth.joints_m, abs=1e-6)
    assert read.points_px == pytest.approx(truth.points_px, abs=1e-3)
    assert read.rate_hz == truth.rate_hz
    assert read.in_picture.all()


def test_truth_that_lacks_a_key_is_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", joints=np.array(["Neck"]))
    with pytest.raises(InputError, match="positions_m"):
        read_truth(tmp_path / "a.npz", tmp_path / "a.mp4", SIZE_PX)


def test_a_folder_without_films_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no film"):
        list(films_of(tmp_path))
    with pytest.raises(InputError, match="no folder"):
        list(films_of(tmp_path / "nowhere"))


def test_what_was_tracked_is_kept(tmp_path: Path) -> None:
    tracked = make_film(film_of(moving(12)), tmp_path / "films", tmp_path / "kept")
    again = read_tracked(tmp_path / "kept" / "made.npz")
    assert again.size_px == tracked.size_px
    assert again.points_px == pytest.approx(tracked.points_px)
    assert again.frame_rate_hz == tracked.frame_rate_hz


def test_a_tracker_without_error_is_scored_so() -> None:
    truth = film_of(moving(40))
    found = score(blazepose_world(Shown(truth, perfectly_tracked(truth))), truth)
    assert found["mpjpe_mm"] == pytest.approx(0.0, abs=1e-6)
    assert found["two_d_median_pct"] == pytest.approx(0.0, abs=1e-6)
    assert found["swaps"] == 0.0
    assert found["jerk_ratio"] == pytest.approx(1.0)


def test_true_points_replace_those_that_were_tracked() -> None:
    truth = film_of(moving(40))
    tracked = perfectly_tracked(truth)
    tracked.points_px[:] += np.random.default_rng(0).normal(0.0, 9.0, tracked.points_px.shape)
    better = with_true_points(Shown(truth, tracked))
    found = score(blazepose_world(better), truth)
    assert found["two_d_median_pct"] == pytest.approx(0.0, abs=1e-6)


def test_the_command_measures_and_draws(data_dir: Path, tmp_path: Path) -> None:
    if not (data_dir / PROBE).is_file():
        pytest.skip("no lifter to compare with among the data")
    make_film(film_of(moving(60)), tmp_path / "films", tmp_path / "kept")
    target, pictures = tmp_path / "video.json", tmp_path / "pictures"
    options = [
        "--films", str(tmp_path / "films"), "--tracked", str(tmp_path / "kept"),
        "--probe", str(data_dir / PROBE), "--json", str(target), "--only", "made", "--joints",
    ]  # fmt: skip
    run = CliRunner().invoke(command, options, catch_exceptions=False)
    assert run.exit_code == 0
    results = json.loads(target.read_text("utf-8"))
    row = results["films"]["made"]
    assert row["mpjpe_world_mm"] == pytest.approx(0.0, abs=1e-3)
    assert row["lost"] == 0.0
    assert row["two_d_median_pct"] < min(0.1, row["fit_two_d_median_pct"])
    assert set(results["definitions"]) == set(DEFINITIONS)
    assert {BLAZEPOSE, row["judged"], f"{row['judged']}{KNOWN}"} <= set(row["systems"])
    fitted = row["systems"][f"{row['judged']}{KNOWN}"]
    assert FIT in row["judged"]
    assert fitted["bone_drift"] < 0.05
    assert fitted["camera_tilt_deg"] == pytest.approx(0.0, abs=1e-6)
    assert not pictures.exists()


def test_a_real_film_is_judged_by_its_marks(tmp_path: Path) -> None:
    truth = film_of(moving(10))
    tracked = perfectly_tracked(truth)
    tracked.seen[2:5] = 0
    path = tmp_path / "a.json"
    path.write_text(json.dumps(marks_text()), "utf-8")
    row = real_row(tracked, read_marks(path))
    assert row["tune_empty_recall"] == 1.0
    assert row["judge_lost"] == 0.0
    assert row["judge_pck"] in (0.0, 1.0)


def test_targets() -> None:
    assert is_met("walk", "mpjpe_mm", 41.0)
    assert is_met("walk", "mpjpe_mm", 43.0) is False
    assert is_met("high", "pck", 0.94)
    assert is_met("anything", "jerk_ratio", 0.9)
    assert is_met("anything", "jerk_ratio", 0.7) is False
    assert is_met("anything", "mpjpe_mm", 10.0) is None
    assert target_of("walk", "root_mm") == 80.0
