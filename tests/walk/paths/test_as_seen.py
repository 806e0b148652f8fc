"""Paths and time as Blender shows them: modifiers, moving shapes, stretched time, playback."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from blender_addon.blender.ground.line import peek_line, read_line
from blender_addon.blender.keys.keyframes import Channel, write_action
from blender_addon.blender.keys.options import ResultKind, ResultOptions
from blender_addon.blender.timeline import unseen_frames
from blender_addon.capabilities.walk import scene as walk_scene
from blender_addon.capabilities.walk.path_preview import make_preview, preview_key
from blender_addon.capabilities.walk.residual import measure_residual
from blender_addon.capabilities.walk.scene import WalkSettings
from blender_addon.core.errors import PathError
from tests.shared.blender.builders import add_spline, bone_heads, make_curve, make_ground, make_rig
from tests.walk.stand_in import SwingingWalker

pytestmark = pytest.mark.blender

AHEAD = ((0, 0, 0), (0, -3, 0))


def nodes(kind: str) -> bpy.types.NodeTree:
    """Geometry Nodes that move, reverse, wire, hide or thicken a curve."""
    tree = bpy.data.node_groups.new(kind, "GeometryNodeTree")
    for way in ("INPUT", "OUTPUT"):
        tree.interface.new_socket("Geometry", in_out=way, socket_type="NodeSocketGeometry")
    given, out = (tree.nodes.new(f"NodeGroup{way}") for way in ("Input", "Output"))
    if kind == "nothing":
        return tree
    node = tree.nodes.new(
        {
            "moved": "GeometryNodeTransform", "reversed": "GeometryNodeReverseCurve",
            "wire": "GeometryNodeCurveToMesh", "tube": "GeometryNodeCurveToMesh",
        }[kind]
    )  # fmt: skip
    tree.links.new(given.outputs[0], node.inputs[0])
    tree.links.new(node.outputs[0], out.inputs[0])
    if kind == "moved":
        node.inputs["Translation"].default_value = (5, 0, 0)
    if kind == "tube":
        circle = tree.nodes.new("GeometryNodeCurvePrimitiveCircle")
        tree.links.new(circle.outputs[0], node.inputs[1])
    return tree


def with_nodes(kind, points=AHEAD):
    curve = make_curve(points)
    curve.modifiers.new("Nodes", "NODES").node_group = nodes(kind)
    return curve


def ends(line):
    """First and last point, Blender's axes."""
    return np.stack((line.points[[0, -1], 0], -line.points[[0, -1], 2]), axis=1)


@pytest.mark.parametrize(
    ("kind", "first", "last", "told"),
    [
        ("moved", (5, 0), (5, -3), ""),
        ("reversed", (0, -3), (0, 0), ""),
        ("wire", (0, 0), (0, -3), ""),
        ("tube", (0, 0), (0, -3), "makes a surface"),
        ("nothing", (0, 0), (0, -3), "makes a surface"),
    ],
)
def test_geometry_nodes_count_as_seen_or_are_told(scene, kind, first, last, told):
    curve = with_nodes(kind)
    line = read_line(bpy.context, curve)
    assert np.allclose(ends(line), (first, last), atol=1e-5)
    assert told in "".join(line.notes) and bool(told) == bool(line.notes)
    assert [m.name for m in curve.modifiers] == ["Nodes"]
    peeked = peek_line(bpy.context, curve)
    assert peeked is None if told else np.allclose(peeked.points, line.points, atol=1e-5)


def test_a_deforming_modifier_after_a_surface_still_counts(scene):
    curve = with_nodes("tube", [(0, -y, 0) for y in np.linspace(0, 6, 25)])
    hook = bpy.data.objects.new("Hook", None)
    scene.collection.objects.link(hook)
    curve.modifiers.new("Cast", "CAST").factor = 0.5
    assert np.ptp(read_line(bpy.context, curve).points[:, 2]) < 5.5


@pytest.mark.parametrize("kind", ["ARRAY", "MIRROR"])
def test_modifiers_that_make_more_lines(scene, kind):
    curve = make_curve(((1, 0, 0), (1, -3, 0), (3, -3, 0)))
    curve.modifiers.new("More", kind)
    line = read_line(bpy.context, curve)
    assert line.length_m >= 5.0 - 1e-4
    assert "splines" in "".join(line.notes) or line.spline_count == 1


def test_a_shrinkwrapped_hooked_and_shape_keyed_path_is_walked_as_it_is_seen(scene):
    curve = make_curve([(0, -y, 0) for y in np.linspace(0, 3, 7)])
    curve.shape_key_add(name="Basis")
    key = curve.shape_key_add(name="Aside")
    for point in key.data:
        point.co.x += 2.0
    key.value = 0.5
    bpy.context.view_layer.update()
    assert np.allclose(ends(read_line(bpy.context, curve)), ((1, 0), (1, -3)), atol=1e-5)
    parent = bpy.data.objects.new("Parent", None)
    scene.collection.objects.link(parent)
    parent.location, parent.scale = (0, 0, 7), (2, 2, 2)
    curve.parent = parent
    bpy.context.view_layer.update()
    assert np.allclose(ends(read_line(bpy.context, curve)), ((2, 0), (2, -6)), atol=1e-5)


def test_a_path_in_an_excluded_collection_and_of_several_splines(scene):
    curve = make_curve(AHEAD)
    add_spline(curve.data, ((9, 0, 0), (9, -5, 0), (4, -5, 0)), cyclic=True)
    away = bpy.data.collections.new("Away")
    scene.collection.children.link(away)
    scene.collection.objects.unlink(curve)
    away.objects.link(curve)
    bpy.context.view_layer.layer_collection.children["Away"].exclude = True
    line = read_line(bpy.context, curve)
    assert line.closed and line.spline_count == 2
    assert "of 2 splines of 'Path' the longest is walked" in line.notes


def key_shape(curve):
    curve.shape_key_add(name="Basis")
    key = curve.shape_key_add(name="Aside")
    for point in key.data:
        point.co.x += 2.0
    key.keyframe_insert("value", frame=1)
    key.value = 1.0
    key.keyframe_insert("value", frame=41)
    key.value = 0.5
    key.keyframe_insert("value", frame=81)


def key_place(curve):
    frames, values = np.array((1.0, 41.0, 81.0)), np.array((0.0, 2.0, 1.0))
    write_action(curve, "Moves", [Channel("location", 0, frames, values)])


@pytest.mark.parametrize("moving", [key_shape, key_place])
def test_a_moving_path_is_walked_as_it_is_where_the_walk_begins(scene, moving):
    curve = make_curve(AHEAD)
    moving(curve)
    scene.frame_set(1)
    job = walk_scene.read(bpy.context, WalkSettings(make_rig(), curve, start_frame=41))
    assert np.allclose(job.path.points[:, 0], 2.0, atol=1e-4)
    assert any("on frame 41" in note for note in (*job.notes, *job.rig.warnings))
    assert scene.frame_current == 1


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: bpy.data.objects.new("M", bpy.data.meshes.new("M")), "but a mesh. Convert it"),
        (lambda: bpy.data.objects.new("T", bpy.data.curves.new("T", "FONT")), "but a text"),
        (lambda: bpy.data.objects.new("E", None), "but empty. Choose a curve"),
    ],
)
def test_what_is_no_curve_is_named_with_what_to_do(scene, make, told):
    with pytest.raises(PathError, match=told):
        read_line(bpy.context, make())


def test_a_trembling_path_is_told_and_previewed_steady(scene):
    rng = np.random.default_rng(0)
    places = [(x, y, 0) for x, y in np.c_[rng.normal(0, 0.03, 121), -np.linspace(0, 6, 121)]]
    settings = WalkSettings(make_rig(), make_curve(places))
    job = walk_scene.read(bpy.context, settings)
    assert job.path.length_m == pytest.approx(6.0, rel=0.02)
    assert "trembles" in job.notes[0] and "6.0" in job.notes[0]
    assert make_preview(bpy.context, settings).length_m == pytest.approx(job.path.length_m)


def test_the_preview_notices_a_modifier_s_setting(scene):
    curve = make_curve([(0, -y, 0) for y in np.linspace(0, 3, 7)])
    cast = curve.modifiers.new("Cast", "CAST")
    settings = WalkSettings(make_rig(), curve)
    before = preview_key(bpy.context, settings)
    cast.factor += 0.25
    assert preview_key(bpy.context, settings) != before


def walk(rig, curve, options=None, **settings):
    job = walk_scene.read(bpy.context, WalkSettings(rig, curve, **settings))
    done = job.run(pipeline=SwingingWalker()).result
    return job, done, walk_scene.write(bpy.context, job, done, options or ResultOptions())


@pytest.mark.parametrize(("old", "new"), [(100, 200), (100, 50), (100, 100), (90, 120)])
@pytest.mark.parametrize("kind", [ResultKind.ACTION, ResultKind.STRIP])
def test_stretched_time_plays_the_walk_at_its_speed(scene, old, new, kind):
    scene.render.frame_map_old, scene.render.frame_map_new = old, new
    scene.frame_set(21)
    rig, curve = make_rig(), make_curve(AHEAD)
    job, done, written = walk(rig, curve, ResultOptions(kind=kind), stand_before_s=0.5)
    preview = make_preview(
        bpy.context, WalkSettings(rig, curve, stand_before_s=0.5, start_frame=job.start_frame)
    )
    for seconds in (0.25, 1.5, 2.5):
        scene.frame_set(21 + round(24 * seconds))
        along = -bone_heads(rig, ["Hips"])[0][1]
        at = min(round(60 * seconds), len(done.result.root_track) - 1)
        assert along == pytest.approx(done.result.root_track[at, 1] * done.scale, abs=0.06)
    assert scene.frame_end >= 21 + 24 * (done.clip.duration_s - 0.1)
    assert preview.arrival_frame == pytest.approx(21 + 24 * preview.arrival_s, abs=1.5)
    scene.frame_set(40)
    residual = measure_residual(bpy.context, job, done, written.first_frame)
    assert residual.write_error_cm < 0.1
    assert scene.frame_current == 40


@pytest.mark.parametrize(
    ("start", "end", "told"), [(1, 300, False), (1, 50, True), (100, 300, True)]
)
def test_a_preview_range_that_hides_the_walk_is_told_and_left_alone(scene, start, end, told):
    scene.use_preview_range = True
    scene.frame_preview_start, scene.frame_preview_end = start, end
    _, _, written = walk(make_rig(), make_curve(AHEAD), start_frame=20)
    assert (scene.frame_preview_start, scene.frame_preview_end) == (start, end)
    assert any("the preview range" in note for note in written.notes) is told
    scene.use_preview_range = False
    assert unseen_frames(scene, 1, 1000) == ""


def test_before_a_strip_the_character_stands_where_its_walk_begins(scene):
    rig = make_rig(root_bone=True)
    rig.location = (3, 3, 0)
    scene.frame_set(50)
    _, _, written = walk(rig, make_curve(AHEAD), ResultOptions(kind=ResultKind.STRIP))
    scene.frame_set(written.first_frame)
    begins = bone_heads(rig, ["Hips", "LeftHand"])
    for frame in (1, 30, 49):
        scene.frame_set(frame)
        assert np.allclose(bone_heads(rig, ["Hips", "LeftHand"]), begins, atol=1e-4)


def test_before_a_strip_what_lies_beneath_still_shows(scene):
    rig = make_rig(root_bone=True)
    write_action(
        rig, "Slide", [Channel("location", 0, np.array((1.0, 30.0)), np.array((0.0, 2.0)))]
    )
    scene.frame_set(50)
    walk(rig, make_curve(AHEAD), ResultOptions(kind=ResultKind.STRIP))
    scene.frame_set(30)
    assert bone_heads(rig, ["Hips"])[0][0] == pytest.approx(2.0, abs=1e-3)


def test_a_second_strip_holds_what_the_first_left(scene):
    rig, curve = make_rig(root_bone=True), make_curve(AHEAD)
    strip = ResultOptions(kind=ResultKind.STRIP, replace_last=False)
    _, _, first = walk(rig, curve, strip, start_frame=1)
    later = first.last_frame + 40
    walk(rig, make_curve(((0, -3, 0), (3, -3, 0))), strip, start_frame=later)
    scene.frame_set(later - 10)
    assert np.allclose(bone_heads(rig, ["Hips"])[0][:2], (0, -3), atol=0.05)


@pytest.mark.parametrize(
    ("points", "told"),
    [
        (((0, 0, 0), (0, -3, 2.25)), "up to 2.25 m from the level ground at height 0"),
        (((0, 0, -1), (0, -3, -1)), "up to 1.00 m from"),
        (((0, 0, 0.1), (0, -3, 0.1)), ""),
    ],
)
def test_a_path_above_or_below_level_ground_is_said(scene, points, told):
    rig, curve = make_rig(), make_curve(points)
    notes = walk_scene.read(bpy.context, WalkSettings(rig, curve)).notes
    assert len(notes) == bool(told) and all(told in note for note in notes)
    ground = make_ground(cells=4)
    assert not walk_scene.read(bpy.context, WalkSettings(rig, curve, ground)).notes


def test_a_path_straight_up_has_no_length_on_the_ground(scene):
    with pytest.raises(PathError, match="no length on the ground"):
        walk_scene.read(bpy.context, WalkSettings(make_rig(), make_curve(((0, 0, 0), (0, 0, 3)))))
