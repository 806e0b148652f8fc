"""The model that is shipped, on bodies that it never saw, through the whole runtime."""

from pathlib import Path as FilePath

import numpy as np
import pytest

from blender_addon.core.ground.path import Path, Stop
from blender_addon.core.ground.terrain import FlatTerrain, HeightField
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.maths.rotations import length
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.quadruped.gaits import speed_of
from blender_addon.core.quadruped.live import LiveAnimal
from blender_addon.core.quadruped.pipeline import QuadrupedPipeline
from blender_addon.core.quadruped.request import QuadrupedRequest
from blender_addon.core.quadruped.skeleton import PAWS
from tests.quadruped.runtime.bodies import make_deer, make_dog

MODEL = FilePath(__file__).parents[3] / "onnx_models" / "quadruped_controller.onnx"
pytestmark = pytest.mark.skipif(not MODEL.is_file(), reason="no quadruped model is here")


@pytest.fixture(scope="module")
def pipeline():
    return QuadrupedPipeline(ModelSession(MODEL))


def way(points, froude, body, **more):
    points = np.array(points, float) * body.hip_height_m
    return Path.from_points(points, float(speed_of(froude, body.hip_height_m)), **more)


def hills(body):
    places = np.arange(-40, 140) * 0.25
    rise = 0.15 * np.sin(0.7 * places[:, None]) * np.cos(0.6 * places)
    size = body.hip_height_m
    return HeightField(np.array([-10.0, -10.0]) * size, 0.25 * size, rise * size)


@pytest.fixture(scope="module")
def herd(pipeline):
    dog, horse, cat = make_dog(0.5), make_deer(1.4), make_dog(0.25)
    asked = {
        "walk": QuadrupedRequest(dog, way([[0, 0, 0], [0, 0, 6]], 0.15, dog)),
        "corner": QuadrupedRequest(horse, way([[0, 0, 0], [0, 0, 4], [4, 0, 4]], 0.15, horse)),
        "about": QuadrupedRequest(cat, way([[0, 0, 0], [0, 0, 3], [0.1, 0, 0]], 0.15, cat)),
        "stop": QuadrupedRequest(
            cat,
            way([[0, 0, 0], [0, 0, 6]], 0.2, cat, stops=[Stop(3 * cat.hip_height_m, 0.8)]),
            seed=1,
        ),
        "gallop": QuadrupedRequest(dog, way([[0, 0, 0], [0, 0, 40]], 3.0, dog), seed=2),
        "hills": QuadrupedRequest(
            horse, way([[0, 0, 0], [0, 0, 7]], 0.15, horse), hills(horse), seed=3
        ),
    }
    results = pipeline.generate(list(asked.values()))
    return {
        name: (request, result)
        for (name, request), result in zip(asked.items(), results, strict=True)
    }


NAMES = ("walk", "corner", "about", "stop", "gallop", "hills")


def paws_of(request, clip):
    """Paws (T, 4, 3) and heights over where they stand (T, 4), in hip heights."""
    places, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    paws = places[:, list(PAWS)]
    ground = request.terrain.heights(paws[..., [0, 2]])
    over = paws[..., 1] - ground - request.body.paw_heights_m
    return paws / request.body.hip_height_m, over / request.body.hip_height_m


@pytest.mark.parametrize("name", NAMES)
def test_goes_where_it_is_asked(herd, name):
    request, result = herd[name]
    assert result.reached_end
    off = length(result.root_track[:, :2] - result.desired_positions)
    assert np.percentile(off, 95) < 0.3 * request.body.hip_height_m


@pytest.mark.parametrize("name", NAMES)
def test_paws_stay_where_they_stand_and_leave_the_ground_to_swing(herd, name):
    request, result = herd[name]
    paws, over = paws_of(request, result.clip)
    held = result.clip.contacts
    ways = length(np.diff(paws[..., [0, 2]], axis=0))
    both = held[1:] & held[:-1]
    assert ways[both].max() < 0.004
    assert over.min() > -0.01
    low = (over[1:] < 0.016) & ~both
    steps = (held[1:] & ~held[:-1]).sum(axis=0) + 1
    assert ((ways * low).sum(axis=0) / steps).max() < 0.1


def test_each_paw_steps_again_and_again(herd):
    for name in ("walk", "about", "gallop"):
        held = herd[name][1].clip.contacts
        assert (held[1:] & ~held[:-1]).sum(axis=0).min() >= 3
        away = np.diff(np.flatnonzero(np.append(True, np.append(held[:, 1], True))))
        assert away.max() / 60.0 < 1.2 / herd[name][0].body.time_factor


def test_a_gallop_has_moments_in_the_air_and_a_walk_has_none(herd):
    middle = {
        name: slice(*(len(herd[name][1].clip.contacts) * np.array([3, 6]) // 9)) for name in herd
    }
    flying = {n: ~herd[n][1].clip.contacts[middle[n]].any(axis=1) for n in ("walk", "gallop")}
    assert flying["gallop"].mean() > 0.05
    assert not flying["walk"].any()


def test_standing_is_still(herd):
    for name in ("walk", "stop"):
        request, result = herd[name]
        paws, _ = paws_of(request, result.clip)
        assert length(paws[-1] - paws[-20]).max() < 1e-3
        assert length(result.root_track[-1, :2] - result.root_track[-20, :2]) < 2e-3


def test_it_is_the_same_again(pipeline, herd):
    request, result = herd["walk"]
    alone = pipeline.generate([request])[0]
    again = pipeline.generate([request])[0]
    assert np.allclose(alone.clip.rotations_wxyz, again.clip.rotations_wxyz, atol=1e-4)
    assert result.clip.frame_count >= alone.clip.frame_count


def test_it_is_steered(pipeline):
    body = make_dog(0.6)
    live = LiveAnimal(pipeline, body, np.zeros(3), FlatTerrain(), seed=1)
    steps = [live.step(np.array([0.0, 1.0])) for _ in range(90)]
    steps += [live.step(np.array([1.0, 0.0])) for _ in range(120)]
    track = np.array([step.root for step in steps])
    assert track[89, 1] > 0.6
    assert track[-1, 0] > 0.5
    assert abs(track[-1, 2] - np.pi / 2) < 0.4
    held = np.concatenate([step.clip.contacts for step in steps])
    assert 0.4 < held[30:].mean() < 0.95
