"""One character for all panels: whom they speak of, and where its settings lie."""

from __future__ import annotations

import pytest

bpy = pytest.importorskip("bpy")

from blender_addon.capabilities.character.chosen import owner_of  # noqa: E402
from tests.shared.blender.builders import make_curve, make_rig  # noqa: E402
from tests.shared.blender.face_builders import make_face  # noqa: E402

CORNER = ((0, 0, 0), (0, -3, 0), (3, -3, 0))
pytestmark = pytest.mark.blender


def select(*objects):
    bpy.context.view_layer.update()
    for each in bpy.context.view_layer.objects:
        each.select_set(each in objects)
    bpy.context.view_layer.objects.active = objects[0] if objects else None


def press(name):
    return getattr(bpy.ops.neural_motion, name)()


def test_a_face_and_its_armature_are_one_character(addon):
    rig = make_rig()
    face = make_face(parent=rig)
    for chosen in (rig, face):
        addon.neural_motion.character = chosen
        for name in ("walk", "gaze", "speech", "joints"):
            assert owner_of(chosen, name) == rig
    assert rig.neural_motion.version == 1
    assert face.neural_motion.version == 0
    assert len(rig.neural_motion.joints.rows) == 22


def test_with_the_face_chosen_its_armature_walks_and_the_face_speaks(addon, tmp_path):
    from blender_addon.capabilities.gaze.properties import gazing
    from blender_addon.capabilities.speech.properties import speech_settings
    from blender_addon.capabilities.walk.properties import walk_settings

    rig = make_rig()
    face = make_face(parent=rig)
    addon.neural_motion.character = face
    rig.neural_motion.walk.path = make_curve(CORNER)
    rig.neural_motion.speech.strength = 1.5
    assert bpy.ops.neural_motion.generate_walk.poll()
    assert walk_settings(bpy.context).armature == rig
    assert gazing(bpy.context) == rig
    spoken = speech_settings(bpy.context)
    assert (spoken.character, spoken.owner, spoken.strength) == (face, rig, 1.5)


def test_a_skin_without_shapes_leaves_speaking_to_its_armature(addon):
    from blender_addon.capabilities.speech.properties import speaking

    rig = make_rig()
    make_face(parent=rig)
    skin = bpy.data.objects.new("Skin", bpy.data.meshes.new("Skin"))
    addon.collection.objects.link(skin)
    skin.modifiers.new("Armature", "ARMATURE").object = rig
    addon.neural_motion.character = skin
    assert speaking(bpy.context) == rig


@pytest.mark.parametrize("button", ["generate_walk", "add_path", "live_drive", "detect_joints"])
def test_a_face_alone_cannot_walk_and_the_button_says_so(addon, button):
    addon.neural_motion.character = face = make_face()
    assert owner_of(face, "speech") == owner_of(face, "gaze") == face
    with pytest.raises(RuntimeError, match="'Face' has no armature: it can look and speak"):
        press(button)


def test_an_empty_is_a_head_but_no_face(addon):
    head = bpy.data.objects.new("Head", None)
    addon.collection.objects.link(head)
    addon.neural_motion.character = head
    with pytest.raises(RuntimeError, match="Add a target"):
        press("generate_gaze")
    with pytest.raises(RuntimeError, match="'Head' has no face"):
        press("generate_speech")


def test_each_character_keeps_its_own_settings(addon):
    anna, ben = make_rig(), make_rig(name="Ben")
    for rig, speed in ((anna, 0.9), (ben, 2.0)):
        addon.neural_motion.character = rig
        rig.neural_motion.walk.speed = speed
        rig.neural_motion.gaze.seed = int(10 * speed)
    addon.neural_motion.character = anna
    assert anna.neural_motion.walk.speed == pytest.approx(0.9)
    assert (anna.neural_motion.gaze.seed, ben.neural_motion.gaze.seed) == (9, 20)


def test_use_selected_takes_a_face_without_an_armature(addon):
    face, road = make_face(), make_curve(CORNER)
    select(road)
    with pytest.raises(RuntimeError, match="Select an armature as well"):
        press("use_selected")
    select(face)
    assert press("use_selected") == {"FINISHED"}
    assert addon.neural_motion.character == face
    rig = make_rig()
    select(rig, road, face)
    assert press("use_selected") == {"FINISHED"}
    walk = rig.neural_motion.walk
    assert (addon.neural_motion.character, walk.path, walk.ground) == (rig, road, face)
