"""An animal on what moves: it keeps to its path, and what is told of it is true."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from blender_addon.blender.rig.pose import RootMotion
from blender_addon.capabilities.quadruped import scene as quadruped_scene
from blender_addon.capabilities.quadruped.choice import AnimalChoice
from blender_addon.capabilities.quadruped.residual import measure_residual
from tests.quadruped.scene.animals import Trotter, make_animal
from tests.shared.blender.builders import bone_heads, make_curve

pytestmark = pytest.mark.blender

AHEAD = ((0, 0, 0), (0, -4, 0))


def moving_empty(scene) -> bpy.types.Object:
    empty = bpy.data.objects.new("Ship", None)
    scene.collection.objects.link(empty)
    empty.keyframe_insert("location", frame=1)
    empty.keyframe_insert("rotation_euler", frame=1)
    empty.location, empty.rotation_euler.z = (3.0, 1.0, 0.0), 0.8
    empty.keyframe_insert("location", frame=120)
    empty.keyframe_insert("rotation_euler", frame=120)
    scene.frame_set(1)
    return empty


def go(armature, curve, **chosen):
    job = quadruped_scene.read(bpy.context, AnimalChoice(armature, curve, **chosen))
    done = job.run(pipeline=Trotter()).result
    written = quadruped_scene.write(bpy.context, job, done)
    return job, written, measure_residual(bpy.context, job, done, written)


def middle(armature) -> np.ndarray:
    return np.mean(bone_heads(armature, ["hips", "chest"]), axis=0)


@pytest.mark.parametrize("mode", [RootMotion.BONE, RootMotion.OBJECT])
@pytest.mark.parametrize("root_bone", [False, True])
def test_keys_follow_a_parent_that_moves(scene, mode, root_bone):
    armature = make_animal(root_bone=root_bone)
    armature.parent = moving_empty(scene)
    job, written, residual = go(armature, make_curve(AHEAD), root_motion=mode)
    scene.frame_set(written.last_frame)
    assert middle(armature)[:2] == pytest.approx((0, -4), abs=0.05)
    assert max(residual.largest_m.values()) < 0.005
    assert any("is also moved by 'Ship'" in note for note in job.notes)


def test_who_hangs_on_the_same_as_the_path_is_carried_along(scene):
    armature, curve, ship = make_animal(), make_curve(AHEAD), moving_empty(scene)
    armature.parent = curve.parent = ship
    _, written, residual = go(armature, curve)
    scene.frame_set(written.last_frame)
    end = ship.matrix_world @ curve.data.splines[0].points[-1].co
    assert middle(armature)[:2] == pytest.approx(end[:2], abs=0.05)
    assert max(residual.largest_m.values()) < 0.005


def test_on_the_spot_nothing_is_told_to_be_off(scene):
    armature = make_animal()
    _, written, residual = go(armature, make_curve(AHEAD), root_motion=RootMotion.IN_PLACE)
    scene.frame_set(written.last_frame)
    assert middle(armature)[:2] == pytest.approx((0, 0), abs=0.1)
    assert not residual.warnings()
