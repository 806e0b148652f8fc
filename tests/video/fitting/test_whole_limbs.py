"""Limbs that were lifted too short are drawn out, and do not turn round within a frame."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.video.fitting.body import Body
from blender_addon.core.video.fitting.whole_limbs import whole_limbs
from blender_addon.core.video.points import JOINTS

REST = Body(COMMON_SKELETON).rest
ELBOW, HAND = JOINTS.index("LeftForeArm"), JOINTS.index("LeftHand")
RATE_HZ = 30.0


def test_a_body_of_its_own_proportions_stays_as_it_is() -> None:
    shape = np.repeat(REST[None], 10, axis=0)
    assert whole_limbs(shape, REST, RATE_HZ) == pytest.approx(shape)


def test_a_forearm_that_turns_round_through_nothing_takes_its_time() -> None:
    shape = np.repeat(REST[None], 40, axis=0)
    along = np.linspace(0.1, -0.1, 40)
    shape[:, HAND] = shape[:, ELBOW] + np.stack((0.0 * along, 0.0 * along - 0.01, along), -1)
    whole = whole_limbs(shape, REST, RATE_HZ)
    bone = whole[:, HAND] - whole[:, ELBOW]
    true = np.linalg.norm(REST[HAND] - REST[ELBOW])
    assert np.linalg.norm(bone, axis=-1).min() > 0.7 * true
    turned = np.linalg.norm(np.diff(bone, axis=0), axis=-1)
    assert turned.max() < 0.5 * np.linalg.norm(bone, axis=-1).min()
    assert bone[0, 2] > 0.7 * true
    assert bone[-1, 2] < -0.7 * true


def test_what_hangs_below_is_taken_along() -> None:
    shape = np.repeat(REST[None], 10, axis=0)
    arm = JOINTS.index("LeftArm")
    back = 0.5 * (shape[:, arm] - shape[:, ELBOW])
    shape[:, [ELBOW, HAND]] += back[:, None]
    whole = whole_limbs(shape, REST, RATE_HZ)
    assert whole[:, HAND] - whole[:, ELBOW] == pytest.approx(shape[:, HAND] - shape[:, ELBOW])
    assert np.linalg.norm(whole[:, ELBOW] - whole[:, arm], axis=-1) == pytest.approx(
        0.75 * np.linalg.norm(REST[ELBOW] - REST[arm]), rel=1e-3
    )
