"""Files saved by version 0.1 of the extension open with their settings.

``saved_by_0_1.blend`` was saved by Blender 4.2 with the extension as it was at version 0.1, and
every setting away from its default: two scenes, three characters, keyed weights, role, strength,
style and expression, and a driver. ``overridden_by_0_1.blend`` likewise: a library override of the
rig in ``linked_by_0_1.blend``, with other joints than the linked one.
"""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import pytest

bpy = pytest.importorskip("bpy")

from blender_addon.blender.compat import fcurves_of  # noqa: E402
from blender_addon.blender.rig.joint_map import kept_joints  # noqa: E402
from tests.shared.blender.builders import make_rig  # noqa: E402

HERE = Path(__file__).parent
pytestmark = pytest.mark.blender


@pytest.fixture
def opened(addon):
    """The file, migrated."""
    bpy.ops.wm.open_mainfile(filepath=str(HERE / "saved_by_0_1.blend"))
    return bpy.data.scenes["Scene"]


def told(group, *, but=()):
    """What a group holds that differs from its defaults."""
    found = {}
    for prop in group.bl_rna.properties:
        name = prop.identifier
        if name in ("rna_type", *but) or name.endswith("_menu"):
            continue  # a menu shows what is kept by name beside it
        value = getattr(group, name)
        if prop.type == "COLLECTION":
            if len(value):
                found[name] = [told(each) for each in value]
        elif isinstance(value, bpy.types.PropertyGroup):
            if inner := told(value):
                found[name] = inner
        elif isinstance(value, bpy.types.ID):
            found[name] = value.name
        elif prop.type == "FLOAT":
            if abs(value - prop.default) > 1e-6:
                found[name] = round(value, 5)
        elif prop.type == "POINTER":
            assert value is None
        elif value != prop.default:
            found[name] = value
    return found


GAZE = {
    "active_target": 1, "role": "LISTENING", "liveliness": 1.3, "head_share": 0.7,
    "blink_rate": 0.9, "micro_saccades": 1.1, "seed": 21,
    "sound": {"source": "FILE", "file": "//voice.wav"},
    "partner_sound": {"source": "STRIP", "strip": "Line 1"},
    "eye_kind": "BONES", "left_bone": "eye.L", "right_bone": "eye.R", "head_bone": "Head",
    "neck_bone": "Hips", "last_result": "60 frames", "last_warnings": "one",
}  # fmt: skip


def test_the_walk_is_its_character_s(opened):
    assert told(bpy.data.objects["Anna"].neural_motion.walk) == {
        "path": "Road", "ground": "Ground", "ground_collection": "Hills", "speed": 1.7,
        "stand_before": 0.25, "stand_after": 2.5, "seed": 11, "root_motion": "OBJECT",
        "legs": "FK", "arms": "IK", "show_on_path": False,
        "marks": [
            {"kind": "SPEED", "distance": 1.5, "speed": 2.2}, {"distance": 3.0, "seconds": 4.0},
        ],
        "active_mark": 1,
        "drive": {"walk": 1.1, "jog": 3.3, "toward_mouse": True},
        "result": {
            "kind": "STRIP", "replace_last": False, "blend_in": 0.4, "blend_out": 0.6,
            "density": "REDUCED", "turn_bound": 0.02, "shift_bound_mm": 7.5,
        },
        "last_result": "100 frames", "last_provider": "Ran on CPU",
    }  # fmt: skip
    assert told(bpy.data.objects["Ben"].neural_motion.walk) == {"path": "Lane", "speed": 0.9}


def test_gaze_speech_and_joints_are_their_characters(opened):
    anna, ben, face = (bpy.data.objects[name] for name in ("Anna", "Ben", "Face"))
    opened.frame_set(200)  # after the last key
    assert told(anna.neural_motion.gaze) == GAZE | {
        "targets": [{"target": "Ben", "weight": 1.25},
                    {"target": "Cup", "kind": "OBJECT", "weight": 1.8}],
    }  # fmt: skip
    assert told(ben.neural_motion.gaze) == GAZE | {
        "targets": [{"target": "Anna", "weight": 1.25},
                    {"target": "Cup", "kind": "OBJECT", "weight": 0.5}],
        "liveliness": 0.75,
    }  # fmt: skip
    assert kept_joints(anna) == {"Hips": "Hips", "Head": "Head"}
    assert told(anna.neural_motion.joints, but=("rows",)) == {"active": 3, "preset": "anna"}
    assert kept_joints(ben) == {}
    assert told(face.neural_motion.speech, but=("styles",)) == {
        "file": "//line.wav", "start_frame": 12, "use_range": True, "first_frame": 15,
        "last_frame": 90, "strength": 0.9, "smoothing": 0.03, "offset": -0.04,
        "lip_closure": False, "blinks": False, "nods": False, "seed": 9,
        "family": "ARKit", "preset": "mine", "last_result": "80 frames",
        "channels": [
            {"channel": "jawOpen", "target": "jawOpen", "gain": 0.8},
            {"channel": "mouthClose", "target": "Head", "gain": 3.0, "kind": "ROTATION",
             "used": False},
        ],
        "expressions": {"fear": 0.9},
    }  # fmt: skip
    styles = {style.name: style.weight for style in face.neural_motion.speech.styles}
    assert styles == {"soft": pytest.approx(0.9), "strong": 0, "rounded": 0, "spread": 0}


def test_each_scene_shows_its_character(opened):
    """The face that spoke belongs to Anna, who walked: chosen is the face, with both."""
    from blender_addon.capabilities.character.chosen import owner_of

    kept = opened.neural_motion
    face, anna = kept.character, bpy.data.objects["Anna"]
    assert face.name == "Face"
    assert [owner_of(face, name) for name in ("walk", "gaze", "joints")] == [anna] * 3
    assert owner_of(face, "speech") == face
    assert kept.gaze.range == "SOUND"
    assert kept.walk.active_member == 1
    assert [told(row) for row in kept.walk.crowd] == [
        {"rig": "Anna", "path": "Road", "seed": 5},
        {
            "rig": "Ben",
            "path": "Lane",
            "own_speed": True,
            "speed": 1.9,
            "delay": 0.75,
            "seed": 6,
        },
    ]
    second = bpy.data.scenes["Second"].neural_motion
    assert second.character.name == "Ben"
    assert not len(second.walk.crowd)


def test_keys_and_drivers_follow(opened):
    anna, ben, face = (bpy.data.objects[name] for name in ("Anna", "Ben", "Face"))
    paths = {curve.data_path for each in (anna, face) for curve in fcurves_of(each)}
    assert paths == {
        "neural_motion.gaze.targets[1].weight", "neural_motion.gaze.role",
        "neural_motion.speech.strength", 'neural_motion.speech.styles["soft"].weight',
        "neural_motion.speech.expressions.fear",
    }  # fmt: skip
    opened.frame_set(10)
    assert anna.neural_motion.gaze.role == "SPEAKING"
    assert face.neural_motion.speech.strength == pytest.approx(0.1)
    opened.frame_set(50)
    graph = bpy.context.evaluated_depsgraph_get()
    seen = {each: each.evaluated_get(graph).neural_motion for each in (anna, ben, face)}
    assert seen[anna].gaze.role == "LISTENING"
    assert seen[anna].gaze.targets[1].weight == pytest.approx(1.8)
    assert seen[face].speech.styles[0].weight == pytest.approx(0.9)
    assert seen[face].speech.expressions.fear == pytest.approx(0.9)
    assert seen[ben].gaze.liveliness == pytest.approx(0.75)
    (driver,) = ben.animation_data.drivers
    assert driver.data_path == "neural_motion.gaze.liveliness"
    assert driver.driver.expression == "0.5 + 0.25"


def test_nothing_old_is_left_and_it_runs_once(opened, tmp_path, caplog):
    from blender_addon.capabilities.character.stored import peek

    for each in (*bpy.data.objects, *bpy.data.scenes):
        old = [f"neural_motion_{name}" for name in ("gaze", "speech", "joints")]
        assert not any(peek(each, name) for name in old)
        assert not set(each.keys()) & set(old)
    anna = bpy.data.objects["Anna"]
    anna.neural_motion.walk.speed = 3.0
    path = str(tmp_path / "again.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    with caplog.at_level(logging.INFO):
        bpy.ops.wm.open_mainfile(filepath=path)
    assert not caplog.records
    anna = bpy.data.objects["Anna"]
    assert anna.neural_motion.version == bpy.context.scene.neural_motion.version == 1
    assert anna.neural_motion.walk.speed == pytest.approx(3.0)
    assert bpy.context.scene.neural_motion.character.name == "Face"


def test_an_override_keeps_its_own_joints_and_what_is_set_later(addon, tmp_path):
    for name in ("linked", "overridden"):
        shutil.copy(HERE / f"{name}_by_0_1.blend", tmp_path)
    path = str(tmp_path / "overridden_by_0_1.blend")
    bpy.ops.wm.open_mainfile(filepath=path)
    rig = bpy.context.scene.neural_motion.character
    assert rig.override_library is not None
    assert kept_joints(rig) == {"Hips": "Hips", "Head": "Head", "LeftUpLeg": "LeftLeg"}
    linked = rig.override_library.reference
    assert linked.neural_motion.version == 0
    assert rig.neural_motion.gaze.seed == 7
    rig.neural_motion.walk.speed = 2.2
    rig.neural_motion.walk.drive.jog = 3.5
    rig.neural_motion.gaze.targets.add().weight = 0.3
    for _ in range(2):
        bpy.ops.wm.save_as_mainfile(filepath=path)
        bpy.ops.wm.open_mainfile(filepath=path)
    kept = bpy.context.scene.neural_motion.character.neural_motion
    assert told(kept.walk) == {"speed": 2.2, "drive": {"jog": 3.5}}
    assert kept.gaze.seed == 7
    assert [target.weight for target in kept.gaze.targets] == [pytest.approx(0.3)]
    assert kept_joints(kept.id_data)["LeftUpLeg"] == "LeftLeg"


def test_a_scene_made_later_keeps_its_character(addon, tmp_path):
    kept = bpy.data.scenes.new("Later").neural_motion
    kept.character, kept.gaze.range = make_rig(), "SOUND"
    kept.walk.crowd.add().speed = 1.5
    path = str(tmp_path / "later.blend")
    for version in (1, 0):  # as if nobody had been chosen with the extension switched on
        kept.version = version
        bpy.ops.wm.save_as_mainfile(filepath=path)
        bpy.ops.wm.open_mainfile(filepath=path)
        kept = bpy.data.scenes["Later"].neural_motion
        assert kept.character == bpy.data.objects["Rig"]
        assert told(kept, but=("character", "version")) == {
            "gaze": {"range": "SOUND"}, "walk": {"crowd": [{"own_speed": True, "speed": 1.5}]},
        }  # fmt: skip


def test_no_member_of_the_scene_s_group_has_a_name_that_is_migrated(addon):
    from blender_addon.capabilities.character.migration import _OLD_WALK

    assert not set(addon.neural_motion.bl_rna.properties.keys()) & set(_OLD_WALK)


@pytest.fixture
def switched_on(scene):
    """A function that switches the extension on, as for a file that is open already."""
    import blender_addon

    yield blender_addon.register
    blender_addon.unregister()


def test_a_walk_without_a_character_waits_for_one(scene, switched_on):
    rig = make_rig()
    scene["neural_motion"] = {"speed": 2.0, "stand_after": 3.0}
    switched_on()
    assert rig.neural_motion.walk.speed == pytest.approx(1.3)
    scene.neural_motion.character = rig
    assert told(rig.neural_motion.walk) == {"speed": 2.0, "stand_after": 3.0}


def test_a_second_scene_does_not_overwrite_the_first_one_s_walk(scene, switched_on, caplog):
    rig, other = make_rig(), make_rig(name="Other")
    second = bpy.data.scenes.new("Second")
    scene["neural_motion"] = {"rig": rig, "speed": 2.0}
    second["neural_motion"] = {"rig": rig, "speed": 0.5}
    switched_on()
    assert "waits for another character" in caplog.text
    assert told(rig.neural_motion.walk) == {"speed": 2.0}
    assert second.neural_motion.character == rig
    second.neural_motion.character = other
    assert told(other.neural_motion.walk) == {"speed": 0.5}


def test_paths_in_strips_and_of_driver_variables_follow(scene, switched_on):
    from blender_addon.blender.compat import action_fcurves, new_fcurves

    rig, follower = make_rig(), make_rig(name="Follower")
    rig["neural_motion_gaze"] = {"seed": 3}
    action = bpy.data.actions.new("Pushed down")
    new_fcurves(action, rig).fcurves.new("neural_motion_gaze.liveliness", index=0)
    rig.animation_data_create().nla_tracks.new().strips.new("Strip", 1, action)
    driver = follower.driver_add("location", 0).driver
    target = driver.variables.new().targets[0]
    target.id, target.data_path = rig, "neural_motion_gaze.seed"
    switched_on()
    assert [c.data_path for c in action_fcurves(action)] == ["neural_motion.gaze.liveliness"]
    assert target.data_path == "neural_motion.gaze.seed"
    assert rig.neural_motion.gaze.seed == 3
    assert scene.neural_motion.character is None


def test_an_unknown_choice_keeps_the_default_and_nothing_else_is_lost(scene, switched_on, caplog):
    rig = make_rig()
    rig["neural_motion_gaze"] = {
        "role": 99, "seed": 3, "liveliness": "much", "targets": [{"kind": 42, "weight": 0.5}],
    }  # fmt: skip
    switched_on()
    assert told(rig.neural_motion.gaze) == {"seed": 3, "targets": [{"weight": 0.5}]}
    said = [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING]
    assert len(said) == 3
    assert any("'Rig': the stored role = 99" in each and "no choice 99" in each for each in said)
    assert "neural_motion_gaze" not in rig


def test_one_object_s_trouble_does_not_stop_the_others(scene, switched_on, caplog):
    names = ("A", "B", "C")
    for name in names:
        make_rig(name=name)["neural_motion_gaze"] = {"seed": 3}
    strange = bpy.data.objects["B"]
    strange["neural_motion_gaze"], strange["neural_motion_joints"] = 5, {"preset": "mine"}
    bpy.data.scenes.new("Strange")["neural_motion_gaze"] = 5
    scene["neural_motion"] = {"rig": bpy.data.objects["A"], "speed": 2.0}
    switched_on()
    seeds = [bpy.data.objects[name].neural_motion.gaze.seed for name in names]
    assert seeds == [3, 0, 3]
    assert strange["neural_motion_gaze"] == 5
    assert strange["neural_motion_joints"]["preset"] == "mine"
    assert scene.neural_motion.character.neural_motion.walk.speed == pytest.approx(2.0)
    for name in ("B", "Strange"):
        assert f"of '{name}' are not all moved" in caplog.text
