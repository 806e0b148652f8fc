"""What is previewed is what comes, and looking changes nothing."""

from __future__ import annotations

import bpy
import numpy as np
import pytest
from mathutils import Vector

from blender_addon.blender.ground.path import SpeedChange
from blender_addon.capabilities.walk import scene as walk_scene
from blender_addon.capabilities.walk.path_overlay import readable_ticks, speed_colours
from blender_addon.capabilities.walk.path_preview import make_preview, preview_key
from blender_addon.capabilities.walk.scene import WalkSettings
from blender_addon.core.ground.path import Stop
from tests.shared.blender.builders import make_curve, make_rig
from tests.shared.blender.snapshot import snapshot
from tests.shared.counting import calls_of

pytestmark = pytest.mark.blender

BEND = ((0, 0, 0), (0, -4, 0), (3, -6, 0))


@pytest.mark.parametrize("size", [0.5, 1.0])
def test_the_character_arrives_when_it_was_estimated(scene, model, size):
    scene.frame_set(20)
    settings = WalkSettings(
        make_rig(size=size),
        make_curve(BEND),
        speed_m_s=1.2 * size,
        speed_changes=(SpeedChange(3.0, 1.8 * size),),
        stops=(Stop(2.0, 1.5),),
        stand_before_s=1.0,
    )
    preview = make_preview(bpy.context, settings)
    assert preview.problem == ""
    job = walk_scene.read(bpy.context, settings)
    track = job.run().result.track.positions
    arrived = np.linalg.norm(track[:, [0, 2]] - (3, 6), axis=1) < 0.1 * size
    first = 20 + int(np.argmax(arrived))
    assert first - 5 <= preview.arrival_frame <= first + 0.6 * 24 / size
    assert preview.length_m == pytest.approx(job.path.length_m)
    said = preview.describe().replace("\u00a0", " ")
    assert f"m, frames 20 to {preview.arrival_frame} (" in said


def test_the_line_carries_speeds_ticks_and_marks(scene):
    settings = WalkSettings(
        None,
        make_curve(BEND),
        speed_changes=(SpeedChange(2.0, 2.5),),
        stops=(Stop(5.0, 2.0),),
        start_frame=1,
    )
    preview = make_preview(bpy.context, settings)
    assert np.allclose(preview.points[[0, -1]], ((0, 0, 0), (3, -6, 0)), atol=1e-5)
    assert (preview.speeds_m_s.min(), preview.speeds_m_s.max()) == (1.3, 2.5)
    assert [text for _, text in preview.marks] == ["2.5 m/s", "stop 2 s"]
    assert preview.marks[0][0] == pytest.approx((0, -2, 0), abs=1e-5)
    assert [text for _, text in preview.ticks[:2]] == ["1 s", "2 s"]
    places = np.array([place for place, _ in preview.ticks])
    assert np.all(np.diff(places[:, 1]) <= 0)
    assert preview.ticks[-1][1] == f"arrives {preview.arrival_s:.1f} s"
    colours = speed_colours(preview.speeds_m_s)
    assert colours[0][2] > colours[0][0] and colours[-1][0] > colours[-1][2]


def test_no_text_lies_over_another_and_the_arrival_is_always_told():
    line = [Vector((x, 0.0)) for x in (0, 20, 40, 100, 180, 200)]
    assert readable_ticks(line) == [0, 2, 3, 5]
    assert readable_ticks([None, *line[3:]]) == [1, 3]
    assert readable_ticks([line[0], line[3], None]) == [0, 1]
    assert readable_ticks([]) == []


def test_what_would_be_refused_is_told(scene, model):
    rig, curve = make_rig(), make_curve(BEND)
    for settings, said in (
        (WalkSettings(rig, curve, speed_m_s=9.0), "faster than the model goes"),
        (WalkSettings(rig, curve, speed_changes=(SpeedChange(99.0, 1.0),)), "does not lie on"),
        (WalkSettings(rig, make_curve(((0, 0, 0), (0, 0, 0)))), "has no length"),
    ):
        assert said in make_preview(bpy.context, settings).problem
    curve.data.bevel_depth = 0.1  # a tube: nothing is previewed, and nothing wrong is told
    preview = make_preview(bpy.context, WalkSettings(rig, curve))
    assert (preview.describe(), preview.problem) == ("", "")


def test_looking_changes_nothing_and_is_quick(scene):
    rig, curve = make_rig(), make_curve(BEND, "BEZIER")
    settings = WalkSettings(rig, curve)
    before = snapshot()
    make_preview(bpy.context, settings)
    assert snapshot() == before
    key = preview_key(bpy.context, settings)
    asked = calls_of(lambda: preview_key(bpy.context, settings))
    made = calls_of(lambda: make_preview(bpy.context, settings))
    assert asked.total() < 0.05 * made.total()  # each redraw asks
    curve.data.splines[0].bezier_points[1].co.x += 0.5
    assert preview_key(bpy.context, settings) != key


def test_it_follows_while_the_curve_is_edited(scene):
    curve = make_curve(BEND, "BEZIER")
    settings = WalkSettings(None, curve)
    before = make_preview(bpy.context, settings)
    bpy.context.view_layer.objects.active = curve
    bpy.ops.object.mode_set(mode="EDIT")
    key = preview_key(bpy.context, settings)
    curve.data.splines[0].bezier_points[2].co.x += 4.0
    assert preview_key(bpy.context, settings) != key
    during = make_preview(bpy.context, settings)
    assert during.problem == ""
    assert during.length_m > before.length_m + 1.0


def test_the_watch_keeps_the_panel_s_preview(addon):
    from blender_addon.capabilities.walk.previews import latest_preview
    from blender_addon.capabilities.walk.watch import look

    addon.neural_motion.character = rig = make_rig()
    chosen = rig.neural_motion.walk
    look()
    assert latest_preview().describe() == ""
    chosen.path = make_curve(BEND)
    look()
    first = latest_preview()
    assert first.describe()
    look()
    assert latest_preview() is first
    chosen.speed = 0.9
    look()
    assert latest_preview().arrival_s > first.arrival_s


def test_the_watch_says_once_what_went_away_and_hides_no_other_error(addon, monkeypatch, caplog):
    from blender_addon.capabilities.walk import previews, watch

    addon.neural_motion.character = rig = make_rig()
    rig.neural_motion.walk.path = curve = make_curve(BEND)
    gone = WalkSettings(rig, make_curve(BEND))
    bpy.data.objects.remove(gone.curve)
    with monkeypatch.context() as patch:
        patch.setattr(watch, "walk_settings", lambda _context: gone)
        for _ in range(3):
            watch.look()
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 1
    assert "the preview of the path waits: StructRNA of type Object has been removed" in said[0]
    with monkeypatch.context() as patch:
        patch.setattr(watch, "walk_settings", lambda _context: None)
        with pytest.raises(AttributeError):
            watch.look()
    watch.look()
    assert previews.latest_preview().length_m > 0
    assert curve.name == rig.neural_motion.walk.path.name
