"""Keys on armatures: feet stay put in the world, whatever carries the animal, however it is set."""

from __future__ import annotations

import math

import bpy
import numpy as np
import pytest

from backend.rigs.generated import make_rigify
from backend.rigs.quadrupeds.makers import import_animal, make_metarig, unname
from blender_addon.blender.keys.keyframes import write_action
from blender_addon.blender.rig.pose import RootMotion
from blender_addon.capabilities.quadruped.judged import judge_animal
from blender_addon.capabilities.quadruped.rig.channels import (
    chain_channels,
    ground_track,
    object_matrices,
    rig_channels,
    rig_pose,
)
from blender_addon.capabilities.quadruped.rig.read import QuadrupedRig, read_rig
from blender_addon.capabilities.quadruped.rig.residual import (
    QuadrupedResidual,
    measure_residual,
    seen_bones,
)
from blender_addon.core.errors import SkeletonError
from blender_addon.core.maths.rotations import axis_angle_to_quaternion, quaternion_multiply
from blender_addon.core.quadruped.body import Family, FootKind
from blender_addon.core.retarget.joint_tree import JointTree
from tests.quadruped.rigs.armatures import make_armature
from tests.quadruped.rigs.trees import animal, without
from tests.quadruped.rigs.variants import with_controls
from tests.quadruped.rigs.ways import short_way

pytestmark = pytest.mark.blender

_SLIP = 0.002
"""Of the hip height."""
_OFF = 0.06  # a carpus gives way to keep its hoof flat
_SPRING = 0.01  # Rigify's own limbs on IK stretch a little


def _go(
    armature: bpy.types.Object, mode: RootMotion = RootMotion.BONE
) -> tuple[QuadrupedRig, QuadrupedResidual]:
    bpy.context.view_layer.update()
    rig = read_rig(bpy.context, armature)
    clip, track = short_way(rig.body)
    frames = np.arange(10.0, 10.0 + clip.frame_count)
    ground = ground_track(track)
    channels = rig_channels(armature, rig, clip, ground, mode, frames)
    write_action(armature, "Way", channels)
    if mode is RootMotion.IN_PLACE:
        _carry(armature, object_matrices(rig, ground), frames)
    return rig, measure_residual(bpy.context, armature, rig, clip, frames)


def _carry(armature: bpy.types.Object, worlds: np.ndarray, frames: np.ndarray) -> None:
    """What the user does in place: an empty above that travels."""
    empty = bpy.data.objects.new("Carrier", None)
    bpy.context.scene.collection.objects.link(empty)
    rest = np.array(armature.matrix_world)
    armature.parent = empty
    for frame, world in zip(frames.tolist(), worlds, strict=True):
        empty.matrix_world = (world @ np.linalg.inv(rest)).T.tolist()
        empty.rotation_mode = "QUATERNION"
        empty.matrix_basis = (world @ np.linalg.inv(rest)).T.tolist()
        empty.keyframe_insert("location", frame=frame)
        empty.keyframe_insert("rotation_quaternion", frame=frame)


def _check(rig: QuadrupedRig, seen: QuadrupedResidual) -> None:
    size = rig.hip_height_m
    assert seen.slip_m.max() < _SLIP * size
    assert seen.stretch_m < (_SPRING if rig.controls else 1e-3) * size
    for joint, off in seen.joints_m.items():
        if not joint.endswith("paw"):
            assert off.max() < _OFF * size, joint
    for foot in range(4):
        heights = seen.paws_m[seen.contacts[:, foot], foot, 1]
        assert np.abs(heights - np.median(heights)).max() < 0.01 * size


@pytest.mark.parametrize("mode", list(RootMotion))
def test_feet_stay_whatever_carries_the_animal(scene: bpy.types.Scene, mode: RootMotion) -> None:
    _check(*_go(make_armature(animal("horse")[0]), mode))


@pytest.mark.parametrize("connect", [False, True])
def test_a_dog_with_connected_bones(scene: bpy.types.Scene, connect: bool) -> None:
    rig, seen = _go(make_armature(animal("dog")[0], connect=connect))
    _check(rig, seen)
    assert bool(rig.fixed) is connect
    assert rig.foot is FootKind.PAW and rig.family is Family.CANINE
    assert rig.map.tail == ("tail1", "tail2", "tail3") and len(rig.ear_chains) == 2
    moved = {curve.data_path for curve in _curves(bpy.data.objects["Animal"])}
    assert not any("humerus" in path and path.endswith("location") for path in moved)


def _curves(armature: bpy.types.Object) -> list[bpy.types.FCurve]:
    from blender_addon.blender import compat

    return list(compat.fcurves_of(armature))


def test_turned_scaled_in_centimetres_below_an_empty_with_euler_angles(
    scene: bpy.types.Scene,
) -> None:
    scene.unit_settings.scale_length = 0.01
    armature = make_armature(animal("dog")[0])
    for number, bone in enumerate(armature.pose.bones):
        bone.rotation_mode = ("XYZ", "ZYX", "AXIS_ANGLE", "QUATERNION")[number % 4]
    empty = bpy.data.objects.new("Empty", None)
    scene.collection.objects.link(empty)
    empty.scale, empty.rotation_euler.z = (5.0, 5.0, 5.0), 2.0
    empty.location = (10.0, 20.0, 0.0)
    armature.parent = empty
    armature.rotation_euler.z, armature.scale = 0.7, (9.0, 9.0, 9.0)
    for mode in (RootMotion.BONE, RootMotion.OBJECT):
        rig, seen = _go(armature, mode)
        assert rig.hip_height_m == pytest.approx(0.9 * 45 * 0.01, rel=1e-4)
        _check(rig, seen)


def test_feet_that_hang_elsewhere_are_keyed_with_their_place(scene: bpy.types.Scene) -> None:
    tree, _ = animal("horse")
    parents = list(tree.parents)
    for name in ("forefetlock", "hindfetlock"):
        for side in "LR":
            parents[tree.names.index(f"{name}.{side}")] = -1
    rig, seen = _go(make_armature(JointTree(tree.names, parents, tree.heads, tree.tails)))
    _check(rig, seen)
    moved = {curve.data_path for curve in _curves(bpy.data.objects["Animal"])}
    assert 'pose.bones["hindfetlock.L"].location' in moved


def test_a_front_leg_without_a_blade_is_moved_by_its_first_bone(scene: bpy.types.Scene) -> None:
    tree, _ = animal("horse")
    parents = [
        tree.names.index("chest") if name.startswith("forearm") else parent
        for name, parent in zip(tree.names, tree.parents, strict=True)
    ]
    tree = JointTree(tree.names, parents, tree.heads, tree.tails)
    tree = without(tree, lambda name: name.startswith(("scapula", "humerus")))
    rig, seen = _go(make_armature(tree))
    _check(rig, seen)
    assert rig.map.virtual_blades
    moved = {curve.data_path for curve in _curves(bpy.data.objects["Animal"])}
    assert 'pose.bones["forearm.L"].location' in moved


def test_a_scaled_root_is_the_animals_size(scene: bpy.types.Scene) -> None:
    armature = make_armature(animal("dog")[0])
    armature.pose.bones["root"].scale = (0.5, 0.5, 0.5)
    rig, seen = _go(armature)
    assert rig.hip_height_m == pytest.approx(0.45, rel=1e-4)
    _check(rig, seen)
    assert tuple(armature.pose.bones["root"].scale) == pytest.approx((0.5, 0.5, 0.5))


def test_a_chain_turns_as_it_is_told(scene: bpy.types.Scene) -> None:
    armature = make_armature(animal("dog")[0])
    armature.rotation_euler.z = 1.0
    bpy.context.view_layer.update()
    rig = read_rig(bpy.context, armature)
    clip, track = short_way(rig.body)
    frames = np.arange(1.0, 1.0 + clip.frame_count)
    channels = rig_channels(armature, rig, clip, ground_track(track), RootMotion.BONE, frames)
    pose = rig_pose(rig, clip)
    anchor = pose.turns_wxyz[:, pose.names.index("hips")]
    up = axis_angle_to_quaternion(np.tile([1.0, 0.0, 0.0], (len(frames), 1)), 0.6)
    swung = np.stack([quaternion_multiply(anchor, up.astype(float))] * 3, axis=1)
    lifted = chain_channels(armature, rig, rig.map.tail, swung, anchor, frames)
    paths = {channel.data_path for channel in lifted}
    write_action(armature, "Way", [*(c for c in channels if c.data_path not in paths), *lifted])
    seen = seen_bones(bpy.context, armature, rig, frames[::10])
    rest = rig.sized_rests["tail3"][:3, 3] - rig.sized_rests["tail1"][:3, 3]
    way = seen["tail3"][:, :3, 3] - seen["tail1"][:, :3, 3]
    hips = seen["hips"][:, :3, :3] @ np.linalg.inv(rig.sized_rests["hips"][:3, :3])
    unturned = np.einsum("tij,j->ti", hips, rest)
    cosines = np.einsum("ti,ti->t", way, unturned) / float(rest @ rest)
    assert np.degrees(np.arccos(cosines)) == pytest.approx(math.degrees(0.6), abs=0.5)
    assert (way[:, 2] > unturned[:, 2]).all()


def test_rigifys_meta_rigs_are_plain_bones(scene: bpy.types.Scene) -> None:
    rig, seen = _go(make_metarig("Animals.cat"))
    _check(rig, seen)
    assert rig.foot is FootKind.PAW


def test_a_generated_rig_is_moved_by_its_controls_as_its_switches_say(
    scene: bpy.types.Scene,
) -> None:
    armature = make_rigify("Basic.basic_quadruped")
    assert judge_animal(armature).found is not None
    for side in "LR":  # hind legs on FK; front legs stay on IK, as Rigify makes them
        armature.pose.bones[f"thigh_parent.{side}"]["IK_FK"] = 1.0
    rig, seen = _go(armature)
    _check(rig, seen)
    assert rig.controls is not None
    assert rig.controls.ik == {"left_fore", "right_fore"}
    paths = {curve.data_path for curve in _curves(armature)}
    assert 'pose.bones["thigh_fk.L"].rotation_quaternion' in paths
    assert 'pose.bones["front_foot_ik.L"].location' in paths
    assert 'pose.bones["front_thigh_fk.L"].rotation_quaternion' not in paths
    assert 'pose.bones["thigh_parent.L"]["IK_FK"]' in paths
    assert not any("ORG-" in path or "MCH-" in path for path in paths)


@pytest.mark.parametrize("file", ["animals/wolf", "fox2/dog"])
def test_animals_of_other_makers_without_their_names(
    scene: bpy.types.Scene, data_dir, file: str
) -> None:
    path = data_dir / "quadruped" / f"{file}.glb"
    if not path.is_file():
        pytest.skip("no animals among the data")
    armature = import_animal(path)
    named = read_rig(bpy.context, armature)
    unname(armature)
    rig, seen = _go(armature)
    _check(rig, seen)
    assert (rig.foot, rig.family) == (named.foot, named.family)
    assert rig.hip_height_m == pytest.approx(named.hip_height_m)


def test_what_cannot_go_on_four_legs_is_refused_by_name(scene: bpy.types.Scene) -> None:
    tree, _ = animal("dog")
    armature = make_armature(without(tree, lambda name: name == "thigh.R"), "Tripod")
    with pytest.raises(SkeletonError, match="in 'Tripod': found three legs"):
        read_rig(bpy.context, armature)
    assert "three legs" in judge_animal(armature).problem
    lying = make_armature(tree, "Lying")
    lying.rotation_euler.y = math.pi / 2
    bpy.context.view_layer.update()
    with pytest.raises(SkeletonError, match="lies on its side"):
        read_rig(bpy.context, lying)


def test_controls_of_ik_are_keyed_so_that_it_finds_the_same(scene: bpy.types.Scene) -> None:
    tree = with_controls(animal("dog")[0])
    armature = make_armature(tree)
    for side in "LR":
        for bone, target, pole, count in (
            (f"hock.{side}", f"foot_ctrl.{side}", "", 3),
            (f"forearm.{side}", f"hand_ctrl.{side}", f"elbow_pole.{side}", 2),
        ):
            ik = armature.pose.bones[bone].constraints.new("IK")
            ik.target, ik.subtarget, ik.chain_count = armature, target, count
            if pole:
                ik.pole_target, ik.pole_subtarget = armature, pole
    _place_targets(armature)
    for side in "LR":
        _keep_rest(armature, f"forearm.{side}", f"humerus.{side}")
    rig, seen = _go(armature)
    assert rig.steering["foot_ctrl.L"] == "hindpaw.L"
    assert not rig.warnings
    assert seen.slip_m.max() < 0.005 * rig.hip_height_m
    assert seen.joints_m["left_hind_hock"].max() < 0.05 * rig.hip_height_m


def _place_targets(armature: bpy.types.Object) -> None:
    """Put the controls where the bones end that look at them, and level the poles' planes."""
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    bones = armature.data.edit_bones
    for side in "LR":
        for control, end in (("foot_ctrl", "hock"), ("hand_ctrl", "forearm")):
            bones[f"{control}.{side}"].head = bones[f"{end}.{side}"].tail
            bones[f"{control}.{side}"].tail = bones[f"{end}.{side}"].tail
            bones[f"{control}.{side}"].tail.z += 0.1
    bpy.ops.object.mode_set(mode="OBJECT")


def _keep_rest(armature: bpy.types.Object, bone: str, above: str) -> None:
    """Set the pole's angle as animators do, so that the rest pose stays."""
    ik = armature.pose.bones[bone].constraints["IK"]

    def off(angle: float) -> float:
        ik.pole_angle = angle
        bpy.context.view_layer.update()
        seen = np.array(armature.pose.bones[above].matrix) - np.array(
            armature.data.bones[above].matrix_local
        )
        return float(np.abs(seen).max())

    best = min(np.linspace(-math.pi, math.pi, 73), key=off)
    best = min(np.linspace(best - 0.1, best + 0.1, 81), key=off)
    assert off(float(best)) < 0.02


def test_hips_that_cannot_move_are_refused(scene: bpy.types.Scene) -> None:
    armature = make_armature(animal("dog")[0], connect=True, free=())
    with pytest.raises(SkeletonError, match="connected to 'root' and cannot move"):
        read_rig(bpy.context, armature)


def test_constraints_on_keyed_bones_are_told(scene: bpy.types.Scene) -> None:
    armature = make_armature(animal("dog")[0])
    armature.pose.bones["shin.L"].constraints.new("LIMIT_ROTATION")
    told = read_rig(bpy.context, armature).warnings
    assert any("'shin.L'" in text for text in told)
