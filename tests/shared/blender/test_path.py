"""Curves of every kind are read as paths, and refused with a reason."""

from __future__ import annotations

import bpy
import numpy as np
import pytest
from mathutils import Euler, Matrix

from blender_addon.blender.ground.line import read_line
from blender_addon.blender.ground.path import SpeedChange, read_path
from blender_addon.core.errors import PathError, SettingsError
from blender_addon.core.ground.path import Stop
from tests.shared.blender.builders import add_spline, make_curve

pytestmark = pytest.mark.blender

CORNERS = ((0, 0, 0), (4, 0, 0), (4, 3, 0))


def read(curve, speed=1.3, **more):
    return read_path(bpy.context, curve, speed, **more).path


def test_a_polyline_keeps_its_corners(scene):
    path = read(make_curve(CORNERS))
    assert np.allclose(path.points, [(0, 0, 0), (4, 0, 0), (4, 0, -3)], atol=1e-6)
    assert path.length_m == pytest.approx(7.0, abs=1e-5)
    assert np.allclose(path.speeds_m_s, 1.3)


def test_a_cyclic_polyline_comes_back_to_its_start(scene):
    path = read(make_curve(CORNERS, cyclic=True))
    assert path.length_m == pytest.approx(12.0, abs=1e-5)
    assert np.allclose(path.points[0], path.points[-1])


@pytest.mark.parametrize("kind", ["BEZIER", "NURBS"])
@pytest.mark.parametrize("cyclic", [False, True])
def test_smooth_curves_are_round(scene, kind, cyclic):
    angles = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    points = [(3 * np.cos(a), 3 * np.sin(a), 0) for a in angles]
    path = read(make_curve(points, kind, cyclic))
    radius = np.linalg.norm(path.points[:, [0, 2]], axis=1)
    assert 2.6 < radius.min() <= radius.max() < 3.1
    share = 1.0 if cyclic else 11 / 12
    assert path.length_m == pytest.approx(2 * np.pi * 3 * share, rel=0.06)


def test_the_object_s_transform_and_the_scene_s_units_count(scene):
    scene.unit_settings.scale_length = 0.1
    curve = make_curve(CORNERS)
    curve.matrix_world = Matrix.LocRotScale((10, 20, 5), Euler((0, 0, np.pi / 2)), (2, 2, 2))
    path = read(curve)
    assert np.allclose(path.points[0], (1.0, 0.5, -2.0), atol=1e-5)
    assert np.allclose(path.points[1], (1.0, 0.5, -2.8), atol=1e-5)
    assert path.length_m == pytest.approx(1.4, abs=1e-4)


@pytest.mark.parametrize(
    "dressed",
    [
        {"bevel_depth": 0.2},
        {"extrude": 0.3},
        {"offset": 0.5, "bevel_depth": 0.1},
        {"dimensions": "2D", "fill_mode": "BOTH"},
        {"bevel_depth": 0.1, "bevel_factor_start": 0.5},
    ],
    ids=str,
)
@pytest.mark.parametrize("cyclic", [False, True])
def test_bevel_extrusion_and_fill_do_not_matter(scene, dressed, cyclic):
    plain = read(make_curve(CORNERS, cyclic=cyclic))
    curve = make_curve(CORNERS, cyclic=cyclic)
    for name, value in dressed.items():
        setattr(curve.data, name, value)
    path = read(curve)
    assert np.allclose(path.points, plain.points, atol=1e-6)
    assert {n: getattr(curve.data, n) for n in dressed} == pytest.approx(dressed)


def test_a_bevel_object_does_not_matter(scene):
    curve, profile = make_curve(CORNERS), make_curve(((0, 0, 0), (0, 0.1, 0)), name="Profile")
    curve.data.bevel_mode = "OBJECT"
    curve.data.bevel_object = profile
    assert read(curve).length_m == pytest.approx(7.0, abs=1e-5)
    assert curve.data.bevel_object == profile


def test_a_modifier_that_makes_a_surface_does_not_matter_and_one_that_bends_does(scene):
    curve = make_curve([(x, 0, 0) for x in np.linspace(0, 6, 25)])
    curve.modifiers.new("Solid", "SOLIDIFY")
    assert np.ptp(read(curve).points[:, 2]) < 1e-6
    bend = curve.modifiers.new("Bend", "SIMPLE_DEFORM")
    bend.deform_method, bend.deform_axis, bend.angle = "BEND", "Z", 1.5
    assert np.ptp(read(curve).points[:, 2]) > 0.5
    assert [m.name for m in curve.modifiers] == ["Solid", "Bend"]


def test_of_several_splines_the_longest_is_walked(scene):
    curve = make_curve(((50, 0, 0), (51, 0, 0)))
    add_spline(curve.data, CORNERS, cyclic=True)
    add_spline(curve.data, ((0, 9, 0),))
    add_spline(curve.data, ((0, 9, 0), (5, 9, 0)))
    line = read_line(bpy.context, curve)
    assert line.spline_count == 3
    assert line.closed
    assert read(curve).length_m == pytest.approx(12.0, abs=1e-5)


def test_a_hidden_curve_can_be_walked(scene):
    curve = make_curve(CORNERS)
    curve.hide_set(True)
    curve.hide_viewport = True
    assert read(curve).length_m == pytest.approx(7.0, abs=1e-5)


def test_reading_leaves_nothing_behind(scene):
    curve = make_curve(CORNERS)
    curve.data.bevel_depth = 0.1
    curve.keyframe_insert("location", frame=1)
    curve.shape_key_add(name="Basis")
    before = {name: len(getattr(bpy.data, name)) for name in COUNTED}
    read(curve)
    assert {name: len(getattr(bpy.data, name)) for name in COUNTED} == before
    assert curve.data.users == 1
    assert curve.animation_data.action.users == 1


COUNTED = ("objects", "curves", "meshes", "actions", "shape_keys")


def test_nothing_chosen():
    with pytest.raises(PathError, match="no path is chosen"):
        read(None)


def test_not_a_curve(scene):
    with pytest.raises(PathError, match="is not a curve"):
        read(bpy.data.objects.new("Empty", None))


@pytest.mark.parametrize(
    "points", [((1, 2, 0), (1, 2, 0)), ((1, 2, 0),), ((1, 2, 0), (1, 2, 5))], ids=str
)
def test_a_curve_without_length_on_the_ground(scene, points):
    with pytest.raises(PathError, match="no length"):
        read(make_curve(points))


def test_a_curve_without_splines(scene):
    curve = make_curve(CORNERS)
    curve.data.splines.clear()
    with pytest.raises(PathError, match="no length"):
        read(curve)


def test_a_curve_scaled_to_nothing(scene):
    curve = make_curve(CORNERS)
    curve.scale = (0, 0, 0)
    with pytest.raises(PathError, match="no length"):
        read(curve)


def test_a_very_short_curve(scene):
    with pytest.raises(PathError, match="Draw a longer curve"):
        read(make_curve(((0, 0, 0), (0.01, 0, 0))))


def test_edit_mode(scene):
    curve = make_curve(CORNERS)
    bpy.context.view_layer.objects.active = curve
    bpy.ops.object.mode_set(mode="EDIT")
    with pytest.raises(PathError, match="Edit Mode"):
        read(curve)
    bpy.ops.object.mode_set(mode="OBJECT")


@pytest.mark.parametrize("speed", [0.0, -1.0, 100.0, float("nan"), float("inf")])
def test_speeds_nobody_walks(scene, speed):
    curve = make_curve(CORNERS)
    with pytest.raises(SettingsError, match="m/s"):
        read(curve, speed)
    with pytest.raises(SettingsError, match="m/s"):
        read(curve, changes=[SpeedChange(1.0, speed)])


def test_speed_changes_begin_at_their_place(scene):
    changes = [SpeedChange(12.0, 1.0), SpeedChange(5.0, 3.0)]
    path = read(make_curve(((0, 0, 0), (20, 0, 0))), 1.0, changes=changes, stops=[Stop(2.0, 1.5)])
    asked = np.array([0.0, 4.85, 5.15, 11.85, 12.15, 20.0])
    assert np.allclose(path.speeds(asked), [1, 1, 3, 3, 1, 1], atol=0.01)
    assert path.stops == (Stop(2.0, 1.5),)


def test_changes_and_stops_beyond_the_end(scene):
    curve = make_curve(CORNERS)
    with pytest.raises(PathError, match=r"7\.00 m long"):
        read(curve, changes=[SpeedChange(8.0, 2.0)])
    with pytest.raises(PathError, match=r"7\.00 m long"):
        read(curve, stops=[Stop(8.0, 2.0)])
