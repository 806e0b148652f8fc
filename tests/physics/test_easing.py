"""Muscles' targets move on between control steps."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.conventions import Floats
from blender_addon.core.physics.engine import why_no_engine
from blender_addon.core.physics.figure import SUBSTEPS
from blender_addon.core.physics.reference import Reference, reference_of
from blender_addon.core.physics.simulation import Simulation

from .walking import marching

pytestmark = pytest.mark.skipif(why_no_engine() is not None, reason="no physics engine here")

WALKING = 45
STEPS = 6


@pytest.fixture(scope="module")
def walk() -> Reference:
    return reference_of(marching(3.0))


def told(walk: Reference, part: int, eased: bool = True) -> tuple[Floats, Floats]:
    """What muscles were told last, and poses, at the end of each part of a control step."""
    figure, residuals = Simulation(walk, 1, eased=eased), np.full((1, 30), 0.05)
    figure.begin(np.array([WALKING]))
    controls, poses = [], []
    for step in range(STEPS):
        for _ in range(SUBSTEPS // part):
            figure.advance(residuals * (-1.0) ** step, substeps=part)
            controls.append(figure.engine.control[0].copy())
            poses.append(figure.engine.qpos[0].copy())
        figure.end_step()
    return np.array(controls), np.array(poses)


def test_parts_of_a_step_are_the_whole(walk: Reference) -> None:
    (_, whole), (_, parts) = told(walk, SUBSTEPS), told(walk, SUBSTEPS // 2)
    np.testing.assert_array_equal(parts[1::2], whole)


def test_targets_do_not_jump(walk: Reference) -> None:
    eased, held = (np.abs(np.diff(told(walk, 1, each)[0], axis=0)).max() for each in (True, False))
    assert eased < 0.6 * held


def test_what_is_added_is_reached_within_the_step(walk: Reference) -> None:
    (eased, _), (held, _) = (told(walk, 1, each) for each in (True, False))
    middle = SUBSTEPS // 2 - 1  # the reference passes its held value in the middle of a step
    between = 0.5 * (eased[middle::SUBSTEPS] + eased[middle + 1 :: SUBSTEPS])
    np.testing.assert_allclose(between, held[middle::SUBSTEPS], atol=0.03)
