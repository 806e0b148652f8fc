"""Rest poses, proportions and trees of bones that rigs of one and the same names come in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from blender_addon.core.retarget.joint_names import COMMON_JOINT_NAMES

from .built import FINGERS, Build

ALL_JOINTS: Final = {joint: joint for joint in COMMON_JOINT_NAMES}
_LEGS: Final = ("LeftUpLeg", "RightUpLeg")


def without(*words: str) -> dict[str, str]:
    """All joints but those whose name ends with one of the words."""
    return {joint: joint for joint in COMMON_JOINT_NAMES if not joint.endswith(words)}


VARIANTS: Final[Mapping[str, Build]] = {
    "A-pose": Build(ALL_JOINTS, arms_down_rad=0.9, roll=0.7),
    "slouched": Build(ALL_JOINTS, slouch_rad=0.2, arms_down_rad=1.2),
    "a hundred times as large": Build(ALL_JOINTS, unit=100.0, y_up=True),
    "a hundredth": Build(ALL_JOINTS, unit=0.01),
    "facing +X": Build(ALL_JOINTS, turn_rad=np.pi / 2),
    "facing +Y": Build(ALL_JOINTS, turn_rad=np.pi),
    "child": Build(ALL_JOINTS, size=0.55, lengths={"Leg": 0.8, "Foot": 0.8, "Head": 1.5}),
    "giant": Build(ALL_JOINTS, size=3.0),
    "short legs, long arms": Build(
        ALL_JOINTS, lengths={"Leg": 0.7, "Foot": 0.7, "ForeArm": 1.3, "Hand": 1.3}
    ),
    "long feet": Build(ALL_JOINTS, lengths={"Toe": 1.6}),
    "Euler angles, loose bones": Build(
        ALL_JOINTS, rotation_mode="ZXY", loose=("LeftArm", "Head", "RightFoot"), roll=1.1
    ),
    "no toes": Build(without("Toe")),
    "no toes, end bones at the feet": Build(without("Toe"), leaves=("Foot",), connected=True),
    "no hands": Build(without("Hand"), arms_down_rad=0.4),
    "no collar bones, one spine bone": Build(without("Shoulder", "Spine1", "Spine2", "Neck")),
    "end bones": Build(ALL_JOINTS, leaves=("Hand", "Head", "Toe"), connected=True),
    "end bones, A-pose, fingers": Build(
        ALL_JOINTS, arms_down_rad=0.9, leaves=("Hand", "Head", "Toe"), below=FINGERS
    ),
    "thighs beside the hips": Build(ALL_JOINTS, root="Root", apart=_LEGS),
    "spine beside the hips": Build(ALL_JOINTS, root="Root", apart=("Spine",)),
    "spine and thighs beside the hips": Build(ALL_JOINTS, root="Root", apart=("Spine", *_LEGS)),
    "feet beside the shins": Build(ALL_JOINTS, root="Root", apart=("LeftFoot", "RightFoot")),
    "hands beside the forearms": Build(ALL_JOINTS, root="Root", apart=("LeftHand", "RightHand")),
    "no root, spine beside the hips": Build(ALL_JOINTS, apart=("Spine",)),
    "feet hang at rest": Build(ALL_JOINTS, feet_hang=True),
    "chest turned at rest": Build(ALL_JOINTS, chest_turn_rad=np.pi / 2),
    "feet hang, chest turned": Build(ALL_JOINTS, feet_hang=True, chest_turn_rad=-np.pi / 2),
}
