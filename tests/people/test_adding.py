"""The button, the crowd and the command line add people, and nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from blender_addon import cli  # noqa: E402
from blender_addon.core.errors import SettingsError  # noqa: E402
from blender_addon.demo_character.builder import SEED  # noqa: E402
from blender_addon.demo_character.crowd import add_crowd  # noqa: E402
from blender_addon.demo_character.removal import remove_people  # noqa: E402
from blender_addon.demo_character.traits import CrowdSettings  # noqa: E402

pytestmark = pytest.mark.blender


def add(**options):
    return bpy.ops.neural_motion.add_character(**options)


def press():
    return bpy.ops.neural_motion.add_character("INVOKE_DEFAULT")


def people():
    return [each for each in bpy.data.objects if each.type == "ARMATURE"]


def height_of(character):
    bpy.context.view_layer.update()
    tops = [
        (character.matrix_world @ bone.bone.tail_local).z for bone in character.pose.bones
        if bone.name == "spine.006"
    ]  # fmt: skip
    return max(tops)


def test_each_press_adds_somebody_else_in_a_place_of_their_own(addon):
    bpy.context.scene.cursor.location = (2.0, 1.0, 0.5)
    for _ in range(3):
        assert press() == {"FINISHED"}
    assert sorted(each.data[SEED] for each in people()) == [0, 1, 2]
    places = np.array([each.location for each in people()])
    assert min(np.linalg.norm(places[a] - places[b]) for a in range(3) for b in range(a)) > 0.9
    assert np.allclose(places[:, 1:], (1.0, 0.5)) and np.isclose(places[:, 0].min(), 2.0)
    assert addon.neural_motion.character.data[SEED] == 0


def test_what_is_chosen_holds_and_the_rest_follows_the_seed(addon):
    assert add(seed=4, sex=1.0, height=2.0, hair="none", shirt_colour=(1.0, 0.0, 0.0)) == {
        "FINISHED"
    }
    (tall,) = people()
    assert height_of(tall) == pytest.approx(2.0, abs=0.12)
    assert not any(each.name.endswith("Hair") for each in tall.children)
    shirt = next(each for each in tall.children if each.name.endswith("Shirt"))
    colours = [slot.material.diffuse_color[:3] for slot in shirt.material_slots]
    assert any(np.allclose(colour, (1.0, 0.0, 0.0), atol=0.02) for colour in colours)


@pytest.mark.parametrize(("unit_m"), [1.0, 0.01, 0.001])
def test_people_are_people_in_any_unit(addon, unit_m):
    bpy.context.scene.unit_settings.scale_length = unit_m
    press(), press()
    first, second = people()
    assert height_of(first) * unit_m == pytest.approx(1.7, abs=0.3)
    assert (second.location - first.location).length * unit_m == pytest.approx(1.0, abs=0.01)


def test_nobody_is_added_while_editing(addon):
    add()
    bpy.ops.object.mode_set(mode="EDIT")
    with pytest.raises(RuntimeError, match="Object Mode"):
        add()
    assert len(people()) == 1
    bpy.ops.object.mode_set(mode="OBJECT")


def test_shares_of_no_ancestry_are_refused_and_nothing_is_added(addon):
    with pytest.raises(RuntimeError, match="three shares"):
        add(african=0.0, asian=0.0, caucasian=0.0)
    assert not people()


def test_a_crowd_is_of_different_people_who_stand_apart(addon):
    assert bpy.ops.neural_motion.add_people(count=5, seed=20, spacing=1.5) == {"FINISHED"}
    crowd = people()
    assert sorted(each.data[SEED] for each in crowd) == [20, 21, 22, 23, 24]
    places = np.array([each.location for each in crowd])
    apart = [np.linalg.norm(places[a] - places[b]) for a in range(5) for b in range(a)]
    assert min(apart) > 0.6
    assert len({tuple(np.round(each.data.bones["thigh.L"].head_local, 5)) for each in crowd}) == 5


def test_few_bodies_serve_many_people(scene):
    crowd = list(add_crowd(bpy.context, 3, CrowdSettings(count=4, bodies=1)))
    heads = {
        tuple(np.round(bone.head_local, 5))
        for each in crowd
        for bone in [each.data.bones["spine.006"]]
    }
    assert len({round(head[1], 4) for head in heads}) == 1
    colours = {
        tuple(np.round(slot.material.diffuse_color, 3))
        for each in crowd for child in each.children if child.name.endswith("Shirt")
        for slot in child.material_slots
    }  # fmt: skip
    assert len(colours) > 1
    assert sorted(each.data[SEED] for each in crowd) == [3, 4, 5, 6]


@pytest.mark.parametrize("count", [0, -3, 501])
def test_a_crowd_of_nobody_or_too_many_is_refused(scene, count):
    with pytest.raises(SettingsError, match="1 to 500"):
        next(add_crowd(bpy.context, 0, CrowdSettings(count=count)))


def test_cancelling_takes_out_all_that_came(scene):
    other = bpy.data.materials.new("Mine")
    before = {kind: len(getattr(bpy.data, kind)) for kind in ("objects", "meshes", "armatures")}
    steps = add_crowd(bpy.context, 0, CrowdSettings(count=3))
    remove_people([next(steps), next(steps)])
    after = {kind: len(getattr(bpy.data, kind)) for kind in before}
    assert after == before and list(bpy.data.materials) == [other]


def test_the_command_line_adds_people_and_saves(addon, tmp_path, capsys):
    out = tmp_path / "people.blend"
    assert cli.run(["character", "--count", "2", "--seed", "5", "--sex", "0", "--bone-names",
                    "mixamo", "--hair", "bun", "--out", str(out)]) == 0  # fmt: skip
    assert "added 'Person 5', 'Person 6'" in capsys.readouterr().out
    bpy.ops.wm.open_mainfile(filepath=str(out))
    assert all("mixamorig:Hips" in each.data.bones for each in people())
    assert bpy.context.scene.neural_motion.character.data[SEED] == 5


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--seed", "-1"], "seed must be from 0; found -1"),
        (["--count", "0"], "count must be 1 to 500; found 0"),
        (["--spacing", "0"], "spacing must be 0.6 to 20"),
        (["--age", "5"], "age must be 11 to 80"),
        (["--weight", "nan"], "weight must be -1 to 1"),
        (["--african", "0", "--asian", "0", "--caucasian", "0"], "three shares"),
    ],
)
def test_the_command_line_refuses_what_nobody_can_be(addon, tmp_path, capsys, options, said):
    out = tmp_path / "people.blend"
    assert cli.run(["character", *options, "--out", str(out)]) == 1
    assert said in capsys.readouterr().err and not out.exists()


def test_the_command_line_refuses_a_colour_that_is_none(addon, tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.run(["character", "--shirt-colour", "red", "--out", str(tmp_path / "a.blend")])
    assert ended.value.code == 2 and "expected R,G,B" in capsys.readouterr().err
