"""A driver that is muted leaves its property to keys, wherever one asks."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from blender_addon.blender.drivers import acting_drivers, driven_paths, heard_by
from blender_addon.blender.face.shape_keys import driven_shapes, shape_path
from blender_addon.blender.keys.keyframes import Channel
from blender_addon.blender.keys.layers import add_layer
from blender_addon.blender.keys.sliders import Slider, sample_slider
from blender_addon.blender.rig.evaluation import is_still
from blender_addon.blender.rig.steering import steering
from blender_addon.core.errors import InputError
from tests.shared.blender.builders import make_rig
from tests.shared.blender.face_builders import evaluated_weights, make_armature, make_face

pytestmark = pytest.mark.blender
FRAMES = np.array([1.0, 2.0])


def driven(datablock, path, index=-1, *, mute):
    curve = datablock.driver_add(path, index)
    curve.driver.expression = "0.25"
    curve.mute = mute
    return curve


def test_which_drivers_act_and_whom_they_hear(scene):
    control = make_armature(("Handle",))
    empty = bpy.data.objects.new("Empty", None)
    curve = driven(empty, "location", 0, mute=False)
    variable = curve.driver.variables.new()
    variable.type, variable.targets[0].id = "TRANSFORMS", control
    assert driven_paths(empty) == {"location"}
    assert heard_by(acting_drivers(empty)) == ["Rig"]
    variable.targets[0].bone_target = "Handle"
    assert heard_by(acting_drivers(empty)) == ["Handle"]
    curve.mute = True
    assert not driven_paths(empty)
    assert not driven_paths(bpy.data.objects.new("Bare", None))


@pytest.mark.parametrize("mute", [True, False], ids=["muted", "acting"])
def test_shapes(scene, mute):
    face = make_face(["jawOpen"])
    driven(face.data.shape_keys, shape_path("jawOpen"), mute=mute)
    assert driven_shapes(face, ["jawOpen"]) == ([] if mute else ["jawOpen"])
    channel = Channel(shape_path("jawOpen"), 0, FRAMES, np.array([0.5, 0.75]))
    if not mute:
        with pytest.raises(InputError, match="a driver moves"):
            add_layer(bpy.context, face.data.shape_keys, "speech", "S", [channel])
        return
    add_layer(bpy.context, face.data.shape_keys, "speech", "S", [channel])
    scene.frame_set(2)
    assert evaluated_weights(face)["jawOpen"] == pytest.approx(0.75)


@pytest.mark.parametrize("mute", [True, False], ids=["muted", "acting"])
def test_bones_and_objects(scene, mute):
    rig = make_rig()
    driven(rig, 'pose.bones["Head"].rotation_quaternion', 1, mute=mute)
    assert bool(steering(rig, "Head")) != mute
    assert is_still(rig) == mute


@pytest.mark.parametrize("mute", [True, False], ids=["muted", "acting"])
def test_sliders(scene, mute):
    thing = bpy.data.objects.new("Thing", None)
    scene.collection.objects.link(thing)
    thing["amount"] = 1.0
    driven(thing, '["amount"]', mute=mute)
    value = sample_slider(bpy.context, thing, Slider(1.0, '["amount"]'), FRAMES)
    assert value == pytest.approx(1.0 if mute else 0.25)


def test_a_broken_driver_leaves_its_property_to_keys(scene):
    thing = bpy.data.objects.new("Thing", None)
    scene.collection.objects.link(thing)
    for frame in (1, 11):
        thing.location.x = frame
        thing.keyframe_insert("location", index=0, frame=frame)
    thing.driver_add("location", 0).driver.expression = "no_such_name"
    assert driven_paths(thing) == {"location"}  # nobody has tried it yet
    for frame in (5, 6):  # Blender tries once
        scene.frame_set(frame)
    assert thing.location.x == pytest.approx(6.0)
    assert not driven_paths(thing)


@pytest.mark.parametrize("animated", [True, False])
def test_a_constraint_whose_influence_is_animated_hides_keys(scene, animated):
    rig = make_rig()
    constraint = rig.pose.bones["Head"].constraints.new("COPY_ROTATION")
    constraint.target, constraint.subtarget, constraint.influence = rig, "Hips", 0.0
    if animated:
        constraint.keyframe_insert("influence", frame=1)
    assert ("constraint 'Copy Rotation'" in steering(rig, "Head")) == animated
