"""Landmarks move to their heat maps, turn back with the square, and are averaged with a mirror."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.video.points import LANDMARKS
from blender_addon.core.video.tracking.crop import Crop
from blender_addon.core.video.tracking.landmarks import (
    MIRRORED,
    LandmarkFinder,
    refine,
    turned_back,
)
from tests.video.tracking.scripted import BODY, ScriptedLandmarks, Somebody, picture_of

HERE = Somebody(120.0, 130.0, tall=70.0, lean=0.4)


def _spot(at: tuple[float, float], height: float = 0.9, size: int = 64) -> np.ndarray:
    y, x = np.mgrid[0:size, 0:size]
    warm = height * np.exp(-0.5 * ((x - at[0]) ** 2 + (y - at[1]) ** 2))
    return np.log(np.maximum(warm, 1e-9) / (1.0 - np.minimum(warm, 1 - 1e-9)))[..., None]


def test_a_point_moves_to_the_centre_of_its_map() -> None:
    moved, warmth = refine(np.array([[31.2, 39.5]]) / 64, _spot((30.0, 40.0)))

    assert np.allclose(moved * 64, [[30.0, 40.0]], atol=0.05)
    assert warmth == pytest.approx([0.9])


def test_only_the_neighbourhood_counts() -> None:
    heat = np.maximum(_spot((30.0, 40.0)), _spot((50.0, 10.0), height=0.99))

    moved, _ = refine(np.array([[30.5, 40.5]]) / 64, heat)

    assert np.allclose(moved * 64, [[30.0, 40.0]], atol=0.05)


def test_a_cold_map_moves_nothing() -> None:
    moved, warmth = refine(np.array([[30.7, 40.2]]) / 64, _spot((30.0, 40.0), height=0.4))

    assert np.allclose(moved * 64, [[30.7, 40.2]])
    assert warmth == pytest.approx([0.4])


@pytest.mark.parametrize("at", [(-0.1, 0.5), (0.5, 1.0), (3.0, -2.0)])
def test_a_point_outside_stays(at: tuple[float, float]) -> None:
    moved, warmth = refine(np.array([at]), _spot((30.0, 40.0)))

    assert np.allclose(moved, [at])
    assert warmth == pytest.approx([0.0])


def test_at_the_edge_the_map_ends() -> None:
    moved, _ = refine(np.array([[0.0, 63.9]]) / 64, _spot((0.0, 63.0)))

    heat = 1.0 / (1.0 + np.exp(-_spot((0.0, 63.0))[60:, :4, 0]))
    wanted = (heat.sum(0) @ np.arange(4) / heat.sum(), heat.sum(1) @ np.arange(60, 64) / heat.sum())
    assert np.allclose(moved[0] * 64, wanted)


@pytest.mark.parametrize("twice", [False, True])
def test_landmarks_come_back_to_the_picture(twice: bool) -> None:
    finder = LandmarkFinder(ScriptedLandmarks({0: [HERE]}), twice)
    crop = Crop((125.0, 126.0), 170.0, 0.25)

    seen = finder.find(picture_of(0), crop)

    assert np.abs(seen.points_px - HERE.at(BODY[:33])).max() < 1.0
    assert seen.following.turn_rad == pytest.approx(HERE.lean, abs=0.02)
    assert seen.following.centre_px == pytest.approx((120.0, 130.0), abs=0.7)
    assert seen.presence == pytest.approx(0.99)
    assert seen.warmth == pytest.approx(0.66, abs=0.06)
    assert np.allclose(seen.visibility, 0.95, atol=1e-3)


def test_without_heat_maps_the_numbers_count() -> None:
    class Plain(ScriptedLandmarks):
        def run(self, feeds: dict) -> dict:
            answer = super().run(feeds)
            del answer["heatmap"]
            return answer

    seen = LandmarkFinder(Plain({0: [HERE]})).find(picture_of(0), Crop((120.0, 130.0), 180.0))

    assert seen.warmth == 1.0
    assert np.abs(seen.points_px - HERE.at(BODY[:33])).max() < 0.7


def test_space_turns_back_with_the_square() -> None:
    upright = np.array([[0.0, -1.0, 0.3]])

    turned = turned_back(upright, Crop((0.0, 0.0), 1.0, np.pi / 2))

    assert np.allclose(turned, [[1.0, 0.0, 0.3]])


def test_every_landmark_has_one_of_the_other_side() -> None:
    assert (MIRRORED[MIRRORED] == np.arange(33)).all()
    assert LANDMARKS[MIRRORED[LANDMARKS.index("mouth_left")]] == "mouth_right"
    assert LANDMARKS[MIRRORED[LANDMARKS.index("left_foot_index")]] == "right_foot_index"
    assert MIRRORED[0] == 0
