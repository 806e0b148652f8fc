"""What a viewer sees of the feet: no sole in the ground, none over it while it carries."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
import pytest
from mathutils import Vector

from backend.rigs.generated import make_rigify
from backend.rigs.human import HUMAN_RIGS, build_human
from backend.rigs.shod import SHOD, build_shod
from blender_addon.blender.axes import blender_to_core_points
from blender_addon.blender.rig.pose import RootMotion
from blender_addon.blender.rig.skeleton import read_skeleton
from blender_addon.blender.rig.sole_heights import lowest_soles
from blender_addon.blender.rig.soles import with_soles
from blender_addon.capabilities.walk import scene as walk_scene
from blender_addon.capabilities.walk.live.drive import DriveSettings, LiveDrive
from blender_addon.capabilities.walk.residual import measure_residual
from blender_addon.capabilities.walk.scene import WalkSettings
from blender_addon.core.ground.terrain import FlatTerrain
from blender_addon.core.retarget.control_map import LimbMode, LimbModes
from blender_addon.demo_character.builder import add_person
from tests.shared.blender.builders import make_curve, make_ground, make_rig

pytestmark = pytest.mark.blender

SHORT = ((0, 0, 0), (0, -1.6, 0))
STAIRS = ((0, 0, 0), (0, -3.4, 0))
MEAN_CM, LARGEST_CM, ON_STAIRS_CM = 0.5, 1.5, 3.0


def walk(rig, points=SHORT, size=1.0, **settings):
    curve = make_curve([tuple(size * c for c in point) for point in points])
    chosen = WalkSettings(rig, curve, stand_before_s=0.2, stand_after_s=0.2, **settings)
    job = walk_scene.read(bpy.context, chosen)
    done = job.run().result
    return job, done, walk_scene.write(bpy.context, job, done)


def told(rig, **settings):
    job, done, written = walk(rig, **settings)
    return measure_residual(bpy.context, job, done, written.first_frame, 10_000)


def lowest_seen(frames, terrain) -> np.ndarray:
    """(K,) the lowest vertex of all meshes over the ground, as Blender evaluates them."""
    lowest = []
    for frame in frames:
        bpy.context.scene.frame_set(int(frame))
        depsgraph = bpy.context.evaluated_depsgraph_get()
        over = []
        for obj in [o for o in bpy.context.scene.objects if o.type == "MESH" and o.parent]:
            mesh = obj.evaluated_get(depsgraph).to_mesh()
            places = np.empty(3 * len(mesh.vertices), np.float32)
            mesh.vertices.foreach_get("co", places)
            world = np.array(obj.matrix_world)
            places = places.reshape(-1, 3) @ world[:3, :3].T + world[:3, 3]
            core = blender_to_core_points(places)
            over.append((core[:, 1] - terrain.heights(core[:, [0, 2]])).min())
        lowest.append(min(over))
    return np.array(lowest)


def assert_on_the_ground(rig, *, feet_cm: float = 1.0, **settings) -> None:
    found = told(rig, **settings)
    assert found.sole_mean_cm < MEAN_CM
    assert found.sole_max_cm < LARGEST_CM
    assert found.foot_error_cm < feet_cm
    assert found.warnings() == []


@pytest.mark.parametrize("title", [t for t in SHOD if "a hundredth" not in t and "giant" not in t])
def test_shoes_stay_on_the_ground(scene, model, title):
    assert_on_the_ground(build_shod(SHOD[title]))


def test_the_demo_character_s_shoes_stay_on_the_ground(scene, model):
    assert_on_the_ground(add_person(bpy.context))


@pytest.mark.data
@pytest.mark.parametrize("kind", HUMAN_RIGS)
def test_bare_feet_of_a_human_body_stay_on_the_ground(scene, model, data_dir: Path, kind):
    if not (data_dir / "human").is_dir():
        pytest.skip("no human body among the data")
    assert_on_the_ground(build_human(data_dir / "human", kind))


@pytest.mark.parametrize("title", ["soft shoes", "long shoes, no toe bones"])
def test_what_is_told_is_what_blender_evaluates(scene, model, title):
    rig = build_shod(SHOD[title])
    job, _, written = walk(rig)
    frames = np.arange(written.first_frame, written.last_frame + 1, 3)
    told_m = lowest_soles(bpy.context, job.rig, frames.astype(float), FlatTerrain()).min(axis=1)
    np.testing.assert_allclose(told_m, lowest_seen(frames, FlatTerrain()), atol=1e-4)


def test_a_sunken_sole_is_told_and_warned_of(scene, model):
    rig = build_shod(SHOD["shoes"])
    job, done, written = walk(rig)
    for shoe in [o for o in scene.objects if o.type == "MESH"]:
        for vertex in shoe.data.vertices:
            vertex.co.z -= 0.05
    found = measure_residual(bpy.context, job, done, written.first_frame)
    assert found.sole_max_cm == pytest.approx(5.0, abs=1.0)
    assert any("sole" in warning for warning in found.warnings())


def stairs(tread=0.3, rise=0.18):
    """Up from half a metre along the way."""

    def height(x, y):
        return rise * max(0, int((-y - 0.5) / tread + 1.0))

    return make_ground(size=8.0, cells=160, height=height)


@pytest.mark.parametrize(("tread", "rise"), [(0.3, 0.18), (0.3, 0.17), (0.26, 0.18)])
def test_soles_lie_on_stairs(scene, model, tread, rise):
    found = told(make_rig(root_bone=True), points=STAIRS, ground=stairs(tread, rise))
    assert found.sole_max_cm < ON_STAIRS_CM
    assert found.warnings() == []


@pytest.mark.parametrize(("sunk_m", "blamed"), [(0.0, "on steps"), (0.05, "weighted")])
def test_steps_are_blamed_where_soles_are_right_elsewhere(scene, model, sunk_m, blamed):
    rig = build_shod(SHOD["shoes"])
    job, done, written = walk(rig, points=STAIRS, ground=stairs())
    for shoe in [o for o in scene.objects if o.type == "MESH" and o.parent]:
        for vertex in shoe.data.vertices:
            vertex.co.z -= sunk_m
    found = measure_residual(bpy.context, job, done, written.first_frame, 10_000)
    assert found.sole_off_steps_max_cm == pytest.approx(100.0 * sunk_m, abs=1.5)
    (warning,) = [w for w in replace(found, sole_max_cm=6.0).warnings() if "sole" in w]
    assert blamed in warning


@pytest.mark.parametrize("leave_out", [(), ("LeftToe", "RightToe")])
def test_without_a_mesh_the_bones_are_measured(scene, model, leave_out):
    assert_on_the_ground(make_rig(root_bone=True, leave_out=leave_out))


@pytest.mark.parametrize("tail", [(0, -0.005, 0), (0, 0, 0.1), (0, 0, -0.08), (0.05, 0.1, 0)])
def test_where_a_last_bone_ends_does_not_matter(scene, model, tail):
    """Importers draw the tail of a foot that ends a chain anywhere."""
    rig = make_rig(root_bone=True, leave_out=("LeftToe", "RightToe"))
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    for side in ("Left", "Right"):
        foot = rig.data.edit_bones[side + "Foot"]
        foot.tail = foot.head + Vector(tail)
    bpy.ops.object.mode_set(mode="OBJECT")
    assert_on_the_ground(rig)


def test_high_ankles_of_a_body_off_the_origin_are_counted(scene, model):
    """The balls are where bones are, whatever sole a person of that size would have."""
    rig = make_rig(root_bone=True)
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    bones = rig.data.edit_bones
    for side in ("Left", "Right"):
        bones[side + "Foot"].use_connect = False
        bones[side + "Foot"].head.z += 0.2
        bones[side + "Toe"].tail = bones[side + "Toe"].head + Vector((0, -0.08, 0))
    for bone in bones:
        bone.use_connect = False
        bone.head.z, bone.tail.z = bone.head.z - 0.5, bone.tail.z - 0.5
    bpy.ops.object.mode_set(mode="OBJECT")
    _, _, written = walk(rig)
    balls = []
    for frame in range(written.first_frame, written.last_frame + 1, 4):
        scene.frame_set(frame)
        toes = (rig.pose.bones[side + "Toe"].head for side in ("Left", "Right"))
        balls.append(min((rig.matrix_world @ toe).z for toe in toes))
    assert -0.005 < min(balls) and max(balls) < 0.06


@pytest.mark.parametrize("slope", [0.15, -0.15])
@pytest.mark.parametrize("title", ["shoes", "shoes, no toe bones"])
def test_soles_lie_on_slopes(scene, model, title, slope):
    ground = make_ground(height=lambda _x, y: slope * y)
    found = told(build_shod(SHOD[title]), ground=ground)
    assert found.sole_mean_cm < MEAN_CM and found.sole_max_cm < LARGEST_CM


@pytest.mark.parametrize("legs", [LimbMode.IK, LimbMode.FK])
def test_the_toes_of_a_control_rig_lie_flat(scene, model, legs):
    assert_on_the_ground(make_rigify(), limbs=LimbModes(legs, LimbMode.FK))


def test_who_walks_in_place_is_measured_where_it_would_be(scene, model):
    assert_on_the_ground(build_shod(SHOD["shoes"]), root_motion=RootMotion.IN_PLACE)


def test_meshes_that_hang_on_bones_count(scene, model):
    """A robot's feet are whole objects, each the child of a bone."""
    rig = make_rig(root_bone=True)
    for side in ("Left", "Right"):
        bone = rig.data.bones[side + "Foot"]
        head = bone.head_local
        corners = [(x, y, z) for x in (-0.05, 0.05) for y in (0.1, -0.1) for z in (0, 0.05)]
        mesh = bpy.data.meshes.new("Block")
        mesh.from_pydata([(head.x + x, head.y + y, z) for x, y, z in corners], [], [])
        block = bpy.data.objects.new("Block", mesh)
        scene.collection.objects.link(block)
        block.parent, block.parent_type, block.parent_bone = rig, "BONE", bone.name
        bpy.context.view_layer.update()
        block.matrix_world = rig.matrix_world
    sole = with_soles(bpy.context, read_skeleton(bpy.context, rig)).skeleton.soles["LeftFoot"]
    np.testing.assert_allclose(np.sort(np.unique(sole[:, 2].round(3))), [-0.1, 0.1], atol=2e-3)
    # Its block ends ten centimetres behind the ankle: landing on that edge lifts the ankle.
    assert_on_the_ground(rig, feet_cm=2.0)


def test_toes_beside_the_toe_joint_bend_with_it(scene, model):
    rig = make_rig(root_bone=True)
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    for side, way in (("Left", 1.0), ("Right", -1.0)):
        toe = rig.data.edit_bones[side + "Toe"]
        toe.tail = toe.head + Vector((0, -0.07, 0))
        small = rig.data.edit_bones.new(side + "SmallToe")
        small.head = toe.head + Vector((0.03 * way, 0.015, 0))
        small.tail, small.parent = small.head + Vector((0, -0.05, 0)), toe.parent
    bpy.ops.object.mode_set(mode="OBJECT")
    _, _, written = walk(rig)
    bends = []
    for frame in range(written.first_frame, written.last_frame + 1):
        scene.frame_set(frame)
        toe, small = (rig.pose.bones[n].y_axis for n in ("LeftToe", "LeftSmallToe"))
        assert toe.angle(small) < 0.02
        bends.append(toe.angle(rig.pose.bones["LeftFoot"].y_axis))
    assert np.ptp(bends) > 0.5


def test_soles_stay_on_the_ground_while_driven(scene, model):
    rig = build_shod(SHOD["soft shoes"])
    drive = LiveDrive(bpy.context, DriveSettings(rig))
    lowest = []
    for _ in range(25):
        drive.advance((0.0, -1.3), steps=4)
        bpy.context.view_layer.update()
        lowest.append(lowest_posed(scene, rig))
    drive.revert()
    assert min(lowest) > -0.01


def lowest_posed(scene, rig) -> float:
    depsgraph = bpy.context.evaluated_depsgraph_get()
    return min(
        (obj.matrix_world @ vertex.co).z
        for obj in scene.objects
        if obj.type == "MESH"
        for vertex in obj.evaluated_get(depsgraph).data.vertices
    )
