"""The button, the crowd and the command line add people, and nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from blender_addon import cli  # noqa: E402
from blender_addon.core.errors import SettingsError  # noqa: E402
from blender_addon.demo_character.builder import SEED  # noqa: E402
from blender_addon.demo_character.crowd import add_crowd  # noqa: E402
from blender_addon.demo_character.place import free_place, free_seed  # noqa: E402
from blender_addon.demo_character.removal import remember_selection, remove_people  # noqa: E402
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


def test_height_follows_age_until_it_is_chosen(addon):
    shown = {"seed": 4, "choose": True, "drawn": True, "age": 11.0, "height": 1.9}
    add(**shown, usual_height=1.9)
    add(**shown, usual_height=1.7)
    child, tall = people()
    assert height_of(child) < 1.6 and height_of(tall) == pytest.approx(1.9, abs=0.12)


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


def linked_collection(folder):
    """A collection of another file, as the active one of this file."""
    there = bpy.data.collections.new("Set")
    bpy.data.libraries.write(str(folder / "set.blend"), {there})
    bpy.data.collections.remove(there)
    with bpy.data.libraries.load(str(folder / "set.blend"), link=True) as (_, into):
        into.collections = ["Set"]
    bpy.context.scene.collection.children.link(into.collections[0])
    layer = bpy.context.view_layer
    layer.active_layer_collection = layer.layer_collection.children["Set"]
    return into.collections[0]


def test_nobody_is_put_into_a_collection_of_another_file(addon, tmp_path):
    linked = linked_collection(tmp_path)
    assert add() == {"FINISHED"}
    assert people() and not list(linked.all_objects)
    assert people()[0].users_collection == (bpy.context.scene.collection,)


@pytest.mark.parametrize("value", ["hello", [1, 2], {"a": 1}, 0.5])
def test_a_property_of_the_same_name_makes_nobody_of_ours(addon, value):
    other = bpy.data.armatures.new("Other")
    other[SEED] = value
    addon.collection.objects.link(bpy.data.objects.new("Other", other))
    assert free_seed(addon) == 0 and tuple(free_place(bpy.context)) == (0.0, 0.0, 0.0)


def test_far_from_the_origin_somebody_still_gets_a_place(addon):
    bpy.context.scene.cursor.location.x = 1e9  # a step to the side is lost in rounding
    assert press() == press() == {"FINISHED"}


def test_a_cursor_that_is_nowhere_is_told(addon):
    bpy.context.scene.cursor.location.x = float("nan")
    with pytest.raises(RuntimeError, match="3D cursor"):
        add()
    assert not people()


def test_a_second_crowd_is_of_others_beside_the_first(addon):
    for _ in range(2):
        bpy.ops.neural_motion.add_people(count=2)
    assert sorted(each.data[SEED] for each in people()) == [0, 1, 2, 3]
    places = np.array([each.location for each in people()])
    apart = [np.linalg.norm(places[a] - places[b]) for a in range(4) for b in range(a)]
    assert min(apart) > 0.6


def test_a_crowd_beyond_the_last_seed_is_refused_before_anybody_comes(addon, tmp_path, capsys):
    with pytest.raises(RuntimeError, match="2147483647"):
        bpy.ops.neural_motion.add_people(count=2, seed=2**31 - 1)
    out = tmp_path / "people.blend"
    assert cli.run(["character", "--seed", str(2**31), "--out", str(out)]) == 1
    assert "2147483647" in capsys.readouterr().err
    assert not people() and not out.exists()


def test_what_was_selected_is_selected_again(addon):
    mine = bpy.data.objects.new("Mine", None)
    addon.collection.objects.link(mine)
    mine.select_set(True)
    bpy.context.view_layer.objects.active = mine
    select_again = remember_selection(bpy.context)
    remove_people(list(add_crowd(bpy.context, 0, CrowdSettings(count=1))))
    select_again()
    assert bpy.context.selected_objects == [mine] == [bpy.context.view_layer.objects.active]


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
