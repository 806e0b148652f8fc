"""Half-closed lids, a turned head, a scaled bone stay while the gaze plays; eyes still meet."""

from __future__ import annotations

from itertools import pairwise

import bpy
import numpy as np
import pytest
from mathutils import Quaternion, Vector

from blender_addon.blender.face.eye_channels import LID_BONE_RAD
from blender_addon.blender.face.eye_rig import read_rig
from blender_addon.blender.keys.layers import layers_of
from blender_addon.blender.keys.options import EASED_LAYER
from blender_addon.capabilities.gaze import scene as gaze_scene
from blender_addon.capabilities.gaze.scene import GazeChoice
from blender_addon.capabilities.gaze.targets import TargetChoice
from blender_addon.demo_character.builder import add_person
from tests.gaze.checks import (
    LAST,
    SETTLED,
    WITHIN_DEG,
    bone_looks,
    gaze,
    mesh_looks,
    misses,
    targets_around,
)
from tests.gaze.stand_in import Starer
from tests.shared.blender.builders import hold, make_rig
from tests.shared.blender.face_rigs import (
    EYES,
    add_bones,
    face_with_shapes,
    point,
    rig_with_aimed_eyes,
    rig_with_eyes,
)

pytestmark = pytest.mark.blender

HOWS = ("unkeyed", "action", "strip")
HELD = 0.5
BETWEEN = (5, 20, 28)  # no blink is near
BLINKS = (13, 37, 61)


def over_time(read, frames=range(1, LAST + 20)):
    found = []
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        found.append(read())
    return np.array(found)


@pytest.mark.parametrize("how", HOWS)
def test_lids_held_by_a_shape_stay_half_closed_and_blink_from_there(scene, how):
    armature = add_person(bpy.context)
    head = next(child for child in armature.children if child.name.endswith("Head"))
    block = head.data.shape_keys.key_blocks["eyeBlinkLeft"]
    block.value = HELD
    hold(block, "value", head.data.shape_keys, how)
    gaze(armature, [point("T", (0, -2, 1.6))], result=EASED_LAYER)
    still, shut = (over_time(lambda: block.value, frames) for frames in (BETWEEN, BLINKS))
    assert still == pytest.approx(HELD, abs=1e-3)
    assert shut.min() > 0.95
    assert over_time(lambda: block.value, (1, 2, LAST, LAST + 9)) == pytest.approx(HELD, abs=1e-3)


def rig_with_lids():
    armature = rig_with_eyes()
    lids = {
        f"{side}UpperEyelid": (place, (place[0], place[1] - 0.02, place[2] + 0.01), 0.3)
        for side, place in EYES.items()
    }
    return add_bones(armature, lids, "Head")


def lid_turn(armature, angle):
    """A lid bone shut by an angle, in its own space."""
    rest = armature.data.bones["LeftUpperEyelid"].matrix_local.to_quaternion()
    return rest.inverted() @ Quaternion((1, 0, 0), angle) @ rest


@pytest.mark.parametrize(("share", "how"), [(0.5, how) for how in HOWS] + [(1.2, "action")])
def test_lids_held_by_a_bone_close_the_rest_of_the_way(scene, share, how):
    armature = rig_with_lids()
    lid = armature.pose.bones["LeftUpperEyelid"]
    lid.rotation_quaternion = lid_turn(armature, share * LID_BONE_RAD)
    lid.scale = (1.0, 1.3, 1.0)
    hold(lid, "rotation_quaternion", armature, how)
    gaze(armature, [point("T", (0, -2, 1.66))], result=EASED_LAYER)
    for frames, angle in ((BETWEEN, share), (BLINKS, max(share, 1.0)), ((LAST + 9,), share)):
        for frame in frames:
            scene.frame_set(frame)
            found = lid.matrix_basis.to_quaternion()
            desired = lid_turn(armature, angle * LID_BONE_RAD)
            assert found.rotation_difference(desired).angle < 0.02, frame
    assert tuple(lid.scale) == pytest.approx((1.0, 1.3, 1.0))


@pytest.mark.parametrize("how", HOWS)
def test_lids_held_by_a_control_close_the_rest_of_the_way(scene, how):
    armature = rig_with_aimed_eyes()
    lids = {}
    for side, place in EYES.items():
        for name, height in (("T", 0.01), ("B", -0.01)):
            start = place + Vector((0, -0.01, height))
            lids[f"lid.{name}.{side[0]}.002"] = (start, start + Vector((0, 0, 0.005)), 0.0)
    add_bones(armature, lids, "Head")
    control = armature.pose.bones["lid.T.L.002"]
    control.location = (0.002, -0.008, 0.0)  # aside and down along itself
    hold(control, "location", armature, how)
    gaze(armature, [point("T", (0, -2, 1.66))], result=EASED_LAYER)
    places = over_time(lambda: tuple(control.location))
    for frame in (*BETWEEN, LAST + 9):
        assert places[frame - 1] == pytest.approx((0.002, -0.008, 0.0), abs=2e-4)
    shut = places[BLINKS[0] - 1]
    assert shut == pytest.approx((0.0, -0.0184, 0.0), abs=1e-3)


@pytest.mark.parametrize("how", HOWS)
def test_eyes_that_are_shapes_meet_their_targets_and_come_back_to_what_is_held(scene, how):
    face = face_with_shapes(make_rig())
    block = face.data.shape_keys.key_blocks["eyeLookUpLeft"]
    rig = read_rig(bpy.context, face)
    targets = targets_around(rig)
    block.value = HELD
    hold(block, "value", face.data.shape_keys, how)
    gaze(face, targets, result=EASED_LAYER)
    late = [frame for frame in SETTLED[::2] if 20 < frame < LAST - 20]
    assert misses(lambda: mesh_looks(face), targets, late).max() < 1.0
    looks = over_time(lambda: block.value)
    assert looks[[0, LAST - 1, LAST + 9]] == pytest.approx(HELD, abs=1e-3)


@pytest.mark.parametrize(
    ("mode", "how"), [("QUATERNION", how) for how in HOWS] + [("XYZ", "action")]
)
def test_a_turned_and_scaled_head_is_kept_and_the_eyes_still_meet(scene, mode, how):
    armature = rig_with_eyes(rotation_mode=mode)
    rig = read_rig(bpy.context, armature)
    targets = targets_around(rig)
    head = armature.pose.bones["Head"]
    turn = Quaternion((0.3, 1.0, 0.2), 0.25)
    head.rotation_mode = "QUATERNION"
    head.rotation_quaternion = turn
    head.rotation_mode = mode
    way = "rotation_quaternion" if mode == "QUATERNION" else "rotation_euler"
    hold(head, way, armature, how)
    neck = armature.pose.bones["Neck"]
    neck.scale = (1.1, 1.1, 1.1)
    gaze(armature, targets, share=0.3, result=EASED_LAYER)
    inner = [frame for frame in SETTLED if frame < LAST - 6]
    found = misses(lambda: bone_looks(armature, rig.eyes.pair, rig), targets, inner)
    assert found.max() < 1.0  # a scaled neck moves the joint about which the head turns
    turns = over_time(lambda: tuple(head.matrix_basis.to_quaternion()))
    steps = [Quaternion(a).rotation_difference(Quaternion(b)).angle for a, b in pairwise(turns)]
    assert Quaternion(turns[0]).rotation_difference(turn).angle < 2e-3
    assert Quaternion(turns[LAST + 5]).rotation_difference(turn).angle < 2e-3
    assert max(steps[:6] + steps[LAST - 7 :]) <= max(steps)
    assert tuple(neck.scale) == pytest.approx((1.1, 1.1, 1.1))


def test_gazes_in_two_ranges_both_play(scene):
    armature = rig_with_eyes()
    rig = read_rig(bpy.context, armature)
    targets = targets_around(rig)
    gaze(armature, targets, last=60)
    choice = GazeChoice(armature, (TargetChoice(targets[1]),))
    for first, last in ((90, 140), (50, 100)):
        job = gaze_scene.read(bpy.context, [choice], first, last)
        written = gaze_scene.write(bpy.context, job, job.run(pipeline=Starer()).result)
    assert [track.mute for track in layers_of(armature, "gaze")] == [False] * 3
    assert any("gives way from frame 50 to 60" in line for line in written.gave_way(0))

    def look():
        return bone_looks(armature, rig.eyes.pair, rig)

    assert misses(look, targets, (7, 19, 31)).max() < WITHIN_DEG
    assert misses(look, [targets[1]], (70, 80, 92, 110, 130)).max() < WITHIN_DEG
