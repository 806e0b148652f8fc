"""An edit that keeps time becomes a layer: only the difference, with exact ends and a strength."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from backend.rigs.generated import make_rigify
from blender_addon.blender import compat
from blender_addon.blender.keys.layers import layers_of
from blender_addon.blender.layers.found import results_on
from blender_addon.blender.layers.influence import set_influence
from blender_addon.blender.paths import bone_path
from blender_addon.capabilities.editing.applying import describe
from blender_addon.capabilities.editing.choice import Edit
from blender_addon.capabilities.editing.written import WrittenEdit
from tests.editing.scene.editors import Turning, Unchanged
from tests.editing.scene.motions import (
    animate,
    bones_of,
    curve_values,
    edit_motion,
    key_extra,
    misses_cm,
    seen,
    walking,
)
from tests.shared.blender.builders import make_rig
from tests.shared.blender.snapshot import snapshot

pytestmark = pytest.mark.blender

FRAMES = np.arange(1, 61)
EXACT_M = 5e-5  # Combine works in single precision


def euler_rig():
    """Bones in Euler angles, an object a hundredth as large that is turned and moved."""
    rig = make_rig(rotation_mode="ZXY", size=100.0, root_bone=True)
    rig.scale = (0.01,) * 3
    rig.rotation_euler = (0.0, 0.0, 0.8)
    rig.location = (2.0, -1.0, 0.0)
    return rig


RIGS = {"plain": make_rig, "euler": euler_rig, "rigify": make_rigify}


def _result(rig, mark):
    return next(each for each in results_on([rig]) if each.capability == mark)


@pytest.mark.parametrize("make", RIGS.values(), ids=RIGS.keys())
def test_only_what_changes_is_keyed_and_it_arrives(scene, make):
    rig = make()
    action = animate(rig, walking())
    before = seen(rig, FRAMES)
    job, edited, written = edit_motion(
        rig, Edit.CLEAN, Turning("LeftArm", "Spine1", "LeftUpLeg"), frame_range=(20, 45)
    )
    layer = bpy.data.actions[written.names[0]]
    keyed = bones_of(layer)
    assert not keyed & {"RightArm", "RightLeg", "Head", "upper_arm_fk.R", "foot_ik.R", "head"}
    assert rig.animation_data.action == action
    after = seen(rig, FRAMES)
    off = misses_cm(rig, job, edited[0])
    assert off.max() < 0.1 and np.median(off) < 0.01
    moved = np.abs(after.posed.poses - before.posed.poses).max(axis=(1, 2, 3))
    moved *= rig.scale[0]
    outside = (FRAMES <= 20) | (FRAMES >= 45)
    assert moved[outside].max() < EXACT_M and moved[30] > 0.01


def test_a_strength_of_nothing_gives_the_old_motion_back(scene):
    rig = make_rigify()
    animate(rig, walking())
    before = seen(rig, FRAMES)
    edit_motion(rig, Edit.VARY, Turning("Hips", "LeftFoot", "RightArm"))
    set_influence(_result(rig, "vary"), 0.0)
    now = seen(rig, FRAMES)
    assert np.abs(now.posed.poses - before.posed.poses).max() < EXACT_M


def test_what_is_as_it_should_be_is_not_written(scene):
    rig = make_rig()
    animate(rig, walking())
    before = snapshot()
    _, _, written = edit_motion(rig, Edit.CLEAN, Unchanged())
    assert not written.names and "changed nothing" in written.summary
    assert snapshot() == before


def _keys(action):
    curves = compat.action_fcurves(action)
    return {curve.data_path: [key.co[:] for key in curve.keyframe_points] for curve in curves}


def test_fingers_and_own_properties_keep_their_curves(scene):
    rig = make_rig(root_bone=True)
    action = animate(rig, walking())
    rig["grip"] = 0.2
    key_extra(action, {('["grip"]', 0): 0.3, (bone_path("Head", "scale"), 1): 1.0})
    before = _keys(action)
    _, _, written = edit_motion(rig, Edit.CLEAN, Turning("LeftHand"), frame_range=(10, 50))
    assert _keys(action) == before
    assert bones_of(bpy.data.actions[written.names[0]]) == {"LeftHand"}


def test_generated_again_the_last_result_goes_unless_it_was_touched(scene):
    rig = make_rig()
    animate(rig, walking())
    edit_motion(rig, Edit.VARY, Turning("LeftArm"))
    first = seen(rig, [30]).base.rotations_wxyz
    edit_motion(rig, Edit.VARY, Turning("LeftArm"))
    assert len(layers_of(rig, "vary")) == 1
    assert np.allclose(seen(rig, [30]).base.rotations_wxyz, first, atol=1e-4)
    set_influence(_result(rig, "vary"), 0.5)
    edit_motion(rig, Edit.VARY, Turning("LeftArm"))
    assert len(layers_of(rig, "vary")) == 2


@pytest.mark.parametrize("mode", ["QUATERNION", "XYZ"])
def test_edits_of_different_kinds_lie_on_one_another(scene, mode):
    rig = make_rig(rotation_mode=mode)
    animate(rig, walking())
    edit_motion(rig, Edit.VARY, Turning("LeftArm", "Hips", angle=0.7))
    job, edited, _ = edit_motion(rig, Edit.CLEAN, Turning("LeftArm", "Hips", "Spine", angle=0.6))
    assert misses_cm(rig, job, edited[0]).max() < 0.05
    fill, clean = layers_of(rig, "vary"), layers_of(rig, "clean")
    assert len(fill) == len(clean) == 1 and not fill[0].mute
    one_turn = seen(rig, [30]).base.rotations_wxyz
    fill[0].mute = True
    assert not np.allclose(seen(rig, [30]).base.rotations_wxyz, one_turn, atol=1e-2)


def test_variants_are_takes_of_which_the_first_plays(scene):
    rig = make_rig()
    animate(rig, walking())
    job, edited, written = edit_motion(rig, Edit.VARY, Turning("LeftArm"), variants=3)
    tracks = layers_of(rig, "vary")
    assert len(written.names) == 3 and "3 variants" in written.summary
    assert [t.mute for t in tracks if t.name == written.names[0]] == [False]
    assert sum(not track.mute for track in tracks) == 1
    assert list(written.names) == [f"{rig.name} Vary{number}" for number in ("", " 2", " 3")]
    assert not written.gave_way  # that the first one plays alone is no news
    assert misses_cm(rig, job, edited[0]).max() < 0.05


def test_markers_name_what_was_touched(scene):
    rig = make_rig()
    animate(rig, walking())
    edit = Turning("LeftArm", markers={12: "Left Arm", 30: "Spike"})
    _, _, written = edit_motion(rig, Edit.CLEAN, edit)
    markers = bpy.data.actions[written.names[0]].pose_markers
    assert [(m.frame, m.name) for m in markers] == [(13, "Left Arm"), (31, "Spike")]
    edit_motion(rig, Edit.CLEAN, edit)  # they are no sign of a hand
    assert len(layers_of(rig, "clean")) == 1


def test_chosen_bones_alone_change(scene):
    rig = make_rigify()
    animate(rig, walking())
    _, _, written = edit_motion(
        rig, Edit.CLEAN, Turning("LeftArm", "Spine", "LeftUpLeg"), bones=("upper_arm_fk.L",)
    )
    assert bones_of(bpy.data.actions[written.names[0]]) == {"upper_arm_fk.L"}


def test_a_long_take_is_read_and_written_in_parts(scene, monkeypatch):
    rig = make_rig(rotation_mode="ZXY", root_bone=True)
    animate(rig, walking())
    at_once, _, written = edit_motion(rig, Edit.CLEAN, Turning("LeftArm", "LeftUpLeg", "Hips"))
    expected = curve_values(bpy.data.actions[written.names[0]], FRAMES)
    monkeypatch.setattr("blender_addon.blender.rig.take.LONG_FRAMES", 25)
    job, _, written = edit_motion(rig, Edit.CLEAN, Turning("LeftArm", "LeftUpLeg", "Hips"))
    assert job.take.posed is None and at_once.take.posed is not None
    found = curve_values(bpy.data.actions[written.names[0]], FRAMES)
    assert found.keys() == expected.keys()
    assert max(np.abs(found[key] - expected[key]).max() for key in found) < 2e-3


@pytest.mark.parametrize(("fps", "base"), [(24, 1.001), (60, 1.0)])
def test_rates_and_shifted_actions_are_as_they_play(scene, fps, base):
    rig = make_rig()
    action = animate(rig, walking(40, rate=fps))
    scene.render.fps, scene.render.fps_base = fps, base
    track = rig.animation_data.nla_tracks.new()
    rig.animation_data.action = None
    track.strips.new("Later", 101, action).scale = 2.0
    job, edited, written = edit_motion(rig, Edit.CLEAN, Turning("Spine"), frame_range=(110, 170))
    assert job.take.common.frame_rate_hz == pytest.approx(fps / base)
    assert (job.take.first, job.take.last) == (101, 179)
    assert (written.first_frame, written.last_frame) == (110, 170)
    assert misses_cm(rig, job, edited[0]).max() < 0.05


def test_a_character_is_told_by_its_whole_name():
    written = WrittenEdit(("A",), 1, 9, "Fill: frames 1 to 9 of 'Hero (old)'", means="a cubic")
    assert describe(written).startswith("Fill: frames 1 to 9 of 'Hero (old)'; a cubic")
