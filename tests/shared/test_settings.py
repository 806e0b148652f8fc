"""A setting is declared once: panel and command line say the same of it."""

from __future__ import annotations

import argparse
import math
from importlib import import_module

import pytest

from blender_addon.core.errors import SettingsError
from blender_addon.core.gaze.request import GazeSettings
from blender_addon.core.settings import Seeded, Unit, declared
from blender_addon.core.speech.settings import SpeakerSettings, SpeechOptions
from blender_addon.core.walk.settings import DetailSettings, DrivingSettings, PaceSettings

SOURCES = {
    "walk": (PaceSettings, DetailSettings),
    "gaze": (GazeSettings, Seeded),
    "speech": (SpeakerSettings,),
}
ALL = [(name, each) for name, sources in SOURCES.items() for s in sources for each in declared(s)]
IDS = [f"{name} {each.name}" for name, each in ALL]


@pytest.fixture
def options(addon):
    """The options of every command, by name of the capability."""
    commands = argparse.ArgumentParser().add_subparsers()
    for name in SOURCES:
        import_module(f"blender_addon.capabilities.{name}.cli").add_parser(commands)
    return {name: {a.dest: a for a in commands.choices[name]._actions} for name in SOURCES}


@pytest.mark.blender
@pytest.mark.parametrize(("name", "each"), ALL, ids=IDS)
def test_panel_and_command_line_say_the_same(options, name, each):
    import bpy

    thing = bpy.data.objects.new("Thing", None)
    prop = getattr(thing.neural_motion, name).bl_rna.properties[each.name]
    option = options[name][each.name]
    said = option.help % {"default": option.default}
    assert option.default == each.default
    assert prop.name == each.setting.title
    assert prop.description.removesuffix(". Can be keyed") == each.setting.description
    assert each.setting.description in said
    assert option.option_strings == [each.option]
    if isinstance(each.default, bool):
        assert prop.default is each.default
        assert option.const is not each.default
        return
    assert prop.default == pytest.approx(each.default)
    assert option.type is type(each.default)
    if math.isfinite(each.setting.minimum):
        assert prop.hard_min == pytest.approx(each.setting.minimum)
        assert f"{each.setting.minimum:g}" in said
    if math.isfinite(each.setting.maximum):
        assert prop.hard_max == pytest.approx(each.setting.maximum)
        assert f"{each.setting.maximum:g}" in said


def test_each_belongs_to_one_dataclass_that_makes_its_request():
    from blender_addon.core.gaze.request import GazeRequest
    from blender_addon.core.speech.pipeline import SpeechRequest
    from blender_addon.core.walk.request import WalkRequest

    assert {each.field for each in declared(SpeechRequest)} == {
        each.field for each in declared(SpeechOptions)
    }
    assert {each.field for each in declared(WalkRequest)} < {
        e.field for e in declared(PaceSettings)
    }
    assert [each.field for each in declared(GazeRequest)] == ["seed"]


def test_names_leave_the_unit_out():
    names = {each.field: (each.name, each.option) for each in declared(PaceSettings)}
    assert names["stand_before_s"] == ("stand_before", "--stand-before")
    assert names["speed_m_s"] == ("speed", "--speed")
    units = {each.name: each.setting.unit for each in declared(DrivingSettings)}
    assert units["jog"] is Unit.METRES_PER_SECOND


def test_what_is_out_of_range_is_refused_with_the_range():
    by_name = {each.name: each for each in (*declared(PaceSettings), *declared(GazeSettings))}
    for name, wrong, said in (
        ("speed", -1.0, "speed must be from 0 m/s; found -1"),
        ("seed", -1, "seed must be from 0; found -1"),
        ("blink_rate", math.nan, "blink_rate must be 0 to 4; found nan"),
    ):
        with pytest.raises(SettingsError, match=said):
            by_name[name].check(wrong)
    by_name["blink_rate"].check(4.0)


@pytest.mark.blender
@pytest.mark.parametrize(
    ("name", "required", "option"),
    [
        ("walk", ["--rig", "R", "--path", "P"], ["--seed", "-3"]),
        ("gaze", ["--rig", "R", "--target", "T"], ["--blink-rate", "9"]),
        ("speech", ["--character", "C", "--sound", "s.wav"], ["--smoothing", "2"]),
    ],
)
def test_the_command_refuses_it_before_it_works(addon, name, required, option):
    from blender_addon.cli.common import settings_of

    commands = argparse.ArgumentParser()
    sub = commands.add_subparsers()
    import_module(f"blender_addon.capabilities.{name}.cli").add_parser(sub)
    chosen = commands.parse_args([name, *required, *option])
    with pytest.raises(SettingsError, match="must be"):
        settings_of(chosen, *SOURCES[name])
