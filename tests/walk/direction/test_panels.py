"""The panels draw in every mode, with what belongs to it and reasons on grey buttons."""

from __future__ import annotations

import bpy
import pytest

from blender_addon.capabilities.walk.direction.arrival_panel import NEURALMOTION_PT_arrival
from blender_addon.capabilities.walk.direction.going import FaceKind, GoKind
from blender_addon.capabilities.walk.live.choice import drive_settings
from blender_addon.capabilities.walk.panel import (
    NEURALMOTION_PT_walk,
    NEURALMOTION_PT_walk_options,
)
from blender_addon.capabilities.walk.properties import reason_not_to_walk, walk_settings
from tests.shared.blender.builders import make_curve, make_rig
from tests.walk.direction.layouts import drawn_by

pytestmark = pytest.mark.blender


@pytest.fixture
def walk(addon):
    """The settings of a chosen character."""
    addon.neural_motion.character = make_rig()
    return addon.neural_motion.character.neural_motion.walk


def test_without_a_character_only_the_reason_is_drawn(addon):
    drawn = drawn_by(NEURALMOTION_PT_walk)
    assert "Generate Walk" in drawn and "Style" not in drawn
    assert drawn_by(NEURALMOTION_PT_arrival) == []


@pytest.mark.parametrize("facing", list(FaceKind))
@pytest.mark.parametrize(
    ("kind", "fields", "others"),
    [
        (GoKind.PATH, {"Path", "Speed", "Style"}, {"Target", "Stand For", "Turn To"}),
        (GoKind.TARGET, {"Target", "Stop Short", "Speed", "Style"}, {"Path", "Stand For"}),
        (GoKind.STAND, {"Stand For", "Turn To", "Style"}, {"Path", "Target", "Speed"}),
    ],
)
def test_each_mode_shows_what_belongs_to_it(walk, kind, fields, others, facing):
    walk.going.go, walk.going.end_facing = kind.value, facing.value
    drawn = set(drawn_by(NEURALMOTION_PT_walk))
    assert {"Go", "Ground", "Start", *fields} <= drawn
    assert not others & drawn
    ending = set(drawn_by(NEURALMOTION_PT_arrival))
    shown = drawn if kind is GoKind.STAND else ending
    assert ("Heading" in shown) == (facing is FaceKind.HEADING)
    assert ("Toward" in shown) == (facing is FaceKind.OBJECT)
    assert ("Arrive at Frame" in ending) == (kind is not GoKind.STAND)
    drawn_by(NEURALMOTION_PT_walk_options)


def test_the_button_says_what_is_missing(walk):
    def reason():
        return reason_not_to_walk(bpy.context) or ""

    assert "Choose a curve" in reason()
    walk.going.go = "STAND"
    assert reason() == ""
    walk.going.end_facing = "OBJECT"
    assert "Choose an object to face" in reason()
    walk.going.end_toward = make_curve()
    assert reason() == ""
    walk.going.go, walk.going.end_facing = "TARGET", "NONE"
    assert reason() == ""


def test_who_stands_does_not_arrive(walk):
    walk.going.use_arrive = True
    assert walk_settings(bpy.context).going.arrive_frame == 100
    walk.going.go = "STAND"
    assert walk_settings(bpy.context).going.arrive_frame is None


def test_one_is_driven_in_the_style_and_direction_chosen(walk):
    walk.direction.style, walk.direction.slump = "brisk", 0.5
    chosen = drive_settings(bpy.context)
    assert (chosen.style.name, chosen.direction.slump) == ("brisk", 0.5)
    walk.direction.style = "limping"
    with pytest.raises(RuntimeError, match="has no style 'limping'"):
        bpy.ops.neural_motion.live_drive(profile="0.1:0:-1")


@pytest.mark.parametrize("kind", list(GoKind))
def test_one_press_generates_it(walk, model, kind):
    walk.going.go, walk.going.stand_for = kind.value, 1.0
    walk.path = make_curve(((0, 0, 0), (0, -1.5, 0)))
    bpy.context.scene.cursor.location = (1, -1, 0)
    assert bpy.ops.neural_motion.generate_walk() == {"FINISHED"}
    assert ("on the spot" in walk.last_result) == (kind is GoKind.STAND)
    assert bpy.data.actions[0].fcurves if bpy.app.version < (4, 4) else bpy.data.actions[0].layers
