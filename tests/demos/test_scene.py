"""The demo's ground, paths and camera."""

from __future__ import annotations

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from bpy_extras.object_utils import world_to_camera_view  # noqa: E402
from mathutils import Vector  # noqa: E402

from backend.demos import scene as demo_scene  # noqa: E402
from blender_addon.blender.axes import core_to_blender_points  # noqa: E402
from blender_addon.blender.rig.pose import GroundTrack  # noqa: E402
from blender_addon.capabilities.walk import scene as walk_scene  # noqa: E402
from blender_addon.capabilities.walk.job import Walk  # noqa: E402
from blender_addon.core.motion.clip import MotionClip  # noqa: E402

pytestmark = pytest.mark.blender


@pytest.fixture
def demo(scene):
    return demo_scene.build_demo_scene(bpy.context)


def _track(job):
    """A root that runs along the path at even speed, 10 s at 24 Hz."""
    count = 240
    places = job.path.positions(np.linspace(0, job.path.length_m, count))
    heights = job.terrain.heights(places)
    return np.stack((places[:, 0], heights, places[:, 1]), axis=-1).astype(float)


def _walk(job):
    track = _track(job)
    count, skeleton = len(track), job.rig.skeleton
    turns = np.zeros((count, skeleton.joint_count, 4), np.float32)
    turns[..., 0] = 1
    clip = MotionClip(skeleton, 24.0, track, turns)
    return Walk(clip, GroundTrack(track, np.zeros(count)), result=None, scale=1.0)


def test_hills_are_gentle_and_the_mesh_follows_them(demo):
    x, y = np.meshgrid(np.linspace(-9, 9, 400), np.linspace(-5, 5, 300), indexing="ij")
    heights = demo_scene.ground_heights(x, y)
    assert 0.15 < np.abs(heights).max() <= 0.3
    slope = np.hypot(*np.gradient(heights, x[1, 0] - x[0, 0], y[0, 1] - y[0, 0]))
    assert np.degrees(np.arctan(slope.max())) < 18
    for settings in demo.walkers:
        job = walk_scene.read(bpy.context, settings)
        places = job.path.positions(np.linspace(0, job.path.length_m, 200))
        desired = demo_scene.ground_heights(places[:, 0], -places[:, 1])
        np.testing.assert_allclose(job.terrain.heights(places), desired, atol=0.006)


def test_the_paths_walk_jog_stop_and_turn_back_side_by_side(demo):
    jobs = [walk_scene.read(bpy.context, settings) for settings in demo.walkers]
    for job in jobs:
        speeds = job.path.speeds_m_s
        assert speeds.min() < 1.4 and speeds.max() > 2.2
        steps = np.diff(job.path.points[:, [0, 2]], axis=0)
        headings = np.unwrap(np.arctan2(steps[:, 0], steps[:, 1]))
        assert abs(headings[-1] - headings[0]) > np.radians(150)
    assert [len(job.path.stops) for job in jobs] == [1, 0]
    inner, outer = (demo_scene.path_points(job.path) for job in jobs)
    apart = np.linalg.norm(inner[:, None] - outer, axis=-1)
    assert 0.7 < apart.min() and apart.min(axis=1).max() < 1.3, "never in each other's way"


def test_the_camera_keeps_both_people_whole_in_the_picture(demo):
    context = bpy.context
    context.scene.render.resolution_x, context.scene.render.resolution_y = 16, 9
    jobs = [walk_scene.read(context, settings) for settings in demo.walkers]
    walks = [_walk(job) for job in jobs]
    demo_scene.follow_with_camera(context, demo, jobs[0], walks)
    for frame in range(0, 240, 6):
        context.scene.frame_set(jobs[0].start_frame + frame)
        for walk in walks:
            feet = Vector(core_to_blender_points(walk.track.positions[frame]))
            for place in (feet, feet + Vector((0, 0, 1.8))):
                x, y, depth = world_to_camera_view(context.scene, demo.camera, place)
                assert 0.1 < x < 0.9 and 0.03 < y < 0.97 and 2.0 < depth < 9.0


def test_the_path_line_lies_on_the_ground(demo):
    job = walk_scene.read(bpy.context, demo.walkers[0])
    line = demo_scene.add_path_line(
        bpy.context, "Line", demo_scene.path_points(job.path), 0.06, "Path"
    )
    places = np.array([v.co for v in line.data.vertices])
    over = places[:, 2] - demo_scene.ground_heights(places[:, 0], places[:, 1])
    np.testing.assert_allclose(over, 0.02, atol=1e-5)
