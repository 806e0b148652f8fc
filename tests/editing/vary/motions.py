"""Motions to make variants of, and the prior that is shipped."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from blender_addon.core.editing.vary.pipeline import VaryPipeline
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.maths.rotations import axis_angle_to_quaternion
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON

MODELS = Path(__file__).resolve().parents[3] / "onnx_models"


@lru_cache(maxsize=1)
def pipeline() -> VaryPipeline:
    encoder, decoder = (
        ModelSession(MODELS / f"{name}.onnx", ["CPUExecutionProvider"], 1)
        for name in ("motion_prior", "motion_prior_decoder")
    )
    return VaryPipeline(encoder, decoder)


def waving(frames: int = 150, rate: float = 30.0, period_s: float = 1.0) -> MotionClip:
    """A person who stands and sways, with one arm that waves; it repeats every ``period_s``."""
    time = 2.0 * np.pi * np.arange(frames) / rate / period_s
    rotations = np.zeros((frames, COMMON_SKELETON.joint_count, 4), np.float32)
    rotations[..., 0] = 1.0

    def turn(joint: str, axis: tuple[float, float, float], angle) -> None:
        angles = np.broadcast_to(angle, time.shape)
        turned = axis_angle_to_quaternion(np.array(axis, np.float32), angles)
        rotations[:, COMMON_SKELETON.index(joint)] = turned

    turn("LeftArm", (0, 0, 1), -1.3)
    turn("RightArm", (0, 0, 1), 0.4 + 0.5 * np.sin(time))
    turn("Spine", (0, 1, 0), 0.2 * np.sin(time))
    for side in ("Left", "Right"):
        turn(side + "UpLeg", (1, 0, 0), -0.15)
        turn(side + "Leg", (1, 0, 0), 0.3)
        turn(side + "Foot", (1, 0, 0), -0.15)
    root = np.tile(np.array([1.0, 0.965, -2.0], np.float32), (frames, 1))
    return MotionClip(COMMON_SKELETON, rate, root, rotations)
