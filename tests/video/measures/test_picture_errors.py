"""Measures in the picture, and the marks that films of real people are judged by."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from backend.video.judging.marks import FOLDER, read_marks
from backend.video.judging.picture_errors import empty_frames, picture_errors, torso_px
from blender_addon.core.errors import InputError
from blender_addon.core.video.tracked import Seen
from tests.video.measures.constructed import film_of, moving

TRUE = film_of(moving()).points_px
ALL = np.ones(len(TRUE), np.bool_)


def test_true_points_have_no_error() -> None:
    found = picture_errors(TRUE, TRUE, ALL)
    assert (found.median_pct, found.pck) == (0.0, 1.0)


def test_points_off_by_a_tenth_of_the_torso() -> None:
    shift = np.stack((0.1 * torso_px(TRUE), np.zeros(len(TRUE))), axis=-1)
    found = picture_errors(TRUE + shift[:, None], TRUE, ALL)
    assert found.median_pct == pytest.approx(10.0)
    assert found.pck == 1.0
    assert picture_errors(TRUE + 2.5 * shift[:, None], TRUE, ALL).pck == 0.0


def test_a_frame_without_anybody_is_all_wrong() -> None:
    found = TRUE.copy()
    found[:15] = np.nan
    measured = picture_errors(found, TRUE, ALL)
    assert measured.pck == pytest.approx(0.75)
    assert measured.median_pct == 0.0


def test_joints_that_are_not_marked_do_not_count() -> None:
    marked = np.full_like(TRUE, np.nan)
    marked[3, 0] = TRUE[3, 0]
    found = picture_errors(TRUE, marked, np.arange(len(TRUE)) == 3, np.full(len(TRUE), 50.0))
    assert (found.median_pct, found.pck) == (0.0, 1.0)


def test_empty_frames_are_counted_where_it_is_sure() -> None:
    truth = np.array([1.0, 1.0, 1.0, 1.0, np.nan, 0.0, 0.0, 0.0, 0.0, 0.0])
    seen = np.full(10, Seen.FOUND, np.uint8)
    seen[[0, 1, 2, 4, 5]] = Seen.EMPTY
    found = empty_frames(seen, truth)
    assert found.recall == 0.75
    assert found.precision == 0.75
    assert found.lost == pytest.approx(0.2)
    assert empty_frames(seen, np.zeros(10)).recall is None


def marks_text() -> dict[str, object]:
    return {
        "film": "a.mp4", "size_px": [64, 48], "frame_count": 10, "how": "made", "empty": [[2, 4]],
        "unsure": [[5, 5]], "halves": {"tune": [0, 4], "judge": [5, 9]},
        "points": [{"frame": 7, "joints": {"LeftHand": [3, 4]}, "torso_px": 20}],
    }  # fmt: skip


def test_marks_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(marks_text()), "utf-8")
    marks = read_marks(path)
    assert np.flatnonzero(marks.empty == 1.0).tolist() == [2, 3, 4]
    assert np.isnan(marks.empty[5])
    assert marks.points_px[7, 10].tolist() == [3.0, 4.0]
    assert marks.halves["judge"].sum() == 5
    assert marks.torso_px[7] == 20.0


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"empty": [[2, 10]]}, "not within 0 to 9"),
        ({"points": [{"frame": 3, "joints": {"Tail": [1, 1]}}]}, "Tail"),
        ({"points": [{"frame": 12, "joints": {}}]}, "frame 12"),
    ],
)
def test_wrong_marks_are_named(tmp_path: Path, change: dict[str, object], told: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(marks_text() | change), "utf-8")
    with pytest.raises(InputError, match=told):
        read_marks(path)


def test_marks_that_lack_a_key_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"film": "a.mp4"}), "utf-8")
    with pytest.raises(InputError, match="halves"):
        read_marks(path)


def test_every_film_that_is_marked_has_sound_marks() -> None:
    for path in sorted(FOLDER.glob("*.json")):
        marks = read_marks(path)
        known = marks.points_px[np.isfinite(marks.points_px).all(axis=-1)]
        assert ((known >= 0.0) & (known <= np.asarray(marks.size_px))).all()
        assert not (marks.halves["tune"] & marks.halves["judge"]).any()
