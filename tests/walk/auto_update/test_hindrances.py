"""What stands in the way: the walk that is there is kept, and the panel says why."""

from __future__ import annotations

import bpy
import pytest

from blender_addon.blender.keys.fingerprint import fingerprint
from blender_addon.capabilities.walk.auto_update import follower, service
from blender_addon.capabilities.walk.auto_update import take as takes
from blender_addon.capabilities.walk.auto_update.machine import UP_TO_DATE
from tests.shared.blender.builders import make_curve
from tests.shared.blender.snapshot import snapshot

from .watched import Watched, keys, other_ground

pytestmark = pytest.mark.blender


@pytest.fixture
def watched(addon):
    return Watched()


@pytest.fixture
def walking(watched):
    return watched.walking()


def _delete_path(watched):
    bpy.data.objects.remove(watched.walk.path)


def _empty_path(watched):
    watched.walk.path.data.splines.clear()


def _no_length(watched):
    for point in watched.walk.path.data.splines[0].points:
        point.co = (0, 0, 0, 1)


def _not_a_number(watched):
    watched.walk.path.location.x = float("nan")


def _too_fast(watched):
    watched.walk.speed = 9.0


def test_a_path_that_cannot_be_walked_keeps_the_last_walk_and_says_why(walking):
    for number, spoil in enumerate(
        (_delete_path, _empty_path, _no_length, _not_a_number, _too_fast), 1
    ):
        held = fingerprint(walking.take)
        spoil(walking)
        bpy.ops.ed.undo_push(message="spoil")
        walking.rest(0.5)
        assert fingerprint(walking.take) == held
        assert (spoil, walking.state[:7]) == (spoil, "Waits: ")
        assert walking.watch.steps == number - 1
        walking.walk.path = make_curve(((0, 0, 0), (0, -2 - 0.1 * number, 0)), name="Next")
        walking.walk.speed = 1.1
        walking.rest()
        assert (walking.state, walking.watch.steps) == (UP_TO_DATE, number)


def test_a_path_deleted_and_brought_back_is_up_to_date(walking):
    _delete_path(walking)
    bpy.ops.ed.undo_push(message="delete")
    walking.rest(1.0)
    walking.undo()
    walking.rest(1.0)
    assert (walking.state, walking.watch.steps) == (UP_TO_DATE, 0)


def test_a_character_deleted_meanwhile_is_let_go(walking):
    walking.bend()
    walking.rest(0.15)
    bpy.data.objects.remove(walking.rig)
    for _ in range(30):
        walking.now_s += 0.05
        walking.watch.tick(bpy.context, walking.now_s)
    assert walking.watch.steps == 0


def test_another_file_is_let_go(walking, tmp_path):
    walking.bend()
    walking.rest(0.15)
    bpy.ops.wm.read_homefile(use_empty=True, app_template="")
    for _ in range(30):
        walking.now_s += 0.05
        walking.watch.tick(bpy.context, walking.now_s)
    assert walking.watch.steps == 0


def test_two_paths_changed_in_turn_are_both_followed(walking):
    other = make_curve(((0, 0, 0), (2, 0, 0)), name="Other")
    for path in (other, walking.walk.path, other):
        path.location.y += 0.3
        walking.walk.path = path
        walking.rest()
        assert walking.state == UP_TO_DATE
    assert walking.watch.steps == 3


def test_while_something_else_is_generated_it_waits(walking):
    bpy.context.window_manager.neural_motion.running = True
    walking.bend()
    walking.rest(1.0)
    assert walking.watch.steps == 0
    assert walking.state.startswith("Waits: something else")
    bpy.context.window_manager.neural_motion.running = False
    walking.rest()
    assert (walking.state, walking.watch.steps) == (UP_TO_DATE, 1)


def test_in_a_mode_that_is_not_safe_it_waits(walking):
    bpy.context.view_layer.objects.active = walking.rig
    bpy.ops.object.mode_set(mode="EDIT")
    walking.bend()
    walking.rest(1.0)
    assert walking.watch.steps == 0
    assert "leave this mode" in walking.state
    bpy.ops.object.mode_set(mode="OBJECT")
    walking.rest()
    assert walking.watch.steps == 1


def test_a_character_from_another_file_is_left_alone(walking, tmp_path):
    path = tmp_path / "library.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.read_homefile(use_empty=True)
    with bpy.data.libraries.load(str(path), link=True) as (theirs, ours):
        ours.objects = list(theirs.objects)
    for each in bpy.data.objects:
        bpy.context.scene.collection.objects.link(each)
    before = snapshot()
    for _ in range(30):
        walking.now_s += 0.05
        walking.watch.tick(bpy.context, walking.now_s)
    assert snapshot() == before


def test_with_the_trained_model(addon, model):
    watched = Watched(trained=True)
    watched.generate()
    watched.rest()
    before = keys(watched)
    for by in (0.2, -0.1, 0.3):
        watched.bend(by)
        watched.rest()
        assert watched.state == UP_TO_DATE
        assert keys(watched) != before
        before = keys(watched)
    watched.rest(1.0)
    assert "soles within" in watched.walk.last_result


def test_what_nobody_expected_stops_it_until_something_changes(walking, monkeypatch):
    take = walking.take

    def fails(*_given, **_options):
        raise ValueError("unexpected")

    with monkeypatch.context() as broken:
        broken.setattr(follower, "write_walk", fails)
        walking.bend()
        with pytest.raises(ValueError, match="unexpected"):
            walking.rest()
        walking.rest()  # not tried again
    assert walking.take == take and "unexpected" in walking.state
    walking.bend()
    walking.rest()
    assert walking.state == UP_TO_DATE


def test_a_ground_is_known_by_its_vertices_in_edit_mode_as_well(walking):
    other_ground(walking)
    ground = walking.walk.ground
    before = takes.key_now(bpy.context, walking.rig)
    bpy.ops.object.mode_set(mode="EDIT")
    assert takes.key_now(bpy.context, walking.rig) == before
    bpy.ops.object.mode_set(mode="OBJECT")
    ground.data.vertices[0].co.z += 0.1
    assert takes.key_now(bpy.context, walking.rig) != before


def test_where_a_look_takes_long_there_are_fewer_but_none_keeps_a_run_waiting():
    assert service.next_look(0.05, 0.001) == 0.05
    assert service.next_look(0.05, 0.03) == 0.12
    assert service.next_look(0.05, 9.0) == 0.2
    assert service.next_look(0.01, 9.0) == 0.01


def test_an_input_of_geometry_nodes_is_followed_and_an_open_panel_is_not(walking):
    other_ground(walking)
    nodes = bpy.data.node_groups.new("Nodes", "GeometryNodeTree")
    for way in ("INPUT", "OUTPUT"):
        nodes.interface.new_socket("Geometry", in_out=way, socket_type="NodeSocketGeometry")
    name = nodes.interface.new_socket("Height", socket_type="NodeSocketFloat").identifier
    modifier = walking.walk.ground.modifiers.new("Nodes", "NODES")
    modifier.node_group = nodes
    before = takes.key_now(bpy.context, walking.rig)
    modifier.open_output_attributes_panel = not modifier.open_output_attributes_panel
    assert takes.key_now(bpy.context, walking.rig) == before
    if hasattr(modifier, "properties"):
        getattr(modifier.properties.inputs, name).value = 2.0
    else:
        modifier[name] = 2.0
    assert takes.key_now(bpy.context, walking.rig) != before
