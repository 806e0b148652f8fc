"""The walk generator reaches whoever leads figures on, without either knowing the other."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.ground.path import Path as Way
from blender_addon.core.inference.choice import ModelChoice
from blender_addon.core.jobs import Cancellation
from blender_addon.core.physics.footsteps.walker import WalkAsked

pytestmark = pytest.mark.blender


def test_a_path_is_walked_by_whichever_capability_walks() -> None:
    from blender_addon.capabilities import path_walker

    walker = path_walker(ModelChoice(), Cancellation())
    assert walker is not None
    way = Way.from_points([(0.0, 0.0, 0.0), (0.0, 0.0, 1.2)], 1.1)
    clip = walker.walk([WalkAsked(way, stand_before_s=0.2, stand_after_s=0.3)])[0]
    assert clip.frame_rate_hz == 60.0 and clip.contacts is not None
    assert np.allclose(clip.root_positions[-1, [0, 2]], (0.0, 1.2), atol=0.15)
