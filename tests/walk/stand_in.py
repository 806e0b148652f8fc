"""A walker made of sines, for tests that ask how a walk is written, not how it looks."""

from __future__ import annotations

import numpy as np

from blender_addon.core.errors import Cancelled
from blender_addon.core.maths.rotations import (
    axis_angle_to_quaternion,
    heading_to_quaternion,
    quaternion_multiply,
)
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON, HIPS_REST_HEIGHT_M
from blender_addon.core.walk.pipeline import WalkResult
from blender_addon.core.walk.plan import plan_request


class SwingingWalker:
    """Swings legs and arms along the timetable of the real pipeline."""

    skeleton = COMMON_SKELETON

    def generate(self, requests, *, on_progress=None):
        results = []
        for request in requests:
            plan = plan_request(request)
            for part in np.linspace(0, 1, 9):
                if on_progress is not None and not on_progress(float(part)):
                    raise Cancelled("cancelled; nothing was changed")
            results.append(self._walk(request, plan))
        return results

    def _walk(self, request, plan):
        phase = plan.distances_m * 2 * np.pi / 1.4
        strength = np.clip(plan.speeds_m_s, 0, 1.3) / 1.3
        rotations = np.zeros((plan.frame_count, self.skeleton.joint_count, 4))
        rotations[..., 0] = 1
        rotations[:, 0] = heading_to_quaternion(plan.headings_rad)
        for name, size, shift in (
            ("LeftUpLeg", -0.5, 0), ("RightUpLeg", -0.5, np.pi),
            ("LeftLeg", 0.4, 0.5), ("RightLeg", 0.4, 0.5 + np.pi),
        ):  # fmt: skip
            angle = size * strength * np.sin(phase + shift)
            if name.endswith("gLeg") or name in ("LeftLeg", "RightLeg"):
                angle = np.abs(angle)
            self._turn(rotations, name, (1, 0, 0), angle)
        for side, sign in (("Left", -1), ("Right", 1)):
            hang = np.full(plan.frame_count, sign * 1.3)
            self._turn(rotations, side + "Arm", (0, 0, 1), hang)
        heights = request.terrain.heights(plan.positions_xz) + HIPS_REST_HEIGHT_M - 0.02
        root = np.stack((plan.positions_xz[:, 0], heights, plan.positions_xz[:, 1]), axis=1)
        clip = MotionClip(self.skeleton, 60.0, root, rotations)
        track = np.column_stack((plan.positions_xz, plan.headings_rad))
        return WalkResult(
            clip, track, plan.positions_xz, plan.speeds_m_s, plan.distances_m, reached_end=True
        )

    def _turn(self, rotations, name, axis, angles):
        joint = self.skeleton.index(name)
        turn = axis_angle_to_quaternion(np.array([axis], float), angles)
        rotations[:, joint] = quaternion_multiply(rotations[:, joint], turn)
