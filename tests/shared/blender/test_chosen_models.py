"""A scene's choice of models: heard by every operator, shown where there is something to choose."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import bpy
import pytest

from blender_addon import capabilities
from blender_addon.blender.models import chosen, preferred
from blender_addon.core.capabilities import CAPABILITIES, TASKS, Capability, usual_model
from blender_addon.core.errors import RegistryError
from blender_addon.core.inference.choice import ModelChoice
from blender_addon.core.inference.model_list import find_model

pytestmark = pytest.mark.blender

BUNDLED = Path(__file__).resolve().parents[3] / "onnx_models"


@pytest.fixture
def second(addon, tmp_path, monkeypatch):
    """A second model of speech in the user's folder."""
    shutil.copy(BUNDLED / "speech_face.onnx", tmp_path / "clear.onnx")
    contract = json.loads((BUNDLED / "speech_face.json").read_text("utf-8")) | {"name": "clear"}
    (tmp_path / "clear.json").write_text(json.dumps(contract), "utf-8")
    choice = ModelChoice(tmp_path)
    for module in (chosen, preferred):
        monkeypatch.setattr(module, "preferred_models", lambda _context: choice)
    return addon


def test_the_usual_ones_where_nothing_is_chosen(addon):
    assert preferred.model_choice(bpy.context).names == {}
    assert all(getattr(addon.neural_motion.models, task) == "" for task in TASKS)


def test_a_name_chosen_in_the_scene_runs(second):
    second.neural_motion.models.speech_face = "speech_face"
    choice = preferred.model_choice(bpy.context)
    assert choice.names == {"speech_face": "speech_face"}
    assert find_model("speech_face", choice).parent == BUNDLED
    second.neural_motion.models.speech_face = "clear"
    assert find_model("speech_face", preferred.model_choice(bpy.context)).stem == "clear"


class Layout:
    """Notes what is drawn."""

    def __init__(self):
        self.drawn = []

    def prop(self, _data, name, text):
        self.drawn.append((name, text))


def test_it_is_shown_where_there_are_several(second):
    layout = Layout()
    for each in CAPABILITIES:
        chosen.draw_models(layout, bpy.context, each.name)
    assert layout.drawn == [("speech_face", "Speech Face")]


def test_a_registry_line_without_its_package_is_told(scene, monkeypatch):
    hello = Capability("hello", "Hello", {})
    monkeypatch.setattr(capabilities, "CAPABILITIES", (*CAPABILITIES, hello))
    with pytest.raises(RegistryError, match="names 'hello', but there is no package"):
        capabilities.packages()


def test_a_task_that_nobody_has_is_told():
    assert usual_model("motion_filler") == "motion_filler"
    with pytest.raises(RegistryError, match="for 'nonsense'; there are models for locomotion"):
        usual_model("nonsense")
