"""The 52 names are Apple's, each once, and every group is made of them."""

from __future__ import annotations

from blender_addon.core.face.arkit import (
    ARKIT_52,
    BROWS,
    EYES,
    LOWER_FACE,
    SPEECH_CHANNELS,
    UPPER_FACE,
    mirror_name,
)

# Apple's own list, sorted, written out once more so that a slip in the module shows.
APPLE = """
browDownLeft browDownRight browInnerUp browOuterUpLeft browOuterUpRight cheekPuff cheekSquintLeft
cheekSquintRight eyeBlinkLeft eyeBlinkRight eyeLookDownLeft eyeLookDownRight eyeLookInLeft
eyeLookInRight eyeLookOutLeft eyeLookOutRight eyeLookUpLeft eyeLookUpRight eyeSquintLeft
eyeSquintRight eyeWideLeft eyeWideRight jawForward jawLeft jawOpen jawRight mouthClose
mouthDimpleLeft mouthDimpleRight mouthFrownLeft mouthFrownRight mouthFunnel mouthLeft
mouthLowerDownLeft mouthLowerDownRight mouthPressLeft mouthPressRight mouthPucker mouthRight
mouthRollLower mouthRollUpper mouthShrugLower mouthShrugUpper mouthSmileLeft mouthSmileRight
mouthStretchLeft mouthStretchRight mouthUpperUpLeft mouthUpperUpRight noseSneerLeft noseSneerRight
tongueOut
"""


def test_the_names_are_apples():
    assert sorted(ARKIT_52) == APPLE.split()


def test_groups_split_the_face_in_two():
    assert len(LOWER_FACE) + len(UPPER_FACE) == len(ARKIT_52)
    assert set(LOWER_FACE) | set(UPPER_FACE) == set(ARKIT_52)
    assert set(EYES) | set(BROWS) == set(UPPER_FACE)
    assert set(SPEECH_CHANNELS) < set(LOWER_FACE)
    assert len(set(SPEECH_CHANNELS)) == len(SPEECH_CHANNELS)


def test_every_side_has_its_mirror():
    for names in (ARKIT_52, SPEECH_CHANNELS):
        for name in set(names) - {"jawLeft", "jawRight", "mouthLeft", "mouthRight"}:
            assert mirror_name(name) in names
            assert mirror_name(mirror_name(name)) == name
