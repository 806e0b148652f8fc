"""The Speech panel: its buttons, its table and presets, its command line."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import bpy
import numpy as np
import pytest

from blender_addon import cli
from blender_addon.blender.compat import fcurves_of
from blender_addon.blender.keys.layers import layers_of
from blender_addon.blender.keys.sliders import Slider, sample_slider
from blender_addon.blender.models import preferred
from blender_addon.blender.sound.scene_sound import SceneSound
from blender_addon.capabilities.speech import PACKAGE, model
from blender_addon.capabilities.speech import channel_operators as speech_channels
from blender_addon.capabilities.speech.heard import HeardSound, keep_phones
from blender_addon.capabilities.speech.properties import speech_settings
from blender_addon.core.face.arkit import SPEECH_CHANNELS
from blender_addon.core.inference.choice import ModelChoice
from blender_addon.core.speech.phones import HeardPhone
from tests.shared.blender.face_builders import evaluated_weights, make_armature, make_face
from tests.shared.blender.snapshot import snapshot
from tests.shared.core.sound_samples import write_wav
from tests.speech.contract_samples import babble
from tests.speech.panel_texts import drawn

pytestmark = pytest.mark.blender
PLAIN = ("start_frame", "first_frame", "last_frame", "active_channel", "used")
SHIPPED = Path(__file__).resolve().parents[2] / "onnx_models" / "speech_face.onnx"


@pytest.fixture
def speaking_model(tmp_path, monkeypatch):
    """The trained model, or a small one made for tests."""
    if not SHIPPED.is_file():
        pytest.importorskip("onnx")
        from tests.speech.samples import write_speech_model

        choice = ModelChoice(folder=write_speech_model(tmp_path / "models").parent)
        for module in (
            "capabilities.speech.operators",
            "capabilities.speech.model",
            "capabilities.speech.properties",
            "cli.common",
        ):
            monkeypatch.setattr(f"blender_addon.{module}.model_choice", lambda _context: choice)


@pytest.fixture
def ready(addon, tmp_path, speaking_model):
    """A character with all shapes and two seconds of voice, chosen."""
    face = make_face()
    addon.neural_motion.character = face
    voice = write_wav(tmp_path / "voice.wav", babble(2.0).read(0, 32_000), 16_000)
    face.neural_motion.speech.file = str(voice)
    return face


def press(operator="generate_speech", **options):
    return getattr(bpy.ops.neural_motion, operator)(**options)


def test_the_button_lets_the_face_speak(ready):
    bpy.context.scene.frame_set(7)
    assert press() == {"FINISHED"}
    chosen = ready.neural_motion.speech
    assert chosen.last_result == "49 frames, 2.0 s of speech; 'voice.wav' on 1 layer"
    assert "Execution provider CPU" in chosen.last_provider
    assert bpy.context.scene.frame_current == 7
    values = []
    for frame in range(1, 50):
        bpy.context.scene.frame_set(frame)
        values.append(evaluated_weights(ready)["jawOpen"])
    assert np.ptp(values) > 0.05


def test_the_result_is_written_as_chosen(ready):
    keys = ready.data.shape_keys
    press()
    chosen = ready.neural_motion.speech.result
    chosen.density, chosen.replace_last = "REDUCED", True
    press()
    (track,) = layers_of(keys, "speech")
    assert track.name == "Face Speech"
    said = re.search(
        r"(\d+) of (\d+) keys, within 0\.0\d+ of a shape", ready.neural_motion.speech.last_result
    )
    assert int(said[1]) < 0.7 * int(said[2])


def test_styles_of_the_model_become_sliders(ready):
    styles = ready.neural_motion.speech.styles
    if not SHIPPED.is_file():
        assert [style.name for style in styles] == ["strong", "pressed"]
    if len(styles) > 1:
        styles[0].weight = 0.5
    press()
    if len(styles):
        assert styles[0].weight == 0.5
        assert ready.keyframe_insert(
            f'neural_motion.speech.styles["{styles[0].name}"].weight', frame=1
        )


@pytest.fixture
def other_model(tmp_path, monkeypatch):
    """A second model, with two styles of the shipped one and one of its own."""
    if not SHIPPED.is_file():
        pytest.skip(f"no trained model at {SHIPPED}")
    contract = json.loads(SHIPPED.with_suffix(".json").read_text("utf-8"))
    usual, soft, *_ = vectors = contract["settings"]["styles"]
    styles = {usual: vectors[usual], soft: vectors[soft], "clear": vectors[soft]}
    contract |= {"name": "other", "settings": contract["settings"] | {"styles": styles}}
    folder = tmp_path / "own"
    folder.mkdir()
    shutil.copy(SHIPPED, folder / "other.onnx")
    (folder / "other.json").write_text(json.dumps(contract), "utf-8")
    monkeypatch.setattr(preferred, "preferred_models", lambda _context: ModelChoice(folder))
    return soft


def test_sliders_of_another_model_are_kept_hidden_and_not_asked_for(ready, other_model):
    scene, speech = bpy.context.scene, ready.neural_motion.speech
    scene.neural_motion.models.speech_face = "speech_face"
    press()
    all_names = [style.name for style in speech.styles]
    lost = next(name for name in all_names if name != other_model)
    speech.styles[lost].weight = 0.75
    assert ready.keyframe_insert(f'neural_motion.speech.styles["{lost}"].weight', frame=1)
    scene.neural_motion.models.speech_face = "other"
    assert press() == {"FINISHED"}
    assert [style.name for style in speech.styles] == [*all_names, "clear"]
    assert list(speech_settings(bpy.context).styles) == [other_model, "clear"]
    assert {other_model.title(), "Clear"} <= set(drawn())
    assert lost.title() not in drawn()
    scene.neural_motion.models.speech_face = "speech_face"
    assert press() == {"FINISHED"}
    assert speech.styles[lost].weight == 0.75
    assert list(speech_settings(bpy.context).styles) == all_names
    assert lost.title() in drawn()
    (curve,) = fcurves_of(ready)
    assert ready.path_resolve(curve.data_path.removesuffix(".weight")).name == lost


@pytest.mark.parametrize("by_number", [False, True])
def test_keys_of_a_style_are_heard_however_blender_names_it(ready, by_number):
    speech = ready.neural_motion.speech
    for name in ("one", "two", "three"):
        speech.styles.add().name = name
    path = 'neural_motion.speech.styles["{}"].weight'
    for frame, weight in ((1, 0.0), (49, 1.0)):
        speech.styles["two"].weight = weight
        ready.keyframe_insert(path.format("two"), frame=frame)
    (curve,) = fcurves_of(ready)
    number = speech.styles.find("two")
    curve.data_path = path.format("two").replace('"two"', str(number) if by_number else '"two"')
    frames = np.array([1.0, 25.0, 49.0])
    heard = sample_slider(bpy.context, ready, Slider(1.0, path.format("two")), frames)
    np.testing.assert_allclose(heard, [0.0, 0.5, 1.0], atol=1e-6)
    assert sample_slider(bpy.context, ready, Slider(0.3, path.format("three")), frames) == 0.3


def test_greyed_out_buttons_say_why(addon, tmp_path):
    shown = addon.neural_motion
    with pytest.raises(RuntimeError, match="Choose a character"):
        press()
    for name in ("find_face_channels", "add_face_channel", "save_face_preset"):
        with pytest.raises(RuntimeError, match="Choose a character, or add"):
            press(name)
    shown.character = face = make_armature(("Chin",))
    with pytest.raises(RuntimeError, match="Choose a sound file"):
        press()
    face.neural_motion.speech.source = "STRIP"
    with pytest.raises(RuntimeError, match="Choose a sound strip"):
        press()
    face.neural_motion.speech.strip = "Voice"
    with pytest.raises(RuntimeError, match="no shape keys and no jaw bone to speak with"):
        press()
    with pytest.raises(RuntimeError, match="nothing to remove"):
        press("remove_face_channel")
    make_face(parent=face)
    bpy.context.view_layer.objects.active = face
    bpy.ops.object.mode_set(mode="EDIT")
    with pytest.raises(RuntimeError, match="Edit Mode"):
        press()
    bpy.ops.object.mode_set(mode="OBJECT")


def test_what_goes_wrong_is_said_and_changes_nothing(ready, tmp_path):
    before = snapshot()
    ready.neural_motion.speech.file = str(tmp_path / "none.wav")
    with pytest.raises(RuntimeError, match="no sound file"):
        press()
    ready.neural_motion.speech.file = str(write_wav(tmp_path / "e.wav", np.zeros((0, 1)), 8_000))
    with pytest.raises(RuntimeError, match="holds no sound"):
        press()
    ready.data.shape_keys.use_relative = False
    with pytest.raises(RuntimeError, match="Tick Relative"):
        press()
    ready.data.shape_keys.use_relative = True
    after = snapshot()
    for taken in (before, after):  # the settings themselves were changed
        taken.pop(f"objects/{ready.name}")
    assert after == before


def test_the_table_is_found_changed_and_used(ready):
    chosen = ready.neural_motion.speech
    assert press("find_face_channels") == {"FINISHED"}
    assert (chosen.family, len(chosen.channels)) == ("ARKit", 52)
    press("add_face_channel")
    assert chosen.active_channel == 52
    press("remove_face_channel")
    jaw = next(row for row in chosen.channels if row.channel == "jawOpen")
    jaw.target = "tongueOut"
    press()
    bpy.context.scene.frame_set(20)
    assert evaluated_weights(ready)["jawOpen"] == 0
    assert evaluated_weights(ready)["tongueOut"] > 0
    assert len(layers_of(ready.data.shape_keys, "speech")) == 1


def test_unknown_names_open_a_table_to_fill(addon, speaking_model):
    addon.neural_motion.character = face = make_face(["Mund"])
    assert press("find_face_channels") == {"FINISHED"}
    chosen = face.neural_motion.speech
    assert chosen.family == ""
    assert [row.channel for row in chosen.channels] == list(SPEECH_CHANNELS)
    assert not any(row.target for row in chosen.channels)


def test_a_table_made_by_hand_stays_where_no_name_is_known(addon, speaking_model, capsys):
    addon.neural_motion.character = face = make_face(["Mund"])
    chosen = face.neural_motion.speech
    row = chosen.channels.add()
    row.channel, row.target, row.gain = "jawOpen", "Mund", 0.7
    chosen.family = "preset mine"
    assert press("find_face_channels") == {"FINISHED"}
    assert "The table stays as it was" in capsys.readouterr().out
    (kept,) = chosen.channels
    assert (kept.channel, kept.target, kept.gain) == ("jawOpen", "Mund", pytest.approx(0.7))
    assert chosen.family == "preset mine"


def test_presets(ready, tmp_path, monkeypatch):
    monkeypatch.setattr(speech_channels, "user_presets", lambda: tmp_path / "presets")
    (tmp_path / "presets").mkdir()
    chosen = ready.neural_motion.speech
    press("find_face_channels")
    chosen.channels[0].gain = 0.25
    chosen.preset = "My face"
    press("save_face_preset")
    chosen.channels.clear()
    press("load_face_preset", name="My face")
    assert (len(chosen.channels), chosen.channels[0].gain) == (52, 0.25)
    with pytest.raises(RuntimeError, match="cannot be a preset's name"):
        press("load_face_preset", name="../../secrets")
    press("delete_face_preset")
    with pytest.raises(RuntimeError, match="no preset 'My face'"):
        press("load_face_preset", name="My face")


def test_a_preset_is_replaced_only_when_told(ready, tmp_path, monkeypatch):
    monkeypatch.setattr(speech_channels, "user_presets", lambda: tmp_path)
    chosen = ready.neural_motion.speech
    press("find_face_channels")
    chosen.preset = "mine"
    press("save_face_preset")
    kept = (tmp_path / "mine.json").read_bytes()
    chosen.channels[0].gain = 0.125
    with pytest.raises(RuntimeError, match="already a preset 'mine'"):
        press("save_face_preset")
    assert (tmp_path / "mine.json").read_bytes() == kept
    press("save_face_preset", replace=True)
    assert (tmp_path / "mine.json").read_bytes() != kept
    (tmp_path / "out.json").symlink_to("/etc/hostname")
    (tmp_path / "empty.json").write_text("{}")
    for name in ("out", "empty"):
        with pytest.raises(RuntimeError):
            press("load_face_preset", name=name)
    assert chosen.channels[0].gain == 0.125


def test_presets_have_a_folder_when_run_from_a_script(scene):
    assert speech_channels.user_presets().is_dir()
    assert "neural_motion" in str(speech_channels.user_presets())


def test_the_panel_draws_whatever_is_chosen(addon, tmp_path, speaking_model):
    assert "Generate Speech" in drawn()
    face = make_face(parent=make_armature())
    addon.neural_motion.character = face
    chosen = face.parent.neural_motion.speech  # a face and its armature are one character
    assert {"Strength", "Smile", "Upper Face", "Find Channels"} <= set(drawn())
    assert {"Happy", "Sad", "Angry", "Surprised", "Afraid", "Disgusted", "Tender"} <= set(drawn())
    assert {"Variation", "Expressiveness", "Breath", "Head", "Markers"} <= set(drawn())
    press("find_face_channels")
    chosen.use_range = True
    assert {"jawOpen", "First", "Replace Last Layer", "Blend In"} <= set(drawn())
    assert "Shape" not in drawn()
    chosen.result.density = "REDUCED"
    assert {"Shape", "Rotation", "Position (mm)"} <= set(drawn())
    chosen.channels[0].kind = "ROTATION"
    addon.neural_motion.character = face.parent
    face.parent.neural_motion.speech.source = "STRIP"
    addon.sequence_editor_clear()
    assert any(text.startswith("Add a sound") for text in drawn())
    addon.sequence_editor_create()
    assert "Strip" in drawn()
    bpy.context.window_manager.neural_motion.running = True
    assert any("Esc cancels" in text for text in drawn())
    bpy.context.window_manager.neural_motion.running = False


def test_what_the_network_does_not_heed_is_inactive_and_says_why(ready, tmp_path, monkeypatch):
    pytest.importorskip("onnx")
    from tests.speech.learned_samples import write_learned_model

    for kind, heeds in (("regression", False), ("diffusion", True)):
        folder = write_learned_model(tmp_path / kind, kind).parent
        choice = ModelChoice(folder)
        monkeypatch.setattr(model, "model_choice", lambda _context, choice=choice: choice)
        texts = drawn()
        assert {"Variation", "New Variation", "Expressiveness"} <= set(texts)
        assert ("Variation is for models that draw variations" in " ".join(texts)) is not heeds
        assert model.chosen_model(bpy.context).lacks("strength") == ""
        assert bool(model.chosen_model(bpy.context).lacks("expressiveness")) is not heeds
    assert press("new_speech_variation") == {"FINISHED"}
    assert ready.neural_motion.speech.variation == 1


def test_a_model_with_a_mesh_of_its_own_says_what_it_leaves_out(ready, tmp_path, monkeypatch):
    pytest.importorskip("onnx")
    from tests.speech.vertices_model import write_vertices_model

    choice = ModelChoice(write_vertices_model(tmp_path / "own").parent)
    usual = " ".join(drawn())
    monkeypatch.setattr(model, "model_choice", lambda _context: choice)
    said = " ".join(drawn())
    for reason in (
        "Lips are closed on", "Brows and blinks are laid over on", "Emotions are laid over on",
        "Phones correct lips on", "The table is used with",
    ):  # fmt: skip
        assert f"{reason} ARKit shapes only; 'scans' moves" in said
        assert reason not in usual
    for heeded in ("strength", "smoothing", "breath", "nods", "head"):
        assert model.what_model_lacks(bpy.context, heeded) == ""


def test_the_panel_draws_the_phones_and_says_where_there_are_none(ready):
    assert "lists the mouth shapes" in " ".join(drawn())
    placed = SceneSound(babble(1.0), "voice.wav", 1.0, 25.0, 0.0, 24.0)
    phones = tuple(HeardPhone("bilabial", n / 10, n / 10 + 0.05, 0.75) for n in range(3))
    speech = ready.neural_motion.speech
    keep_phones(speech, HeardSound("FILE voice.wav", "v"), placed, phones)
    speech.active_phone = 1
    texts = drawn()
    assert {"M B P", "100%", "Shape", "Begins", "Ends", "Strength", "Hear Again"} <= set(texts)
    speech.active_phone = 7
    assert "Begins" not in drawn()


def test_every_setting_is_explained(addon):
    for name in dir(bpy.ops.neural_motion):
        if any(word in name for word in ("face", "speech", "hear")):
            assert len(getattr(bpy.ops.neural_motion, name).get_rna_type().description) > 15
    for group in (PACKAGE.settings, *PACKAGE.parts):
        for prop in group.bl_rna.properties:
            if prop.type in ("FLOAT", "INT", "BOOLEAN") and prop.identifier not in PLAIN:
                assert prop.description, prop.identifier


def test_silence_ends_the_command_with_a_code_of_its_own(ready, tmp_path, capsys):
    silence = write_wav(tmp_path / "silence.wav", np.zeros(16_000), 16_000)
    out = tmp_path / "out.blend"
    arguments = ["speech", "--character", ready.name, "--sound", str(silence), "--out", str(out)]
    assert cli.run(arguments) == 3
    assert "neural_motion: warning: nothing is heard" in capsys.readouterr().err
    assert out.exists()


def test_the_command_line(ready, tmp_path, capsys):
    armature = make_armature()
    ready.parent = armature
    out = tmp_path / "out.blend"
    voice = ready.neural_motion.speech.file
    arguments = ["speech", "--character", armature.name, "--sound", voice, "--frame", "11",
                 "--expression", "smile:0.4", "--no-nods", "--out", str(out)]  # fmt: skip
    assert cli.run(arguments) == 0
    assert "frames 11 to 59 of 'voice.wav'" in capsys.readouterr().out
    bpy.ops.wm.open_mainfile(filepath=str(out))
    face = bpy.data.objects["Face"]
    bpy.context.scene.frame_set(40)
    assert evaluated_weights(face)["mouthSmileLeft"] > 0.2
    latin = tmp_path / "latin.json"
    latin.write_bytes('["Mündung"]'.encode("latin-1"))
    for wrong, said in (
        (
            ["--character", "Nobody", "--sound", voice],
            "no object named 'Nobody'. Fitting ones in this file: 'Rig', 'Face'",
        ),
        (["--character", "Face"], "either --sound"),
        (["--character", "Face", "--strip", "Voice"], "no sound strip"),
        (["--character", "Face", "--sound", voice, "--expression", "bliss:1"], "bliss"),
        (["--character", "Face", "--sound", voice, "--channels", "/none.json"], "cannot be read"),
        (
            ["--character", "Face", "--sound", voice, "--channels", str(latin)],
            "latin.json cannot be read ('utf-8' codec",
        ),
    ):
        assert cli.run(["speech", *wrong, "--out", str(tmp_path / "b.blend")]) == 1
        assert said in capsys.readouterr().err
    for n in range(25):
        make_armature(name=f"Extra {n}")
    assert cli.run(["speech", "--character", "Nobody", "--sound", voice, "--out", f"{out}2"]) == 1
    assert " and 7 more" in capsys.readouterr().err
