"""A button that is greyed out says why, whatever the scene holds."""

from __future__ import annotations

import bpy
import pytest

from blender_addon.capabilities import classes
from tests.shared.blender.builders import make_curve, make_ground, make_rig

pytestmark = pytest.mark.blender


def nothing(scene):
    """An empty scene."""


def nobody_chosen(scene):
    make_rig()


def a_chosen_mesh(scene):
    scene.neural_motion.character = make_ground()


def a_chosen_empty(scene):
    empty = bpy.data.objects.new("Head", None)
    scene.collection.objects.link(empty)
    scene.neural_motion.character = empty


def a_character_with_nothing_set(scene):
    scene.neural_motion.character = make_rig()


def a_character_in_edit_mode(scene):
    scene.neural_motion.character = rig = make_rig()
    rig.neural_motion.walk.path = make_curve()
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")


def a_job_that_runs(scene):
    a_character_with_nothing_set(scene)
    bpy.context.window_manager.neural_motion.running = True


def a_line_without_a_character(scene):
    a_character_with_nothing_set(scene)
    scene.neural_motion.walk.crowd.add()


STATES = (
    nothing, nobody_chosen, a_chosen_mesh, a_chosen_empty, a_character_with_nothing_set,
    a_character_in_edit_mode, a_job_that_runs, a_line_without_a_character,
)  # fmt: skip


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_a_greyed_out_button_says_why(addon, state):
    state(addon)
    for each in bpy.context.view_layer.objects:
        each.select_set(False)
    greyed = 0
    try:
        for each in classes():
            if not (issubclass(each, bpy.types.Operator) and hasattr(each, "poll")):
                continue
            operator = getattr(bpy.ops.neural_motion, each.bl_idname.split(".")[1])
            if operator.poll():
                continue
            greyed += 1
            with pytest.raises(RuntimeError) as refused:
                operator()
            reason = str(refused.value).partition("poll()")[2].strip()
            assert reason and "failed" not in reason, f"{each.bl_idname}: {refused.value}"
    finally:
        bpy.context.window_manager.neural_motion.running = False
        if bpy.context.mode != "OBJECT":
            bpy.ops.object.mode_set(mode="OBJECT")
    assert greyed > 3


def test_the_panel_tells_why_use_selected_is_greyed_out(addon):
    from blender_addon.capabilities.character.use_selected import reason_not_to_use

    rig = make_rig()
    rig.select_set(True)
    assert reason_not_to_use(bpy.context) is None
    rig.select_set(False)
    assert "Select a character" in reason_not_to_use(bpy.context)
