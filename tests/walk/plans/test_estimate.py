"""The estimate and the job say where the ground slows a walk down, and count it in."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from blender_addon.blender.ground.below import ground_below
from blender_addon.capabilities.walk import scene as walk_scene
from blender_addon.capabilities.walk.path_preview import make_preview, preview_key
from blender_addon.capabilities.walk.scene import WalkSettings
from blender_addon.core.notes import warnings_in
from tests.shared.blender.builders import make_curve, make_ground, make_rig

pytestmark = pytest.mark.blender

AHEAD = ((0, 0, 0), (0, -5, 0))


def stairs(_x: float, y: float) -> float:
    """Six treads of 30 cm from 1.5 m ahead on."""
    return 0.16 * min(max(0, int((-y - 1.2) / 0.3)), 6)


def sized(size: float, height=stairs) -> WalkSettings:
    ground = make_ground(size=12.0, cells=240, height=height)
    ground.scale = (size,) * 3
    path = make_curve([[size * value for value in point] for point in AHEAD])
    return WalkSettings(make_rig(size=size), path, ground, speed_m_s=1.3 * size)


@pytest.mark.parametrize("size", [1.0, 0.2])
def test_stairs_are_told_and_counted_in(scene, model, size):
    settings = sized(size)
    preview = make_preview(bpy.context, settings)
    level = make_preview(
        bpy.context, WalkSettings(settings.armature, settings.curve, speed_m_s=1.3 * size)
    )
    assert preview.problem == "" and level.slow == ""
    assert "on 6 treads, one foot on each" in preview.slow
    assert preview.arrival_s > level.arrival_s + 1.0
    job = walk_scene.read(bpy.context, settings)
    (told,) = [note for note in job.notes if "treads" in note]
    assert not warnings_in([told])
    if size == 1.0:
        assert told == preview.slow and told.startswith("slows to 0.52")
        assert "1.47 m from the start" in told
    track = job.run().result.track.positions
    arrived = np.linalg.norm(track[:, [0, 2]] - (0, 5 * size), axis=1) < 0.1 * size
    first = job.start_frame + int(np.argmax(arrived))
    assert abs(preview.arrival_frame - first) < 16


@pytest.mark.parametrize(
    "height",
    [
        lambda _x, y: 0.3 * np.sin(1.3 * y),
        lambda _x, y: -0.4 * y,
        lambda x, y: 0.1 * np.sin(7 * x) * np.cos(9 * y),
        lambda _x, y: 0.15 if y < -2 else 0.0,
    ],
    ids=["bumps", "slope", "rough", "kerb"],
)
def test_other_ground_slows_nobody(scene, model, height):
    settings = sized(1.0, height)
    assert make_preview(bpy.context, settings).slow == ""
    assert not [note for note in walk_scene.read(bpy.context, settings).notes if "slows" in note]


def test_the_estimate_follows_the_ground(scene):
    settings = sized(1.0)
    before = preview_key(bpy.context, settings)
    settings.ground.location.x += 20.0
    bpy.context.view_layer.update()
    assert preview_key(bpy.context, settings) != before
    assert make_preview(bpy.context, settings).slow == ""


def test_ground_below_is_the_highest_of_the_meshes(scene):
    low, high = make_ground(size=4.0, cells=4), make_ground(size=1.0, cells=4)
    high.location.z, high.rotation_euler.z = 0.5, 0.4
    bpy.context.view_layer.update()
    heights = ground_below(bpy.context, [low, high], 0.5).heights(
        np.array([[[0.0, 0.0], [2.0, 2.0]], [[9.0, 0.0], [0.2, -0.2]]])
    )
    np.testing.assert_allclose(heights, [[1.0, 0.0], [np.nan, 1.0]], atol=1e-5)
