"""Whatever is live of an arm moves: FK or IK of Rigify's rigs, IK of others, arms alone."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from backend.rigs.generated import make_rigify
from blender_addon.core.errors import SkeletonError
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.kinematics import forward_kinematics
from tests.gesture.scene.helpers import joint, layered_bones, poses, silence, talk
from tests.shared.blender.builders import make_rig

pytestmark = [pytest.mark.blender, pytest.mark.smoke]

FRAMES = [1, 25, 31, 60, 85, 91]
WITHIN_M = 0.012


def wanted(job, gesture):
    """(K, J, 3) places of joints as they shall be on FRAMES."""
    clip = gesture.talk.laid.clip
    places, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    return places[[frame - 1 for frame in FRAMES]]


def misses(job, gesture, *joints):
    """Metres by which joints are off where they shall be."""
    seen, _ = poses(job, FRAMES)
    off = np.linalg.norm(seen - wanted(job, gesture), axis=2)
    return max(float(off[:, joint(job, name)].max()) for name in joints)


@pytest.mark.parametrize("mode", ["FK", "IK", "POLE"])
def test_rigify_moves_in_whichever_mode_is_live(scene, tmp_path, mode):
    rig = make_rigify("human")
    for side in "LR":
        switch = rig.pose.bones[f"upper_arm_parent.{side}"]
        switch["IK_FK"] = 1.0 if mode == "FK" else 0.0
        switch["pole_vector"] = mode == "POLE"
    job, gesture, _ = talk(rig, silence(tmp_path, 4.0))
    assert misses(job, gesture, "LeftHand", "RightHand", "Spine2") < WITHIN_M
    elbows = misses(job, gesture, "LeftForeArm", "RightForeArm")
    assert elbows < (WITHIN_M if mode == "FK" else 0.1)
    bones = layered_bones(rig)
    assert ("hand_ik.L" in bones) == (mode != "FK")
    assert ("upper_arm_fk.L" in bones) == (mode == "FK")
    assert not bones & {"root", "torso", "hips", "foot_ik.L", "upper_arm_parent.L"}


def test_an_arm_that_follows_an_ik_bone_is_moved_by_that(scene, tmp_path):
    rig = make_rig()
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    hand = rig.data.edit_bones["LeftHand"]
    for name, head in (("Goal", hand.head.copy()), ("Pole", hand.head + hand.vector)):
        bone = rig.data.edit_bones.new(name)
        bone.head, bone.tail = head, head + hand.vector
    rig.data.edit_bones["Pole"].head = rig.data.edit_bones["LeftForeArm"].head
    rig.data.edit_bones["Pole"].head.y += 0.5
    rig.data.edit_bones["Pole"].tail = rig.data.edit_bones["Pole"].head
    rig.data.edit_bones["Pole"].tail.y += 0.1
    bpy.ops.object.mode_set(mode="OBJECT")
    reach = rig.pose.bones["LeftForeArm"].constraints.new("IK")
    reach.target, reach.subtarget, reach.chain_count = rig, "Goal", 2
    job, gesture, _ = talk(rig, silence(tmp_path, 4.0))
    bones = layered_bones(rig)
    assert "Goal" in bones and "LeftForeArm" not in bones
    assert misses(job, gesture, "LeftHand", "RightHand") < 0.03


def test_one_arm_is_enough_and_none_is_refused(scene, tmp_path):
    rig = make_rig()
    for side in ("Left",):
        rig.pose.bones[f"{side}ForeArm"].lock_rotation = (True,) * 3
    job, _, _ = talk(rig, silence(tmp_path, 4.0))
    assert "RightArm" in layered_bones(rig)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    arms = tuple(f"{s}{p}" for s in ("Left", "Right") for p in ("Arm", "ForeArm", "Hand"))
    rig = make_rig(leave_out=(*arms, "LeftShoulder", "RightShoulder"))
    with pytest.raises(SkeletonError, match="has no arm that could gesture"):
        talk(rig, silence(tmp_path, 4.0))
    assert job is not None


def test_a_body_without_legs_talks(scene, tmp_path):
    legs = [f"{s}{p}" for s in ("Left", "Right") for p in ("UpLeg", "Leg", "Foot", "Toe")]
    rig = make_rig(leave_out=tuple(legs))
    job, gesture, _ = talk(rig, silence(tmp_path, 4.0))
    assert misses(job, gesture, "LeftHand", "RightHand") < WITHIN_M
    seen, _ = poses(job, [1])
    assert seen[0, joint(job, "LeftArm"), 1] - seen[0, joint(job, "LeftHand"), 1] > 0.4


def test_arms_alone_talk(scene, tmp_path):
    parts = ("Shoulder", "Arm", "ForeArm", "Hand")
    kept = [f"{s}{p}" for s in ("Left", "Right") for p in parts]
    others = tuple(name for name in COMMON_SKELETON.names if name not in {*kept, "Spine2"})
    rig = make_rig(leave_out=others)
    job, gesture, _ = talk(rig, silence(tmp_path, 4.0))
    assert misses(job, gesture, "LeftHand", "RightHand") < WITHIN_M
