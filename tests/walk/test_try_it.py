"""Try It: from whatever scene to somebody who walks, and back without a trace."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from blender_addon.blender.adding import free_way
from tests.shared.blender.builders import make_curve, make_ground, make_rig
from tests.shared.blender.snapshot import snapshot

pytestmark = pytest.mark.blender


def try_it():
    return bpy.ops.neural_motion.try_it("EXEC_DEFAULT", True)


def hips():
    armature = bpy.context.scene.neural_motion.character
    name = next(each for each in ("Hips", "spine", "DEF-spine") if each in armature.pose.bones)
    return np.array(armature.matrix_world @ armature.pose.bones[name].head)


def add_box(place, size, name="Box"):
    bpy.ops.mesh.primitive_cube_add(size=1.0, location=place, scale=size)
    bpy.context.object.name = name
    return bpy.context.object


def everything():
    """What a file holds; what a person brings along, too."""
    kinds = ("meshes", "materials", "shape_keys", "armatures", "curves", "actions", "images")
    counts = {kind: len(getattr(bpy.data, kind)) for kind in kinds}
    selected = [each.name for each in bpy.context.selected_objects]
    return snapshot(), counts, selected, bpy.context.view_layer.objects.active


def test_one_click_beside_what_is_there_and_one_step_back(addon, model):
    add_box((0.0, 0.0, 0.0), (2.0, 2.0, 2.0), "Cube")
    addon.frame_set(5)
    before = everything()
    bpy.ops.ed.undo_push(message="before")
    assert try_it() == {"FINISHED"}
    after = snapshot()
    assert {
        name: value for name, value in before[0].items() if name.startswith(("objects", "meshes"))
    }.items() <= after.items()
    scene = bpy.context.scene
    character, path = scene.neural_motion.character, bpy.context.object
    assert character.neural_motion.walk.path == path
    assert bpy.context.selected_objects == [path]
    assert scene.frame_current == 5
    first, last = character.animation_data.action.frame_range
    assert first == 5
    assert hips()[0] > 1.0 + 1.2  # its S keeps clear of the cube
    start = hips()
    scene.frame_set(round(last))
    assert np.linalg.norm((hips() - start)[:2]) > 7.0
    scene.frame_set(5)
    bpy.ops.ed.undo()
    assert [each.name for each in bpy.data.objects] == ["Cube"]
    again = everything()
    assert again[0] == before[0]
    assert again[1:3] == before[1:3]
    assert bpy.context.scene.neural_motion.character is None


def test_adjusting_makes_another_person_walk_and_not_a_second_one(addon, model):
    bpy.ops.ed.undo_push(message="before")
    assert try_it() == {"FINISHED"}
    manager = bpy.context.window_manager
    assert manager.operators[-1].seed == 0
    manager.operators[-1].seed = 3
    area = next(a for a in manager.windows[0].screen.areas if a.type == "VIEW_3D")
    region = next(each for each in area.regions if each.type == "WINDOW")
    with bpy.context.temp_override(window=manager.windows[0], area=area, region=region):
        assert bpy.ops.ed.undo_redo("EXEC_DEFAULT", True) == {"FINISHED"}
    assert [each.name for each in bpy.data.objects if each.type == "ARMATURE"] == ["Person 3"]
    assert len(bpy.data.curves) == 1


def test_what_fails_leaves_the_scene_as_it_was(addon, model):
    box = add_box((0.0, 0.0, 0.0), (2.0, 2.0, 2.0))
    addon.neural_motion.character = rig = make_rig()
    addon.frame_set(1_048_500)
    box.select_set(True)
    before = everything()
    with pytest.raises(RuntimeError, match="last frame"):
        try_it()
    assert everything() == before
    assert addon.neural_motion.character == rig


def test_it_says_why_it_cannot(addon):
    add_box((0.0, 0.0, 0.0), (2.0, 2.0, 2.0))
    bpy.ops.object.mode_set(mode="EDIT")
    with pytest.raises(RuntimeError, match="Object Mode"):
        try_it()
    bpy.ops.object.mode_set(mode="OBJECT")
    bpy.context.window_manager.neural_motion.running = True
    with pytest.raises(RuntimeError, match="Esc cancels"):
        try_it()
    bpy.context.window_manager.neural_motion.running = False
    addon.cursor.location.x = float("nan")
    with pytest.raises(RuntimeError, match="3D cursor"):
        try_it()
    assert len(bpy.data.objects) == 1


def test_the_button_is_above_all_panels_until_somebody_is_chosen(addon):
    panel = bpy.types.NEURALMOTION_PT_try_it
    assert panel.poll(bpy.context)
    assert panel.bl_order < getattr(bpy.types.NEURALMOTION_PT_character, "bl_order", 0)
    addon.neural_motion.character = make_rig()
    assert not panel.poll(bpy.context)


@pytest.mark.parametrize("unit_m", [1.0, 0.01])
def test_a_way_is_looked_for_where_nothing_is(addon, unit_m):
    addon.unit_settings.scale_length = unit_m

    def scaled(*metres):
        return tuple(each / unit_m for each in metres)

    def way():
        return np.array(free_way(bpy.context, 1.8, 10.0)) * unit_m

    addon.cursor.location = scaled(0.0, 0.0, 1.0)
    make_ground(size=40.0 / unit_m, cells=2)
    add_box(scaled(0.0, -4.0, 5.0), scaled(1.0, 1.0, 1.0), "Lamp")
    add_box(scaled(0.0, 4.0, 1.0), scaled(1.0, 1.0, 2.0), "Behind")
    assert np.allclose(way(), 0.0)
    add_box(scaled(0.0, -9.0, 1.0), scaled(1.0, 1.0, 2.0), "Ahead")
    assert np.allclose(way(), (3.0, 0.0, 0.0), atol=1e-4)
    make_curve((scaled(3.0, 0.0, 0.0), scaled(3.0, -8.0, 0.0)))
    assert np.allclose(way(), (5.0, 0.0, 0.0), atol=1e-4)
    bpy.data.objects["Ahead"].hide_set(True)
    bpy.context.view_layer.update()
    assert np.allclose(way(), (0.0, 0.0, 0.0), atol=1e-4)


def test_clicks_are_counted_until_somebody_walks(scene, model):
    from backend.walk.bench_scene import BY_HAND, clicks_to_walk

    assert clicks_to_walk(BY_HAND) == 3
    with pytest.raises(RuntimeError, match="nobody walks"):
        clicks_to_walk(BY_HAND[:1])
