"""Several motions as one reference: each keeps what belongs to it."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.physics.engine import why_no_engine
from blender_addon.core.physics.feed_forward import feed_forward
from blender_addon.core.physics.reference import reference_of
from blender_addon.core.physics.timeline import stacked
from tests.physics.simulated import standing
from tests.physics.walking import marching

pytestmark = pytest.mark.skipif(why_no_engine() is not None, reason="no physics engine here")


def test_what_a_motion_needs_of_muscles_is_its_own_beside_another() -> None:
    alone = reference_of(marching(1.5))
    joined, starts = stacked([reference_of(standing(1.0)), alone], [30, alone.steps])
    beside = feed_forward(joined)[starts[1] :][: alone.steps]
    assert np.abs(beside - feed_forward(alone))[5:-5].max() < 1e-6
