"""Limits and defaults scale with the character and the scene's unit; messages are in that unit."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from blender_addon.blender import compat
from blender_addon.blender.ground.path import SpeedChange
from blender_addon.blender.keys.density import KeyDensity
from blender_addon.blender.keys.options import ResultOptions
from blender_addon.blender.units import units_of
from blender_addon.capabilities.walk import scene as walk_scene
from blender_addon.capabilities.walk.path_preview import make_preview
from blender_addon.capabilities.walk.properties import walk_settings
from blender_addon.capabilities.walk.scene import WalkSettings
from blender_addon.core.errors import PathError, SettingsError, TerrainError
from blender_addon.core.ground.path import Stop
from tests.shared.blender.builders import bone_heads, make_curve, make_ground, make_rig
from tests.walk.stand_in import SwingingWalker

pytestmark = pytest.mark.blender

SIZES = (0.1, 1.0, 10.0, 100.0)
UNITS = ((1.0, "METRIC"), (0.01, "METRIC"), (100.0, "METRIC"), (0.3048, "IMPERIAL"), (1.0, "NONE"))


def set_units(scene, scale, system="METRIC"):
    scene.unit_settings.system, scene.unit_settings.scale_length = system, scale


def straight(length):
    return make_curve(((0, 0, 0), (0, -length, 0)))


def walk(armature, curve, options=None, **settings):
    job = walk_scene.read(bpy.context, WalkSettings(armature, curve, **settings))
    done = job.run(pipeline=SwingingWalker()).result
    return job, done, walk_scene.write(bpy.context, job, done, options or ResultOptions())


@pytest.mark.parametrize(("scale", "system"), UNITS)
@pytest.mark.parametrize("size", SIZES)
def test_a_character_of_any_size_in_any_unit_walks_alike(addon, size, scale, system):
    set_units(addon, scale, system)
    unit_m = 1.0 if system == "NONE" else scale
    rig, curve = make_rig(size=size), straight(3.0 * size)
    job, _, written = walk(
        rig,
        curve,
        speed_m_s=1.3 * size * unit_m,
        speed_changes=(SpeedChange(1.0 * size * unit_m, 2.2 * size * unit_m),),
        stops=(Stop(2.0 * size * unit_m, 0.5),),
    )
    assert job.notes == ()
    times = np.diff(job.path.arc_lengths_m) / job.path.speeds_m_s[1:]
    assert times.sum() == pytest.approx(1.0 / 1.3 + 2.0 / 2.2, abs=0.1)
    addon.frame_set(written.last_frame)
    assert bone_heads(rig, ["Hips"])[0][1] == pytest.approx(-3.0 * size, rel=0.02)


@pytest.mark.parametrize(("scale", "system"), UNITS)
@pytest.mark.parametrize("size", SIZES)
def test_the_panel_s_first_click_is_a_natural_walk(addon, model, size, scale, system):
    set_units(addon, scale, system)
    rig = make_rig(size=size)
    addon.neural_motion.character = rig
    assert bpy.ops.neural_motion.add_path() == {"FINISHED"}
    assert bpy.ops.neural_motion.add_path_mark() == {"FINISHED"}
    chosen = rig.neural_motion.walk
    chosen.marks[0].kind = "SPEED"
    preview = make_preview(bpy.context, walk_settings(bpy.context))
    assert preview.problem == ""
    assert 5.0 < preview.arrival_s < 9.0
    assert preview.length.partition("\u00a0")[2] in ("m", "cm", "ft", "in", "units")
    assert chosen.speed == pytest.approx(1.3 * size, rel=0.05)
    assert chosen.drive.jog == pytest.approx(2.6 * size, rel=0.05)


def test_a_speed_that_was_set_stays_when_its_character_is_chosen(addon):
    set_units(addon, 0.01)
    rig = make_rig(size=100.0)
    rig.neural_motion.walk.speed = 90.0
    addon.neural_motion.character = rig
    assert rig.neural_motion.walk.speed == 90.0


def test_fields_take_every_natural_speed(addon):
    rig = make_rig(size=100.0)
    chosen = rig.neural_motion.walk
    row, mark = addon.neural_motion.walk.crowd.add(), chosen.marks.add()
    for group, name in ((chosen, "speed"), (chosen.drive, "jog"), (row, "speed"), (mark, "speed")):
        for speed in (0.013, 2600.0):
            setattr(group, name, speed)
            assert getattr(group, name) == pytest.approx(speed)
    mark.distance = 50_000.0
    assert mark.distance == 50_000.0


@pytest.mark.parametrize(
    ("scale", "system", "size", "told"),
    [
        (1.0, "METRIC", 1.0, "9 m/s is faster .* up to 3.6"),
        (0.01, "METRIC", 100.0, "9 m/s is faster .* up to 3.6"),
        (1.0, "METRIC", 100.0, "900 m/s is faster .* up to 360"),
        (1.0, "METRIC", 0.1, "90 cm/s|0.9 m/s is faster"),
        (0.3048, "IMPERIAL", 5.8, "ft/s is faster"),
        (1.0, "NONE", 1.0, "9 units/s is faster"),
    ],
)
def test_too_fast_is_told_before_anything_runs_in_the_scene_s_unit(
    scene, model, scale, system, size, told
):
    set_units(scene, scale, system)
    unit_m = 1.0 if system == "NONE" else scale
    settings = WalkSettings(make_rig(size=size), straight(9 * size), speed_m_s=9.0 * size * unit_m)
    assert "is faster than the model goes" in make_preview(bpy.context, settings).problem
    with pytest.raises(PathError, match=told):
        walk_scene.read(bpy.context, settings)


def test_what_hardly_moves_is_told(scene):
    job = walk_scene.read(bpy.context, WalkSettings(make_rig(size=100.0), straight(300.0)))
    assert "1.3 m/s is very slow" in job.notes[0] and "about 130 m/s" in job.notes[0]


@pytest.mark.parametrize(("scale", "size"), [(1.0, 0.1), (1.0, 1.0), (1.0, 100.0), (0.01, 100.0)])
def test_limits_of_a_path_scale_with_who_walks_it(scene, scale, size):
    set_units(scene, scale)
    rig, each = make_rig(size=size), size * scale
    speed = {"speed_m_s": 1.3 * each}
    walk_scene.read(bpy.context, WalkSettings(rig, straight(0.06 * size), **speed))
    with pytest.raises(PathError, match="Draw a longer curve"):
        walk_scene.read(bpy.context, WalkSettings(rig, straight(0.04 * size), **speed))
    with pytest.raises(SettingsError, match="character of this size"):
        walk_scene.read(bpy.context, WalkSettings(rig, straight(9 * size), speed_m_s=13 * each))
    with pytest.raises(PathError, match=f"the stop at {units_of(scene).length(99 * each)} does"):
        walk_scene.read(
            bpy.context, WalkSettings(rig, straight(9 * size), stops=(Stop(99 * each, 1),), **speed)
        )


@pytest.mark.parametrize(("scale", "size"), [(1.0, 0.1), (0.01, 100.0), (100.0, 1.0)])
def test_the_ground_of_a_giant_is_looked_at_as_a_person_s(scene, scale, size):
    set_units(scene, scale)
    rig, curve = make_rig(size=size), straight(3 * size)
    ground = make_ground(
        size=12 * size, cells=20, height=lambda x, y: 0.05 * size * np.sin(y / size)
    )
    speed = 1.3 * size * scale
    job = walk_scene.read(bpy.context, WalkSettings(rig, curve, ground, speed_m_s=speed))
    assert 50 < job.terrain.samples.shape[0] < 200
    small = make_ground(size=4.1 * size, cells=4, name="Small")
    with pytest.raises(TerrainError, match=r"path (2[01]|0.2|2.1)"):
        walk_scene.read(bpy.context, WalkSettings(rig, curve, small, speed_m_s=speed))


@pytest.mark.parametrize("size", [0.02, 1.0, 50.0])
def test_left_out_keys_cost_the_same_share_of_any_character(scene, size):
    rig = make_rig(size=size)
    options = ResultOptions(density=KeyDensity.REDUCED, shift_bound_m=0.005, turn_bound_rad=0.01)
    _, _, written = walk(rig, straight(3.0 * size), options, speed_m_s=1.3 * size)
    keys = sum(len(curve.keyframe_points) for curve in compat.fcurves_of(rig))
    assert 400 < keys < 2000
    assert written.keys.largest_shift_mm < 5.1 * size


@pytest.mark.parametrize(
    ("system", "unit", "scale", "metres", "told"),
    [
        ("METRIC", "ADAPTIVE", 1.0, 4.0, "4.00 m"),
        ("METRIC", "ADAPTIVE", 0.01, 0.04, "4.00 cm"),
        ("METRIC", "CENTIMETERS", 0.01, 4.0, "400.00 cm"),
        ("METRIC", "KILOMETERS", 1.0, 1500.0, "1.50 km"),
        ("IMPERIAL", "ADAPTIVE", 1.0, 3.048, "10.00 ft"),
        ("IMPERIAL", "INCHES", 1.0, 0.254, "10.00 in"),
        ("NONE", "ADAPTIVE", 1.0, 7.0, "7.00 units"),
    ],
)
def test_lengths_are_told_as_the_scene_s_fields_show_them(scene, system, unit, scale, metres, told):
    set_units(scene, scale, system)
    if system != "NONE":
        scene.unit_settings.length_unit = unit
    assert units_of(scene).length(metres) == told


@pytest.mark.parametrize("scale", [0.01])
def test_the_demo_character_is_a_person_in_any_unit(addon, scale):
    set_units(addon, scale)
    bpy.ops.neural_motion.add_character()
    character = addon.neural_motion.character
    assert character.dimensions.z * scale == pytest.approx(1.7, abs=0.2)
    assert character.neural_motion.walk.speed * scale == pytest.approx(1.3, rel=0.1)
