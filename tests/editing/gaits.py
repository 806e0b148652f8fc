"""Walks for tests: the neutral gait along a way, as it is or in a made-up manner."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.editing.follow.cycle import Cycle, lay_cycle
from blender_addon.core.editing.follow.way import lay_way
from blender_addon.core.editing.manifold.runtime import TASKS, Manifold
from blender_addon.core.editing.restyle.neutral import NeutralGaits
from blender_addon.core.editing.restyle.spectrum import Spectrum
from blender_addon.core.inference.arrays import ArrayFile
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.maths.rotations import axis_angle_to_quaternion, quaternion_multiply
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.resample import resample_clip

MODELS = Path(__file__).resolve().parents[2] / "onnx_models"


@lru_cache(maxsize=1)
def sessions() -> tuple[ModelSession, ...]:
    """The four models of the manifold."""
    return tuple(ModelSession(MODELS / f"{task}.onnx", ["CPUExecutionProvider"]) for task in TASKS)


def manifold() -> Manifold:
    """The manifold of the shipped models."""
    return Manifold(*sessions())


@lru_cache(maxsize=1)
def neutral() -> NeutralGaits:
    """The neutral gaits that are shipped."""
    with ArrayFile(MODELS / "manifold_2016.npz") as arrays:
        return NeutralGaits.read(arrays)


def walk(
    speed_m_s: float = 1.3,
    metres: float = 6.0,
    rate_hz: float = 60.0,
    spectrum: Spectrum | None = None,
) -> MotionClip:
    """Straight ahead, without beginning or end."""
    cycle = Cycle.of(spectrum or neutral().at(speed_m_s))
    points = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, metres]])
    laid = lay_cycle(cycle, lay_way(points, speed_m_s, stand=False, ease_s=0.5), left_first=True)
    return resample_clip(replace(laid.clip, contacts=None), rate_hz)


def stooped(spectrum: Spectrum, degrees: float = 25.0, swing: float = 2.0) -> Spectrum:
    """The same gait, bent forward at the spine, arms swinging more."""
    posture, turns = spectrum.posture.copy(), spectrum.turns.copy()
    bent = axis_angle_to_quaternion(np.array([1.0, 0.0, 0.0], np.float32), np.radians(degrees))
    spine = COMMON_SKELETON.index("Spine")
    posture[spine] = quaternion_multiply(bent, posture[spine])
    turns[:, COMMON_SKELETON.indices(("LeftArm", "RightArm"))] *= swing
    return replace(spectrum, posture=posture, turns=turns)


def places(clip: MotionClip, joint: str) -> Floats:
    """(T, 3) of a joint in the world."""
    from blender_addon.core.motion.kinematics import forward_kinematics

    found, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    return found[:, clip.skeleton.index(joint)]
