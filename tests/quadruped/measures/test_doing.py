"""With the shipped network: backing up on feet, a mouth in front, a look to both sides."""

from pathlib import Path as FilePath

import pytest

from backend.quadruped.judging.doing import aloft_share, look_range_deg, mouth
from blender_addon.core.ground.path import Path
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.quadruped.body import Family
from blender_addon.core.quadruped.gaits import Action
from blender_addon.core.quadruped.pipeline import QuadrupedPipeline
from blender_addon.core.quadruped.request import ActionMark, QuadrupedRequest
from tests.quadruped.runtime.teacher import make_body

MODEL = FilePath(__file__).resolve().parents[3] / "onnx_models" / "quadruped_controller.onnx"
LINE = Path.from_points([(0, 0, 0), (0, 0, 2)], 0.7)


@pytest.fixture(scope="module")
def moved():
    bodies = {family: make_body(family=family) for family in Family}
    asked = [
        request
        for body in bodies.values()
        for request in (
            QuadrupedRequest(body, LINE, backward=True),
            QuadrupedRequest(body, LINE, marks=(ActionMark(1.0, Action.EAT, 5.0),)),
            QuadrupedRequest(body, LINE, marks=(ActionMark(1.0, Action.LOOK, 5.0),)),
        )
    ]
    results = QuadrupedPipeline(ModelSession(MODEL)).generate(asked)
    return {f: (bodies[f], results[3 * n : 3 * n + 3]) for n, f in enumerate(Family)}


@pytest.mark.parametrize("family", list(Family))
def test_backs_up_on_its_feet(moved, family):
    backed = moved[family][1][0]
    assert backed.reached_end
    assert aloft_share(backed.clip) < 0.02


@pytest.mark.parametrize("family", list(Family))
def test_eats_in_front_of_its_feet(moved, family):
    body, results = moved[family]
    low, ahead = mouth(results[1].clip, body)
    assert low < 0.4
    assert ahead > 0.0


@pytest.mark.parametrize("family", list(Family))
def test_looks_to_both_sides(moved, family):
    right, left = look_range_deg(moved[family][1][2].clip)
    assert right < -15.0
    assert left > 15.0
