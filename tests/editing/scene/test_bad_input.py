"""What cannot be edited is refused in words that say what to do, and nothing is changed."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import bpy
import numpy as np
import pytest

from blender_addon.blender import compat
from blender_addon.blender.keys.options import DEFAULT_LAYER, DEFAULT_RESULT
from blender_addon.blender.rig import evaluation
from blender_addon.blender.rig.posed import read_poses
from blender_addon.capabilities.editing import scene as editing_scene
from blender_addon.capabilities.editing.choice import Edit, EditChoice
from blender_addon.core.errors import Cancelled, ClipError, InputError
from tests.editing.scene.editors import Straight, Turning
from tests.editing.scene.motions import animate, bones_of, edit_motion, misses_cm, walking
from tests.shared.blender.builders import make_rig
from tests.shared.blender.snapshot import snapshot

pytestmark = pytest.mark.blender


def refuse(rig, words, error=InputError, **chosen):
    """An edit is refused in such words, and all is as before."""
    chosen = {"edit": Edit.CLEAN, **chosen}
    before = snapshot()
    with pytest.raises(error, match=words):
        editing_scene.read(bpy.context, EditChoice(armature=rig, settings=None, **chosen))
    assert snapshot() == before


def test_motions_that_are_none(scene):
    rig = make_rig()
    refuse(rig, "nothing animates 'Rig'")
    rig.pose.bones["Hips"].keyframe_insert("location", frame=5)
    refuse(rig, "one key alone")
    refuse(rig, "one key alone", edit=Edit.FILL, gaps_over=3)


def test_gaps_without_a_pose_at_both_ends(scene):
    rig = make_rig()
    animate(rig, walking())
    refuse(rig, "frame -5 lies before the motion", edit=Edit.FILL, frame_range=(-5, 20))
    refuse(rig, "frame 90 lies after the motion", edit=Edit.FILL, frame_range=(40, 90))
    refuse(rig, "nothing to change", edit=Edit.FILL, frame_range=(20, 21))
    refuse(rig, "nothing says what is to be filled", edit=Edit.FILL)
    refuse(rig, "no gap between the keys", edit=Edit.FILL, gaps_over=4)


def test_a_key_that_is_no_number_is_named(scene):
    rig = make_rig()
    action = animate(rig, walking())
    curve = next(c for c in compat.action_fcurves(action) if "LeftArm" in c.data_path)
    curve.keyframe_points[11].co[1] = float("nan")
    with pytest.raises(ClipError, match=r"rotation_quaternion\[0\] of the bone 'LeftArm' on frame"):
        editing_scene.read(bpy.context, EditChoice(armature=rig, edit=Edit.CLEAN, settings=None))


def test_rigs_that_cannot_be_edited(scene):
    legless = make_rig(leave_out=("LeftUpLeg", "LeftLeg", "LeftFoot", "LeftToe"))
    refuse(legless, "lacks bones for")
    bpy.data.objects.remove(legless)
    rig = make_rig()
    animate(rig, walking())
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    refuse(rig, "Edit Mode")
    bpy.ops.object.mode_set(mode="OBJECT")
    refuse(rig, "moves no joint", bones=("nonsense",))
    refuse(rig, "cannot be done to some bones", edit=Edit.LOOP, bones=("Head",))
    refuse(rig, "which a layer cannot hold", edit=Edit.LOOP, result=DEFAULT_LAYER)
    refuse(rig, "no strip 'a'", edit=Edit.CONNECT, first="a", second="b")
    refuse(rig, "no path is chosen", edit=Edit.FOLLOW)
    refuse(rig, "no reference is chosen", edit=Edit.RESTYLE)


def test_an_action_of_another_rig_is_not_taken_for_this_one(scene):
    rig = make_rig()
    animate(rig, walking())
    other = make_rig(name="Other", prefix="mixamorig:")
    theirs = animate(other, walking(), name="Theirs")
    refuse(rig, "made for another rig", edit=Edit.CONNECT, first="Own", second="Theirs")
    choice = EditChoice(armature=rig, edit=Edit.RESTYLE, settings=None, reference=theirs.name)
    before = snapshot()
    job = editing_scene.read(bpy.context, choice)  # of that rig it is read
    assert job.reference.frame_count == 60 and snapshot() == before


@pytest.mark.skipif(not compat.HAS_SLOTS, reason="actions have no slots here")
def test_one_action_of_two_rigs_is_edited_for_one(scene):
    rig = make_rig()
    action = animate(rig, walking())
    other = make_rig(name="Other")
    other.animation_data_create().action = action
    other.animation_data.action_slot = action.slots.new("OBJECT", "Other")
    bag = action.layers[0].strips[0].channelbag(other.animation_data.action_slot, ensure=True)
    curve = bag.fcurves.new("location", index=2)
    curve.keyframe_points.insert(1, 0.0), curve.keyframe_points.insert(60, 3.0)
    job, edited, written = edit_motion(rig, Edit.VARY, Turning("Spine"), DEFAULT_RESULT)
    assert misses_cm(rig, job, edited[0]).max() < 0.05
    assert other.animation_data.action == action
    new = bpy.data.actions[written.names[0]]
    assert [slot.name_display for slot in new.slots] == ["Rig"] and "" not in bones_of(new)


def test_what_is_cancelled_leaves_all_as_it_was(scene):
    rig = make_rig()
    animate(rig, walking())
    before = snapshot()
    choice = EditChoice(armature=rig, edit=Edit.FILL, settings=None, frame_range=(20, 40))
    job = editing_scene.read(bpy.context, choice)
    with pytest.raises(Cancelled):
        job.run(lambda share: False, editor=Straight())
    assert snapshot() == before


def test_what_fails_while_it_is_written_is_taken_back(scene, monkeypatch):
    rig = make_rig()
    animate(rig, walking())
    choice = EditChoice(armature=rig, edit=Edit.LOOP, settings=None)
    job = editing_scene.read(bpy.context, choice)
    edited = job.run(editor=Turning("Head")).result
    edited = (replace(edited[0], source=edited[0].source * np.float32(0.5)),)
    before = snapshot()
    monkeypatch.setattr("blender_addon.capabilities.editing.writing.extend_scene", _fail)
    with pytest.raises(InputError, match="on purpose"):
        editing_scene.write(bpy.context, job, edited)
    assert snapshot() == before


def test_while_many_frames_are_looked_at_the_cursor_counts(scene, monkeypatch):
    rig = make_rig()
    animate(rig, walking())
    told = []
    manager = SimpleNamespace(
        progress_begin=lambda *ends: told.append(ends),
        progress_update=told.append,
        progress_end=lambda: told.append("end"),
    )
    monkeypatch.setattr(evaluation, "_MANY_FRAMES", 60)
    monkeypatch.setattr(evaluation, "_COUNTED_EVERY", 20)
    context = SimpleNamespace(scene=scene, window_manager=manager)
    read_poses(context, rig, ["Head"], np.arange(1.0, 60.0))
    assert told == []
    read_poses(context, rig, ["Head"], np.arange(1.0, 61.0))
    assert told == [(0.0, 1.0), 0.0, pytest.approx(1 / 3), pytest.approx(2 / 3), "end"]


def _fail(*_):
    raise InputError("on purpose")
