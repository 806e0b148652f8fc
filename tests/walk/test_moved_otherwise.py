"""What else moves a character: keyed against, followed, or named; never blamed where it is not."""

from __future__ import annotations

import re

import bpy
import numpy as np
import pytest

from backend.rigs.generated import make_rigify
from blender_addon.blender import compat
from blender_addon.blender.keys.keyframes import Channel, write_action
from blender_addon.blender.keys.options import ResultKind, ResultOptions
from blender_addon.blender.rig.pose import RootMotion
from blender_addon.capabilities.walk import scene as walk_scene
from blender_addon.capabilities.walk.residual import measure_residual
from blender_addon.capabilities.walk.scene import WalkSettings
from blender_addon.core.errors import SkeletonError
from blender_addon.core.notes import notes_in, warnings_in
from tests.shared.blender.builders import (
    bone_heads,
    make_curve,
    make_ground,
    make_rig,
    put_in_meta_strip,
)
from tests.shared.blender.snapshot import snapshot
from tests.walk.stand_in import SwingingWalker

pytestmark = pytest.mark.blender

AHEAD = ((0, 0, 0), (0, -4, 0))
STRIP = ResultOptions(kind=ResultKind.STRIP)
RISES = ((1, 0.0), (140, 3.0))
GROWS = ((1, 1.0), (140, 2.0))
CARRIED = (RootMotion.BONE, RootMotion.OBJECT)


def bone(name, channel):
    return f'pose.bones["{name}"].{channel}'


def animate(obj, *curves, name="Old"):
    """A new action that animates an object: (path, index, ((frame, value), …)) each."""
    channels = [
        Channel(path, index, np.array(keys, float)[:, 0], np.array(keys, float)[:, 1])
        for path, index, keys in curves
    ]
    return write_action(obj, name, channels)


def pushed_down(obj, action, track="Below"):
    added = obj.animation_data.nla_tracks.new()
    added.name = track
    added.strips.new(action.name, 1, action)
    obj.animation_data.action = None
    return added


def walk(rig, path=None, options=ResultOptions(), change=lambda: None, **settings):  # noqa: B008
    job = walk_scene.read(bpy.context, WalkSettings(rig, path or make_curve(AHEAD), **settings))
    done = job.run(pipeline=SwingingWalker()).result
    written = walk_scene.write(bpy.context, job, done, options)
    change()
    return job, measure_residual(bpy.context, job, done, written.first_frame)


BENEATH = {
    "the object goes away": [("location", 1, RISES)],
    "the object turns": [("rotation_euler", 2, RISES)],
    "the object grows": [("scale", n, GROWS) for n in range(3)],
    "its delta goes away": [("delta_location", 0, RISES)],
    "the root goes away": [(bone("Root", "location"), 0, RISES)],
    "the root grows": [(bone("Root", "scale"), n, GROWS) for n in range(3)],
    "the hips grow": [(bone("Hips", "scale"), n, GROWS) for n in range(3)],
    "a shin slides": [(bone("LeftLeg", "location"), 1, ((1, 0.0), (60, 0.3)))],
    "the spine stretches": [(bone("Spine", "scale"), 1, GROWS)],
    "a shin turns by other angles": [(bone("LeftLeg", "rotation_mode"), 0, ((1, 0), (60, 1)))],
}


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        (ResultKind.STRIP, RootMotion.BONE),
        (ResultKind.STRIP, RootMotion.OBJECT),
        (ResultKind.ACTION, RootMotion.OBJECT),
    ],
)
@pytest.mark.parametrize("what", BENEATH)
def test_nothing_beneath_leaks_through(scene, what, mode, kind):
    rig = make_rig(root_bone=True)
    action = animate(rig, *BENEATH[what])
    if kind is ResultKind.ACTION:
        pushed_down(rig, action)
    scene.frame_set(1)
    job, found = walk(rig, options=ResultOptions(kind=kind), root_motion=mode)
    assert found.write_error_max_cm < 0.01
    assert warnings_in(job.rig.warnings) == ()
    assert action.name in bpy.data.actions


def test_what_a_strip_within_a_meta_strip_animates_does_not_leak_either(scene):
    rig = make_rig(root_bone=True)
    track = pushed_down(rig, animate(rig, *BENEATH["a shin slides"]))
    put_in_meta_strip(track.strips[0])
    assert track.strips[0].type == "META"
    _, found = walk(rig, options=STRIP)
    assert found.write_error_max_cm < 0.01


def test_controls_that_are_not_keyed_are_held_too(scene):
    rig = make_rigify()
    animate(rig, (bone("thigh_tweak.L.001", "location"), 0, ((1, 0.0), (60, 0.3))))
    scene.frame_set(1)
    _, found = walk(rig, options=STRIP)
    assert found.warnings() == []


def test_who_walks_in_place_goes_where_the_object_is_taken(scene):
    rig = make_rig(root_bone=True)
    animate(rig, ("location", 1, ((1, 0.0), (101, 10.0))))
    scene.frame_set(1)
    _, found = walk(rig, options=STRIP, root_motion=RootMotion.IN_PLACE)
    scene.frame_set(51)
    assert rig.location.y == pytest.approx(5.0, abs=0.5)
    assert found.warnings() == []


def test_a_bone_that_the_walk_does_not_key_goes_on_moving(scene):
    rig = make_rig(root_bone=True)
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    prop = rig.data.edit_bones.new("Prop")
    prop.head, prop.tail = (1, 0, 1), (1, 0, 1.2)
    bpy.ops.object.mode_set(mode="OBJECT")
    animate(rig, (bone("Prop", "location"), 0, ((1, 0.0), (51, 1.0))))
    walk(rig, options=STRIP)
    scene.frame_set(51)
    assert rig.pose.bones["Prop"].location.x == pytest.approx(1.0)


def ship(*curves, name="Ship"):
    moving = bpy.data.objects.new(name, None)
    bpy.context.scene.collection.objects.link(moving)
    animate(moving, *(curves or (("location", 0, RISES), ("rotation_euler", 2, RISES))))
    return moving


def hang_on_ship(rig, _path):
    rig.parent = ship()


def hang_on_ship_by_another(rig, _path):
    between = bpy.data.objects.new("Between", None)
    bpy.context.scene.collection.objects.link(between)
    between.parent, between.scale = ship(), (2.0, 2.0, 2.0)
    rig.parent, rig.location = between, (1.0, 1.0, 0.0)


def hang_on_ship_with_keys(rig, _path):
    rig.parent = ship()
    animate(rig, ("location", 1, RISES), ("rotation_euler", 2, RISES))


def hang_on_a_bone(rig, _path):
    horse = make_rig(name="Ship")
    animate(horse, (bone("Spine", "rotation_quaternion"), 1, ((1, 0.0), (140, 0.8))))
    rig.parent, rig.parent_type, rig.parent_bone = horse, "BONE", "Spine"


def child_of_ship(rig, _path):
    rig.constraints.new("CHILD_OF").target = ship()


def drive_ship(rig, _path):
    moving = ship(("scale", 0, ((1, 1.0),)))
    moving.driver_add("location", 0).driver.expression = "frame * 0.02"
    rig.parent = moving


@pytest.mark.parametrize("mode", CARRIED)
@pytest.mark.parametrize(
    "hang",
    [hang_on_ship, hang_on_ship_by_another, hang_on_ship_with_keys, hang_on_a_bone, child_of_ship,
     drive_ship],
)  # fmt: skip
def test_what_carries_the_object_is_followed_and_named(scene, hang, mode):
    rig, path = make_rig(root_bone=True), make_curve(AHEAD)
    hang(rig, path)
    scene.frame_set(20)
    job, found = walk(rig, path, options=STRIP, root_motion=mode)
    assert found.write_error_max_cm < 0.05
    (note,) = notes_in(job.rig.warnings)
    assert ("'Child Of'" if hang is child_of_ship else "'Ship'") in note
    assert "'Between'" not in note
    assert warnings_in((*job.rig.warnings, *found.warnings())) == ()


def test_who_hangs_where_the_path_hangs_walks_along_with_it(scene):
    rises = [("location", n, RISES) for n in range(3)]
    deck = ship(*rises, ("rotation_euler", 2, RISES))
    rig, path = make_rig(root_bone=True), make_curve(AHEAD)
    rig.parent = path.parent = deck
    scene.frame_set(20)
    job, found = walk(rig, path)
    assert "'Ship'" in notes_in(job.rig.warnings)[0]
    assert found.warnings() == [] and found.write_error_max_cm < 0.05
    assert found.sole_max_cm < 3.0
    scene.frame_set(int(rig.animation_data.action.frame_range[1]))
    end = path.matrix_world @ path.data.splines[0].points[-1].co.to_3d()
    assert bone_heads(rig, ["Hips"])[0][:2] == pytest.approx(end.xy, abs=0.3)


def test_a_path_that_moves_by_itself_is_told(scene):
    rig, path = make_rig(root_bone=True), make_curve(AHEAD)
    still = make_curve(AHEAD, name="Still")
    animate(still, ("location", 0, ((1, 0.0), (100, 0.0))))
    assert walk(rig, still)[0].rig.warnings == ()
    animate(path, ("location", 0, RISES))
    job, found = walk(rig, path)
    assert "the path 'Path' moves" in notes_in(job.rig.warnings)[0]
    assert found.warnings() == []


def test_vertices_that_a_modifier_moves_are_followed(scene):
    rig, cloth = make_rig(root_bone=True), make_ground(cells=2)
    wave = cloth.modifiers.new("Wave", "WAVE")
    wave.height, wave.width, wave.speed = 1.0, 4.0, 0.3
    rig.parent, rig.parent_type, rig.parent_vertices = cloth, "VERTEX", (4, 0, 0)
    job, found = walk(rig)
    assert found.write_error_max_cm < 0.05
    assert "the vertices of 'Ground'" in notes_in(job.rig.warnings)[0]


@pytest.mark.parametrize("mode", CARRIED)
def test_a_driver_of_the_object_is_followed_or_refused_by_name(scene, mode):
    rig = make_rig(root_bone=True)
    rig.driver_add("location", 0).driver.expression = "frame * 0.02"
    if mode is RootMotion.BONE:
        job, found = walk(rig, root_motion=mode)
        assert found.warnings() == []
        assert "the driver on location" in notes_in(job.rig.warnings)[0]
        return
    before = snapshot()
    with pytest.raises(SkeletonError, match="a driver on location of 'Rig' would hide the keys"):
        walk(rig, make_curve(AHEAD, name="Other"), root_motion=mode)
    bpy.data.objects.remove(bpy.data.objects["Other"])
    bpy.data.curves.remove(bpy.data.curves["Other"])
    assert snapshot() == before


def test_a_parent_that_changes_the_size_is_refused_by_name(scene):
    rig = make_rig(root_bone=True)
    rig.parent = ship(*(("scale", n, GROWS) for n in range(3)))
    with pytest.raises(SkeletonError, match=r"the size of 'Rig' changes .* 'Ship'"):
        walk(rig)


@pytest.mark.parametrize("mode", CARRIED)
@pytest.mark.parametrize("off", ["mute", "influence", "driver", "target"])
def test_what_is_switched_off_is_neither_blamed_nor_told(scene, mode, off):
    rig = make_rig(root_bone=True)
    if off == "driver":
        curve = rig.driver_add("location", 0)
        curve.driver.expression, curve.mute = "frame * 0.02", True
        muted = rig.pose.bones["Spine"].driver_add("rotation_quaternion", 1)
        muted.driver.expression, muted.mute = "frame * 0.02", True
    else:
        for owner in (rig, rig.pose.bones["LeftFoot"]):
            constraint = owner.constraints.new("COPY_LOCATION")
            constraint.target = None if off == "target" else ship(name="Aim")
            constraint.mute = off == "mute"
            constraint.influence = 0.0 if off == "influence" else 1.0
    job, found = walk(rig, root_motion=mode)
    assert job.rig.warnings == ()
    assert found.warnings() == []


def limit_spine(rig):
    limit = rig.pose.bones["Spine"].constraints.new("LIMIT_ROTATION")
    limit.name = "Stiff"
    limit.use_limit_x, limit.min_x, limit.max_x = True, 1.0, 1.0


def reach_with_hand(rig):
    reach = rig.pose.bones["LeftHand"].constraints.new("IK")
    reach.target, reach.chain_count, reach.name = ship(name="Goal"), 3, "Reach"


def drive_spine(rig):
    rig.pose.bones["Spine"].driver_add("rotation_quaternion", 1).driver.expression = "0.5"


def strip_above(rig):
    walking = rig.animation_data.action
    pushed_down(rig, walking, "Walking")
    late = animate(rig, (bone("Spine", "location"), 0, ((1, 0.5),)), name="Late")
    pushed_down(rig, late, "On Top")


def half_influence(rig):
    walking = rig.animation_data.action
    pushed_down(rig, animate(rig, (bone("Spine", "scale"), 0, ((1, 1.0),)), name="Plain"))
    compat.assign_action(rig, walking)
    rig.animation_data.action_influence = 0.5


def rest_position(rig):
    rig.data.pose_position = "REST"


def hold_head(rig):
    hold = rig.pose.bones["Head"].constraints.new("COPY_ROTATION")
    hold.target, hold.name = ship(name="Aim"), "Look"


def drive_hand(rig):
    rig.pose.bones["LeftHand"].driver_add("rotation_quaternion", 2).driver.expression = "0.7"


CAUSES = {
    hold_head: r"the constraint 'Look' \(Copy Rotation\) of the bone 'Head'",
    drive_hand: r"the driver on pose.bones\[\"LeftHand\"\].rotation_quaternion",
    limit_spine: r"the constraint 'Stiff' \(Limit Rotation\) of the bone 'Spine'",
    reach_with_hand: r"the constraint 'Reach' \(Inverse Kinematics\) of the bone 'LeftHand'",
    drive_spine: r"the driver on pose.bones\[\"Spine\"\].rotation_quaternion",
    strip_above: r"the action 'Late' \(NLA track 'On Top'\), which animates location of the bone",
    half_influence: "the active action of 'Rig', blended in with Replace and an Influence of 0.5",
    rest_position: "the Rest Position that 'Rig' shows",
}


@pytest.mark.parametrize("change", CAUSES, ids=lambda each: each.__name__)
def test_what_moves_the_bones_is_found_and_named(scene, change):
    rig = make_rig(root_bone=True)
    idle = rig.pose.bones["RightHand"].constraints.new("LIMIT_ROTATION")
    idle.name = "Without Effect"
    muted = rig.pose.bones["LeftArm"].constraints.new("COPY_ROTATION")
    muted.name, muted.mute, muted.target = "Muted", True, idle.id_data
    _, found = walk(rig, change=lambda: change(rig))
    (warning,) = [each for each in found.warnings() if "where the keys put them" in each]
    assert re.search(CAUSES[change], warning), warning
    assert "Without Effect" not in warning and "Muted" not in warning
    assert len(found.causes) == 1


def test_a_constraint_of_the_object_that_hides_its_keys_is_told_before_and_named_after(scene):
    rig = make_rig(root_bone=True)
    hold = rig.constraints.new("COPY_LOCATION")
    hold.target = ship()
    job, found = walk(rig, root_motion=RootMotion.OBJECT)
    said = "the constraint 'Copy Location' of 'Rig'"
    assert said in notes_in(job.rig.warnings)[0]
    assert said in found.warnings()[0]


def test_an_influence_that_the_action_beneath_raises_is_found(scene):
    rig = make_rig(root_bone=True)
    hold = rig.pose.bones["LeftLeg"].constraints.new("COPY_ROTATION")
    hold.target, hold.influence = ship(), 0.0
    animate(rig, (f"{hold.path_from_id()}.influence", 0, ((1, 0.0), (2, 0.0), (40, 1.0))))
    scene.frame_set(1)
    job, found = walk(rig, options=STRIP)
    said = "the constraint 'Copy Rotation' of the bone 'LeftLeg'"
    assert said in notes_in(job.rig.warnings)[0]
    assert said in found.warnings()[0]


def test_a_scale_that_goes_on_growing_is_named(scene):
    rig = make_rig(root_bone=True)
    animate(rig, *BENEATH["the root grows"])
    scene.frame_set(1)
    _, found = walk(rig)
    (warning,) = [each for each in found.warnings() if "where the keys put them" in each]
    assert "moved by the animated scale of the bone 'Root'." in warning


def test_a_collection_instance_is_not_where_the_armature_is(scene):
    rig = make_rig()
    inside = bpy.data.collections.new("Inside")
    inside.objects.link(rig)
    scene.collection.objects.unlink(rig)
    shown = bpy.data.objects.new("Shown", None)
    shown.instance_type, shown.instance_collection = "COLLECTION", inside
    scene.collection.objects.link(shown)
    job, _ = walk(rig)
    assert any("only as an instance of its collection" in told for told in job.rig.warnings)
    scene.collection.children.link(inside)
    job, _ = walk(rig)
    assert not warnings_in(job.rig.warnings)
