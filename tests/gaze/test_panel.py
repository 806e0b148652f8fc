"""The Gaze panel: its buttons, what it says, undo, and the command."""

from __future__ import annotations

import re

import bpy
import numpy as np
import pytest

from blender_addon.blender import compat
from blender_addon.blender.keys.layers import layers_of
from blender_addon.capabilities.gaze import scene as gaze_scene
from blender_addon.core.errors import Cancelled
from blender_addon.core.inference.choice import ModelChoice
from blender_addon.demo_character.builder import add_person
from tests.shared.blender.face_rigs import point, rig_with_eyes
from tests.shared.blender.snapshot import snapshot
from tests.shared.core.sound_samples import sine, write_wav

pytest.importorskip("onnx", reason="small models are made with onnx")
from tests.gaze.samples import write_behaviour, write_eye_head

pytestmark = pytest.mark.blender


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Small real models of both networks."""
    folder = tmp_path_factory.mktemp("models")
    write_behaviour(folder)
    write_eye_head(folder)
    return ModelChoice(folder, ("CPUExecutionProvider",))


@pytest.fixture
def ready(addon, models, monkeypatch):
    """A character with a partner, and models."""
    for module in ("capabilities.gaze.operators", "cli.common"):
        monkeypatch.setattr(f"blender_addon.{module}.model_choice", lambda _context: models)
    addon.frame_end = 72
    armature = rig_with_eyes()
    addon.neural_motion.character = armature
    add_target(armature, point("Partner", (0, -1.5, 1.65)))
    return addon


def add_target(character, thing, kind="PARTNER"):
    target = character.neural_motion.gaze.targets.add()
    target.target, target.kind = thing, kind
    return target


def press(name="generate_gaze"):
    return getattr(bpy.ops.neural_motion, name)()


def test_a_gaze_at_the_press_of_a_button(ready):
    armature = ready.neural_motion.character
    ready.frame_set(30)
    assert press() == {"FINISHED"}
    chosen = armature.neural_motion.gaze
    assert re.match(r"72 frames, \d+ fixations, \d+ blinks?; 3\.0 s", chosen.last_result)
    assert "Execution provider CPU" in chosen.last_provider
    assert "blink with" in chosen.last_notes and not chosen.last_warnings
    assert ready.frame_current == 30
    track = layers_of(armature, "gaze")[0]
    assert (track.strips[0].frame_start, track.strips[0].frame_end) == (1, 72)


@pytest.mark.parametrize("chosen", ["LAST", "SOUND", "FRAMES"])
def test_a_gaze_made_again_lies_where_it_is_asked_to(ready, chosen):
    armature, when = ready.neural_motion.character, ready.neural_motion.gaze
    when.range = "SOUND"
    ready.frame_set(20)
    press()
    when.range, when.first_frame, when.last_frame = chosen, 5, 30
    ready.frame_set(41)
    press()
    strip = layers_of(armature, "gaze")[-1].strips[0]
    places = {"LAST": (20, 72), "SOUND": (41, 72), "FRAMES": (5, 30)}
    assert (strip.frame_start, strip.frame_end) == places[chosen]
    assert ready.frame_current == 41


def test_as_the_last_gaze_where_there_is_none_is_the_scene(ready):
    ready.neural_motion.gaze.range = "LAST"
    press()
    strip = layers_of(ready.neural_motion.character, "gaze")[0].strips[0]
    assert (strip.frame_start, strip.frame_end) == (1, 72)


def test_the_result_is_written_as_chosen(ready):
    armature = ready.neural_motion.character
    press()
    every = key_count(armature)
    chosen = armature.neural_motion.gaze.result
    chosen.density, chosen.replace_last, chosen.blend_in = "REDUCED", True, 0.25
    assert press() == {"FINISHED"}
    (track,) = layers_of(armature, "gaze")
    assert track.strips[0].blend_in == pytest.approx(6.0)
    assert key_count(armature) < 0.6 * every


def key_count(armature):
    action = layers_of(armature, "gaze")[-1].strips[0].action
    return sum(len(curve.keyframe_points) for curve in compat.action_fcurves(action))


def test_the_range_from_here_and_the_preview_range(ready):
    armature = ready.neural_motion.character
    ready.neural_motion.gaze.range = "SOUND"
    ready.frame_set(20)
    press()
    ready.neural_motion.gaze.range = "SCENE"
    ready.use_preview_range = True
    ready.frame_preview_start, ready.frame_preview_end = 10, 40
    press()
    strips = [track.strips[0] for track in layers_of(armature, "gaze")]
    assert [(s.frame_start, s.frame_end) for s in strips] == [(20, 72), (10, 40)]


def test_all_characters_at_once_and_the_partner_s_voice(ready, tmp_path):
    from blender_addon.capabilities.gaze.properties import gaze_choice

    ann = ready.neural_motion.character
    ben = add_person(bpy.context, "Ben")
    ben.location = (0, -1.5, 0)
    ben.rotation_euler = (0, 0, np.pi)
    ann.neural_motion.gaze.targets[0].target = ben
    add_target(ben, ann)
    ben.neural_motion.gaze.sound.source = "STRIP"
    ben.neural_motion.gaze.sound.strip = "Ben speaks"
    assert gaze_choice(ann).partner_sound.strip == "Ben speaks"
    ben.neural_motion.gaze.sound.source = "NONE"
    bpy.context.view_layer.update()
    assert press("generate_gaze_all") == {"FINISHED"}
    assert layers_of(ann, "gaze")
    assert layers_of(ben, "gaze")


def test_voices_of_files_are_heard_where_the_gaze_hears_them(ready, tmp_path):
    gaze = ready.neural_motion.character.neural_motion.gaze
    for sound, name in ((gaze.sound, "own"), (gaze.partner_sound, "partner")):
        sound.source = "FILE"
        sound.file = str(write_wav(tmp_path / f"{name}.wav", sine(16_000, 2.0, 150.0), 16_000))
    gaze.partner_sound.add_to_sequencer = False
    ready.frame_start = 5
    assert press() == {"FINISHED"}
    if not bpy.app.build_options.audaspace:
        assert "'own.wav' was not added to the sequencer" in gaze.last_notes
        return
    assert press() == {"FINISHED"}
    (strip,) = compat.sequence_strips(ready.sequence_editor)
    assert (strip.name, compat.strip_start(strip)) == ("own.wav", 5)


def test_keyed_role_and_weight(ready, models):
    from blender_addon.capabilities.gaze.properties import gaze_choice

    armature = ready.neural_motion.character
    chosen = armature.neural_motion.gaze
    for frame, role, weight in ((1, "SPEAKING", 0.5), (40, "LISTENING", 1.0)):
        chosen.role, chosen.targets[0].weight = role, weight
        armature.keyframe_insert("neural_motion.gaze.role", frame=frame)
        armature.keyframe_insert("neural_motion.gaze.targets[0].weight", frame=frame)
    job = gaze_scene.read(bpy.context, [gaze_choice(armature)], 1, 72, models)
    character = job.characters[0]
    assert character.roles[[0, 20, 50]].tolist() == [1, 1, 2]
    weights = character.targets[0].weights
    assert weights[0] == pytest.approx(0.5)
    assert 0.5 < weights[20] < 1.0 == weights[50]
    done = job.run().result.characters[0]
    assert done.roles[[0, 179 - 5]].tolist() == [0, 1]


def test_greyed_out_buttons_say_why(addon):
    shown = addon.neural_motion
    with pytest.raises(RuntimeError, match="Choose a character"):
        press()
    with pytest.raises(RuntimeError, match="No character of the scene has a target"):
        press("generate_gaze_all")
    shown.character = rig_with_eyes()
    with pytest.raises(RuntimeError, match="Add a target"):
        press()
    target = add_target(shown.character, None)
    with pytest.raises(
        RuntimeError, match=f"Choose an object for every target.*{shown.character.name}"
    ):
        press("generate_gaze_all")
    with pytest.raises(RuntimeError, match="Choose an object for every target"):
        press()
    target.target = point("T", (0, -1, 1.6))
    shown.character.neural_motion.gaze.sound.source = "FILE"
    with pytest.raises(RuntimeError, match="Choose a sound file"):
        press()
    shown.character.neural_motion.gaze.sound.source = "NONE"
    assert bpy.ops.neural_motion.generate_gaze.poll()
    bpy.context.view_layer.objects.active = shown.character
    bpy.ops.object.mode_set(mode="EDIT")
    with pytest.raises(RuntimeError, match="Leave Edit Mode"):
        press()


def test_targets_are_added_from_the_selection_and_removed(addon):
    with pytest.raises(RuntimeError, match="Choose a character"):
        press("add_gaze_target")
    rig = addon.neural_motion.character = rig_with_eyes()
    with pytest.raises(RuntimeError, match="nothing to remove"):
        press("remove_gaze_target")
    cup, other = point("Cup", (0, -1, 1)), rig_with_eyes(name="Other")
    for each in bpy.context.selected_objects:
        each.select_set(False)
    for each in (cup, other, rig):
        each.select_set(True)
    press("add_gaze_target")
    found = {t.target.name: t.kind for t in rig.neural_motion.gaze.targets}
    assert found == {"Cup": "OBJECT", "Other": "PARTNER"}
    press("add_gaze_target")
    assert rig.neural_motion.gaze.targets[2].target is None
    for _ in range(3):
        press("remove_gaze_target")
    assert not len(rig.neural_motion.gaze.targets)


def test_switching_the_gaze_off_and_on(ready):
    armature = ready.neural_motion.character
    assert press("show_gaze") == {"CANCELLED"}
    rest = tuple(armature.pose.bones["LeftEye"].rotation_quaternion)
    press()
    ready.frame_set(30)
    looking = tuple(armature.pose.bones["LeftEye"].rotation_quaternion)
    assert looking != rest
    press("show_gaze")
    assert tuple(armature.pose.bones["LeftEye"].rotation_quaternion) == rest
    press("show_gaze")
    ready.frame_set(30)
    assert tuple(armature.pose.bones["LeftEye"].rotation_quaternion) == looking


def spoil_target(scene):
    scene.objects["Partner"].location = (0.01, -0.02, 1.66)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (spoil_target, "lies within"),
        (lambda s: setattr(s, "frame_end", s.frame_start), "no length"),
        (lambda scene: rename(scene), "only one eye"),
    ],
    ids=["target in the head", "no frames", "one eye"],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(ready, spoil, said):
    spoil(ready)
    before = snapshot()
    with pytest.raises(RuntimeError, match=said):
        press()
    assert snapshot() == before


def rename(scene):
    scene.neural_motion.character.data.bones["LeftEye"].name = "Lens"


@pytest.mark.parametrize(
    ("place", "said"),
    [((0, 1.5, 1.65), "behind|out of reach|beyond"), ((0, -1.5, 1.65), "looked at as one")],
)
def test_what_is_odd_is_told(ready, place, said):
    rig = ready.neural_motion.character
    add_target(rig, point("Second", place), "OBJECT")
    press()
    chosen = rig.neural_motion.gaze
    assert re.search(said, chosen.last_warnings + chosen.last_notes)


def test_cancelling_leaves_the_scene(ready, models):
    from blender_addon.capabilities.gaze.properties import gaze_choice

    before = snapshot()
    job = gaze_scene.read(bpy.context, [gaze_choice(ready.neural_motion.character)], 1, 72, models)
    with pytest.raises(Cancelled):
        job.run(lambda part: part < 0.5)
    assert snapshot() == before


def test_the_same_seed_gives_the_same_keys(ready):
    armature = ready.neural_motion.character

    def keys():
        press()
        from blender_addon.blender import compat

        strip = layers_of(armature, "gaze")[-1].strips[0]
        return [
            [tuple(p.co) for p in c.keyframe_points] for c in compat.action_fcurves(strip.action)
        ]

    first = keys()
    assert keys() == first
    armature.neural_motion.gaze.seed = 5
    assert keys() != first


def test_undo_goes_back_step_by_step(ready):
    manager = bpy.context.window_manager
    window = manager.windows[0]

    def state():
        rig = bpy.data.objects["Rig"]
        return (
            [track.mute for track in layers_of(rig, "gaze")],
            len(bpy.data.actions),
            rig.neural_motion.gaze.last_result,
        )

    with bpy.context.temp_override(window=window, screen=window.screen):
        states = [state()]
        bpy.ops.ed.undo_push(message="ready")
        for seed in (0, 1):
            bpy.context.scene.neural_motion.character.neural_motion.gaze.seed = seed
            assert press() == {"FINISHED"}
            bpy.ops.ed.undo_push(message="gaze")
            states.append(state())
        bpy.ops.ed.undo()
        assert state() == states[1]
        bpy.ops.ed.undo()
        assert state() == states[0]
        bpy.ops.ed.redo()
        assert state() == states[1]


def test_every_property_is_explained(addon):
    from blender_addon.capabilities.gaze import properties as gaze

    groups = (gaze.NEURALMOTION_PG_gaze, gaze.NEURALMOTION_PG_gaze_target,
              gaze.NEURALMOTION_PG_sound, gaze.NEURALMOTION_PG_gaze_scene)  # fmt: skip
    plain = ("rna_type", "name", "targets", "active_target", "sound", "partner_sound", "result")
    for group in groups:
        for prop in group.bl_rna.properties:
            if prop.identifier not in plain:
                assert prop.name
                items = getattr(prop, "enum_items", ())
                assert prop.description or all(item.description for item in items)
    for name in ("generate_gaze", "generate_gaze_all", "add_gaze_target", "remove_gaze_target"):
        assert len(getattr(bpy.ops.neural_motion, name).get_rna_type().description) > 15


def run_cli(*arguments):
    from blender_addon import cli

    return cli.run(["gaze", *map(str, arguments)])


@pytest.fixture
def saved(ready, tmp_path):
    path = tmp_path / "in.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    return path


def test_the_command_looks_and_saves(saved, tmp_path, capsys):
    out = tmp_path / "out.blend"
    original = saved.read_bytes()
    arguments = ("--rig", "Rig", "--target", "Partner:object:2", "--role", "speaking", "--out", out)
    assert run_cli(*arguments, "--frame", 5, "--last-frame", 50) == 0
    assert "'Rig': frames 5 to 50" in capsys.readouterr().out
    assert saved.read_bytes() == original
    bpy.ops.wm.open_mainfile(filepath=str(out))
    strip = layers_of(bpy.data.objects["Rig"], "gaze")[0].strips[0]
    assert (strip.frame_start, strip.frame_end) == (5, 50)
    again = ("--keys", "reduced", "--max-error-deg", 0.3, "--replace-last", "--blend-out", 0.5)
    again = (*again, "--eye-limits", 20, 15, 10)
    assert run_cli(*arguments, "--frame", 5, "--last-frame", 50, "--overwrite", *again) == 0
    told = capsys.readouterr().out
    assert re.search(r"\d+ of \d+ keys, within 0\.\d degrees", told)
    assert "eyes turn 20° to the side, 15° up, 10° down (set by hand)" in told
    bpy.ops.wm.open_mainfile(filepath=str(out))
    (track,) = layers_of(bpy.data.objects["Rig"], "gaze")
    assert track.strips[0].blend_out == pytest.approx(12.0)


def test_a_target_behind_ends_the_command_with_a_code_of_its_own(saved, tmp_path, capsys):
    out = tmp_path / "out.blend"
    bpy.data.objects["Partner"].location = (0, 1.5, 1.65)
    bpy.ops.wm.save_mainfile()
    assert run_cli("--rig", "Rig", "--target", "Partner", "--out", out) == 3
    shown = capsys.readouterr().err
    assert "neural_motion: warning: 'Partner' is behind" in shown
    assert "neural_motion: note: nothing to blink with" in shown
    assert out.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--rig", "Nobody", "--target", "Partner"), "'Nobody'. Fitting ones .*'Rig'.*'Partner'"),
        (("--rig", "Rig", "--target", "Nothing"), "'Nothing'. Fitting ones .*'Partner'.*'Rig'"),
        (("--rig", "Partner", "--target", "Rig"), "no eyes were found on 'Partner'"),
        (("--rig", "Rig", "--target", "Partner", "--sound", "none.wav"), "no sound file"),
        (("--rig", "Rig", "--target", "Partner:friend"), "'FRIEND'"),
        (("--rig", "Rig", "--target", "Partner", "--liveliness", "9"), "liveliness must be"),
        (
            ("--rig", "Rig", "--target", "Partner", "--eye-limits", "20", "0", "9"),
            "an eye turns 1 to 60 degrees.*found 20, 0, 9",
        ),
        (("--rig", "Rig", "--target", "Partner", "--blend-in", "-1"), "--blend-in is -1; give 0"),
    ],
)
def test_the_command_says_what_is_wrong(saved, tmp_path, capsys, arguments, said):
    out = tmp_path / "out.blend"
    assert run_cli(*arguments, "--out", out) == 1
    assert re.search(said, capsys.readouterr().err)
    assert not out.exists()
