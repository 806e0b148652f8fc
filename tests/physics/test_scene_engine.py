"""The scene with the true engine: short motions, and what no engine should be asked for."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from backend.rigs.generated import make_rigify
from blender_addon.blender import compat
from blender_addon.blender.axes import core_to_blender_points
from blender_addon.capabilities.physics import scene as physics_scene
from blender_addon.capabilities.physics.choice import PhysicsChoice, PushChoice
from blender_addon.core.errors import Cancelled, PhysicsError
from blender_addon.core.jobs import Progress
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.physics.settings import Mode, PhysicsSettings
from blender_addon.core.retarget.control_map import LimbMode, LimbModes
from tests.physics.actors import animated, swaying
from tests.shared.blender.builders import make_rig

pytest.importorskip("mujoco")
pytestmark = pytest.mark.blender

FALL = PhysicsSettings(mode=Mode.FALL, fade_s=0.1)


def untouched(rig):
    data = rig.animation_data
    return data.action is not None and data.action.name == "Own" and not data.nla_tracks


def hips(rig, frame):
    bpy.context.scene.frame_set(frame)
    return np.array(rig.matrix_world @ rig.pose.bones["Hips"].head)


@pytest.mark.parametrize("size", [1.0, 0.02, 20.0])
def test_a_limp_figure_of_any_size_lies_on_the_ground_when_a_person_would(scene, size):
    rig = animated(make_rig(size=size))
    before = hips(rig, 1)
    choice = PhysicsChoice(armature=rig, settings=FALL, frame_range=(1, 45))
    seen = []
    job = physics_scene.read(bpy.context, choice).showing(lambda n, _pose: seen.append(n))
    motion = job.run().result
    written = physics_scene.write(bpy.context, job, motion)
    assert seen == list(range(motion.result.clip.frame_count))
    assert motion.result.report.fell_s is not None
    assert np.allclose(hips(rig, 1), before, atol=0.01 * size)
    lying = hips(rig, 45)
    assert -0.02 * size < lying[2] < 0.45 * size
    assert written.feet_off_cm < 2.0 * size


def test_what_is_tracked_stays_near_what_it_follows(scene):
    rig = animated(clip=swaying(20))
    before = hips(rig, 15)
    job = physics_scene.read(bpy.context, PhysicsChoice(armature=rig))
    physics_scene.write(bpy.context, job, job.run().result)
    assert np.linalg.norm(hips(rig, 15) - before) < 0.06


def teleporting():
    rig = animated()
    for curve in compat.action_fcurves(rig.animation_data.action):
        if curve.data_path.endswith('"Hips"].location') and curve.array_index == 0:
            for key in curve.keyframe_points[15:]:
                key.co.y += 50.0
            curve.update()
    return PhysicsChoice(armature=rig)


def pushed(impulse):
    rig = animated()
    return PhysicsChoice(armature=rig, pushes=(PushChoice(5, "chest", (0.0, impulse, 0.0)),))


@pytest.mark.parametrize(
    ("choose", "said"),
    [
        pytest.param(teleporting, "leaps at", id="teleports"),
        pytest.param(lambda: pushed(1e6), "came apart|push", id="a million N s"),
    ],
)
def test_what_cannot_be_simulated_is_told_and_nothing_is_written(scene, choose, said):
    choice = choose()
    job = physics_scene.read(bpy.context, choice)
    with pytest.raises(PhysicsError, match=said):
        job.run()
    assert untouched(choice.armature)


@pytest.mark.parametrize("last", [1, 7, 20])
def test_esc_at_any_frame_leaves_all_as_it_was(scene, last):
    rig = animated()
    job = physics_scene.read(bpy.context, PhysicsChoice(armature=rig))
    count = 0

    def ask(_part):
        nonlocal count
        count += 1
        return count < last

    with pytest.raises(Cancelled):
        job.run(Progress(ask))
    assert untouched(rig)


def test_who_begins_in_the_air_falls_to_the_ground(scene):
    clip = swaying(40)
    clip.root_positions[:8, 1] += np.linspace(1.0, 0.0, 8)
    rig = animated(clip=clip)
    choice = PhysicsChoice(armature=rig, settings=FALL)
    job = physics_scene.read(bpy.context, choice)
    motion = job.run().result
    physics_scene.write(bpy.context, job, motion)
    assert hips(rig, 40)[2] < 0.6


def test_a_control_rig_falls_as_it_was_simulated(scene):
    rig = make_rigify()
    clip = swaying(30)
    animated(rig, clip, limbs=LimbModes(LimbMode.IK, LimbMode.FK))
    choice = PhysicsChoice(armature=rig, settings=FALL)
    job = physics_scene.read(bpy.context, choice)
    motion = job.run().result
    written = physics_scene.write(bpy.context, job, motion)
    assert written.feet_off_cm < 5.0  # of the balls: its feet are longer
    feet = forward_kinematics(
        motion.clip.skeleton, motion.clip.root_positions, motion.clip.rotations_wxyz
    )[0]
    bpy.context.scene.frame_set(30)
    for name, bone in (("LeftFoot", "DEF-foot.L"), ("RightHand", "DEF-hand.R")):
        there = job.take.origin + job.take.ratio * feet[29, motion.clip.skeleton.index(name)]
        seen = np.array(rig.matrix_world @ rig.pose.bones[bone].head)
        assert np.linalg.norm(seen - core_to_blender_points(there)) < 0.12, name
