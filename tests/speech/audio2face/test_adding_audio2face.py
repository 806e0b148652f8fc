"""Adding a downloaded model by the button of the preferences and by the command."""

from __future__ import annotations

import bpy
import pytest

from blender_addon import cli
from tests.speech.audio2face.audio2face_samples import MadeFolder

pytestmark = pytest.mark.blender
NAMES = {f"audio2face_mark.{ending}" for ending in ("json", "md", "npz", "onnx")}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return MadeFolder().write(tmp_path_factory.mktemp("made") / "v2.3-Mark")


@pytest.fixture
def preferences(addon):
    """Those of the extension, as if it were switched on in Blender's own."""
    entry = bpy.context.preferences.addons.new()
    entry.module = "blender_addon"
    yield entry.preferences
    bpy.context.preferences.addons.remove(entry)


def names_in(folder):
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


def test_the_button_adds_the_model_and_the_panel_finds_it(preferences, made, tmp_path, capfd):
    preferences.models_folder = str(tmp_path / "own")
    assert bpy.ops.neural_motion.add_audio2face(directory=str(made)) == {"FINISHED"}
    assert names_in(tmp_path / "own") == NAMES
    assert "NVIDIA Open Model License" in capfd.readouterr().out
    from blender_addon.blender.models.preferred import model_choice
    from blender_addon.core.inference.model_list import find_model

    found = find_model("speech_face", model_choice(bpy.context))
    assert found == tmp_path / "own" / "audio2face_mark.onnx"


def test_the_button_replaces_only_when_asked(preferences, made, tmp_path):
    preferences.models_folder = str(tmp_path)
    bpy.ops.neural_motion.add_audio2face(directory=str(made))
    card = tmp_path / "audio2face_mark.md"
    card.write_text("mine", "utf-8")
    with pytest.raises(RuntimeError, match="already; ask for them to be replaced"):
        bpy.ops.neural_motion.add_audio2face(directory=str(made))
    assert card.read_text("utf-8") == "mine"
    again = bpy.ops.neural_motion.add_audio2face(directory=str(made), replace=True)
    assert again == {"FINISHED"}
    assert card.read_text("utf-8") != "mine"


def test_the_first_model_makes_and_keeps_a_folder(preferences, made, tmp_path, monkeypatch):
    def of_user(_package, path="", **_options):
        return str(tmp_path / path)

    monkeypatch.setattr(bpy.utils, "extension_path_user", of_user)
    assert bpy.ops.neural_motion.add_audio2face(directory=str(made)) == {"FINISHED"}
    assert preferences.models_folder == str(tmp_path / "models")
    assert names_in(tmp_path / "models") == NAMES


def test_a_folder_that_is_none_changes_nothing(preferences, tmp_path):
    preferences.models_folder = str(tmp_path / "own")
    with pytest.raises(RuntimeError, match="is no folder of Audio2Face-3D"):
        bpy.ops.neural_motion.add_audio2face(directory=str(tmp_path))
    assert names_in(tmp_path / "own") == set()


def test_the_command_adds_and_tells_the_licence(addon, made, tmp_path, capsys):
    own = tmp_path / "own"
    arguments = ["models", "add", str(made), "--to", str(own)]
    assert cli.run(arguments) == 0
    said = capsys.readouterr()
    assert "added 'audio2face_mark' (NVIDIA Open Model License" in said.out
    assert "note: Licensed by NVIDIA Corporation" in said.err
    assert names_in(own) == NAMES
    assert cli.run(arguments) == 1
    assert "already" in capsys.readouterr().err
    assert cli.run([*arguments, "--replace"]) == 0
    assert cli.run([*arguments, "--name", "mine"]) == 0
    assert len(names_in(own)) == 8


def test_the_command_needs_a_place_and_a_plain_name(addon, made, tmp_path, capsys):
    assert cli.run(["models", "add", str(made)]) == 1
    assert "no folder for your own models is set" in capsys.readouterr().err
    to = ["--to", str(tmp_path / "own")]
    assert cli.run(["models", "add", str(made), *to, "--name", "../out"]) == 1
    assert "must be a plain file name" in capsys.readouterr().err
    assert not list(tmp_path.rglob("out*"))
    assert names_in(tmp_path / "own") == set()
    (tmp_path / "file").write_bytes(b"")
    assert cli.run(["models", "add", str(made), "--to", str(tmp_path / "file")]) == 1
    assert "is no folder" in capsys.readouterr().err
