"""The sliders of the direction: panel, presets, places along the path."""

from __future__ import annotations

import math

import bpy
import pytest

from blender_addon.capabilities.walk.direction import presets
from blender_addon.capabilities.walk.direction.panel import (
    NEURALMOTION_PT_direction,
    NEURALMOTION_PT_path_marks,
)
from blender_addon.capabilities.walk.direction.presets import preset_from_json
from blender_addon.capabilities.walk.direction.properties import MARK_KINDS, directions_of
from blender_addon.capabilities.walk.direction.told import mark_texts
from blender_addon.capabilities.walk.path_preview import make_preview
from blender_addon.capabilities.walk.properties import walk_settings
from blender_addon.core.errors import SettingsError
from blender_addon.core.inference.choice import ModelChoice
from blender_addon.core.settings import declared
from blender_addon.core.walk.direction import StyleChoice
from blender_addon.core.walk.presets import PRESETS
from blender_addon.core.walk.settings import Direction
from tests.shared.blender.builders import make_curve, make_rig
from tests.walk.direction.layouts import drawn_by

pytestmark = pytest.mark.blender


@pytest.fixture
def walk(addon, tmp_path, monkeypatch):
    """The settings of a chosen character on a path; presets are kept in an empty folder."""
    monkeypatch.setattr(presets, "user_folder", lambda _kind: tmp_path)
    addon.neural_motion.character = make_rig()
    chosen = addon.neural_motion.character.neural_motion.walk
    chosen.path = make_curve(((0, 0, 0), (0, -12, 0)))
    return chosen


def press(operator, **options):
    return getattr(bpy.ops.neural_motion, operator)(**options)


def start():
    return walk_settings(bpy.context).directions.start


def test_the_defaults_leave_the_walk_alone(walk):
    assert start() == Direction()


def test_the_ends_of_every_slider_are_allowed(walk):
    for each in declared(Direction):
        prop = walk.direction.bl_rna.properties[each.name]
        for end, allowed in (
            (prop.hard_min, each.setting.minimum),
            (prop.hard_max, each.setting.maximum),
        ):
            setattr(walk.direction, each.name, end)
            assert getattr(start(), each.field) == pytest.approx(allowed, abs=1e-3)


def test_angles_are_blender_s_own(walk):
    assert walk.direction.bl_rna.properties["lean"].subtype == "ANGLE"
    walk.direction.lean = math.radians(12)
    assert start().lean_deg == 12.0


def test_every_slider_is_drawn_and_can_be_reset(walk):
    drawn = drawn_by(NEURALMOTION_PT_direction)
    assert {each.setting.title for each in declared(Direction)} <= set(drawn)
    walk.direction.slump, walk.direction.style, walk.direction.facing = 0.5, "odd", 1.0
    press("reset_direction")
    assert start() == Direction() and walk.direction.style == ""


@pytest.mark.parametrize("preset", PRESETS, ids=lambda each: each.name)
def test_a_preset_sets_all_but_facing(walk, preset):
    walk.direction.facing = math.pi
    press("load_direction_preset", name=preset.name)
    found = start()
    for each in declared(Direction):
        expected = 180.0 if each.name == "facing" else getattr(preset.direction, each.field)
        assert getattr(found, each.field) == pytest.approx(expected, abs=1e-3)
    assert walk.speed == pytest.approx(1.3 * preset.speed)


def test_a_preset_leaves_a_speed_of_one_s_own(walk):
    walk.speed = 2.2
    press("load_direction_preset", name="old")
    assert walk.speed == pytest.approx(2.2)


def test_the_speed_goes_back_with_another_preset(walk):
    press("load_direction_preset", name="old")
    press("load_direction_preset", name="proud")
    assert walk.speed == pytest.approx(1.3)


def test_a_preset_of_one_s_own_is_saved_loaded_and_deleted(walk):
    walk.direction.slump, walk.direction.style, walk.direction.preset = 0.4, "brisk", "mine"
    assert press("save_direction_preset") == {"FINISHED"}
    with pytest.raises(RuntimeError, match="already a preset 'mine'"):
        press("save_direction_preset")
    press("reset_direction")
    press("load_direction_preset", name="mine")
    assert start().slump == pytest.approx(0.4) and walk.direction.style == "brisk"
    assert press("delete_direction_preset") == {"FINISHED"}
    with pytest.raises(RuntimeError, match="no preset 'mine' of walking; there are: old"):
        press("load_direction_preset", name="mine")
    with pytest.raises(RuntimeError, match="a preset that you saved"):
        press("delete_direction_preset")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"style": {"name": 3}, "sliders": {}}',
        '{"style": {"name": "", "other": "", "blend": 0}, "sliders": {"slump": "much"}}',
        '{"style": {"name": "", "other": "", "blend": 0}, "sliders": {"slump": 9}}',
        '{"style": {"name": "", "other": "", "blend": 0}, "sliders": {"colour": 1}}',
    ],
)
def test_what_is_no_preset_is_refused(text):
    with pytest.raises(SettingsError):
        preset_from_json(text, "mine")


def test_everything_can_change_along_the_path(walk):
    walk.direction.lean = 0.1
    for kind, *_ in MARK_KINDS:
        assert press("add_path_mark", kind=kind) == {"FINISHED"}
    assert next(m for m in walk.marks if m.kind == "LEAN").lean == pytest.approx(0.1)
    settings = walk_settings(bpy.context)
    assert len(settings.speed_changes) == len(settings.stops) == 1
    assert len(settings.directions.style_changes) == 1
    assert {c.field for c in settings.directions.changes} == {e.field for e in declared(Direction)}
    drawn = drawn_by(NEURALMOTION_PT_path_marks)
    assert len(drawn) == 3 * len(MARK_KINDS) + 3
    assert len(make_preview(bpy.context, settings).marks) == len(MARK_KINDS)


def test_a_style_along_the_path_keeps_its_blend(walk):
    direction = walk.direction
    direction.style, direction.second_style, direction.blend = "brisk", "wide", 0.25
    press("add_path_mark", kind="STYLE")
    direction.style, direction.second_style, direction.blend = "", "", 0.5
    settings = walk_settings(bpy.context)
    (change,) = settings.directions.style_changes
    assert change.style == StyleChoice("brisk", "wide", 0.25)
    drawn = len(drawn_by(NEURALMOTION_PT_path_marks))
    walk.marks[0].kind = "STOP"
    assert drawn > len(drawn_by(NEURALMOTION_PT_path_marks))
    marks = mark_texts(settings.directions, ModelChoice())
    assert marks == [(2.0, "style Brisk + 25% Wide")]


def test_marks_are_told_shortly(walk):
    for kind, name, value in (("FACING", "facing", math.pi), ("SLUMP", "slump", 0.5)):
        press("add_path_mark", kind=kind)
        setattr(walk.marks[-1], name, value)
    marks = make_preview(bpy.context, walk_settings(bpy.context)).marks
    assert [text for _, text in marks] == ["facing 180°", "slump 0.5"]


def test_marks_of_older_files_are_what_they_were(walk):
    """A file keeps the number of an enumeration's choice."""
    mark = walk.marks.add()
    prop = mark.bl_rna.properties["kind"]
    assert {item.identifier: item.value for item in prop.enum_items if item.value < 2} == {
        "SPEED": 0,
        "STOP": 1,
    }
    assert (mark.kind, mark.seconds, mark.speed, mark.distance) == ("STOP", 2.0, 2.5, 2.0)


def test_a_change_beyond_the_path_is_refused(walk):
    press("add_path_mark", kind="LEAN")
    walk.marks[0].distance = 50.0
    with pytest.raises(RuntimeError, match=r"the change of Lean at 50\.00 m does not lie on the"):
        press("generate_walk")
    assert "does not lie" in make_preview(bpy.context, walk_settings(bpy.context)).problem


def test_places_count_in_the_scene_s_unit(walk):
    press("add_path_mark", kind="SLUMP")
    directions = directions_of(walk.direction, walk.marks, 0.01)
    assert directions.changes[0].at_m == pytest.approx(0.02)
