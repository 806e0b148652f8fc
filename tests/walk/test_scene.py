"""From scene to keys and back: a walk on any rig, at any rate, and nothing changed on failure."""

from __future__ import annotations

import bpy
import numpy as np
import pytest
from mathutils import Euler, Matrix

from blender_addon.blender import compat
from blender_addon.blender.axes import core_to_blender_points
from blender_addon.blender.rig.pose import RootMotion
from blender_addon.capabilities.walk import scene as walk_scene
from blender_addon.capabilities.walk.scene import WalkSettings
from blender_addon.core.errors import Cancelled, InputError, PathError, SettingsError
from blender_addon.core.ground.path import Stop
from blender_addon.core.motion.kinematics import forward_kinematics
from tests.shared.blender.builders import bone_heads, make_curve, make_ground, make_rig
from tests.shared.blender.snapshot import snapshot
from tests.walk.stand_in import SwingingWalker

pytestmark = pytest.mark.blender

ODD = Matrix.LocRotScale((3, -2, 1), Euler((0.4, -0.8, 2.0)), (0.6,) * 3)
CORNER = ((1, 1, 0), (1, -3, 0), (4, -3, 0))


def walk(armature, curve=None, *, pipeline=None, **settings):
    chosen = WalkSettings(armature, curve or make_curve(CORNER), **settings)
    job = walk_scene.read(bpy.context, chosen)
    done = job.run(pipeline=pipeline or SwingingWalker()).result
    return job, done, walk_scene.write(bpy.context, job, done)


@pytest.mark.parametrize("mode", [RootMotion.BONE, RootMotion.OBJECT])
@pytest.mark.parametrize(
    ("rig", "transform"),
    [
        ({}, Matrix()),
        pytest.param(
            {"a_pose": True, "rolls": True, "root_bone": True}, ODD, marks=pytest.mark.smoke
        ),
        pytest.param({"twist_bones": True, "rotation_mode": "ZXY"}, ODD, marks=pytest.mark.smoke),
        ({"size": 0.4}, Matrix()),
    ],
    ids=["plain", "odd", "twisted", "small"],
)
def test_bones_are_within_a_millimetre_of_the_retargeted_clip(scene, rig, transform, mode):
    armature = make_rig(**rig)
    armature.matrix_world = transform
    _, done, written = walk(armature, root_motion=mode)
    clip = done.clip
    positions, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    for n in range(0, clip.frame_count, 9):
        scene.frame_set(written.first_frame + n)
        heads = bone_heads(armature, clip.skeleton.names)
        assert np.abs(heads - core_to_blender_points(positions[n])).max() <= 1e-3


@pytest.mark.parametrize("size", [0.3, 1.0, 3.0])
def test_characters_of_every_size_keep_to_the_curve_and_the_ground(scene, size):
    armature = make_rig(size=size)
    _, done, written = walk(armature, speed_m_s=1.3 * size)
    assert done.scale == pytest.approx(size, rel=1e-3)
    scene.frame_set(written.first_frame)
    assert np.allclose(bone_heads(armature, ["Hips"])[0][:2], (1, 1), atol=0.1 * size)
    toes = bone_heads(armature, ["LeftToe", "RightToe"])
    assert np.all(np.abs(toes[:, 2]) < 0.08 * size)
    scene.frame_set(written.last_frame)
    assert np.allclose(bone_heads(armature, ["Hips"])[0][:2], (4, -3), atol=0.1 * size)


def test_the_character_looks_where_it_walks(scene):
    armature = make_rig()
    walk(armature, make_curve(((0, 0, 0), (5, 0, 0))))
    scene.frame_set(40)
    left, right = bone_heads(armature, ["LeftUpLeg", "RightUpLeg"])
    assert (left - right)[1] > 0.1  # walking along +X, the left is at +Y


@pytest.mark.parametrize(
    ("fps", "base", "rate"),
    [(1000, 1.0, 1000.0), (24, 1.001, 24 / 1.001), (30, 1.001, 30 / 1.001), (12, 1.0, 12.0)],
)
def test_any_frame_rate_tells_the_same_walk(scene, fps, base, rate):
    scene.render.fps, scene.render.fps_base = fps, base
    armature = make_rig()
    _, done, written = walk(armature)
    reference = done.result.clip
    assert done.clip.frame_rate_hz == pytest.approx(rate, rel=1e-6)
    count = written.last_frame - written.first_frame + 1
    assert count == int(reference.duration_s * rate + 1e-6) + 1
    at = 2.0 * reference.frame_rate_hz
    desired = core_to_blender_points(reference.root_positions[int(at)])
    frame = 2.0 * rate + written.first_frame
    scene.frame_set(int(frame), subframe=frame % 1)
    assert np.allclose(bone_heads(armature, ["Hips"])[0], desired, atol=0.02)


@pytest.mark.smoke
def test_it_begins_on_the_current_frame_and_the_scene_s_end_only_grows(scene):
    scene.frame_start, scene.frame_end = 1, 5000
    scene.frame_set(100)
    armature = make_rig()
    _, _, written = walk(armature)
    assert written.first_frame == 100
    assert not written.extended_scene
    assert scene.frame_end == 5000
    assert scene.frame_current == 100
    scene.frame_end = 120
    _, _, written = walk(armature)
    assert written.extended_scene
    assert scene.frame_end == written.last_frame > 120
    frames = [p.co[0] for p in compat.fcurves_of(armature)[0].keyframe_points]
    assert (min(frames), max(frames)) == (100, written.last_frame)


def test_hills_lift_the_character(scene):
    ground = make_ground(height=lambda x, _y: 0.2 * x)
    armature = make_rig(root_bone=True)
    curve = make_curve(((0, 0, 0), (6, 0, 0)))
    _, done, written = walk(armature, curve, ground=ground)
    scene.frame_set(written.last_frame)
    assert bone_heads(armature, ["Root"])[0][2] == pytest.approx(1.2, abs=0.05)
    toes = bone_heads(armature, ["LeftToe", "RightToe"])
    assert np.allclose(toes[:, 2], 1.2, atol=0.1)
    assert done.track.positions[0, 1] == pytest.approx(0.0, abs=0.05)


def test_stops_and_speeds_reach_the_pipeline(scene):
    armature, curve = make_rig(), make_curve(((0, 0, 0), (6, 0, 0)))
    _, plain, _ = walk(armature, curve)
    _, paused, _ = walk(armature, curve, stops=(Stop(3.0, 2.0),))
    assert paused.clip.duration_s > plain.clip.duration_s + 1.9
    _, late, _ = walk(armature, curve, stand_before_s=3.5)
    assert late.clip.duration_s == pytest.approx(plain.clip.duration_s + 3.0, abs=0.1)


@pytest.mark.smoke
def test_the_old_action_is_never_touched(scene):
    armature = make_rig()
    bone = armature.pose.bones["Hips"]
    for frame in (1, 10, 30):
        bone.location = (frame, 0, 0)
        bone.keyframe_insert("location", frame=frame)
    old = armature.animation_data.action
    before = keys_of(old)
    walk(armature)
    assert keys_of(old) == before
    assert old.use_fake_user  # or saving would drop it


def keys_of(action):
    return [
        (curve.data_path, curve.array_index, point.interpolation, *point.co, *point.handle_left)
        for curve in compat.action_fcurves(action)
        for point in curve.keyframe_points
    ]


@pytest.mark.smoke
def test_esc_at_any_moment_leaves_the_file_as_it_was(scene):
    armature, ground = make_rig(root_bone=True), make_ground()
    curve = make_curve(CORNER)
    curve.data.bevel_depth = 0.1
    armature.pose.bones["Hips"].keyframe_insert("location", frame=3)
    bpy.context.view_layer.update()
    before = snapshot()
    for patience in (0, 3, 9, 10):
        told = []

        def on_progress(part, told=told, patience=patience):
            told.append(part)
            return len(told) <= patience

        job = walk_scene.read(bpy.context, WalkSettings(armature, curve, ground=ground))
        with pytest.raises(Cancelled):
            job.run(on_progress, pipeline=SwingingWalker())
        assert len(told) == patience + 1
        assert snapshot() == before
    walk(armature, curve, ground=ground)
    assert snapshot() != before


def test_progress_rises_from_0_to_almost_1(scene):
    told = []
    job = walk_scene.read(bpy.context, WalkSettings(make_rig(), make_curve(CORNER)))
    job.run(lambda part: told.append(part) or True, pipeline=SwingingWalker())
    assert told == sorted(told)
    assert told[0] == 0.0
    assert 0.9 < told[-1] <= 1.0


def test_the_job_holds_no_blender_data(scene):
    job = walk_scene.read(bpy.context, WalkSettings(make_rig(), make_curve(CORNER)))
    waiting, seen = [job], set()
    while waiting:
        value = waiting.pop()
        assert not isinstance(value, bpy.types.bpy_struct)
        if id(value) in seen or isinstance(value, (str, bytes, np.ndarray)):
            continue
        seen.add(id(value))
        waiting += list(value.values()) if isinstance(value, dict) else []
        waiting += list(value) if isinstance(value, (list, tuple)) else []
        waiting += list(vars(value).values()) if hasattr(value, "__dict__") else []


def test_bad_input_is_told_before_anything_is_computed(scene):
    armature, curve = make_rig(), make_curve(CORNER)
    before = snapshot()
    for settings, said in (
        ({"speed_m_s": 0.0}, "above 0"),
        ({"speed_m_s": -1.0}, "above 0"),
        ({"speed_m_s": 100.0}, "100 m/s"),
        ({"stand_before_s": -1.0}, "standing for -1 s"),
        ({"stand_after_s": float("nan")}, "standing for nan s"),
        ({"start_frame": 1_048_500}, "last frame is 1048574"),
        ({"armature": None}, "no character"),
        ({"curve": None}, "no path"),
        ({"ground": make_ground(size=0.5)}, "no ground under the path"),
    ):
        chosen = {"armature": armature, "curve": curve, **settings}
        with pytest.raises((PathError, SettingsError, InputError), match=said):
            walk_scene.read(bpy.context, WalkSettings(**chosen))
    bpy.data.objects.remove(bpy.data.objects["Ground"])
    bpy.data.meshes.remove(bpy.data.meshes["Ground"])
    assert snapshot() == before


@pytest.mark.smoke
def test_an_armature_deleted_meanwhile(scene):
    armature = make_rig()
    job = walk_scene.read(bpy.context, WalkSettings(armature, make_curve(CORNER)))
    done = job.run(pipeline=SwingingWalker()).result
    bpy.data.objects.remove(armature)
    with pytest.raises(InputError, match="is gone"):
        walk_scene.write(bpy.context, job, done)


@pytest.mark.smoke
def test_a_library_override_walks_and_the_library_stays(scene, tmp_path):
    bpy.data.libraries.write(str(tmp_path / "library.blend"), {make_rig()})
    bpy.ops.wm.read_factory_settings(use_empty=True)
    with bpy.data.libraries.load(str(tmp_path / "library.blend"), link=True) as (_, desired):
        desired.objects = ["Rig"]
    linked = bpy.data.objects["Rig"]
    bpy.context.scene.collection.objects.link(linked)
    with pytest.raises(InputError, match="Library Override"):
        walk_scene.read(bpy.context, WalkSettings(linked, make_curve(CORNER)))
    override = linked.override_create(remap_local_usages=True)
    override.override_library.is_system_override = False
    _, _, written = walk(override)
    bpy.context.scene.frame_set(written.last_frame)
    assert np.allclose(bone_heads(override, ["Hips"])[0][:2], (4, -3), atol=0.1)


@pytest.mark.smoke
@pytest.mark.parametrize("mode", list(RootMotion))
def test_the_trained_model_plants_feet_on_hills(scene, model, mode):
    def height(x, y):
        return 0.15 * np.sin(x) + 0.15 * np.cos(0.8 * y)

    armature = make_rig(root_bone=True, rolls=True, a_pose=True)
    curve = make_curve(((0, 0, 0), (0, -3, 0), (2, -5, 0)), "BEZIER")
    ground = make_ground(size=20, cells=100, height=height)
    chosen = WalkSettings(armature, curve, ground=ground, root_motion=mode)
    job = walk_scene.read(bpy.context, chosen)
    done = job.run().result
    written = walk_scene.write(bpy.context, job, done)
    assert done.result.reached_end
    if mode is RootMotion.IN_PLACE:
        scene.frame_set(written.last_frame)
        assert np.linalg.norm(bone_heads(armature, ["Hips"])[0][:2]) < 0.3
        return
    heights = []
    for frame in range(written.first_frame, written.last_frame + 1):
        scene.frame_set(frame)
        toes = bone_heads(armature, ["LeftToe", "RightToe"])
        heights.append(toes[:, 2] - height(toes[:, 0], toes[:, 1]))
    heights = np.array(heights)
    planted = heights[done.clip.contacts[:, [1, 3]]]
    assert abs(np.median(planted) - 0.02) < 0.01
    assert heights.min() > -0.025
