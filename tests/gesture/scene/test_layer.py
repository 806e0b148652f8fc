"""A talker's layer: what moves, what stays to the bit, and what is left alone."""

from __future__ import annotations

import bpy
import numpy as np
import pytest
from mathutils import Quaternion

from blender_addon.blender.keys.keyframes import rotation_channels
from blender_addon.blender.keys.layers import add_layer, layers_of
from blender_addon.blender.paths import bone_path
from blender_addon.capabilities.gesture import scene as gesture_scene
from blender_addon.capabilities.gesture.choice import GestureChoice
from blender_addon.core.errors import Cancelled, InputError, SkeletonError
from blender_addon.core.motion.kinematics import forward_kinematics
from tests.gesture.scene.helpers import (
    joint,
    key_bones,
    layered_bones,
    poses,
    print_of,
    silence,
    talk,
)
from tests.gesture.stand_in import Waver, quiet
from tests.shared.blender.builders import make_rig
from tests.shared.blender.snapshot import snapshot

pytestmark = [pytest.mark.blender, pytest.mark.smoke]

APEX = 31  # of the left hand; the right one's is two seconds later
LEGS = ("Hips", "LeftUpLeg", "LeftFoot", "RightLeg", "RightToe")
HANGING = {
    "LeftArm": Quaternion((0, 0, 1), -1.3),
    "RightArm": Quaternion((0, 0, 1), 1.3),
}


def bent_left(rig):
    """An arm that an animator posed: raised to the side with a bent elbow."""
    return key_bones(
        rig,
        {
            "LeftArm": Quaternion((0.9, 0.1, 0.3, -0.2)).normalized(),
            "LeftForeArm": Quaternion((0.9, 0.3, 0.1, 0.1)).normalized(),
            "RightArm": Quaternion((0.8, 0.0, 0.1, 0.5)).normalized(),
            "LeftUpLeg": Quaternion((0.9, 0.2, 0, 0)).normalized(),
        },
    )


def test_arms_that_rest_hang_and_stroke_and_nothing_below_the_chest_moves(scene, tmp_path):
    rig = make_rig(rolls=True, root_bone=True)
    job, gesture, written = talk(rig, silence(tmp_path))
    assert any("hang relaxed" in note for note in job.notes)
    places, turns = poses(job)
    wrist, shoulder = joint(job, "LeftHand"), joint(job, "LeftArm")
    assert places[0, shoulder, 1] - places[0, wrist, 1] > 0.45
    assert places[APEX - 1, wrist, 2] > places[0, wrist, 2] + 0.15  # ahead
    laid = gesture.talk.laid.clip
    for name in LEGS:
        assert np.array_equal(
            turns[:, joint(job, name)], turns[:1, joint(job, name)].repeat(181, 0)
        )
    assert not layered_bones(rig) & {"Root", *LEGS}
    wanted, _ = forward_kinematics(laid.skeleton, laid.root_positions, laid.rotations_wxyz)
    assert np.abs(places - wanted).max() < 2e-3
    assert (written.first_frame, written.last_frame) == (1, 181)


def test_keys_of_the_animator_stay_to_the_bit_and_arms_stay_where_no_stroke_is(scene, tmp_path):
    rig = make_rig(rolls=True)
    action = bent_left(rig)
    before = print_of(action)
    job, _, _ = talk(rig, silence(tmp_path))
    assert rig.animation_data.action is action and print_of(action) == before
    layer = layers_of(rig, "gesture")[-1]
    now, _ = poses(job)
    layer.mute = True
    then, _ = poses(job)
    wrist = joint(job, "LeftHand")
    moved = np.linalg.norm(now[:, wrist] - then[:, wrist], axis=1)
    assert moved[APEX - 1] > 0.1
    assert moved[APEX + 17 : APEX + 42].max() < 1e-5  # until the other hand strokes
    assert np.abs(now[:, joint(job, "LeftFoot")] - then[:, joint(job, "LeftFoot")]).max() < 1e-6


def test_keyed_arms_go_to_the_gestures_pose_only_if_asked(scene, tmp_path):
    ends = []
    for replaces in (False, True):
        bpy.ops.wm.read_factory_settings(use_empty=True)
        rig = make_rig()
        bent_left(rig)
        job, gesture, _ = talk(rig, silence(tmp_path), replace_arms=replaces)
        _, turns = poses(job, [APEX])
        ends.append(turns[0, joint(job, "LeftForeArm")])
        wanted = gesture.talk.result
    assert wanted is not None
    assert abs(float(ends[0] @ ends[1])) < 0.98


def _child_of(rig):
    rod = bpy.data.objects.new("Rod", None)
    bpy.context.scene.collection.objects.link(rod)
    held = rig.pose.bones["LeftHand"].constraints.new("CHILD_OF")
    held.target = rod


def _copied(rig):
    _child_of(rig)
    rig.pose.bones["LeftHand"].constraints[0].mute = True
    bound = rig.pose.bones["LeftForeArm"].constraints.new("IK")
    bound.target, bound.chain_count = bpy.data.objects["Rod"], 2


def _parented(rig):
    cup = bpy.data.objects.new("Rod", bpy.data.meshes.new("Rod"))
    bpy.context.scene.collection.objects.link(cup)
    cup.parent, cup.parent_type, cup.parent_bone = rig, "BONE", "LeftHand"


def _bound(rig):
    cup = bpy.data.objects.new("Rod", None)
    bpy.context.scene.collection.objects.link(cup)
    bound = cup.constraints.new("COPY_TRANSFORMS")
    bound.target, bound.subtarget = rig, "LeftHand"


def _locked(rig):
    rig.pose.bones["LeftHand"].lock_rotation = (True,) * 3


@pytest.mark.parametrize("hold", [_child_of, _copied, _parented, _bound, _locked])
def test_hands_that_hold_something_are_left_alone_and_said(scene, tmp_path, hold):
    rig = make_rig()
    hold(rig)
    job, _, _ = talk(rig, silence(tmp_path))
    said = next(note for note in job.notes if "left arm is left alone" in note)
    assert "Rod" in said or "locked" in said
    bones = layered_bones(rig)
    assert "RightForeArm" in bones
    assert not bones & {"LeftArm", "LeftForeArm", "LeftHand"}


def test_parts_of_a_body_made_of_objects_are_no_props(scene, tmp_path):
    rig = make_rig()
    for bone in ("LeftHand", "LeftForeArm", "RightForeArm", "RightHand"):
        part = bpy.data.objects.new(bone, bpy.data.meshes.new(bone))
        bpy.context.scene.collection.objects.link(part)
        part.parent, part.parent_type, part.parent_bone = rig, "BONE", bone
    job, _, _ = talk(rig, silence(tmp_path))
    assert not any("left alone" in note for note in job.notes)


def test_nobody_whose_hands_are_both_full_gestures(scene, tmp_path):
    rig = make_rig()
    for side in ("Left", "Right"):
        rig.pose.bones[f"{side}Arm"].lock_rotation = (True,) * 3
    with pytest.raises(SkeletonError, match=r"no arm of 'Rig' can gesture: .* locked.*Free a hand"):
        talk(rig, silence(tmp_path))
    assert not layers_of(rig, "gesture")


def test_the_head_is_left_to_a_speech_or_a_gaze_that_moves_it(scene, tmp_path):
    rig = make_rig()
    frames = np.arange(1.0, 60.0)
    nods = np.tile((1.0, 0.0, 0.0, 0.0), (len(frames), 1))
    path = bone_path("Head")
    add_layer(
        bpy.context, rig, "speech", "Nods", rotation_channels(path, "QUATERNION", frames, nods)
    )
    waver = Waver()
    job, _, _ = talk(rig, silence(tmp_path), waver=waver)
    assert not waver.requests[0].settings.head
    assert not layered_bones(rig) & {"Head", "Neck"}
    assert any("the head is left to the speech" in note for note in job.notes)


def test_without_a_stroke_keyed_arms_are_as_they_were(scene, tmp_path):
    rig = make_rig()
    bent_left(rig)
    job, gesture, _ = talk(rig, silence(tmp_path), waver=Waver(strokes=False))
    assert not gesture.talk.strokes
    now, _ = poses(job)
    layers_of(rig, "gesture")[-1].mute = True
    then, _ = poses(job)
    assert np.abs(now - then).max() < 2e-3


def test_generating_again_is_computed_against_what_lies_beneath(scene, tmp_path):
    rig = make_rig()
    action = bent_left(rig)
    talk(rig, silence(tmp_path))
    job, gesture, _ = talk(rig, silence(tmp_path))
    assert len([t for t in layers_of(rig, "gesture") if not t.mute]) == 1
    places, _ = poses(job)
    laid = gesture.talk.laid.clip
    wanted, _ = forward_kinematics(laid.skeleton, laid.root_positions, laid.rotations_wxyz)
    assert np.abs(places[10:-10] - wanted[10:-10]).max() < 2e-3
    assert rig.animation_data.action is action


def test_cancelled_or_refused_leaves_the_scene_as_it_was(scene, tmp_path):
    rig = make_rig()
    bent_left(rig)
    sound = silence(tmp_path)
    before = snapshot()
    job = gesture_scene.read(bpy.context, GestureChoice(rig, sound=sound, start_frame=1))
    with pytest.raises(Cancelled):
        job.run(lambda _: False, pipeline=Waver(), heard=quiet(job.duration_s))
    with pytest.raises(InputError, match="no length"):
        gesture_scene.read(bpy.context, GestureChoice(rig, sound=sound, frame_range=(5, 5)))
    choice = GestureChoice(rig, sound=sound, frame_range=(1, 90_000))
    with pytest.raises(InputError, match=r"at most 30 at a time"):
        gesture_scene.read(bpy.context, choice)
    assert snapshot() == before


def test_a_seated_character_stays_seated(scene, tmp_path):
    rig = make_rig()
    key_bones(
        rig,
        {
            **HANGING,
            "LeftUpLeg": Quaternion((1, 0, 0), 1.5),
            "RightUpLeg": Quaternion((1, 0, 0), 1.5),
            "LeftLeg": Quaternion((1, 0, 0), -1.5),
        },
    )
    job, _, _ = talk(rig, silence(tmp_path))
    now, _ = poses(job)
    layers_of(rig, "gesture")[-1].mute = True
    then, _ = poses(job)
    for name in ("LeftFoot", "RightFoot", "Hips"):
        assert np.abs(now[:, joint(job, name)] - then[:, joint(job, name)]).max() < 1e-6
    assert np.abs(now[:, joint(job, "LeftHand")] - then[:, joint(job, "LeftHand")]).max() > 0.1
