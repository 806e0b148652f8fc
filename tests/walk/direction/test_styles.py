"""The menu of styles: what the model has, by name, with pictures; what it lacks is said."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import bpy
import pytest

from blender_addon.blender.models import preferred
from blender_addon.capabilities.walk.direction import style_menu
from blender_addon.capabilities.walk.direction.model_styles import (
    named_styles,
    style_pictures,
    style_problem,
)
from blender_addon.capabilities.walk.direction.panel import NEURALMOTION_PT_direction
from blender_addon.capabilities.walk.panel import NEURALMOTION_PT_walk
from blender_addon.core.inference.choice import ModelChoice
from blender_addon.core.walk.direction import Directions, StyleChange, StyleChoice
from tests.shared.blender.builders import make_curve, make_rig
from tests.walk.direction.layouts import drawn_by

pytestmark = pytest.mark.blender

BUNDLED = Path(__file__).resolve().parents[3] / "onnx_models"
NAMES = ("brisk", "stooped", "wide")


@pytest.fixture(scope="module")
def styled(tmp_path_factory, model):
    """The bundled model with three of its captured styles named, and a picture of one."""
    folder = tmp_path_factory.mktemp("models")
    shutil.copy(model, folder / "walker.onnx")
    contract = json.loads(model.with_suffix(".json").read_text("utf-8")) | {"name": "walker"}
    contract["settings"] |= {
        "named_styles": NAMES,
        "named_style_vectors": contract["settings"]["style_vectors"][: len(NAMES)],
        "named_style_titles": [name.title() for name in NAMES],
        "named_style_descriptions": [f"Walks in a {name} way" for name in NAMES],
    }
    (folder / "walker.json").write_text(json.dumps(contract), "utf-8")
    (folder / "walker.styles").mkdir()
    picture = bpy.data.images.new("brisk", 8, 8)
    picture.filepath_raw = str(folder / "walker.styles" / "brisk.png")
    picture.file_format = "PNG"
    picture.save()
    return ModelChoice(folder, names={"locomotion": "walker"})


@pytest.fixture
def walk(addon, styled, monkeypatch):
    """The settings of a chosen character whose model has named styles."""
    monkeypatch.setattr(preferred, "preferred_models", lambda _context: styled)
    addon.neural_motion.models.locomotion = "walker"
    addon.neural_motion.character = make_rig()
    chosen = addon.neural_motion.character.neural_motion.walk
    chosen.path = make_curve()
    return chosen


def items(name):
    return style_menu._items(name, bpy.context, True)


def test_the_contract_names_them(styled):
    assert [each.title for each in named_styles(styled)] == ["Brisk", "Stooped", "Wide"]
    assert style_pictures(styled).is_dir()
    assert named_styles(ModelChoice(names={"locomotion": "none such"})) == ()


def test_the_menu_sets_a_name(walk):
    chosen = walk.direction
    assert chosen.style_menu == "SEED" and chosen.style == ""
    chosen.style_menu = "stooped"
    assert (chosen.style, chosen.style_menu) == ("stooped", "stooped")
    chosen.second_style_menu = "wide"
    assert chosen.second_style == "wide"
    chosen.style_menu, chosen.second_style_menu = "SEED", "NONE"
    assert (chosen.style, chosen.second_style) == ("", "")


def test_a_style_with_a_picture_shows_it(walk):
    icons = {name: icon for name, _, _, icon, _ in items("")}
    assert icons["brisk"] != icons["wide"] == icons["SEED"]


def test_a_style_of_another_model_is_kept_and_said(walk):
    walk.direction.style = "moonwalk"
    assert walk.direction.style_menu == "moonwalk"
    assert items("moonwalk")[-1][1] == "'moonwalk' (missing)"
    drawn = " ".join(drawn_by(NEURALMOTION_PT_walk))
    assert "The model has no style" in drawn and "'moonwalk'" in drawn
    with pytest.raises(RuntimeError, match="has no style 'moonwalk'; there are: brisk, stooped"):
        bpy.ops.neural_motion.generate_walk()
    assert walk.direction.style == "moonwalk"


def test_without_named_styles_the_menu_has_the_seed_s_alone(addon):
    addon.neural_motion.character = make_rig()
    chosen = addon.neural_motion.character.neural_motion.walk.direction
    if not named_styles(ModelChoice()):
        assert [item[0] for item in items("")] == ["SEED"]
    assert chosen.style_menu == "SEED"


def test_the_picture_is_drawn_where_there_is_one(walk):
    assert "picture" not in drawn_by(NEURALMOTION_PT_direction)  # the seed picks
    walk.direction.style = NAMES[0]
    assert "picture" in drawn_by(NEURALMOTION_PT_direction)


@pytest.mark.parametrize("where", ["first", "second", "along"])
def test_an_unknown_name_is_found_wherever_it_is(styled, where):
    odd = StyleChoice("odd")
    directions = {
        "first": Directions(style=odd),
        "second": Directions(style=StyleChoice("", "odd", 0.5)),
        "along": Directions(style_changes=(StyleChange(1.0, odd),)),
    }[where]
    assert "has no style 'odd'" in style_problem(directions, styled)
    assert style_problem(Directions(style=StyleChoice("brisk", "wide", 0.5)), styled) == ""


def test_a_blend_is_walked(walk):
    walk.direction.style, walk.direction.second_style = "brisk", "wide"
    walk.direction.blend = 0.25
    assert bpy.ops.neural_motion.generate_walk() == {"FINISHED"}
