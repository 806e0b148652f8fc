"""Where the figure's bodies are in the engine's arrays does not depend on what is around it."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.physics.engine import Engine
from blender_addon.core.physics.figure import BODY_NAMES, figure_mjcf
from blender_addon.core.physics.world import Obstacle, World

pytest.importorskip("mujoco")


@pytest.mark.parametrize("moves", [False, True])
def test_obstacles_come_after_the_figure(moves: bool) -> None:
    corners = 0.1 * np.array(np.meshgrid(*[(-1.0, 1.0)] * 3)).reshape(3, -1).T
    places = np.tile((3.0, 0.1, 0.0), (2 if moves else 1, 1))
    turns = np.tile((1.0, 0.0, 0.0, 0.0), (len(places), 1))
    world = World(obstacles=(Obstacle("Box", corners, places, turns),))
    assets, elements = world.mjcf()
    names = Engine(figure_mjcf(elements, assets), 1).body_names
    assert names[1 : 1 + len(BODY_NAMES)] == BODY_NAMES
    assert len(names) == 2 + len(BODY_NAMES)
