"""Values are set by path in the open file: plain ones, where they do something, all or none."""

from __future__ import annotations

import pytest

bpy = pytest.importorskip("bpy")

from blender_addon.cli.batch.overrides import apply_overrides  # noqa: E402
from blender_addon.core.batch.problems import Unfit  # noqa: E402
from blender_addon.core.batch.rna_path import (  # noqa: E402
    Item,
    Property,
    RnaPath,
    parse_rna_path,
)
from blender_addon.core.errors import InputError  # noqa: E402
from tests.shared.blender.face_builders import make_armature, make_face  # noqa: E402

pytestmark = pytest.mark.blender


@pytest.fixture
def stage(addon):
    """A lamp, a camera, a face and a rig with a custom property."""
    scene = addon
    lamp = bpy.data.objects.new("Lamp", bpy.data.lights.new("Lamp", "SUN"))
    camera = bpy.data.objects.new('Cam "1"', bpy.data.cameras.new("Camera"))
    for each in (lamp, camera):
        scene.collection.objects.link(each)
    face, rig = make_face(), make_armature(name="Rig")
    rig["switch"], rig["whole"], rig["word"] = 0.0, 3, "a"
    rig["colour"] = [0.1, 0.2, 0.3]
    rig.pose.bones["Jaw"]["ik"] = False
    face.data.shape_keys.name = "Keys"
    bpy.data.worlds.new("World")
    bpy.data.materials.new("Skin")
    return scene


VALUES = {
    'scenes["Scene"].frame_end': 240,
    'scenes["Scene"].render.fps': 30,
    'scenes["Scene"].unit_settings.scale_length': 0.01,
    'scenes["Scene"].unit_settings.system': "METRIC",
    'objects["Lamp"].location': [0, 0, 2.5],
    'objects["Lamp"].rotation_euler[2]': 1.5,
    'objects["Lamp"].hide_render': True,
    'objects["Lamp"].rotation_mode': "ZYX",
    'objects["Lamp"].data.energy': 5,
    'lights["Lamp"].color': [1, 0.5, 0.25],
    'objects["Cam \\"1\\""].data.lens': 80,
    'cameras["Camera"].dof.use_dof': True,
    'objects["Rig"].pose.bones["Jaw"].location': [0, 1, 0],
    'objects["Rig"].pose.bones["Jaw"]["ik"]': True,
    'objects["Rig"]["switch"]': 1,
    'objects["Rig"]["whole"]': 4,
    'objects["Rig"]["word"]': "b",
    'objects["Rig"]["colour"]': [1, 0, 1],
    'objects["Rig"]["colour"][1]': 0.5,
    'shape_keys["Keys"].key_blocks["jawOpen"].value': 0.5,
    'objects["Face"].data.shape_keys.key_blocks["jawOpen"].slider_max': 2,
    'worlds["World"].color': [0, 0, 1],
    'materials["Skin"].roughness': 0.25,
    'objects["Rig"].neural_motion.walk.seed': 9,
    'objects["Rig"].neural_motion.gesture.mode': "DANCE",
}


def test_values_are_set(stage):
    for path, value in VALUES.items():
        apply_overrides({path: value})
        found = bpy.data.path_resolve(path)
        if isinstance(value, list):
            assert list(found) == pytest.approx(value), path
        else:
            assert found == (pytest.approx(value) if isinstance(value, float) else value), path


REFUSED = [
    ('worlds["World"].mist_settings.start', 3, "cannot be set here"),
    ('objects["Lmp"].location', [0, 0, 0], 'Did you mean "Lamp"?'),
    ('objects["Lamp"].locaton', [0, 0, 0], 'Did you mean "location"?'),
    ('objects["Lamp"].location', [0, 0], "Give a list of 3"),
    ('objects["Lamp"].location', 1, "Give a list of 3"),
    ('objects["Lamp"].location', [0, 0, "x"], "Give a number from"),
    ('objects["Lamp"].location[3]', 1, "has 3 components; number 3 is not there"),
    ('objects["Lamp"].location[0][0]', 1, "the path goes on behind a plain value"),
    ('objects["Lamp"].location.x', 1, "the path goes on behind a plain value"),
    ('objects["Lamp"].matrix_world', [0.0] * 16, "cannot be set"),
    ('objects["Lamp"].matrix_basis', [0.0] * 16, "cannot be set"),
    ('objects["Lamp"].hide_render', 1, "Give true or false"),
    ('objects["Lamp"].rotation_mode', "ABC", 'one of "QUATERNION"'),
    ('objects["Lamp"].type', "MESH", "cannot be changed"),
    ('objects["Lamp"].parent', "Rig", "is no number, text or choice"),
    ('objects["Lamp"].parent.location', [0, 0, 0], '"parent" is empty here'),
    ('objects["Lamp"].data', "Lamp", "is no number, text or choice"),
    ('objects["Lamp"].rna_type', "Lamp", "has no property"),
    ('objects["Lamp"].bl_rna', "x", "has no property"),
    ('objects["Lamp"].animation_data_create', 1, "has no property"),
    ('objects["Lamp"].__class__', "x", "is no path to a value"),
    ('objects["Lamp"]["missing"]', 1, "has no custom property"),
    ('objects["Rig"]["switch"]', "x", "until now it is the number 0"),
    ('objects["Rig"]["whole"]', 1.5, "Keep its type"),
    ('objects["Rig"]["colour"]', [1], "Give a list of 3"),
    ('objects["Rig"]["colour"][7]', 1, "there is no component number 7"),
    ('objects["Rig"].pose.bones["Nose"].location', [0, 0, 0], "has none that is named"),
    ('objects["Rig"].pose.bones[99].location', [0, 0, 0], "number 99 is not there"),
    ('objects["Rig"].data.bones["Jaw"].hide', True, "cannot be set here"),
    ('objects["Rig"].neural_motion.walk.speed', -5, "Give a number from"),
    ('objects["Rig"].neural_motion.walk["speed"]', 1, "custom properties are set at objects"),
    ('objects["Rig"].neural_motion.speech.file', "/etc/passwd", "names a file"),
    ('objects["Face"].data.auto_texspace', True, "cannot be set here"),
    ('scenes["Scene"].frame_end', 1.5, "Give a whole number from 0"),
    ('scenes["Scene"].frame_end', -1, "Give a whole number from 0"),
    ('scenes["Scene"].frame_end', True, "Give a whole number"),
    ('scenes["Scene"].render.filepath', "/tmp/x", "names a file"),
    ('scenes["Scene"].camera', "Camera", "is no number, text or choice"),
    ('texts["x"].use_module', True, 'cannot begin with "texts"'),
    ('libraries["x"].filepath', "x", "cannot begin with"),
    ('actions["x"].frame_start', 1, "cannot begin with"),
    ("objects", 1, "is no path to a value"),
    ('objects["Lamp"]', 1, "is no path to a value"),
    ('objects["Lamp"].location; import os', 1, "is no path to a value"),
]


def test_what_cannot_be_set_is_refused(stage):
    for path, value, says in REFUSED:
        with pytest.raises(InputError) as caught:
            apply_overrides({path: value})
        assert says in str(caught.value), path
        assert str(caught.value).startswith("overrides: ")


def test_a_custom_property_keeps_its_type(stage):
    rig = bpy.data.objects["Rig"]
    apply_overrides({'objects["Rig"]["switch"]': 1, 'objects["Rig"]["colour"]': [1, 0, 1]})
    assert isinstance(rig["switch"], float)
    assert rig["colour"].typecode == "d"


def test_all_are_set_or_none(stage):
    lamp = bpy.data.objects["Lamp"]
    for bad in ({'objects["Lamp"].color': [1]}, {'scenes["Scene"].render.engine': "NO_SUCH"}):
        with pytest.raises(InputError):
            apply_overrides({'objects["Lamp"].location': [1, 2, 3], **bad})
        assert tuple(lamp.location) == (0, 0, 0)
        assert stage.render.engine != "NO_SUCH"


def test_what_is_animated_or_driven_is_refused(stage):
    lamp = bpy.data.objects["Lamp"]
    lamp.keyframe_insert("location", index=1, frame=1)
    lamp.driver_add("scale", 0).driver.expression = "1 + 1"
    rig = bpy.data.objects["Rig"]
    rig.keyframe_insert('["switch"]', frame=1)
    rig.pose.bones["Jaw"].keyframe_insert("location", frame=1)
    track = rig.animation_data.nla_tracks.new()
    track.strips.new("strip", 1, rig.animation_data.action)
    rig.animation_data.action = None
    bpy.context.view_layer.update()
    for path, value, says in (
        ('objects["Lamp"].location', [1, 1, 1], "this is animated"),
        ('objects["Lamp"].location[1]', 1, "this is animated"),
        ('objects["Lamp"].scale', [1, 1, 1], "a driver sets this"),
        ('objects["Rig"]["switch"]', 1, "this is animated"),
        ('objects["Rig"].pose.bones["Jaw"].location', [1, 1, 1], "this is animated"),
    ):
        with pytest.raises(InputError, match=says):
            apply_overrides({path: value})
    apply_overrides({'objects["Lamp"].location[0]': 4.0, 'objects["Lamp"].scale[1]': 2.0})
    assert (lamp.location[0], lamp.scale[1]) == (4.0, 2.0)
    track.mute = True
    apply_overrides({'objects["Rig"]["switch"]': 1.0})
    assert rig["switch"] == 1.0


def test_what_is_linked_is_refused(stage, tmp_path):
    source = tmp_path / "source.blend"
    bpy.data.libraries.write(str(source), {bpy.data.objects["Lamp"]})
    bpy.data.objects.remove(bpy.data.objects["Lamp"])
    with bpy.data.libraries.load(str(source), link=True) as (_, linked):
        linked.objects = ["Lamp"]
    holder = bpy.data.objects.new("Holder", None)
    holder.parent = bpy.data.objects["Lamp"]
    stage.collection.objects.link(holder)
    with pytest.raises(InputError, match="has none that is named so"):
        apply_overrides({'objects["Lamp"].location': [1, 1, 1]})
    with pytest.raises(InputError, match="is linked from another file"):
        apply_overrides({'objects["Holder"].parent.location': [1, 1, 1]})


def test_a_path_is_taken_apart():
    found = parse_rna_path('objects["a\\"]b"].pose.bones["x.y"]["p"][3]')
    parts = Property("pose"), Property("bones"), Item("x.y"), Item("p"), Item(3)
    assert found == RnaPath("objects", 'a"]b', parts)


@pytest.mark.parametrize(
    "text",
    ["", "x", 'objects["a"', "objects['a'].x", 'objects["a"].x.', 'objects["a"].x[-1]', "a" * 2000,
     'objects["a"].x y', 'objects["a\\q"].x', 'objects["a"]..x', 'bpy.data.objects["a"].x'],
)  # fmt: skip
def test_what_is_no_path_is_refused(text):
    with pytest.raises(Unfit, match="is no path to a value"):
        parse_rna_path(text)
