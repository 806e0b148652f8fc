"""The extension in Blender: switched on and off, its buttons, its command line."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

import bpy
import numpy as np
import pytest

from backend.processes import run_limited
from blender_addon.core.capabilities import CAPABILITIES
from tests.shared.blender.builders import bone_heads, make_curve, make_ground, make_rig
from tests.shared.blender.snapshot import snapshot

pytestmark = pytest.mark.blender

ROOT = Path(__file__).resolve().parents[3]
CURVE = ((0, 0, 0), (0, -3, 0), (3, -4, 0))


def press(name="generate_walk"):
    return getattr(bpy.ops.neural_motion, name)()


def walk_of(scene):
    """What is set for the chosen character's walk."""
    return scene.neural_motion.character.neural_motion.walk


@pytest.fixture
def ready(addon):
    """A character and a path, chosen."""
    addon.neural_motion.character = make_rig(root_bone=True)
    walk_of(addon).path = make_curve(CURVE)
    return addon


@pytest.mark.smoke
def test_switching_on_and_off_ten_times_leaves_nothing(scene):
    import blender_addon

    names = ("NEURALMOTION_PT_walk", "NEURALMOTION_UL_path_marks", "NEURAL_MOTION_OT_generate_walk")

    def state():
        known = [name for name in names if hasattr(bpy.types, name)]
        owners = (bpy.types.Object, bpy.types.Scene, bpy.types.WindowManager)
        return known, [hasattr(o, "neural_motion") for o in owners], threading.active_count()

    before = state()
    for _ in range(10):
        blender_addon.register()
        assert state()[:2] == (list(names), [True] * 3)
        assert make_rig().neural_motion.walk.speed == pytest.approx(1.3)
        blender_addon.unregister()
    assert state() == before == ([], [False] * 3, before[2])


@pytest.mark.smoke
def test_switching_on_loads_nothing_that_only_a_button_needs():
    program = (
        "import os, sys, bpy, blender_addon; blender_addon.register();"
        "sys.stderr.write('\\n' + ' '.join(sys.modules)); sys.stderr.flush(); os._exit(0)"
    )
    done = run_limited([sys.executable, "-c", program], 300, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    loaded = done.stderr.splitlines()[-1].split()
    assert "blender_addon.capabilities.walk.panel" in loaded
    heavy = ("core.inference.session", "demo_character.human", "core.retarget.clip")
    pipelines = [f"core.{each.name}.pipeline" for each in CAPABILITIES]
    assert not {"onnxruntime", *(f"blender_addon.{n}" for n in (*heavy, *pipelines))} & {*loaded}


@pytest.mark.smoke
def test_every_class_of_ours_is_explained(addon):
    for name in ("generate_walk", "add_path", "add_character", "add_path_mark"):
        assert len(getattr(bpy.ops.neural_motion, name).get_rna_type().description) > 20
    from blender_addon.capabilities.walk.properties import (
        NEURALMOTION_PG_path_mark,
        NEURALMOTION_PG_walk,
    )

    for group in (NEURALMOTION_PG_walk, NEURALMOTION_PG_path_mark):
        for prop in group.bl_rna.properties:
            if prop.identifier not in ("rna_type", "name", "marks", "active_mark", "kind"):
                assert prop.name
                assert prop.description or prop.type == "ENUM", prop.identifier


@pytest.mark.smoke
def test_panels_that_come_and_go_stand_below_those_that_stay(addon):
    """Blender leaves the header of one that comes in between blank until the layout changes."""
    from blender_addon.capabilities import classes

    panels = [each for each in classes() if issubclass(each, bpy.types.Panel)]
    parents = {c.bl_parent_id for c in panels if hasattr(c, "bl_parent_id")}
    assert "NEURALMOTION_PT_walk" in parents
    for parent in parents:
        below = [c for c in panels if getattr(c, "bl_parent_id", "") == parent]
        below.sort(key=lambda c: getattr(c, "bl_order", 0))
        come_and_go = [hasattr(c, "poll") for c in below]
        assert come_and_go == sorted(come_and_go), (parent, [c.__name__ for c in below])


@pytest.mark.smoke
def test_greyed_out_buttons_say_why(addon):
    chosen = addon.neural_motion
    for prepare, said in (
        (lambda: None, "Choose a character"),
        (lambda: setattr(chosen, "character", make_rig()), "Choose a curve"),
    ):
        prepare()
        with pytest.raises(RuntimeError, match=said):
            press()
    walk_of(addon).path = make_curve(CURVE)
    assert bpy.ops.neural_motion.generate_walk.poll()
    bpy.context.view_layer.objects.active = chosen.character
    bpy.ops.object.mode_set(mode="EDIT")
    with pytest.raises(RuntimeError, match="Leave Edit Mode of 'Rig'"):
        press()
    with pytest.raises(RuntimeError, match="Object Mode"):
        press("add_path")
    bpy.ops.object.mode_set(mode="OBJECT")


def shear(scene):
    scene.neural_motion.character.scale = (1, 1, 2)


def flatten(scene):
    for point in walk_of(scene).path.data.splines[0].points:
        point.co = (1, 1, 0, 1)


def cut_leg(scene):
    rig = scene.neural_motion.character
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    rig.data.edit_bones.remove(rig.data.edit_bones["LeftLeg"])
    bpy.ops.object.mode_set(mode="OBJECT")


def dig(scene):
    walk_of(scene).ground = make_ground(size=2)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda scene: setattr(walk_of(scene), "speed", 0.0), "above 0"),
        (lambda scene: setattr(walk_of(scene), "speed", 100.0), "100 m/s"),
        (lambda scene: setattr(walk_of(scene), "speed", 6.0), "Lower the speed"),
        (shear, "Apply it with Object"),
        (lambda scene: setattr(scene.neural_motion.character, "scale", (-1, -1, -1)), "Apply it"),
        (flatten, "no length"),
        (cut_leg, "lacks bones for: Left Shin"),
        (dig, "no ground under the path"),
    ],
    ids=["speed 0", "speed 100", "too fast", "uneven", "negative", "no length", "no leg", "hole"],
)
def test_what_cannot_be_walked_is_said_and_changes_nothing(ready, model, spoil, said):
    spoil(ready)
    before = snapshot()
    with pytest.raises(RuntimeError, match=said):
        press()
    assert snapshot() == before


@pytest.mark.smoke
def test_a_walk_with_the_trained_model(ready, model):
    ready.frame_set(11)
    assert press() == {"FINISHED"}
    chosen, rig = walk_of(ready), ready.neural_motion.character
    assert "frames" in chosen.last_result
    assert "Execution provider" in chosen.last_provider
    action = rig.animation_data.action
    first, last = (round(frame) for frame in action.frame_range)
    assert first == 11
    assert ready.frame_current == 11
    ready.frame_set(last)
    assert np.allclose(bone_heads(rig, ["Hips"])[0][:2], (3, -4), atol=0.5)
    ready.frame_set((first + last) // 2)
    hips, left, right = bone_heads(rig, ["Hips", "LeftToe", "RightToe"])
    assert 0.7 < hips[2] < 1.05
    assert min(left[2], right[2]) < 0.1


@pytest.mark.smoke
def test_undo_after_generating_twice_goes_back_step_by_step(ready, model):
    rig_name = ready.neural_motion.character.name
    manager = bpy.context.window_manager
    window = manager.windows[0]

    def state():
        rig = bpy.data.objects[rig_name]
        data = rig.animation_data
        return (
            data.action.name if data and data.action else None,
            len(bpy.data.actions),
            bpy.context.scene.frame_end,
            walk_of(bpy.context.scene).last_result,
        )

    with bpy.context.temp_override(window=window, screen=window.screen):
        states = [state()]
        bpy.ops.ed.undo_push(message="ready")
        for speed in (1.3, 0.8):
            walk_of(bpy.context.scene).speed = speed
            assert press() == {"FINISHED"}
            bpy.ops.ed.undo_push(message="walk")
            states.append(state())
        assert len(set(states)) == 3
        bpy.ops.ed.undo()
        assert state() == states[1]
        bpy.ops.ed.undo()
        assert state() == states[0]
        bpy.ops.ed.redo()
        assert state() == states[1]


@pytest.mark.smoke
def test_add_path_and_marks(addon):
    with pytest.raises(RuntimeError, match="Choose a character"):
        press("add_path")
    addon.neural_motion.character = make_rig()
    addon.cursor.location = (2, 0, 0)
    assert press("add_path") == {"FINISHED"}
    assert tuple(walk_of(addon).path.location) == (2, 0, 0)
    with pytest.raises(RuntimeError, match="nothing to remove"):
        press("remove_path_mark")
    press("add_path_mark")
    press("add_path_mark")
    assert len(walk_of(addon).marks) == 2
    press("remove_path_mark")
    press("remove_path_mark")
    assert len(walk_of(addon).marks) == 0


def test_marks_and_units_become_metres(ready):
    from blender_addon.blender.ground.path import SpeedChange
    from blender_addon.capabilities.walk.properties import walk_settings
    from blender_addon.core.ground.path import Stop

    ready.unit_settings.scale_length = 0.5
    chosen = walk_of(ready)
    chosen.speed = 2.0
    stop, change = chosen.marks.add(), chosen.marks.add()
    stop.kind, stop.distance, stop.seconds = "STOP", 3.0, 1.5
    change.kind, change.distance, change.speed = "SPEED", 4.0, 5.0
    settings = walk_settings(bpy.context)
    assert settings.speed_m_s == pytest.approx(1.0)
    assert settings.stops == (Stop(1.5, 1.5),)
    assert settings.speed_changes == (SpeedChange(2.0, 2.5),)


@pytest.mark.smoke
def test_the_demo_character_is_chosen_and_walks(addon, model):
    assert press("add_character") == {"FINISHED"}
    character = addon.neural_motion.character
    assert character.type == "ARMATURE"
    assert press("add_character") == {"FINISHED"}
    assert addon.neural_motion.character == character
    press("add_path")
    bpy.context.view_layer.update()
    assert press() == {"FINISHED"}


def test_providers_are_read_from_a_list():
    from blender_addon.core.inference.choice import parse_providers

    full = ("CUDAExecutionProvider", "CPUExecutionProvider")
    assert parse_providers("CUDA, CPU") == full
    assert parse_providers(" CUDAExecutionProvider,CPU,") == full


def run_cli(*arguments):
    from blender_addon import cli

    return cli.run(["walk", *map(str, arguments)])


@pytest.fixture
def saved(ready, tmp_path):
    path = tmp_path / "in.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    return path


@pytest.mark.smoke
def test_the_command_walks_and_saves(saved, model, tmp_path, capsys):
    out = tmp_path / "out.blend"
    original = saved.read_bytes()
    arguments = ("--rig", "Rig", "--path", "Path", "--stop-at", "2:1", "--provider", "CPU")
    assert run_cli(*arguments, "--frame", 5, "--out", out) == 0
    assert "Rig Walk" in capsys.readouterr().out
    assert saved.read_bytes() == original
    bpy.ops.wm.open_mainfile(filepath=str(out))
    action = bpy.data.objects["Rig"].animation_data.action
    assert action.frame_range[0] == 5


@pytest.mark.smoke
def test_a_warning_ends_with_a_code_of_its_own_and_is_saved(saved, model, tmp_path, capsys):
    bpy.data.objects["Rig"].data.pose_position = "REST"
    bpy.ops.wm.save_mainfile()
    out = tmp_path / "out.blend"
    assert run_cli("--rig", "Rig", "--path", "Path", "--out", out) == 3
    shown = capsys.readouterr()
    assert "neural_motion: warning: 'Rig' shows its Rest Position" in shown.err
    assert "saved as" in shown.out and out.exists()


def test_what_was_not_measured_is_no_success_in_json_as_well(saved, model, tmp_path, capsys):
    arguments = ("--rig", "Rig", "--path", "Path", "--log", "json", "--out", tmp_path / "out.blend")
    assert run_cli(*arguments) == 0
    (line,) = capsys.readouterr().out.splitlines()[-1:]
    told = json.loads(line)
    assert told["state"] == "done" and told["written"] == ["Rig Walk"] and told["provider"] == "CPU"
    assert told["frames"][0] == 1 and told["residual"]["residual_cm"] < 1.0
    bpy.data.objects["Rig"].hide_viewport = True
    bpy.ops.wm.save_mainfile()
    assert run_cli(*arguments, "--overwrite") == 3
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["state"] == "warned" and not told["residual"]
    assert "can be neither seen nor measured" in told["warnings"][0]
    assert run_cli(*arguments) == 1
    assert "add --overwrite" in json.loads(capsys.readouterr().out.splitlines()[-1])["error"]


@pytest.mark.smoke
def test_what_moves_the_bones_otherwise_is_named_and_no_success(saved, model, tmp_path, capsys):
    limit = bpy.data.objects["Rig"].pose.bones["Spine"].constraints.new("LIMIT_ROTATION")
    limit.use_limit_x, limit.min_x, limit.max_x, limit.name = True, 1.0, 1.0, "Stiff"
    bpy.ops.wm.save_mainfile()
    arguments = ("--rig", "Rig", "--path", "Path", "--out", tmp_path / "out.blend")
    assert run_cli(*arguments) == 3
    shown = capsys.readouterr().err
    assert "neural_motion: note: the constraint 'Stiff' (Limit Rotation)" in shown
    assert "neural_motion: warning: the bones are up to" in shown
    limit = bpy.data.objects["Rig"].pose.bones["Spine"].constraints["Stiff"]
    limit.use_limit_x = False
    assert run_cli(*arguments, "--overwrite") == 0
    assert "neural_motion: warning" not in capsys.readouterr().err


@pytest.mark.smoke
def test_a_warning_stands_in_the_panel_until_the_next_result(ready, model):
    rig = ready.neural_motion.character
    rig.data.pose_position = "REST"
    press()
    assert "Rest Position" in walk_of(ready).last_warnings
    rig.data.pose_position = "POSE"
    press()
    assert not walk_of(ready).last_warnings


def test_the_command_never_overwrites_unasked(saved, model, tmp_path, capsys):
    original = saved.read_bytes()
    arguments = ("--rig", "Rig", "--path", "Path")
    assert run_cli(*arguments) == 1
    assert "add --overwrite" in capsys.readouterr().err
    assert run_cli(*arguments, "--out", saved) == 1
    assert saved.read_bytes() == original
    assert run_cli(*arguments, "--overwrite") == 0
    assert saved.read_bytes() != original


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--rig", "Nobody", "--path", "Path"), "no object named 'Nobody'.*'Rig'"),
        (("--rig", "Path", "--path", "Path"), "not an armature"),
        (("--rig", "Rig", "--path", "Path", "--speed", "-1"), "speed must be from 0 m/s"),
        (("--rig", "Rig", "--path", "Path", "--terrain", "Moon"), "named 'Moon'"),
        (("--rig", "Rig", "--path", "Path", "--blend", "none.blend"), "does not exist"),
        (("--rig", "Rig", "--path", "Path", "--provider", "Abacus"), "Abacus"),
        (("--rig", "Rig"), "--path"),
    ],
)
def test_the_command_says_what_is_wrong(saved, model, tmp_path, capsys, arguments, said):
    import re

    out = tmp_path / "out.blend"
    assert run_cli(*arguments, "--out", out) == 1
    assert re.search(said, capsys.readouterr().err)
    assert not out.exists()


@pytest.mark.smoke
@pytest.mark.parametrize("arguments", [(), ("--path", "P"), ("--stop-at", "x", "--rig", "R")])
def test_a_wrong_command_line_ends_with_usage(saved, capsys, arguments):
    with pytest.raises(SystemExit) as ended:
        run_cli(*arguments)
    assert ended.value.code == 2
    assert "usage" in capsys.readouterr().err
