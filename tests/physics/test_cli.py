"""``--command neural_motion physics``: its options, and what it says."""

from __future__ import annotations

import argparse

import bpy
import pytest

from blender_addon.capabilities.physics import cli
from blender_addon.capabilities.physics.job import PhysicsJob
from blender_addon.core.errors import InputError, SettingsError
from blender_addon.core.jobs import Progress
from tests.physics.actors import animated
from tests.physics.stand_in import Shifter

pytestmark = pytest.mark.blender


def parsed(*words):
    commands = argparse.ArgumentParser().add_subparsers()
    return cli.add_parser(commands).parse_args(["--rig", "Rig", *words])


@pytest.fixture
def pipeline(addon, monkeypatch):
    found = Shifter(left_m=0.1, fell_s=0.5)
    run = PhysicsJob.run
    monkeypatch.setattr(PhysicsJob, "run", lambda job, told=None: run(job, told, pipeline=found))
    animated()
    return found


def test_every_setting_is_an_option(pipeline):
    box = bpy.data.objects.new("Box", bpy.data.meshes.new("Box"))
    box.data.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)], [], [])
    things = bpy.data.collections.new("Things")
    bpy.context.scene.collection.children.link(things)
    things.objects.link(box)
    words = (
        "--mode fall --muscles 0.6 --help-percent 40 --mass-kg 90 --fade 0.5 --get-back 1 "
        "--seed 3 --fall-at 16 --range 2:25 --push 10:head:1,0,-2 --push 12:chest:0,40,0 "
        "--obstacles Things"
    )
    report = cli.generate(parsed(*words.split()), Progress())
    request = pipeline.asked[-1]
    settings = request.settings
    assert (settings.mode.value, settings.muscles, settings.help_percent) == ("FALL", 0.6, 40.0)
    assert (settings.mass_kg, settings.fade_s, settings.get_back_s) == (90.0, 0.5, 1.0)
    assert settings.seed == 3
    assert request.limp_from_s == pytest.approx(14 / 30)
    assert [each.body for each in request.pushes] == ["head", "chest"]
    assert request.pushes[0].impulse_n_s.tolist() == [1.0, -2.0, 0.0]
    assert [each.name for each in request.world.obstacles] == ["Box"]
    assert report.written == ("Rig Physics",)
    assert report.frames == (2, 25)
    assert "fell at frame 17 after 0.5 s, honest" in report.text
    assert report.residual["fell_s"] == 0.5


@pytest.mark.parametrize(
    "text",
    ["", "10", "10:chest", "10:chest:1,2", "10:tail:1,2,3", "x:chest:1,2,3", "10:chest:0,0,0",
     "10:chest:nan,0,0", "10:chest:1,2,3,4", "10:chest:1,2,3:4"],
)  # fmt: skip
def test_a_push_that_is_none_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match=r"FRAME:BODY|no size"):
        cli.push(text)


UNFIT = (
    ("--muscles 9", SettingsError, "muscles must be 0.3 to 2"),
    ("--mass-kg 0", SettingsError, "mass_kg must be"),
    ("--obstacle Wall", InputError, "no object named 'Wall'"),
    ("--obstacles Walls", InputError, "no collection named 'Walls'"),
    ("--ground-mesh Rig", InputError, "not a mesh"),
    ("--keys reduced --max-error-deg -1", SettingsError, "max-error-deg"),
)


def test_what_cannot_be_meant_is_told(pipeline):
    for words, error, said in UNFIT:
        with pytest.raises(error, match=said):
            cli.generate(parsed(*words.split()), Progress())
    assert not pipeline.asked
