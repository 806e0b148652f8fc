"""Joints in the words that people use."""

from __future__ import annotations

import re

import pytest

from blender_addon.core.retarget.joint_names import COMMON_JOINT_NAMES
from blender_addon.core.retarget.joint_words import short_words_for, words_for


@pytest.mark.parametrize(
    ("joint", "words", "short"),
    [
        ("LeftUpLeg", "Left Thigh", "Thigh L"),
        ("RightLeg", "Right Shin", "Shin R"),
        ("LeftArm", "Left Upper Arm", "Upper Arm L"),
        ("RightForeArm", "Right Forearm", "Forearm R"),
        ("LeftToe", "Left Toes", "Toes L"),
        ("Hips", "Hips", "Hips"),
        ("Spine2", "Chest", "Chest"),
    ],
)
def test_words(joint, words, short):
    assert (words_for(joint), short_words_for(joint)) == (words, short)


def test_every_joint_has_words_of_its_own():
    words = [words_for(joint) for joint in COMMON_JOINT_NAMES]
    assert len(set(words)) == len(words)
    assert not any(re.search(r"[a-z][A-Z]|\d|Leg|Fore ", each) for each in words)


def test_what_is_no_joint_stays():
    assert words_for("Left") == "Left" and words_for("tail.001") == "tail.001"
