"""Whatever moves a rig is what gets the keys: FK and IK of control rigs, goals, game rigs."""

from __future__ import annotations

import bpy
import numpy as np
import pytest
from mathutils import Vector

from backend.rigs.generated import make_rigify
from blender_addon.capabilities.editing.choice import Edit
from blender_addon.core.retarget.control_map import LimbMode, LimbModes
from tests.editing.scene.editors import Straight, Turning
from tests.editing.scene.motions import (
    animate,
    bones_of,
    edit_motion,
    misses_cm,
    seen,
    walking,
)
from tests.shared.blender.builders import make_rig

pytestmark = pytest.mark.blender

MIDDLE = ("Leg", "ForeArm")
TURNING = Turning("LeftArm", "RightForeArm", "LeftFoot", "RightUpLeg", "Spine2", angle=0.25)


def of_ends(rig_skeleton, off):
    """Misses of all joints but knees and elbows, which an IK places as it likes."""
    names = [rig_skeleton.joint_map.get(name, "") for name in rig_skeleton.skeleton.names]
    middle = [name.endswith(MIDDLE) and not name.endswith("UpLeg") for name in names]
    return off[:, ~np.array(middle)]


@pytest.mark.parametrize("modes", ["IK arms, FK legs", "IK without poles"])
def test_rigify_in_other_modes(scene, modes):
    rig = make_rigify()
    legs = LimbMode.FK if "FK legs" in modes else LimbMode.IK
    animate(rig, walking(), limbs=LimbModes(legs, LimbMode.IK))
    if "without" in modes:
        for bone in rig.pose.bones:
            if "pole_vector" in bone:
                curve = rig.animation_data.action.fcurves.find(
                    f'pose.bones["{bone.name}"]["pole_vector"]'
                )
                curve.keyframe_points[0].co[1] = 0.0
                curve.update()
    job, edited, written = edit_motion(rig, Edit.CLEAN, TURNING, frame_range=(20, 45))
    off = misses_cm(rig, job, edited[0])
    assert of_ends(job.take.rig, off).max() < 1.0
    assert np.median(off[25:40]) < 0.1
    keyed = bones_of(bpy.data.actions[written.names[0]])
    assert "hand_ik.L" in keyed and "upper_arm_fk.L" not in keyed
    assert ("thigh_fk.R" in keyed) == (legs is LimbMode.FK) == ("foot_ik.R" not in keyed)


def test_a_leg_that_follows_an_ik_bone_is_moved_by_that(scene):
    rig = make_rig()
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    foot = rig.data.edit_bones["LeftFoot"]
    goal = rig.data.edit_bones.new("Goal")
    goal.head, goal.tail = foot.head.copy(), foot.head + foot.vector
    bpy.ops.object.mode_set(mode="OBJECT")
    reach = rig.pose.bones["LeftLeg"].constraints.new("IK")
    reach.target, reach.subtarget, reach.chain_count = rig, "Goal", 2
    animate(rig, walking())
    reach.mute = True
    ankles = seen(rig, np.arange(1, 61)).posed.pose("LeftFoot")[:, :3, 3]
    reach.mute = False
    control = rig.pose.bones["Goal"]
    for frame, ankle in enumerate(ankles.tolist(), 1):
        control.location = control.bone.matrix_local.inverted() @ Vector(ankle)
        control.keyframe_insert("location", frame=frame)
    job, edited, written = edit_motion(
        rig, Edit.CLEAN, Turning("LeftUpLeg", "LeftFoot", angle=0.2), frame_range=(20, 45)
    )
    keyed = bones_of(bpy.data.actions[written.names[0]])
    assert {"Goal", "LeftFoot"} <= keyed and "LeftLeg" not in keyed
    assert of_ends(job.take.rig, misses_cm(rig, job, edited[0])).max() < 1.0


def test_a_hand_that_is_the_goal_of_its_own_arm_is_placed_once(scene):
    rig = make_rig(leave_out=("LeftHand",))
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    fore = rig.data.edit_bones["LeftForeArm"]
    for name, place in (("Goal", fore.tail), ("Pole", fore.head + Vector((0.0, 0.5, 0.0)))):
        bone = rig.data.edit_bones.new(name)
        bone.head, bone.tail = place, place + Vector((0.0, 0.1, 0.0))
    bpy.ops.object.mode_set(mode="OBJECT")
    animate(rig, walking())
    reach = rig.pose.bones["LeftForeArm"].constraints.new("IK")
    reach.target, reach.subtarget, reach.chain_count = rig, "Goal", 2
    reach.pole_target, reach.pole_subtarget = rig, "Pole"
    _, _, written = edit_motion(rig, Edit.CLEAN, Turning("Spine", "LeftArm"), frame_range=(20, 45))
    keyed = bones_of(bpy.data.actions[written.names[0]])
    assert {"Goal", "Pole"} <= keyed and not keyed & {"LeftArm", "LeftForeArm"}


@pytest.mark.data
@pytest.mark.parametrize("name", ["mannequin_unreal", "mannequin_def"])
def test_game_rigs_keep_their_feet_where_the_edit_has_them(scene, data_dir, name):
    bpy.ops.import_scene.gltf(filepath=str(data_dir / "rigs" / f"{name}.glb"))
    rig = next(obj for obj in scene.objects if obj.type == "ARMATURE")
    if rig.animation_data is not None:
        rig.animation_data_clear()
    animate(rig, walking())
    job, edited, written = edit_motion(rig, Edit.FILL, Straight(), frame_range=(15, 45))
    assert misses_cm(rig, job, edited[0]).max() < 0.1
    keyed = bones_of(bpy.data.actions[written.names[0]])
    assert not [bone for bone in keyed if any(p in bone for p in ("index", "thumb", "twist"))]
    after = seen(rig, job.take.frames)
    for side in ("Left", "Right"):
        joint = next(b for b, c in job.take.rig.joint_map.items() if c == f"{side}Foot")
        ours = job.take.rig.skeleton.index(joint)
        common = job.take.common.skeleton.index(f"{side}Foot")
        way = _ankle(after.base, ours) - _ankle(job.take.base, ours)
        meant = _ankle(edited[0].clip, common) - _ankle(job.take.common, common)
        assert np.abs(way - job.take.ratio * meant).max() < 0.01


def _ankle(clip, joint):
    from tests.editing.scene.motions import places_of

    return places_of(clip)[:, joint]
