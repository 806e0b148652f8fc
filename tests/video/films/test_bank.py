"""The bank: a number's film is always the same, is kept with its truth, and is made once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from backend.mocap.common_clips import list_clips  # noqa: E402
from backend.video.films.bank import fill_bank, torso_error  # noqa: E402
from backend.video.films.judging import FILMS, shot_of  # noqa: E402
from backend.video.films.residuals import read_residuals  # noqa: E402
from backend.video.films.training import FIRST_SEED, Motions, draw_shot, read_motions  # noqa: E402
from blender_addon.core.errors import InputError  # noqa: E402
from blender_addon.core.video.tracked import Seen, TrackedPerson  # noqa: E402

pytestmark = pytest.mark.blender


@pytest.fixture(scope="module")
def motions(data_dir: Path) -> Motions:
    """What may be filmed."""
    return read_motions(data_dir)


class Onlooker:
    """Sees everybody in the middle of the picture, and counts the films it was shown."""

    def __init__(self) -> None:
        self.shown: list[tuple[int, ...]] = []

    def track(self, reader: Any, request: Any) -> TrackedPerson:
        pictures = list(reader.pictures(request.first, request.last))
        self.shown.append((len(pictures), *pictures[0].shape))
        count, (width, height) = len(pictures), reader.facts.size_px
        points = np.tile(0.5 * np.array([width, height]), (count, 33, 1))
        return TrackedPerson(
            0, reader.facts.frame_rate_hz, (width, height), points, np.ones((count, 33)),
            np.ones(count), np.zeros((count, 33, 3)), np.full(count, Seen.FOUND, np.uint8),
            np.zeros((count, 4)),
        )  # fmt: skip


def test_a_number_always_means_the_same_film(motions: Motions) -> None:
    first, again, other = (draw_shot(motions, number) for number in (7, 7, 8))
    assert (first.clip, first.shot.camera) == (again.clip, again.shot.camera)
    assert np.array_equal(first.shot.clip.root_positions, again.shot.clip.root_positions)
    assert first.shot.camera != other.shot.camera


def test_films_show_what_may_be_trained_with_from_all_sides(
    motions: Motions, data_dir: Path
) -> None:
    drawn = [draw_shot(motions, number, frames=30) for number in range(60)]
    apart = {each.name for name in ("cmu", "quaternius")
             for each in list_clips(data_dir / "mocap" / name, split="val")}  # fmt: skip
    assert not apart & {each.clip for each in drawn}
    assert all(each.shot.figure.seed >= FIRST_SEED for each in drawn)
    quarters = Counter(int(each.shot.camera.azimuth_deg // 90) for each in drawn)
    assert min(quarters[n] for n in range(4)) >= 5
    assert max(each.shot.camera.elevation_deg for each in drawn) > 30.0
    assert all(24.0 <= each.shot.camera.lens_mm <= 85.0 for each in drawn)
    assert all(2.2 <= each.shot.camera.distance_m <= 8.0 for each in drawn)
    assert {each.shot.size_px[0] > each.shot.size_px[1] for each in drawn} == {True, False}


def test_judging_films_show_what_nobody_trained_with(data_dir: Path, human: Path) -> None:
    names = [film.name for film in FILMS]
    assert len(set(names)) == len(names) >= 8
    for film in FILMS:
        shot = shot_of(film, data_dir)
        assert 40 <= shot.clip.frame_count <= 60, film.name
        assert shot.figure.seed < FIRST_SEED


def test_a_bank_is_filled_once_and_goes_on_where_it_stopped(
    motions: Motions, tmp_path: Path
) -> None:
    looks: Any = Onlooker()
    assert fill_bank(tmp_path, motions, looks, 1, first=2) == 1
    assert fill_bank(tmp_path, motions, looks, 1, first=2) == 0
    (tmp_path / "00002.npz").unlink()
    assert fill_bank(tmp_path, motions, looks, 1, first=2) == 1, "looked at again, not rendered"
    with np.load(tmp_path / "00002.npz", allow_pickle=False) as told:
        count = len(told["seen"])
        assert looks.shown == 2 * [(count, int(told["size_px"][1]), int(told["size_px"][0]), 3)]
        for name, shape in (
            ("points_px", (33, 2)), ("visibility", (33,)), ("world_m", (33, 3)),
            ("truth_px", (14, 2)), ("truth_camera_m", (14, 3)), ("camera_to_world", (4, 4)),
            ("crops_px", (4,)), ("azimuth_deg", ()),
        ):  # fmt: skip
            assert told[name].shape == (count, *shape), name
        there = told["truth_camera_m"].astype(np.float64)
        seen = there[..., :2] / there[..., 2:] * float(told["focal_px"]) + 0.5 * told["size_px"]
        np.testing.assert_allclose(told["truth_px"], seen, atol=0.01)
        assert told["error_torso"] > 0.0


def test_a_bank_without_sequences_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no sequences"):
        read_residuals(tmp_path)
    with pytest.raises(InputError, match="no recordings"):
        read_motions(tmp_path)


def test_nobody_seen_is_no_error_that_could_be_small() -> None:
    nowhere, truth = np.full((3, 33, 2), np.nan), np.random.default_rng(1).random((3, 14, 2))
    assert np.isnan(torso_error(nowhere, truth))
