"""Ground that moves, or rises further than anybody steps, is told before it shows."""

from __future__ import annotations

import bpy
import pytest

from blender_addon.capabilities.walk import scene as walk_scene
from blender_addon.capabilities.walk.scene import WalkSettings
from blender_addon.core.notes import notes_in, warnings_in
from tests.shared.blender.builders import make_curve, make_ground, make_rig

pytestmark = pytest.mark.blender

AHEAD = ((0, 0, 0), (0, -3, 0))


def stairs(rise):
    return lambda _x, y: rise * max(0, int((-y - 0.5) / 0.3))


GROUNDS = {
    "level": (None, ""),
    "steep stairs": (stairs(0.2), ""),
    "a steep slope": (lambda _x, y: -y, ""),
    "a wall": (lambda _x, y: 2.5 if y < -1.5 else 0.0, "2.50 m within one step, 1."),
    "a pit": (lambda _x, y: -0.9 if -1.6 < y < -1.2 else 0.0, "0.90 m within one step, 1."),
    "stairs for giants": (stairs(0.7), "within one step"),
}


@pytest.mark.parametrize("what", GROUNDS)
@pytest.mark.parametrize("size", [1.0, 0.1])
def test_a_step_that_nobody_takes_is_told(scene, what, size):
    height, told = GROUNDS[what]
    ground = make_ground(size=8.0, cells=80, height=height)
    ground.scale = (size,) * 3
    rig = make_rig(size=size)
    path = make_curve([[size * value for value in point] for point in AHEAD])
    settings = WalkSettings(rig, path, ground, speed_m_s=1.3 * size)
    warnings = warnings_in(walk_scene.read(bpy.context, settings).notes)
    assert len(warnings) == bool(told)
    if size == 1.0:
        assert all(told in warning for warning in warnings)


def raised(obj):
    for frame, height in ((1, 0.0), (60, 2.0)):
        obj.location.z = height
        obj.keyframe_insert("location", index=2, frame=frame)
    bpy.context.scene.frame_set(1)


@pytest.mark.parametrize("mover", ["itself", "its parent", "nothing", "a key"])
def test_ground_that_moves_is_told(scene, mover):
    rig, ground = make_rig(), make_ground(size=8.0, cells=8)
    if mover == "itself":
        raised(ground)
    elif mover == "its parent":
        ground.parent = make_curve(name="Lift")
        raised(ground.parent)
    elif mover == "a key":
        ground.keyframe_insert("location", frame=1)
    job = walk_scene.read(bpy.context, WalkSettings(rig, make_curve(AHEAD), ground))
    told = [note for note in notes_in(job.rig.warnings) if "the ground 'Ground' moves" in note]
    assert len(told) == (mover in ("itself", "its parent"))
