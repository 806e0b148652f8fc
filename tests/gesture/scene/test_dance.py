"""A dance in the scene: where the character stands, at its size, over nothing of the animator's."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from blender_addon.blender.keys.options import ResultKind, ResultOptions
from blender_addon.capabilities.gesture import scene as gesture_scene
from blender_addon.capabilities.gesture.choice import GestureChoice
from blender_addon.core.errors import SkeletonError
from blender_addon.core.gesture.settings import GestureMode
from tests.gesture.scene.helpers import FPS, joint, poses, print_of, silence
from tests.gesture.stand_in import Stepper, music
from tests.shared.blender.builders import make_rig

pytestmark = [pytest.mark.blender, pytest.mark.smoke]


def dance(rig, sound, options=None, **changes):
    """Let a character dance as the stand-in does."""
    bpy.context.scene.render.fps = FPS
    choice = GestureChoice(rig, mode=GestureMode.DANCE, sound=sound, start_frame=1, **changes)
    job = gesture_scene.read(bpy.context, choice)
    gesture = job.run(pipeline=Stepper(), heard=music(job.duration_s)).result
    return job, gesture, gesture_scene.write(bpy.context, job, gesture, options)


@pytest.mark.parametrize("size", [1.0, 0.1])
def test_it_dances_where_it_stands_with_its_feet_on_the_floor(scene, tmp_path, size):
    rig = make_rig(root_bone=True, size=size)
    rig.location, rig.rotation_euler.z = (1.0, 2.0, 0.0), 0.8
    bpy.context.view_layer.update()
    job, _, written = dance(rig, silence(tmp_path, 4.0))
    assert rig.animation_data.action.name == written.action_name == "Rig Dance"
    places, _ = poses(job)
    hips = places[0, joint(job, "Hips")]
    assert np.allclose(hips[[0, 2]], (1.0, -2.0), atol=0.01 * size)
    toes = places[:, [joint(job, "LeftToe"), joint(job, "RightToe")], 1]
    assert np.abs(toes - 0.02 * size).max() < 0.012 * size
    across = places[0, joint(job, "LeftUpLeg")] - places[0, joint(job, "RightUpLeg")]
    assert np.arctan2(-across[2], across[0]) == pytest.approx(0.8, abs=0.02)
    assert np.ptp(places[:, joint(job, "Hips"), 0]) > 0.03 * size


def test_the_action_before_is_kept_and_an_untouched_dance_makes_room(scene, tmp_path):
    rig = make_rig()
    rig.pose.bones["Head"].keyframe_insert("rotation_quaternion", frame=1)
    own = rig.animation_data.action
    before = print_of(own)
    dance(rig, silence(tmp_path, 4.0))
    assert print_of(own) == before
    dance(rig, silence(tmp_path, 4.0))
    assert [a.name for a in bpy.data.actions if "Dance" in a.name] == ["Rig Dance"]
    strip = ResultOptions(kind=ResultKind.STRIP)
    dance(rig, silence(tmp_path, 4.0), strip)
    assert rig.animation_data.action is None or rig.animation_data.nla_tracks


def test_without_legs_nobody_dances(scene, tmp_path):
    legs = [f"{s}{p}" for s in ("Left", "Right") for p in ("UpLeg", "Leg", "Foot", "Toe")]
    rig = make_rig(leave_out=tuple(legs))
    with pytest.raises(SkeletonError, match="lacks bones for"):
        dance(rig, silence(tmp_path, 4.0))
