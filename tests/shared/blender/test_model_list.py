"""The preferences list every model with its licence, and say what is wrong with one."""

from __future__ import annotations

import shutil

import bpy
import pytest

from blender_addon.core.capabilities import CAPABILITIES
from blender_addon.core.inference import model_list
from blender_addon.core.inference.choice import ModelChoice
from blender_addon.core.inference.model_list import listed_models, read_card
from blender_addon.core.inference.session import available_providers
from tests.conftest import MODEL

pytestmark = pytest.mark.blender

USUAL = {name for each in CAPABILITIES for name in each.models.values()}
BUNDLED = USUAL | {"speech_face_2017", "speech_face_diffusion"}


def copy_model(folder, name="locomotion_biped"):
    for ending in (".onnx", ".json", ".md"):
        shutil.copy(MODEL.with_suffix(ending), folder / f"{name}{ending}")


def test_bundled_models_tell_their_licence_and_sources(model):
    found = {each.name: each for each in listed_models(ModelChoice())}
    assert set(found) == BUNDLED
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
    assert len(listed_models(ModelChoice(tmp_path / "none"))) == len(BUNDLED)


def test_a_card_opens_as_a_text(addon, model):
    assert bpy.ops.neural_motion.show_model_card(model="speech_face") == {"FINISHED"}
    assert "speech" in bpy.data.texts["speech_face.md"].as_string().lower()
    with pytest.raises(RuntimeError, match="no model 'none'"):
        bpy.ops.neural_motion.show_model_card(model="none")


def show_card():
    bpy.ops.neural_motion.show_model_card(model="speech_face")


def test_a_card_is_shown_once_and_again_where_it_is_changed(addon, model):
    own = bpy.data.texts.new("speech_face.md")
    own.write("my notes")
    show_card()
    (card,) = set(bpy.data.texts) - {own}
    show_card()
    assert set(bpy.data.texts) == {own, card}
    card.write("a remark of mine")
    kept = card.as_string()
    show_card()
    (second,) = set(bpy.data.texts) - {own, card}
    assert (own.as_string(), card.as_string()) == ("my notes", kept)
    assert "remark" not in second.as_string()
    show_card()
    assert set(bpy.data.texts) == {own, card, second}


def save_to_disk(text, folder):
    path = folder / "notes.md"
    path.write_text(text.as_string(), "utf-8")
    text.filepath = str(path)


HANDS_ON_TEXTS = {
    "renamed": lambda text, _: setattr(text, "name", "Licences"),
    "copied": lambda text, _: setattr(text.copy(), "name", "Copy of mine"),
    "kept": lambda text, _: setattr(text, "use_fake_user", True),
    "in a file": save_to_disk,
    "a script": lambda text, _: setattr(text, "use_module", True),
    "marked": lambda text, _: text.select_set(2, 0, 3, 1),
    "tabs": lambda text, _: setattr(text, "indentation", "TABS"),
    "noted": lambda text, _: text.__setitem__("note", "mine"),
}


@pytest.mark.parametrize("what", HANDS_ON_TEXTS)
@pytest.mark.parametrize("newer", [False, True], ids=["same card", "newer card"])
def test_no_text_is_ever_written_over(addon, model, tmp_path, monkeypatch, what, newer):
    show_card()
    HANDS_ON_TEXTS[what](bpy.data.texts["speech_face.md"], tmp_path)
    before = {text.name: told_of(text) for text in bpy.data.texts}
    if newer:
        monkeypatch.setattr(model_list, "read_card", lambda _: "another card\n")
    show_card()
    assert {name: told_of(bpy.data.texts[name]) for name in before} == before
    assert len(bpy.data.texts) == len(before) + newer


def told_of(text):
    return (
        text.as_string(), text.filepath, text.is_modified, text.use_module, text.use_fake_user,
        text.current_line_index, text.select_end_line_index, text.indentation, dict(text),
    )  # fmt: skip


def test_a_linked_text_is_not_taken_for_a_card(addon, model, tmp_path):
    show_card()
    path = str(tmp_path / "library.blend")
    bpy.data.libraries.write(path, set(bpy.data.texts))
    bpy.data.texts.remove(bpy.data.texts["speech_face.md"])
    with bpy.data.libraries.load(path, link=True) as (found, wanted):
        wanted.texts = found.texts
    show_card()
    assert sorted(text.library is None for text in bpy.data.texts) == [False, True]


class Drawn:
    """What a panel would show."""

    def __init__(self):
        self.texts = []

    def label(self, text, icon="NONE", translate=True):
        self.texts.append((text, icon))


@pytest.mark.skipif(
    "CUDAExecutionProvider" in available_providers(), reason="CUDA is in this build"
)
@pytest.mark.parametrize(
    ("desired", "shown"),
    [
        (("CUDA", "CPU"), [("CUDA is not in this build of onnxruntime. It comes", "INFO"),
                           ("CPU is in this build", "CHECKMARK")]),
        (("CPU",), [("CPU is in this build", "CHECKMARK")]),
        (("Abacus",), [("Abacus is unknown", "INFO"), ("Also in this build: CPU", "BLANK1")]),
    ],
)  # fmt: skip
def test_the_preferences_say_which_providers_can_be_used(desired, shown):
    from blender_addon.preferences import _draw_providers

    drawn = Drawn()
    _draw_providers(drawn, [f"{name}ExecutionProvider" for name in desired])
    found = [line for line in drawn.texts if line[1] != "BLANK1" or line[0].startswith("Also")]
    assert [icon for _, icon in found] == [icon for _, icon in shown]
    assert all(text.startswith(start) for (text, _), (start, _) in zip(found, shown, strict=True))


def test_the_preferences_say_why_the_runtime_does_not_load(monkeypatch):
    from blender_addon.core.errors import ModelError
    from blender_addon.core.inference import session
    from blender_addon.preferences import _draw_providers

    def fail(_names):
        raise ModelError("onnxruntime cannot be loaded: install this")

    monkeypatch.setattr(session, "provider_states", fail)
    drawn = Drawn()
    _draw_providers(drawn, [])
    assert drawn.texts == [("onnxruntime cannot be loaded: install this", "ERROR")]


def test_a_folder_that_cannot_be_looked_into_lists_what_there_is(model, tmp_path):
    (tmp_path / "gone.onnx").symlink_to(tmp_path / "nowhere.onnx")
    (tmp_path / "folder.onnx").mkdir()
    own = [each for each in listed_models(ModelChoice(tmp_path)) if each.is_own]
    assert {each.name for each in own} == {"gone", "folder"}
    assert all(each.problem for each in own)
    for folder in ("x" * 300, "a\0b"):
        assert len(listed_models(ModelChoice(tmp_path / folder))) == len(BUNDLED)
