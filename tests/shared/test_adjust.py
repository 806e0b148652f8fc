"""Adjust Last Operation: what it shows, and that what is set there is what the panel says."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from blender_addon.capabilities.speech.properties import speaking
from tests.shared.blender.builders import make_curve, make_rig

pytestmark = pytest.mark.blender

REPLACED = {"REGISTER", "UNDO"}


def press(name, **given):
    """As a button does it: with an undo step, and remembered as the last operation."""
    return getattr(bpy.ops.neural_motion, name)("EXEC_DEFAULT", True, **given)


def adjust(**given):
    """As the panel of the last operation does it."""
    manager = bpy.context.window_manager
    for name, value in given.items():
        setattr(manager.operators[-1], name, value)
    window = manager.windows[0]
    area = next(each for each in window.screen.areas if each.type == "VIEW_3D")
    region = next(each for each in area.regions if each.type == "WINDOW")
    with bpy.context.temp_override(window=window, area=area, region=region):
        return bpy.ops.ed.undo_redo("EXEC_DEFAULT", True)


def walk():
    return bpy.context.scene.neural_motion.character.neural_motion.walk


def keys():
    """(frames, hips' places) of the walk."""
    armature = bpy.context.scene.neural_motion.character
    first, last = armature.animation_data.action.frame_range
    places = []
    for frame in (first, 0.5 * (first + last), last):
        bpy.context.scene.frame_set(round(frame))
        places.append(armature.matrix_world @ armature.pose.bones["Hips"].head)
    return (first, last), np.array(places)


@pytest.fixture
def walked(addon, model):
    addon.neural_motion.character = make_rig()
    walk().path = make_curve(((0, 0, 0), (0, -2.5, 0)))
    bpy.ops.ed.undo_push(message="before")
    assert press("generate_walk") == {"FINISHED"}
    return addon


def operators():
    names = [name for name in dir(bpy.ops.neural_motion) if not name.startswith("_")]
    return [getattr(bpy.types, f"NEURAL_MOTION_OT_{name}") for name in names]


def shown_by_blender(operator):
    group = operator.bl_idname.split(".")[1]
    listed = getattr(bpy.ops.neural_motion, group).get_rna_type().properties
    return {each.identifier for each in listed if not each.is_hidden} - {"rna_type"}


def test_no_operator_shows_what_only_scripts_set(addon):
    """What is neither hidden nor declared to be for people was forgotten."""
    found = [each for each in operators() if each.bl_options >= REPLACED]
    assert len(found) > 20
    for each in found:
        meant = set(getattr(each, "redo_shows", ()))
        assert shown_by_blender(each) == meant, (
            f"{each.bl_idname}: name in redo_shows what people may adjust, hide the rest"
        )
    profile = bpy.ops.neural_motion.live_drive.get_rna_type().properties["profile"]
    assert profile.is_hidden


def test_what_can_be_adjusted_begins_anew_with_each_call(addon):
    for name in ("generate_walk", "generate_gaze", "generate_speech", "add_path", "try_it"):
        listed = getattr(bpy.ops.neural_motion, name).get_rna_type().properties
        kept = [each.identifier for each in listed if not each.is_skip_save]
        assert set(kept) <= {"rna_type"}, name


def test_speed_seed_style_and_start_are_adjusted_and_kept(walked):
    before = keys()
    walked.frame_start = 20
    bpy.ops.ed.undo_push(message="scene")
    assert press("generate_walk") == {"FINISHED"}
    assert adjust(speed=0.8, seed=4, start="SCENE") == {"FINISHED"}
    assert walk().speed == pytest.approx(0.8)
    assert (walk().seed, walk().start) == (4, "SCENE")
    (first, last), places = keys()
    assert first == 20
    assert last - first > before[0][1] - before[0][0] + 10
    assert len([each for each in bpy.data.actions if "Walk" in each.name]) == 1
    assert np.allclose(places[-1, 1], before[1][-1, 1], atol=0.1)
    assert adjust(start="FRAME", start_frame=7)
    assert keys()[0][0] == walk().start_frame == 7
    assert press("generate_walk") == {"FINISHED"}  # the panel's values, none of an earlier call
    assert walk().speed == pytest.approx(0.8)


def test_undo_takes_back_what_was_adjusted(walked):
    assert adjust(speed=0.9, seed=2) == {"FINISHED"}
    bpy.ops.ed.undo()
    assert walk().speed == pytest.approx(1.3)
    assert not walk().is_property_set("speed")
    assert walk().seed == 0
    assert not bpy.data.actions
    bpy.ops.ed.redo()
    assert walk().speed == pytest.approx(0.9)
    assert bpy.data.actions


def test_a_named_style_is_chosen_afterwards(walked):
    from blender_addon.capabilities.walk.direction.model_styles import named_styles
    from blender_addon.core.inference.choice import ModelChoice

    name = named_styles(ModelChoice())[0].name
    before = keys()[1]
    assert adjust(style_menu=name) == {"FINISHED"}
    assert walk().direction.style == name
    assert not np.allclose(keys()[1], before)


def test_what_the_panel_says_counts_for_the_next_walk(walked):
    assert adjust(speed=0.9) == {"FINISHED"}
    walk().speed = 1.1
    bpy.ops.ed.undo_push(message="speed")
    assert press("generate_walk") == {"FINISHED"}
    assert walk().speed == pytest.approx(1.1)
    assert bpy.context.window_manager.operators[-1].speed == pytest.approx(1.1)


def test_an_error_leaves_the_settings_as_they_were(walked):
    before = keys()
    with pytest.raises(RuntimeError, match="faster"):
        bpy.ops.neural_motion.generate_walk(speed=11.0, seed=8)
    assert walk().speed == pytest.approx(1.3)
    assert not walk().is_property_set("speed")
    assert walk().seed == 0
    assert np.allclose(keys()[1], before[1])


def test_a_setting_that_is_keyed_is_not_adjusted(addon):
    rig = make_rig()
    addon.neural_motion.character = rig
    speech = rig.neural_motion.speech
    speech.strength = 0.5
    speech.keyframe_insert("strength", frame=1)
    from blender_addon.blender.jobs.adjust import unanimated

    assert speaking(bpy.context) == rig
    assert set(unanimated(speech, ("strength", "seed"))) == {"seed"}


@pytest.mark.parametrize("name", ["generate_walk", "try_it"])
def test_who_repeats_the_last_operation_gets_what_the_panel_says(addon, model, name):
    addon.neural_motion.character = make_rig()
    walk().path = make_curve(((0, 0, 0), (0, -1.5, 0)))
    bpy.ops.ed.undo_push(message="before")
    assert press(name) == {"FINISHED"}
    before = keys()[0] if name == "generate_walk" else None
    walk().speed = 1.1
    window = bpy.context.window_manager.windows[0]
    with bpy.context.temp_override(window=window, screen=window.screen):
        bpy.ops.screen.repeat_last()
    if name == "try_it":
        assert {"Person 0", "Person 1"} <= set(bpy.data.objects.keys())
    else:
        assert walk().speed == pytest.approx(1.1)
        assert bpy.context.window_manager.operators[-1].speed == pytest.approx(1.1)
        assert keys()[0] != before
