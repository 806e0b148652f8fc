"""The Quadruped panel: reasons, buttons, marks, herds, one undo step, the command."""

from __future__ import annotations

import argparse

import bpy
import pytest

from blender_addon.capabilities.quadruped import cli
from blender_addon.capabilities.quadruped.cli import path_mark
from blender_addon.capabilities.quadruped.herd.members import herd_choices, herd_of
from blender_addon.capabilities.quadruped.judged import judge_animal
from blender_addon.capabilities.quadruped.marks import marks_of
from blender_addon.capabilities.quadruped.pace import gait_in_words
from blender_addon.capabilities.quadruped.properties import reason_not_to_generate
from blender_addon.capabilities.walk import cli as walk_cli
from blender_addon.capabilities.walk.properties import reason_not_to_walk
from blender_addon.cli.found import Found
from blender_addon.core.errors import InputError
from blender_addon.core.jobs import Progress
from blender_addon.core.quadruped.body import Family, FootKind
from blender_addon.core.quadruped.gaits import Action, Gait
from blender_addon.core.quadruped.request import ActionMark, GaitChange
from tests.quadruped.scene.animals import make_animal
from tests.shared.blender.builders import make_curve, make_rig
from tests.shared.blender.snapshot import snapshot

pytestmark = pytest.mark.blender


@pytest.fixture
def horse(addon) -> bpy.types.Object:
    """Chosen, with a path."""
    armature = make_animal(size=3.0)
    addon.neural_motion.character = armature
    armature.neural_motion.quadruped.path = make_curve(((0, 0, 0), (0, -8, 0)))
    return armature


def generate(**options) -> str:
    try:
        result = bpy.ops.neural_motion.generate_quadruped(**options)
    except RuntimeError as error:
        return str(error)
    return "" if result == {"FINISHED"} else str(result)


def test_each_reason_not_to_generate_is_told(addon):
    context = bpy.context
    assert reason_not_to_generate(context) == "Choose a four-legged character, or add one"
    addon.neural_motion.character = make_rig()
    assert "two-legged" in reason_not_to_generate(context)
    animal = make_animal()
    addon.neural_motion.character = animal
    assert reason_not_to_generate(context) == "Choose a path, or add one"
    animal.neural_motion.quadruped.path = make_curve()
    assert reason_not_to_generate(context) is None
    addon.neural_motion.character = make_animal(more_legs=True)
    assert "six" in reason_not_to_generate(context) or "6" in reason_not_to_generate(context)


def test_the_walk_panel_sends_four_legs_to_their_own(horse):
    assert reason_not_to_walk(bpy.context) == "'Horse' has four legs: use the Quadruped panel"
    horse.neural_motion.walk.path = horse.neural_motion.quadruped.path
    with pytest.raises(RuntimeError, match="use the Quadruped panel"):
        bpy.ops.neural_motion.generate_walk()


def test_the_panel_is_there_for_animals_and_for_nobody_but_not_for_a_person(addon, trotter):
    panel, scene = bpy.types.NEURALMOTION_PT_quadruped, bpy.context.scene
    scene.neural_motion.character = None
    assert panel.poll(bpy.context)
    bpy.ops.neural_motion.add_character()
    assert not panel.poll(bpy.context)
    bpy.ops.neural_motion.add_animal(kind="dog")
    assert panel.poll(bpy.context)
    bones = bpy.data.objects.new("Bones", bpy.data.armatures.new("Bones"))
    scene.collection.objects.link(bones)
    scene.neural_motion.character = bones
    assert panel.poll(bpy.context)  # says why it cannot go


def test_a_mesh_that_the_armature_deforms_will_do_as_character(addon, trotter):
    animal = make_animal()
    mesh = bpy.data.objects.new("Skin", bpy.data.meshes.new("Skin"))
    addon.collection.objects.link(mesh)
    mesh.modifiers.new("Armature", "ARMATURE").object = animal
    addon.neural_motion.character = mesh
    animal.neural_motion.quadruped.path = make_curve()
    assert generate() == ""
    assert animal.animation_data.action is not None


def test_a_chosen_animal_gets_a_speed_that_suits_it(addon):
    speeds = []
    for size in (0.5, 3.0):
        animal = make_animal(size=size)
        addon.neural_motion.character = animal
        speeds.append(animal.neural_motion.quadruped.speed)
    assert speeds == pytest.approx([0.61, 1.5], abs=0.02)
    animal.neural_motion.quadruped.speed = 4.0
    addon.neural_motion.character = None
    addon.neural_motion.character = animal
    assert animal.neural_motion.quadruped.speed == 4.0


def test_the_button_writes_an_action_and_keeps_what_came_of_it(horse, trotter):
    assert generate() == ""
    chosen = horse.neural_motion.quadruped
    assert horse.animation_data.action.name == "Horse Motion"
    assert "frames" in chosen.last_result
    assert "a gallop is granted" in chosen.last_notes
    assert chosen.made_from
    name = horse.animation_data.action.name
    assert generate(speed=3.0, gait="TROT", seed=5) == ""
    assert horse.animation_data.action.name == name
    assert (chosen.speed, chosen.gait, chosen.seed) == (3.0, "TROT", 5)
    assert trotter.asked[0].gait is Gait.TROT


def test_it_is_taken_back_in_one_step(horse, trotter):
    bpy.ops.ed.undo_push(message="before")
    generate()
    bpy.ops.ed.undo_push(message="after")
    bpy.ops.ed.undo()
    assert not bpy.data.actions
    again = bpy.data.objects["Horse"]
    assert again.animation_data is None or again.animation_data.action is None


def test_marks_are_added_one_behind_the_other_and_removed(horse):
    chosen = horse.neural_motion.quadruped
    for kind in ("SPEED", "GAIT", "STOP", "SIT", "JUMP"):
        assert bpy.ops.neural_motion.add_quadruped_mark(kind=kind) == {"FINISHED"}
    chosen.marks[1].gait = "GALLOP_LEFT"
    assert [mark.distance for mark in chosen.marks] == [2.0, 5.0, 8.0, 11.0, 14.0]
    marks = marks_of(chosen.marks, 1.0)
    assert marks.speed_changes[0].speed_m_s == pytest.approx(chosen.speed)
    assert marks.gait_changes == (GaitChange(5.0, Gait.GALLOP_LEFT),)
    assert [each.action for each in marks.actions] == [Action.SIT, Action.JUMP]
    assert (marks.stops[0].at_m, marks.stops[0].seconds) == (8.0, 4.0)
    assert bpy.ops.neural_motion.remove_quadruped_mark() == {"FINISHED"}
    assert len(chosen.marks) == 4


def test_an_error_is_told_and_nothing_is_changed(horse, trotter):
    horse.neural_motion.quadruped.marks.add().distance = 90.0
    before = snapshot()
    assert "does not lie on the path" in generate()
    assert snapshot() == before


def test_a_herd_goes_side_by_side_with_seeds_of_their_own(horse, trotter):
    others = [make_animal(name=name, size=2.0) for name in ("Dog", "Fox")]
    person = make_rig(name="Rider")
    for each in (horse, *others, person):
        each.select_set(True)
    herd = herd_of(bpy.context)
    assert [each.name for each in herd] == ["Horse", "Dog", "Fox"]
    horse.neural_motion.quadruped.speed = 2.0
    choices = herd_choices(bpy.context, herd)
    assert {each.curve.name for each in choices} == {"Path"}
    assert {each.speed_m_s for each in choices} == {2.0}
    assert len({each.seed for each in choices}) == 3
    assert choices[0].aside_m == 0.0
    assert choices[1].aside_m == -choices[2].aside_m > 0
    assert bpy.ops.neural_motion.generate_herd() == {"FINISHED"}
    assert len(trotter.asked) == 3
    for each in herd:
        assert each.animation_data.action.name == f"{each.name} Motion"
        assert "frames" in each.neural_motion.quadruped.last_result
    assert person.animation_data is None


def test_a_herd_of_one_says_what_to_select(horse):
    with pytest.raises(RuntimeError, match="Select several four-legged characters"):
        bpy.ops.neural_motion.generate_herd()


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("4:trot", GaitChange(4.0, Gait.TROT)),
        ("4:by_speed", GaitChange(4.0, None)),
        ("4:gallop-left", GaitChange(4.0, Gait.GALLOP_LEFT)),
        ("12.5:sit=5", ActionMark(12.5, Action.SIT, 5.0)),
        ("20:jump", ActionMark(20.0, Action.JUMP, 4.0)),
    ],
)
def test_marks_of_the_command_line(text, mark):
    assert path_mark(text) == mark


@pytest.mark.parametrize("text", ["4", "4:dance", "x:trot", "4:speed", "4:sit=x", ":", "nan:trot"])
def test_a_mark_that_is_none_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match="expected M:WHAT"):
        path_mark(text)


def test_the_gait_of_a_speed_is_told_in_words():
    walk = gait_in_words(1.5, 1.5, Family.HOOFED, None)
    assert walk.startswith("It walks at this speed")
    assert gait_in_words(9.0, 1.5, Family.HOOFED, None).startswith("It gallops")
    assert "as you say" in gait_in_words(0.2, 0.08, Family.HOOFED, Gait.GALLOP_LEFT)


def test_what_is_set_by_hand_about_the_rig_counts(horse, trotter):
    chosen = horse.neural_motion.quadruped
    chosen.foot = "SOLE"
    assert bpy.ops.neural_motion.add_quadruped_joint() == {"FINISHED"}
    chosen.joints[0].joint, chosen.joints[0].bone = "spine_1", "spine"
    assert judge_animal(horse).found.bones["spine_1"] == "spine"
    assert generate() == ""
    assert trotter.asked[0].body.foot is FootKind.SOLE
    chosen.joints[0].bone = "gone"
    assert "which does not exist" in generate()
    assert bpy.ops.neural_motion.remove_quadruped_joint() == {"FINISHED"}
    assert reason_not_to_generate(bpy.context) is None


def test_the_command_says_what_it_did_and_goes_on_in_a_herd(horse, trotter):
    make_animal(name="Dog")
    parser = argparse.ArgumentParser()
    cli.add_parser(parser.add_subparsers())
    words = "quadruped --rig Horse --rig Dog --path Path --gait trot --mark 2:stop=1 --mark 4:jump"
    chosen = parser.parse_args([*words.split(), "--speed", "2.0", "--no-ears"])
    report = cli.generate(chosen, Progress())
    assert len(trotter.asked) == 2
    assert {each.gait for each in trotter.asked} == {Gait.TROT}
    assert trotter.asked[1].path.points[0, 0] == pytest.approx(2.1, abs=0.1)
    assert [each.action for each in trotter.asked[1].marks] == [Action.JUMP]
    assert {"Horse Motion", "Dog Motion"} <= set(report.written)
    assert report.residual["bone_error_max_cm"] < 1.0
    assert report.frames is not None
    with pytest.raises(InputError, match=r"there is no object named 'Hors'\. Did you mean 'Horse'"):
        cli.generate(parser.parse_args("quadruped --rig Hors --path Path".split()), Progress())
    with pytest.raises(InputError, match=r"--path is missing\. Curves in this file: 'Path'"):
        cli.generate(parser.parse_args("quadruped --rig Horse".split()), Progress())


def test_a_folder_of_shots_is_given_the_animal_s_step(horse):
    found = Found(horse, None, bpy.data.objects["Path"])
    assert cli.suggest(found) == {"path": "Path"}
    assert walk_cli.suggest(found) is None
    assert cli.suggest(Found(make_rig(), None, bpy.data.objects["Path"])) is None
