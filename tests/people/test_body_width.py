"""Hands swing beside what is seen of hips and thighs, whoever walks."""

from __future__ import annotations

from dataclasses import replace

import bpy
import numpy as np
import pytest

from backend.rigs.hands import measure_hands
from blender_addon.blender.live.driven import drive_profile
from blender_addon.blender.rig.body import with_body
from blender_addon.blender.rig.skeleton import read_skeleton
from blender_addon.capabilities.walk import scene as walk_scene
from blender_addon.capabilities.walk.job import WalkJob
from blender_addon.capabilities.walk.live.drive import DriveSettings, LiveDrive
from blender_addon.capabilities.walk.scene import WalkSettings
from blender_addon.demo_character.builder import add_person
from blender_addon.demo_character.person import draw_person
from tests.shared.blender.builders import make_curve, make_rig

pytestmark = pytest.mark.blender

HEAVY_WOMAN = (1, {"sex": 0.0, "weight": 1.0}, "MIXAMO")
CHILD = (2, {"age_years": 11.0}, "UNREAL")
SLIM_MAN = (3, {"sex": 1.0, "weight": -1.0, "age_years": 30.0}, "RIGIFY")


def read_walk(seed, chosen, naming) -> WalkJob:
    rig = add_person(bpy.context, "", draw_person(seed, chosen), naming)
    curve = make_curve([(0, 0, 0), (0, -2.5, 0)])
    return walk_scene.read(bpy.context, WalkSettings(rig, curve, stand_after_s=0.2))


def without_body(job: WalkJob) -> WalkJob:
    return replace(job, rig=replace(job.rig, skeleton=replace(job.rig.skeleton, body={})))


def hands_in_body(job: WalkJob):
    walk = job.run().result
    written = walk_scene.write(bpy.context, job, walk)
    frames = range(written.first_frame, written.last_frame, 3)
    rig = bpy.data.objects[job.rig.object_name]
    return measure_hands(bpy.context, rig, job.rig.joint_map, frames, walk.scale)


@pytest.mark.parametrize("person", [HEAVY_WOMAN, CHILD], ids=["heavy woman", "child"])
def test_hands_stay_out_of_the_body(scene, model, person):
    job = read_walk(*person)
    assert hands_in_body(without_body(job)).frames_share > 0.2
    found = hands_in_body(job)
    assert found.frames_share <= 0.07
    assert found.deepest_cm < 1.0


def test_driven_hands_know_of_the_body_too(scene, model):
    seed, chosen, naming = HEAVY_WOMAN
    rig = add_person(bpy.context, "", draw_person(seed, chosen), naming)
    driven = LiveDrive(bpy.context, DriveSettings(rig))
    drive_profile(driven, "2:0:-1.3")
    written, job, outcome = driven.keep(bpy.context)
    frames = range(written.first_frame, written.last_frame, 3)
    found = measure_hands(bpy.context, rig, job.rig.joint_map, frames, outcome.result.scale)
    assert found.frames_share <= 0.07


def test_a_slim_man_keeps_his_arms(scene, model):
    job = read_walk(*SLIM_MAN)
    arms = job.rig.skeleton.indices([b for b, j in job.rig.joint_map.items() if j.endswith("Arm")])
    ours, plain = (
        each.run().result.clip.rotations_wxyz[:, arms] for each in (job, without_body(job))
    )
    inner = abs(np.sum(ours * plain, axis=-1))
    assert np.rad2deg(2.0 * np.arccos(np.clip(inner, 0.0, 1.0))).max() < 2.0


def test_the_shape_of_the_body_is_read_in_metres(scene):
    rig = add_person(bpy.context, "", draw_person(*HEAVY_WOMAN[:2]), "MIXAMO")
    read = with_body(bpy.context, read_skeleton(bpy.context, rig))
    bones = {joint: bone for bone, joint in read.joint_map.items()}
    body = read.skeleton.body
    assert set(body) == {
        bones[j] for j in ("Hips", "LeftUpLeg", "RightUpLeg", "LeftHand", "RightHand")
    }
    assert 0.15 < body[bones["Hips"]][:, 0].max() < 0.35
    assert 0.12 < np.linalg.norm(body[bones["LeftHand"]], axis=1).max() < 0.25
    rig.scale = (2.0, 2.0, 2.0)
    bpy.context.view_layer.update()
    twice = with_body(bpy.context, read_skeleton(bpy.context, rig)).skeleton.body
    np.testing.assert_allclose(twice[bones["LeftHand"]], 2.0 * body[bones["LeftHand"]], atol=1e-3)


def test_bones_alone_have_no_body(scene):
    read = read_skeleton(bpy.context, make_rig())
    assert with_body(bpy.context, read) is read
