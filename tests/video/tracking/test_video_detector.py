"""Anchors lie where BlazePose's do, and answers that mean one head are averaged."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.video.tracking.detector import PersonDetector, anchors, merge
from tests.video.tracking.scripted import ScriptedDetector, Somebody, picture_of


def test_anchors() -> None:
    places = anchors()

    assert places.shape == (2254, 2)
    assert np.allclose(places[0], 0.5 / 28)
    # x runs fastest, and a cell's anchors follow one another.
    assert np.allclose(places[1], places[0])
    assert np.allclose(places[2], (1.5 / 28, 0.5 / 28))
    assert np.allclose(places[28 * 28 * 2], 0.5 / 14)
    assert np.allclose(places[28 * 28 * 2 + 14 * 14 * 2 :][:6], 0.5 / 7)
    assert np.allclose(places[-1], 6.5 / 7)


def test_answers_of_one_head_are_averaged_by_score() -> None:
    scores = np.array([0.6, 0.9, 0.8])
    boxes = np.array([[0.0, 0, 10, 10], [1, 0, 11, 10], [50, 50, 60, 60]])
    points = np.array([[[0.0, 0]], [[3.0, 0]], [[7.0, 7]]])

    (first, box, place), (second, _, other) = merge(scores, boxes, points)

    assert (first, second) == (0.9, 0.8)
    assert np.allclose(box, [0.6, 0, 10.6, 10])
    assert np.allclose(place, [[0.9 * 3 / 1.5, 0]])
    assert np.allclose(other, 7.0)


def test_answers_that_hardly_overlap_are_two_heads() -> None:
    boxes = np.array([[0.0, 0, 10, 10], [6, 0, 16, 10]])  # a quarter of the union in common

    assert len(merge(np.array([0.9, 0.8]), boxes, np.zeros((2, 1, 2)))) == 2


def test_empty_boxes_stay_apart() -> None:
    boxes = np.array([[5.0, 5, 5, 5], [5, 5, 5, 5]])

    assert len(merge(np.array([0.9, 0.8]), boxes, np.zeros((2, 1, 2)))) == 2


@pytest.mark.parametrize("shape", [(250, 250), (120, 250), (250, 90)])
def test_points_come_back_to_the_picture(shape: tuple[int, int]) -> None:
    here = Somebody(40.0, 60.0, tall=35.0, lean=0.3)
    picture = picture_of(0)[: shape[0], : shape[1]]

    (found,) = PersonDetector(ScriptedDetector({0: [here]})).find(picture)

    assert found.score == pytest.approx(0.9, abs=1e-3)
    wanted = here.at(np.array([(0, 0), (0, -1), (0, -0.5), (0, -0.8)]))
    assert np.abs(found.points_px - wanted).max() < 0.5
    assert found.crop.turn_rad == pytest.approx(0.3, abs=0.02)


def test_who_is_not_sure_enough_is_nobody() -> None:
    detector = PersonDetector(ScriptedDetector({0: [Somebody(100.0, score=0.4)]}))

    assert detector.find(picture_of(0)) == []
    assert len(detector.find(picture_of(0), least=0.3)) == 1
