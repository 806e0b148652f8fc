"""Fingers bend into the palm: by their X axes, on both sides, under every naming."""

from __future__ import annotations

import pytest

bpy = pytest.importorskip("bpy")

from mathutils import Quaternion  # noqa: E402

from blender_addon.demo_character.bones import FINGERS, NAMINGS  # noqa: E402
from blender_addon.demo_character.builder import add_person  # noqa: E402

pytestmark = pytest.mark.blender


def _bend(character, names, side, radians):
    """Bend all fingers but the thumb; returns how far their tips are from the thumb's."""
    for finger in FINGERS[1:]:
        for number in (1, 2, 3):
            bone = character.pose.bones[names[f"{finger}{number}.{side}"]]
            bone.rotation_quaternion = Quaternion((1, 0, 0), radians)
    bpy.context.view_layer.update()
    thumb = character.pose.bones[names[f"thumb3.{side}"]].tail
    return [
        (character.pose.bones[names[f"{finger}3.{side}"]].tail - thumb).length
        for finger in FINGERS[1:]
    ]


@pytest.mark.parametrize("naming", NAMINGS)
def test_fingers_bend_toward_the_thumb_and_hang_so(scene, naming):
    character, names = add_person(bpy.context, naming=naming), NAMINGS[naming].names
    for side in "LR":
        bpy.context.view_layer.update()
        at_ease = character.pose.bones[names[f"middle3.{side}"]].tail.copy()
        inward = _bend(character, names, side, 0.7)
        bent = character.pose.bones[names[f"middle3.{side}"]].tail.copy()
        outward = _bend(character, names, side, -0.7)
        spread = character.pose.bones[names[f"middle3.{side}"]].tail.copy()
        assert all(near < far - 0.01 for near, far in zip(inward, outward, strict=True))
        assert (at_ease - bent).length < (at_ease - spread).length, "at ease they curl as well"
