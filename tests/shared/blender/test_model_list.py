"""The preferences list every model with its licence, and say what is wrong with one."""

from __future__ import annotations

import shutil

import bpy
import pytest

from blender_addon.core.inference.choice import ModelChoice
from blender_addon.core.inference.model_list import listed_models, read_card
from tests.conftest import MODEL

pytestmark = pytest.mark.blender


def copy_model(folder, name="locomotion_biped"):
    for ending in (".onnx", ".json", ".md"):
        shutil.copy(MODEL.with_suffix(ending), folder / f"{name}{ending}")


def test_bundled_models_tell_their_licence_and_sources(model):
    found = {each.name: each for each in listed_models(ModelChoice())}
    assert set(found) == {"gaze_behaviour", "gaze_eye_head", "locomotion_biped", "speech_face"}
    for each in found.values():
        assert each.problem == ""
        assert each.licence and each.sources and all(each.attributions)
        assert not each.is_own
        assert each.name in read_card(each) or "#" in read_card(each)


def test_an_own_model_comes_first_and_a_changed_one_is_told(model, tmp_path):
    copy_model(tmp_path)
    choice = ModelChoice(tmp_path)
    (own,) = [each for each in listed_models(choice) if each.is_own]
    assert own.problem == ""
    network = tmp_path / "locomotion_biped.onnx"
    network.write_bytes(network.read_bytes() + b"\0")
    (own,) = [each for each in listed_models(choice) if each.is_own]
    assert "the file is damaged" in own.problem
    (tmp_path / "locomotion_biped.json").unlink()
    (own,) = [each for each in listed_models(choice) if each.is_own]
    assert own.problem
    (tmp_path / "locomotion_biped.md").unlink()
    assert read_card(own).startswith("# locomotion_biped")


def test_a_folder_that_is_gone_leaves_the_bundled_ones(model, tmp_path):
    assert len(listed_models(ModelChoice(tmp_path / "none"))) == 4


def test_a_card_opens_as_a_text(addon, model):
    assert bpy.ops.neural_motion.show_model_card(model="speech_face") == {"FINISHED"}
    assert "speech" in bpy.data.texts["speech_face.md"].as_string().lower()
    with pytest.raises(RuntimeError, match="no model 'none'"):
        bpy.ops.neural_motion.show_model_card(model="none")


def test_a_card_leaves_the_animator_s_own_texts_alone(addon, model):
    own = bpy.data.texts.new("speech_face.md")
    own.write("my notes")

    def show():
        bpy.ops.neural_motion.show_model_card(model="speech_face")
        return set(bpy.data.texts) - {own}

    (card,) = show()
    assert own.as_string() == "my notes"
    assert show() == {card}
    card.write("a remark of mine")
    kept = card.as_string()
    (second,) = show() - {card}
    assert card.as_string() == kept
    assert "remark" not in second.as_string()
    assert show() == {card, second}
