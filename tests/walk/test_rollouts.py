"""What roll-outs are judged by, beside the outputs themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from blender_addon.core.ground.terrain import FlatTerrain
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON, FOOT_JOINTS
from blender_addon.core.walk.features import OUTPUT_LAYOUT
from tests.walk.take_samples import walking_take

torch = pytest.importorskip("torch")
if TYPE_CHECKING:
    import torch

from backend.walk.rollouts.feet import feet_positions  # noqa: E402
from backend.walk.windows import take_to_sequence  # noqa: E402

pytestmark = pytest.mark.torch


def test_rotations_put_feet_where_the_joints_are() -> None:
    sequence = take_to_sequence(walking_take(6), FlatTerrain())
    outputs = torch.from_numpy(sequence.outputs)
    joints = sequence.outputs[:, OUTPUT_LAYOUT.slices["joint_positions_m"]].reshape(-1, 22, 3)
    desired = joints[:, COMMON_SKELETON.indices(FOOT_JOINTS)].reshape(len(joints), 12)
    np.testing.assert_allclose(feet_positions(outputs), desired, atol=1e-4)
