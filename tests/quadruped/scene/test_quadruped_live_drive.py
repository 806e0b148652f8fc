"""Driving an animal shows its pose, keeps it as keys, or leaves no trace."""

from __future__ import annotations

import bpy
import numpy as np
import pytest
from mathutils import Matrix

from blender_addon.blender.live.driven import drive_profile
from blender_addon.blender.rig.bone_channels import moving_bone_channels
from blender_addon.blender.rig.pose import RootMotion
from blender_addon.capabilities.quadruped.choice import AnimalChoice
from blender_addon.capabilities.quadruped.live.drive import AnimalDrive
from blender_addon.capabilities.quadruped.rig.channels import (
    bone_motions,
    ground_track,
    rig_channels,
    rig_pose,
)
from blender_addon.core.errors import SkeletonError
from tests.quadruped.scene.animals import make_animal
from tests.shared.blender.builders import bone_heads
from tests.shared.blender.snapshot import snapshot

pytestmark = pytest.mark.blender

START_TURN_FASTER_STOP = "0.25:0:-0.8; 0.25:0.6:-0.6; 0.25:0:-1.6; 0.25:0:0"
"""Sixty frames."""


def driven(armature: bpy.types.Object, profile: str, **chosen: RootMotion) -> AnimalDrive:
    drive = AnimalDrive(bpy.context, AnimalChoice(armature, None, **chosen))
    drive_profile(drive, profile)
    bpy.context.view_layer.update()
    return drive


def middle(armature: bpy.types.Object) -> np.ndarray:
    return np.mean(bone_heads(armature, ["hips", "chest"]), axis=0)


@pytest.mark.parametrize("mode", [RootMotion.BONE, RootMotion.OBJECT])
def test_confirmed_it_is_keys_of_what_was_shown(scene, model, mode):
    armature = make_animal(root_bone=True)
    scene.frame_set(12)
    begun = middle(armature)
    drive = driven(armature, START_TURN_FASTER_STOP, root_motion=mode)
    shown = middle(armature)
    assert drive.seconds == pytest.approx(1.0)
    assert shown[1] < begun[1] - 0.2
    assert drive.place[:2] == pytest.approx(shown[:2], abs=0.15)
    written, _, outcome = drive.keep(bpy.context)
    assert armature.animation_data.action.name == written.action_name
    assert (written.first_frame, written.last_frame) == (
        12, 11 + outcome.result.clip.frame_count,
    )  # fmt: skip
    scene.frame_set(written.last_frame)
    assert middle(armature)[:2] == pytest.approx(shown[:2], abs=0.1)
    scene.frame_set(written.first_frame)
    assert middle(armature)[:2] == pytest.approx(begun[:2], abs=0.1)


@pytest.mark.parametrize("animated", [False, True])
def test_taken_back_the_scene_is_as_it_was(scene, model, animated):
    armature = make_animal(root_bone=True)
    armature.pose.bones["neck"].rotation_quaternion = (0.8, 0.6, 0.0, 0.0)
    if animated:
        for frame in (1, 20):
            armature.pose.bones["spine"].keyframe_insert("rotation_quaternion", frame=frame)
        scene.frame_set(5)
    before = snapshot()
    drive = driven(armature, START_TURN_FASTER_STOP)
    assert snapshot() != before
    drive.revert()
    assert snapshot() == before


def test_what_cannot_be_driven_is_told(scene, model):
    armature = make_animal()
    with pytest.raises(SkeletonError, match="goes nowhere"):
        AnimalDrive(bpy.context, AnimalChoice(armature, None, root_motion=RootMotion.IN_PLACE))
    drive = driven(armature, "0.1:0:-1")
    bpy.data.objects.remove(armature)
    with pytest.raises(SkeletonError, match="is gone"):
        drive.advance((0, 1))
    drive.revert()


def test_keys_worked_out_at_once_are_blenders_own_bone_by_bone(scene, model):
    armature = make_animal(root_bone=True)
    drive = driven(armature, START_TURN_FASTER_STOP)
    done = drive._animal.result()
    drive.revert()
    rig, frames = drive._rig, np.arange(done.clip.frame_count, dtype=np.float64)
    track = ground_track(done.root_track)
    carrier = np.broadcast_to(rig.armature_to_world, (len(frames), 4, 4))
    channels = rig_channels(armature, rig, done.clip, track, RootMotion.OBJECT, frames)
    found = {(each.data_path, each.index): each.values for each in channels}
    moved = bone_motions(rig, rig_pose(rig, done.clip), carrier)
    poses = {name: moved[name] @ rig.sized_rests[name] for name in moved}
    for bone in (armature.pose.bones[name] for name in poses):
        if bone.parent is None or bone.parent.name not in poses:
            continue
        above = [Matrix(each.tolist()) for each in poses[bone.parent.name]]
        for each in moving_bone_channels(bone, poses[bone.name], above, frames):
            if each.data_path.endswith("rotation_quaternion"):
                mine = found[each.data_path, each.index]
                assert mine == pytest.approx(each.values, abs=1e-5)
