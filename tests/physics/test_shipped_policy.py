"""The policy of the extension keeps walks up that its balance law alone does not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from blender_addon.core.ground.path import Path as Way
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.physics.anchoring import reanchor
from blender_addon.core.physics.controllers import Controller
from blender_addon.core.physics.engine import why_no_engine
from blender_addon.core.physics.plan import PlanSettings
from blender_addon.core.physics.policy import PolicyController, base_controller
from blender_addon.core.physics.reference import Reference, reference_of
from blender_addon.core.physics.simulation import Simulation
from blender_addon.core.walk.pipeline import LocomotionPipeline
from blender_addon.core.walk.request import WalkRequest

pytestmark = pytest.mark.skipif(why_no_engine() is not None, reason="no physics engine here")

ROOT = Path(__file__).resolve().parents[2]
POLICY = ROOT / "onnx_models" / "physics_policy.onnx"
STARTS = 30 + 7 * np.arange(8)
STEPS = 240
UPRIGHT_M = 0.6


@pytest.fixture(scope="module")
def walk(model: Path) -> Reference:
    way = Way.from_points([[0, 0, 0], [0, 0, 5], [2, 0, 12]], 1.2)
    walker = LocomotionPipeline(ModelSession(model, ["CPUExecutionProvider"], threads=1))
    return reference_of(next(iter(walker.generate([WalkRequest(way)]))).clip)


def lives_s(walk: Reference, controller: Controller) -> np.ndarray:
    """How long each of eight figures keeps its pelvis up, of eight seconds."""
    figures = Simulation(walk, len(STARTS))
    figures.begin(STARTS)
    up, lived = np.ones(len(STARTS), bool), np.zeros(len(STARTS))
    for _ in range(STEPS):
        figures.advance(controller.residuals(figures))
        figures.end_step()
        reanchor(figures, PlanSettings().reanchoring)
        up &= figures.engine.qpos[:, 1] > UPRIGHT_M
        lived += up
    return lived / 30.0


def test_it_keeps_walks_up_that_the_law_alone_does_not(walk: Reference) -> None:
    policy = PolicyController(ModelSession(POLICY, ["CPUExecutionProvider"], threads=1))
    learned, law = lives_s(walk, policy), lives_s(walk, base_controller("balance"))
    assert learned.mean() > law.mean() + 1.5
    assert (learned >= STEPS / 30.0).mean() >= 0.75
