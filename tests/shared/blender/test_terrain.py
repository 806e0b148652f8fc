"""The ground is what lies under the path, in the world."""

from __future__ import annotations

import bpy
import numpy as np
import pytest
from mathutils import Euler, Matrix

from blender_addon.blender.ground.terrain import MAX_RAYS, fill_holes, meshes_of, read_terrain
from blender_addon.core.errors import TerrainError
from blender_addon.core.ground.path import Path
from tests.shared.blender.builders import make_curve, make_ground, make_rig
from tests.shared.counting import calls_of

pytestmark = pytest.mark.blender

PATH = Path.from_points([(0, 0, 0), (0, 0, 6), (3, 0, 8)])


def read(*objects, path=PATH, **more):
    return read_terrain(bpy.context, objects, path, **more)


def around(path=PATH, reach=0.8, count=400):
    rng = np.random.default_rng(0)
    places = path.positions(rng.uniform(0, path.length_m, count))
    return places + rng.uniform(-reach, reach, (count, 2)) / np.sqrt(2)


def hills(x, y):
    return 0.3 * np.sin(0.8 * x) + 0.2 * np.cos(0.5 * y)


def test_hills_are_measured(scene):
    ground = make_ground(size=30, cells=150, height=hills)
    xz = around()
    desired = hills(xz[:, 0], -xz[:, 1])
    assert np.abs(read(ground).heights(xz) - desired).max() < 0.01


def test_the_object_s_transform_counts(scene):
    ground = make_ground(size=30, cells=10)
    tilt = 0.2
    ground.matrix_world = Matrix.LocRotScale((0, 0, 1.5), Euler((tilt, 0, 0.9)), (1, 2, 3))
    normal = np.array(ground.matrix_world.to_3x3().inverted().transposed() @ _z())
    xz = around()
    x, y = xz[:, 0], -xz[:, 1]
    desired = 1.5 - (normal[0] * x + normal[1] * y) / normal[2]
    assert np.abs(read(ground).heights(xz) - desired).max() < 1e-3


def _z():
    from mathutils import Vector

    return Vector((0, 0, 1))


def test_modifiers_and_units_count(scene):
    scene.unit_settings.scale_length = 0.5
    ground = make_ground(size=60, cells=2)
    ground.modifiers.new("Up", "DISPLACE").strength = 2.0
    lift = ground.modifiers["Up"]
    lift.mid_level = 0.0
    assert np.allclose(read(ground).heights(around()), 1.0, atol=1e-4)


def test_of_meshes_over_each_other_the_highest_counts(scene):
    low = make_ground(name="Low")
    high = make_ground(name="High", size=4)
    high.location = (0, -3, 0.2)
    heights = read(low, high)
    assert heights.heights(np.array([[0.0, 3.0]]))[0] == pytest.approx(0.2, abs=1e-4)
    assert heights.heights(np.array([[0.0, 0.5]]))[0] == pytest.approx(0.0, abs=1e-4)


def test_steps_stay_steps(scene):
    low = make_ground(name="Low")
    step = make_ground(name="Step", size=2)
    step.location = (0, -3, 0.15)
    field = read(low, step)
    assert field.spacing_m <= 0.03
    edge = np.array([[0.0, 1.95], [0.0, 2.05]])
    assert np.allclose(field.heights(edge), [0.0, 0.15], atol=0.01)


def test_a_hole_under_the_path_is_told_with_its_place(scene):
    near = make_ground(size=4.1, name="Near")
    with pytest.raises(TerrainError, match=r"2\.10 m from its start, at X 0\.00, Y -2\.1"):
        read(near)


def test_tiles_may_meet_under_the_path_and_end_where_it_ends(scene):
    tiles = [make_ground(size=2, cells=1) for _ in range(2)]
    tiles[0].location, tiles[1].location = (0, -1, 0), (0, -3, 0)
    field = read(*tiles, path=Path.from_points([(0, 0, 0), (0, 0, 4)]))
    assert np.all(field.samples == 0.0)


def test_holes_beside_the_path_are_filled_from_the_nearest_ground(scene):
    ground = make_ground(size=1.0, cells=1, height=lambda x, y: 0.5 + 0.1 * x)
    ground.scale.y = 20
    path = Path.from_points([(0, 0, 0), (0, 0, 6)])
    field = read(ground, path=path)
    assert not np.isnan(field.samples).any()
    sides = np.array([[0.9, 3.0], [-0.9, 3.0]])
    assert np.allclose(field.heights(sides), [0.55, 0.45], atol=0.005)


def test_filling_takes_the_nearest(scene):
    samples = np.full((9, 9), np.nan, np.float32)
    samples[0, :], samples[8, :] = 1.0, 2.0
    filled = fill_holes(samples, np.ones((9, 9), bool))
    assert np.all(filled[:4] == 1.0)
    assert np.all(filled[5:] == 2.0)
    corner = np.full((30, 40), np.nan, np.float32)
    corner[17, 23] = 3.0
    assert np.all(fill_holes(corner, np.zeros((30, 40), bool)) == 3.0)


def test_an_empty_mesh_is_no_ground(scene):
    empty = bpy.data.objects.new("Empty", bpy.data.meshes.new("Empty"))
    scene.collection.objects.link(empty)
    with pytest.raises(TerrainError, match="no ground under the path"):
        read(empty)


def test_not_a_mesh(scene):
    with pytest.raises(TerrainError, match="not a mesh"):
        read(make_curve())


def test_the_character_is_not_its_own_ground(scene):
    rig = make_rig()
    ground, body, hat = make_ground(), make_ground(name="Body"), make_ground(name="Hat")
    body.modifiers.new("Armature", "ARMATURE").object = rig
    hat.parent = rig
    collection = bpy.data.collections.new("All")
    scene.collection.children.link(collection)
    for item in (ground, body, hat, make_curve()):
        collection.objects.link(item)
    assert meshes_of(None, collection, rig) == [ground]
    assert meshes_of(ground, collection, rig) == [ground]
    assert meshes_of(None, None, rig) == []
    collection.objects.unlink(ground)
    with pytest.raises(TerrainError, match="no mesh to walk on"):
        meshes_of(None, collection, rig)


def test_a_hidden_ground_still_carries(scene):
    ground = make_ground(size=30, cells=60, height=hills)
    ground.hide_set(True)
    xz = around()
    assert np.abs(read(ground).heights(xz) - hills(xz[:, 0], -xz[:, 1])).max() < 0.03


@pytest.mark.slow
def test_a_long_walk_over_a_dense_mesh_takes_so_many_rays(scene):
    ground = make_ground(size=200, cells=300, height=hills)
    angles = np.linspace(0, 4 * np.pi, 400)
    spiral = Path.from_points(np.stack((6 * angles * np.cos(angles), 0 * angles,
                                        6 * angles * np.sin(angles)), axis=1))  # fmt: skip
    fields = []
    calls = calls_of(lambda: fields.append(read(ground, path=spiral)))
    assert MAX_RAYS / 2 < calls["ray_cast"] < 1.2 * MAX_RAYS
    assert calls.total() < 1.2 * calls["ray_cast"]
    field = fields[0]
    xz = spiral.positions(np.linspace(0, spiral.length_m, 500))
    assert np.abs(field.heights(xz) - hills(xz[:, 0], -xz[:, 1])).max() < 0.05
