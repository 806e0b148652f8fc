"""Stand-ins for what simulates, so that the scene is tried without an engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from blender_addon.core.jobs import Progress
from blender_addon.core.maths.rotations import axis_angle_to_quaternion, quaternion_multiply
from blender_addon.core.physics.clip_poses import clip_to_poses
from blender_addon.core.physics.request import PhysicsReport, PhysicsRequest, PhysicsResult


class Shifter:
    """Does as it follows, a hand's breadth to the left and turned, and says that it fell.

    Args:
        left_m: how far to the left.
        turn_rad: how far its hips are turned about the vertical.
        fell_s: when it says that it fell; None for never.
        help_n: what the unseen hand holds in the second half.
        ends_at: of how many frames the motion is at most.
    """

    def __init__(self, left_m=0.1, turn_rad=0.0, fell_s=None, help_n=0.0, ends_at=None):
        self.left_m, self.turn_rad, self.fell_s, self.help_n = left_m, turn_rad, fell_s, help_n
        self.ends_at = ends_at
        self.asked: list[PhysicsRequest] = []

    def generate(self, requests, on_progress=None, on_pose=None) -> Iterator[PhysicsResult]:
        """See PhysicsPipeline."""
        progress = Progress.of(on_progress)
        for request in requests:
            self.asked.append(request)
            yield self._result(request, progress, on_pose)

    def _result(self, request, progress, on_pose) -> PhysicsResult:
        clip = request.clip
        roots = clip.root_positions + np.array([self.left_m, 0.0, 0.0], np.float32)
        roots = roots[: self.ends_at]
        turns = clip.rotations_wxyz[: self.ends_at].copy()
        about = axis_angle_to_quaternion(np.array([0.0, 1.0, 0.0]), np.array(self.turn_rad))
        turns[:, 0] = quaternion_multiply(about, turns[:, 0])
        moved = replace(clip, root_positions=roots, rotations_wxyz=turns)
        poses = clip_to_poses(moved).poses
        for frame, pose in enumerate(poses):
            progress((frame + 1) / len(poses))
            if on_pose is not None:
                on_pose(frame, pose)
        help_n = np.where(np.arange(len(poses)) < len(poses) / 2, 0.0, self.help_n)
        report = PhysicsReport(self.fell_s, help_n, 1234.0, 1.5, 0.4, ("told by the stand-in",))
        return PhysicsResult(moved, poses, report)
