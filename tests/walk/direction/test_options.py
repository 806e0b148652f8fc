"""The options of the command line that say how and where to walk, and what they refuse."""

from __future__ import annotations

import argparse
import math

import bpy
import pytest

from blender_addon import cli
from blender_addon.capabilities.walk import cli as walk_cli
from blender_addon.capabilities.walk.direction import presets
from blender_addon.capabilities.walk.direction.given import (
    directions_given,
    going_given,
    path_change,
    speeds_given,
)
from blender_addon.capabilities.walk.direction.going import Going, GoKind
from blender_addon.cli.common import find_object, settings_of
from blender_addon.core.errors import InputError, SettingsError
from blender_addon.core.settings import declared
from blender_addon.core.walk.direction import DirectionChange, StyleChange, StyleChoice
from blender_addon.core.walk.settings import Direction
from tests.shared.blender.builders import make_curve, make_rig

pytestmark = pytest.mark.blender

PATH = ("--path", "Path")


def given(*options):
    parser = argparse.ArgumentParser()
    walk_cli.add_parser(parser.add_subparsers())
    return parser.parse_args(["walk", "--rig", "Rig", *map(str, options)])


def going(*options):
    return going_given(given(*options), bpy.context.scene, find_object)


def directions_of(chosen):
    return directions_given(chosen, settings_of(chosen, Direction))


def test_nothing_given_leaves_the_walk_alone(scene):
    directions = directions_of(given(*PATH))
    assert directions.start == Direction()
    assert directions.style == StyleChoice()
    assert going(*PATH) == Going()


def test_panel_and_command_line_say_the_same(addon):
    parser = argparse.ArgumentParser()
    walk = walk_cli.add_parser(parser.add_subparsers())
    options = {each.dest: each for each in walk._actions}
    group = bpy.data.objects.new("Thing", None).neural_motion.walk.direction
    for each in declared(Direction):
        option, prop = options[each.name], group.bl_rna.properties[each.name]
        assert option.option_strings == [each.option] and option.default == each.default
        assert option.help.startswith(f"{prop.description}; {each.range_text} ")
        assert prop.name == each.setting.title


def test_sliders_and_styles_are_given_in_degrees_and_by_name():
    chosen = given(*PATH, "--lean", -5, "--arm-swing", 0.5, "--facing", 180, "--style", "brisk",
                   "--second-style", "wide", "--style-blend", 0.2)  # fmt: skip
    directions = directions_of(chosen)
    assert directions.start == Direction(lean_deg=-5.0, arm_swing=0.5, facing_deg=180.0)
    assert directions.style == StyleChoice("brisk", "wide", 0.2)


def test_what_is_given_beside_a_preset_counts_more(tmp_path, monkeypatch):
    monkeypatch.setattr(presets, "user_folder", lambda _kind: tmp_path)
    old = directions_of(given(*PATH, "--preset", "old")).start
    assert old.slump > 0
    mixed = directions_of(given(*PATH, "--preset", "old", "--slump", 0, "--facing", 90)).start
    assert (mixed.slump, mixed.facing_deg, mixed.step_length) == (0.0, 90.0, old.step_length)
    with pytest.raises(SettingsError, match="no preset 'odd' of walking; there are: old, proud"):
        directions_of(given(*PATH, "--preset", "odd"))


def test_everything_changes_along_the_path():
    at = ("4:lean=10", "6:style=brisk", "7:style=", "8:facing=-90", "5:speed=2", "9:stop=1.5",
          "2:head-up=5")  # fmt: skip
    chosen = given(*PATH, *(part for each in at for part in ("--at", each)), "--speed-at", "1:1.5")
    directions = directions_of(chosen)
    assert directions.changes == (
        DirectionChange(4.0, "lean_deg", 10.0),
        DirectionChange(8.0, "facing_deg", -90.0),
        DirectionChange(2.0, "head_up_deg", 5.0),
    )
    assert directions.style_changes == (
        StyleChange(6.0, StyleChoice("brisk")),
        StyleChange(7.0, StyleChoice()),
    )
    speeds = speeds_given(chosen)
    assert [(c.at_m, c.speed_m_s) for c in speeds["speed_changes"]] == [(1.0, 1.5), (5.0, 2.0)]
    assert [(s.at_m, s.seconds) for s in speeds["stops"]] == [(9.0, 1.5)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("brisk+wide", StyleChoice("brisk", "wide", 0.5)),
        ("brisk + wide * 0.3", StyleChoice("brisk", "wide", 0.3)),
        ("+wide*1", StyleChoice("", "wide", 1.0)),
    ],
)
def test_a_style_along_the_path_may_be_blended(text, expected):
    directions = directions_of(given(*PATH, "--at", f"6:style={text}"))
    assert directions.style_changes == (StyleChange(6.0, expected),)


@pytest.mark.parametrize("text", ["brisk+", "brisk*0.3", "brisk+wide*", "brisk+wide*2", "a+b*x"])
def test_a_blend_that_is_none_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match="expected M:NAME=VALUE"):
        path_change(f"6:style={text}")


@pytest.mark.parametrize("text", ["", "4", "4:lean", "x:lean=1", "4:lean=x", "4:colour=1", "4=1"])
def test_a_change_that_is_none_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match="expected M:NAME=VALUE"):
        path_change(text)


@pytest.mark.parametrize(
    "options",
    [("--slump", 2), ("--at", "1:slump=2"), ("--style-blend", 0.5), ("--lean", "nan"),
     ("--second-style", "wide", "--style-blend", 2)],
)  # fmt: skip
def test_what_is_out_of_range_is_refused(options):
    with pytest.raises(SettingsError):
        directions_of(given(*PATH, *options))


def test_where_to_go(scene):
    rig = make_rig()
    scene.unit_settings.scale_length = 0.01
    to = going("--target-at=-3:2", "--stop-short", 0.5, "--arrive", 90, "--turn-to", -90)
    assert (to.kind, to.arrive_frame, to.stop_short_m) == (GoKind.TARGET, 90, 0.5)
    assert to.place == pytest.approx((-300, 200, 0))
    assert to.end_heading_rad == pytest.approx(-math.pi / 2)
    assert going("--target", "Rig").target == rig
    stood = going("--stand", 3, "--turn-to-object", "Rig")
    assert (stood.kind, stood.stand_s, stood.end_toward) == (GoKind.STAND, 3.0, rig)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "give one of --path, --target, --target-at and --stand; found none of them"),
        ((*PATH, "--stand", 3), "found --path and --stand"),
        (("--stand", 3, "--arrive", 50), "who stands does not arrive"),
        (("--stand", 3, "--at", "1:lean=3"), "who stands has none"),
        ((*PATH, "--stop-short", 1), "--stop-short goes with --target"),
        (("--target-at", "1:1", "--stop-short", -1), "--stop-short is -1; give 0 or more"),
        ((*PATH, "--turn-to", 9, "--turn-to-object", "X"), "not both"),
        ((*PATH, "--turn-to", "inf"), "no number of degrees"),
        (("--target", "Nobody"), "no object named 'Nobody'"),
    ],
)
def test_what_does_not_fit_together_is_refused(scene, options, said):
    with pytest.raises(InputError, match=said):
        going(*options)


def test_the_command_lets_a_character_stand_and_turn(addon, model, tmp_path, capsys):
    rig = make_rig(root_bone=True)
    make_curve()
    rig.animation_data_create().action = bpy.data.actions.new("Blocking")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "in.blend"))
    out = tmp_path / "out.blend"
    arguments = ("walk", "--rig", "Rig", "--stand", "1.5", "--turn-to", "40", "--out", str(out))
    assert cli.run(list(arguments)) in (0, 3)
    told = capsys.readouterr()
    assert "frames 1 to 37, on the spot" in told.out
    assert "note: the walk plays instead of the action 'Blocking', which is kept" in told.err
    assert out.exists() and "Blocking" in bpy.data.actions
