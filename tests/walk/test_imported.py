"""Armatures made by Blender's own BVH importer walk, whatever their naming family."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from blender_addon.blender.axes import core_to_blender_points
from blender_addon.capabilities.walk import scene as walk_scene
from blender_addon.capabilities.walk.scene import WalkSettings
from blender_addon.core.motion.kinematics import forward_kinematics
from tests.shared.blender.builders import bone_heads, make_curve

pytestmark = [
    pytest.mark.blender,
    pytest.mark.data,
    # Blender's importer leaves its file to the garbage collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

FAMILIES = (
    "cmu/expmap_test_walking_1",
    "cmu/amc_01_02",
    "cmu/iclone_001_01",
    "cmu/acrnn_indian_04",
    "cmu/bvh11_131_01",
    "cmu/amp_walk",
    "cmu/poselib_09_11",
    "cmu/jump_91_48",
    "kaykit/kaykit_walk_a",
)


@pytest.mark.parametrize("name", FAMILIES)
def test_an_imported_armature_walks_the_curve_on_its_feet(scene, model, data_dir, name):
    bpy.ops.import_anim.bvh(filepath=str(data_dir / "mocap" / f"{name}.bvh"))
    armature = bpy.context.object
    captured = armature.animation_data.action
    curve = make_curve(((0, 0, 0), (0, -3, 0), (2, -4, 0)), "BEZIER")
    job = walk_scene.read(bpy.context, WalkSettings(armature, curve))
    done = job.run().result
    written = walk_scene.write(bpy.context, job, done)
    assert armature.animation_data.action != captured
    clip = done.clip
    positions, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    feet = [bone for bone, joint in job.rig.joint_map.items() if joint.endswith(("Foot", "Toe"))]
    lowest = []
    for n in range(0, clip.frame_count, 10):
        scene.frame_set(written.first_frame + n)
        heads = bone_heads(armature, clip.skeleton.names)
        assert np.abs(heads - core_to_blender_points(positions[n])).max() <= 1e-3
        lowest.append(bone_heads(armature, feet)[:, 2].min())
    assert np.linalg.norm(bone_heads(armature, [job.rig.skeleton.names[0]])[0][:2] - (2, -4)) < 0.2
    # One foot always stands; where there are no toe bones, the ankle is the lowest bone.
    assert 0.0 < min(lowest) <= max(lowest) < 0.12
