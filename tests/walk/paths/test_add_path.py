"""Add Path: every shape at every size is walked as it is; what stands around is a wall."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from blender_addon.blender.ground.new_path import SHAPE_ITEMS
from blender_addon.capabilities.walk.path_preview import make_preview
from blender_addon.capabilities.walk.properties import walk_settings
from tests.shared.blender.builders import make_ground, make_rig

pytestmark = pytest.mark.blender

SHAPES = [value for value, *_ in SHAPE_ITEMS]


def add_path(*how, **given):
    return bpy.ops.neural_motion.add_path(*how, **given)


def path_of(addon):
    return addon.neural_motion.character.neural_motion.walk.path


def make_box(name="House", place=(6.0, -5.0, 1.0), size=(2.0, 4.0, 2.0)):
    low = [[c - 0.5 * s for c, s in zip(place, size, strict=True)][n] for n in range(3)]
    corners = [
        (low[0] + x * size[0], low[1] + y * size[1], low[2] + z * size[2])
        for x in (0, 1) for y in (0, 1) for z in (0, 1)
    ]  # fmt: skip
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(corners, [], [(0, 1, 3, 2), (4, 5, 7, 6)])
    thing = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(thing)
    bpy.context.view_layer.update()
    return thing


def seen_from_above(curve):
    """(N, 2) points of the path in the world."""
    mesh = curve.to_mesh()
    places = np.array([curve.matrix_world @ each.co for each in mesh.vertices])
    curve.to_mesh_clear()
    return places[:, :2]


@pytest.fixture
def with_rig(addon):
    addon.neural_motion.character = make_rig()
    return addon


@pytest.mark.parametrize("size", [0.2, 1.0, 100.0])
@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_walked_without_a_complaint(addon, model, shape, size):
    addon.neural_motion.character = make_rig(size=size)
    make_box(place=(6 * size, -5 * size, size), size=(2 * size, 4 * size, 2 * size))
    addon.cursor.location = (0.5 * size, 0.0, 0.0)
    assert add_path(shape=shape) == {"FINISHED"}
    bpy.context.view_layer.update()
    preview = make_preview(bpy.context, walk_settings(bpy.context))
    assert (preview.problem, preview.slow) == ("", "")
    assert 7.0 < preview.arrival_s < 13.0
    spline = path_of(addon).data.splines[0]
    assert spline.calc_length() == pytest.approx(10.0 * size, rel=5e-3)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_path_is_as_long_as_asked_for_and_begins_where_it_should(with_rig, shape):
    make_box()
    with_rig.cursor.location = (5.0, 6.0, 1.0)
    assert add_path(shape=shape, length=7.0) == {"FINISHED"}
    path = path_of(with_rig)
    spline = path.data.splines[0]
    assert spline.calc_length() == pytest.approx(7.0, rel=5e-3)
    assert spline.use_cyclic_u == (shape in ("CIRCLE", "SQUARE"))
    begin = (5.0, -2.4, 1.0) if shape == "WALL" else (5.0, 6.0, 1.0)
    assert np.allclose(path.matrix_basis.translation, begin, atol=0.05)
    assert bpy.context.view_layer.objects.active == path
    assert bpy.context.selected_objects == [path]


def test_a_wall_is_kept_at_a_distance(with_rig):
    make_box()
    with_rig.cursor.location = (0.0, -5.0, 0.0)
    add_path(shape="WALL", length=100.0)
    bpy.context.view_layer.update()
    path = path_of(with_rig)
    assert path.data.splines[0].use_cyclic_u  # once around
    places = seen_from_above(path) - (6.0, -5.0)
    outside = np.maximum(np.abs(places) - (1.0, 2.0), 0.0)
    assert np.allclose(np.linalg.norm(outside, axis=1), 0.6, atol=0.02)
    assert np.allclose(path.location[:2], (4.4, -5.0), atol=0.1)


def test_the_selected_mesh_is_the_wall_else_the_nearest_that_stands(with_rig):
    near, far = make_box("Near", (3, 0, 1), (1, 1, 2)), make_box("Far", (0, 30, 1), (1, 1, 2))
    make_box("Kerb", (1.0, 0.0, 0.1), (0.5, 0.5, 0.2))
    make_box("Lamp", (0.5, 0.0, 5.0), (0.5, 0.5, 0.5))
    with_rig.neural_motion.character.neural_motion.walk.ground = make_ground(cells=2)

    def begins_at():
        add_path(shape="WALL", length=1.0)
        return np.array(path_of(with_rig).location[:2])

    assert np.allclose(begins_at(), (1.9, 0.0), atol=0.1)
    bpy.context.selected_objects[0].select_set(False)
    far.select_set(True)
    assert np.allclose(begins_at(), (0.0, 28.9), atol=0.1)
    far.select_set(False)
    near.hide_set(True)
    assert np.allclose(begins_at(), (0.0, 28.9), atol=0.1)


def test_without_a_wall_it_says_so_and_adds_nothing(with_rig):
    make_box("Kerb", (1.0, 0.0, 0.1), (0.5, 0.5, 0.2))
    before = len(bpy.data.objects), len(bpy.data.curves)
    with pytest.raises(RuntimeError, match=r"there is no wall.*Select the mesh"):
        add_path(shape="WALL")
    assert path_of(with_rig) is None
    empty = bpy.data.objects.new("Empty Mesh", bpy.data.meshes.new("Empty Mesh"))
    with_rig.collection.objects.link(empty)
    empty.select_set(True)
    with pytest.raises(RuntimeError, match="'Empty Mesh' has no vertices"):
        add_path(shape="WALL")
    assert (len(bpy.data.objects), len(bpy.data.curves)) == (before[0] + 1, before[1])


def test_the_next_path_is_an_s_again(with_rig):
    add_path("EXEC_DEFAULT", True, shape="CIRCLE", length=3.0)
    add_path("EXEC_DEFAULT", True)
    spline = path_of(with_rig).data.splines[0]
    assert not spline.use_cyclic_u
    assert spline.calc_length() == pytest.approx(10.0, rel=1e-3)


def test_nothing_is_added_to_a_linked_collection(with_rig, tmp_path):
    library = str(tmp_path / "library.blend")
    theirs = bpy.data.collections.new("Theirs")
    bpy.data.libraries.write(library, {theirs})
    bpy.data.collections.remove(theirs)
    with bpy.data.libraries.load(library, link=True) as (_, found):
        found.collections = ["Theirs"]
    linked = found.collections[0]
    with_rig.collection.children.link(linked)
    layer = bpy.context.view_layer
    layer.active_layer_collection = layer.layer_collection.children["Theirs"]
    add_path("EXEC_DEFAULT", True)
    assert not linked.all_objects
    assert path_of(with_rig).users_collection == (with_rig.collection,)
