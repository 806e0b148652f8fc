"""A motion keeps its poses, its travel and its footing on another skeleton."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from blender_addon.core.bvh import read_bvh
from blender_addon.core.conventions import Floats
from blender_addon.core.errors import SkeletonError
from blender_addon.core.maths.rotations import normalise, quaternion_multiply, quaternion_rotate
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON, HEEL_HEIGHT_M, TOE_HEIGHT_M
from blender_addon.core.motion.kinematics import forward_kinematics, global_to_local, solve_two_bone
from blender_addon.core.motion.mirror import mirror_clip
from blender_addon.core.motion.skeleton import Skeleton
from blender_addon.core.retarget.clip import planted_toe_heights, retarget_clip
from blender_addon.core.retarget.joint_names import find_common_joints
from tests.shared.core.motion_samples import (
    about,
    joint_positions,
    rotation_gap,
    stepping_clip,
    turn_rest,
    with_other_rest,
)

RESTS = {
    "T-pose": {},
    "arms hanging": {"LeftArm": about("z", -90), "RightArm": about("z", 90)},
    "A-pose": {"LeftArm": about("z", -45), "RightArm": about("z", 45)},
    "elbows bent": {"LeftForeArm": about("y", -17), "RightForeArm": about("y", 17)},
    "legs 20° apart, soles with them": {
        "LeftUpLeg": about("z", 20),
        "RightUpLeg": about("z", -20),
    },
    "legs 6° apart, soles level": {
        "LeftUpLeg": about("z", 6),
        "LeftFoot": about("z", -6),
        "RightUpLeg": about("z", -6),
        "RightFoot": about("z", 6),
    },
    "knees bent, soles level": {
        "LeftUpLeg": about("x", -5),
        "LeftLeg": about("x", 10),
        "LeftFoot": about("x", -5),
        "RightUpLeg": about("x", -5),
        "RightLeg": about("x", 10),
        "RightFoot": about("x", -5),
    },
    "toes out": {"LeftFoot": about("y", 12), "RightFoot": about("y", -12)},
    "looking backwards": {"Hips": about("y", 180)},
    "looking left": {"Hips": about("y", 90)},
    "everything at once": {
        "Hips": about("y", -90),
        "LeftArm": about("x", -70),
        "RightArm": about("x", -70),
    },
}


@pytest.mark.parametrize("keep_feet", [True, False])
@pytest.mark.parametrize("rest", RESTS)
def test_the_rest_pose_of_the_source_does_not_matter(rest: str, keep_feet: bool) -> None:
    clip = stepping_clip()
    other = with_other_rest(clip, RESTS[rest])
    np.testing.assert_allclose(joint_positions(other), joint_positions(clip), atol=1e-5)
    back = retarget_clip(other, COMMON_SKELETON, keep_feet=keep_feet)
    np.testing.assert_allclose(joint_positions(back), joint_positions(clip), atol=2e-3)


@pytest.mark.parametrize("rest", RESTS)
def test_the_rest_pose_of_the_target_does_not_matter(rest: str) -> None:
    clip = stepping_clip()
    out = retarget_clip(clip, turn_rest(COMMON_SKELETON, RESTS[rest]))
    np.testing.assert_allclose(joint_positions(out), joint_positions(clip), atol=2e-3)


def test_the_same_skeleton_keeps_every_rotation() -> None:
    clip = stepping_clip()
    same = retarget_clip(clip, clip.skeleton)
    assert rotation_gap(same.rotations_wxyz, clip.rotations_wxyz) < 1e-4
    np.testing.assert_allclose(same.root_positions, clip.root_positions, atol=1e-5)
    assert same.frame_rate_hz == clip.frame_rate_hz
    np.testing.assert_array_equal(same.contacts, clip.contacts)


@pytest.mark.parametrize("factor", [0.3, 2.0, 100.0])
def test_a_larger_character_makes_larger_steps(factor: float) -> None:
    clip = stepping_clip()
    large = retarget_clip(clip, COMMON_SKELETON.scaled(factor))
    np.testing.assert_allclose(
        joint_positions(large), joint_positions(clip) * factor, atol=2e-3 * factor
    )


def test_retargeting_and_mirroring_commute() -> None:
    clip = with_other_rest(stepping_clip(), RESTS["arms hanging"])
    target = _other_legs()
    one = retarget_clip(mirror_clip(clip), target)
    other = mirror_clip(retarget_clip(clip, target))
    np.testing.assert_allclose(joint_positions(one), joint_positions(other), atol=1e-4)


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_short_clips(frames: int) -> None:
    assert retarget_clip(stepping_clip(frames=frames), _other_legs()).frame_count == frames


# --- footing ----------------------------------------------------------------------------------


def _other_legs() -> Skeleton:
    """Long thighs, short shins, broad hips, long and steep feet."""
    offsets = COMMON_SKELETON.offsets.copy()
    for side, left in (("Left", 1.0), ("Right", -1.0)):
        offsets[COMMON_SKELETON.index(side + "UpLeg")] = (0.12 * left, -0.03, 0.0)
        offsets[COMMON_SKELETON.index(side + "Leg")] = (0.0, -0.5, 0.0)
        offsets[COMMON_SKELETON.index(side + "Foot")] = (0.0, -0.36, 0.0)
        offsets[COMMON_SKELETON.index(side + "Toe")] = (0.0, -0.09, 0.17)
    return Skeleton(COMMON_SKELETON.names, COMMON_SKELETON.parents, offsets, COMMON_SKELETON.ends)


def _swaying_clip(heel_rise_rad: float = 0.0, frames: int = 90) -> MotionClip:
    """Hips sway and dip while both toes stay where they are; heels rise and fall if desired."""
    time = np.linspace(0.0, 2.0 * np.pi, frames)
    clip = stepping_clip(frames=frames)
    rest = np.zeros_like(clip.rotations_wxyz)
    rest[..., 0] = 1.0
    sway = np.stack((0.04 * np.sin(time), 0.85 + 0.04 * np.cos(2 * time), 0.0 * time), axis=-1)
    skeleton = clip.skeleton
    positions, world = forward_kinematics(skeleton, sway.astype(np.float32), rest)
    rise = heel_rise_rad * (0.5 - 0.5 * np.cos(time))
    for side, left in (("Left", 0.11), ("Right", -0.11)):
        hip, knee, foot, toe = skeleton.indices(
            [side + part for part in ("UpLeg", "Leg", "Foot", "Toe")]
        )
        world[:, foot] = world[:, toe] = _pitch(rise)
        ankle = np.array([left, TOE_HEIGHT_M, 0.2], np.float32) - quaternion_rotate(
            world[:, foot], skeleton.offsets[toe]
        )
        forward = np.broadcast_to(np.array([0, 0, 1], np.float32), ankle.shape)
        chain = (positions[:, joint] for joint in (hip, knee, foot))
        upper, lower = solve_two_bone(*chain, ankle, forward)
        world[:, hip] = quaternion_multiply(upper, world[:, hip])
        world[:, knee] = quaternion_multiply(lower, world[:, knee])
    return MotionClip(skeleton, 60.0, sway, normalise(global_to_local(skeleton, world)))


def _pitch(angle_rad: Floats) -> Floats:
    half = 0.5 * np.asarray(angle_rad)
    return np.stack((np.cos(half), np.sin(half), 0 * half, 0 * half), axis=-1).astype(np.float32)


def _wander(points: Floats) -> float:
    return float(np.ptp(points, axis=0).max())


def test_planted_feet_stay_planted_at_the_targets_own_height() -> None:
    target = _other_legs()
    out = joint_positions(retarget_clip(_swaying_clip(), target))
    sliding = joint_positions(retarget_clip(_swaying_clip(), target, keep_feet=False))
    for side in ("Left", "Right"):
        ankle, toe = out[:, target.index(side + "Foot")], out[:, target.index(side + "Toe")]
        assert _wander(ankle) < 1e-3
        assert _wander(toe) < 1e-3
        assert _wander(sliding[:, target.index(side + "Foot")]) > 5e-3  # what was to be mended
        sole = TOE_HEIGHT_M * 0.86 / 0.82
        assert toe[0, 1] == pytest.approx(sole, abs=1e-3)
        assert ankle[0, 1] == pytest.approx(sole + 0.09, abs=1e-3)


def test_the_toe_stays_while_the_heel_rises() -> None:
    clip = _swaying_clip(heel_rise_rad=0.8)
    assert _wander(joint_positions(clip)[:, COMMON_SKELETON.index("LeftToe")]) < 1e-3
    target = _other_legs()
    out = joint_positions(retarget_clip(clip, target))
    for side in ("Left", "Right"):
        assert _wander(out[:, target.index(side + "Toe")]) < 2e-3
        assert np.ptp(out[:, target.index(side + "Foot"), 1]) > 0.05


def test_the_floor_of_a_capture_is_measured_and_removed() -> None:
    level = _swaying_clip()
    heights = planted_toe_heights(level)
    np.testing.assert_allclose(heights, TOE_HEIGHT_M, atol=1e-3)
    raised = MotionClip(
        level.skeleton, 60.0, level.root_positions + np.array([0, 0.07, 0]), level.rotations_wxyz
    )
    heights = planted_toe_heights(raised)
    np.testing.assert_allclose(heights, TOE_HEIGHT_M + 0.07, atol=1e-3)
    out = retarget_clip(raised, COMMON_SKELETON, planted_toe_heights_m=heights)
    np.testing.assert_allclose(joint_positions(out), joint_positions(level), atol=2e-3)


def test_a_stand_on_steps_counts_from_the_lower_one() -> None:
    level = _swaying_clip()
    rotations = np.tile(level.rotations_wxyz[:1], (60, 1, 1))
    for part, degrees in (("UpLeg", -50), ("Leg", 100), ("Foot", -50)):  # the left on a step
        joint = level.skeleton.index("Left" + part)
        rotations[:, joint] = about("x", degrees)
    root = np.tile(level.root_positions[:1], (60, 1))
    heights = planted_toe_heights(MotionClip(level.skeleton, 60.0, root, rotations))
    np.testing.assert_allclose(heights, TOE_HEIGHT_M, atol=2e-3)


def test_knees_bend_no_faster_than_before() -> None:
    """Nearly straight legs on shorter ones must not snap straight."""
    clip = _swaying_clip()
    low = MotionClip(clip.skeleton, 60.0, clip.root_positions, clip.rotations_wxyz)
    shorter = COMMON_SKELETON.offsets.copy()
    for side in ("Left", "Right"):
        shorter[COMMON_SKELETON.index(side + "Toe")] = (0.0, -0.03, 0.12)
    target = Skeleton(COMMON_SKELETON.names, COMMON_SKELETON.parents, shorter)
    before, after = _knee_speed(low), _knee_speed(retarget_clip(low, target))
    assert after < 1.5 * before


def _knee_speed(clip: MotionClip) -> float:
    positions = joint_positions(clip)
    hip, knee, ankle = clip.skeleton.indices(["LeftUpLeg", "LeftLeg", "LeftFoot"])
    thigh = normalise(positions[:, knee] - positions[:, hip])
    shin = normalise(positions[:, ankle] - positions[:, knee])
    bend = np.arccos(np.clip(np.sum(thigh * shin, axis=-1), -1, 1))
    return float(np.abs(np.diff(bend)).max()) * clip.frame_rate_hz


# --- different trees --------------------------------------------------------------------------


def _without(skeleton: Skeleton, *names: str) -> Skeleton:
    """The skeleton with some joints folded into their parents' bones."""
    kept = [n for n in skeleton.names if n not in names]
    rest = skeleton.rest_positions()

    def parent(name: str) -> int:
        joint = int(skeleton.parents[skeleton.index(name)])
        while joint >= 0 and skeleton.names[joint] in names:
            joint = int(skeleton.parents[joint])
        return joint

    parents = [parent(n) for n in kept]
    offsets = [
        rest[skeleton.index(n)] - (rest[p] if p >= 0 else 0)
        for n, p in zip(kept, parents, strict=True)
    ]
    ends = {n: e for n, e in skeleton.ends.items() if n in kept}
    order = [kept.index(skeleton.names[p]) if p >= 0 else -1 for p in parents]
    return Skeleton(tuple(kept), np.array(order), np.array(offsets), ends)


def _bowing(skeleton: Skeleton, joint: str, degrees: float) -> MotionClip:
    rotations = np.zeros((5, skeleton.joint_count, 4), np.float32)
    rotations[..., 0] = 1.0
    rotations[:, skeleton.index(joint)] = about("x", degrees)
    return MotionClip(skeleton, 30.0, np.tile([0.0, 0.95, 0.0], (5, 1)), rotations)


def _tilt_degrees(clip: MotionClip, joint: str) -> float:
    _, world = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    up = quaternion_rotate(world[0, clip.skeleton.index(joint)], np.array([0, 1, 0], np.float32))
    return float(np.degrees(np.arctan2(up[2], up[1])))


def test_one_back_joint_bends_three_evenly() -> None:
    short = _without(COMMON_SKELETON, "Spine1", "Spine2", "Neck", "LeftShoulder", "RightShoulder")
    out = retarget_clip(_bowing(short, "Spine", 60.0), COMMON_SKELETON)
    tilts = [_tilt_degrees(out, n) for n in ("Hips", "Spine", "Spine1", "Spine2", "Neck", "Head")]
    np.testing.assert_allclose(tilts, [0, 20, 40, 60, 60, 60], atol=1.5)
    assert _tilt_degrees(out, "LeftShoulder") == pytest.approx(60, abs=1.5)


def test_three_back_joints_fold_into_one() -> None:
    short = _without(COMMON_SKELETON, "Spine1", "Spine2", "Neck", "LeftShoulder", "RightShoulder")
    out = retarget_clip(_bowing(COMMON_SKELETON, "Spine1", 40.0), short)
    assert _tilt_degrees(out, "Spine") == pytest.approx(40, abs=0.1)
    assert _tilt_degrees(out, "LeftArm") == pytest.approx(40, abs=0.1)


def test_a_neck_between_chest_and_head_turns_half_way() -> None:
    source = _without(COMMON_SKELETON, "Neck")
    out = retarget_clip(_bowing(source, "Head", 50.0), COMMON_SKELETON)
    assert _tilt_degrees(out, "Neck") == pytest.approx(25, abs=0.5)
    assert _tilt_degrees(out, "Head") == pytest.approx(50, abs=0.1)


def _rig() -> tuple[Skeleton, dict[str, str]]:
    """The common character with foreign names, a root bone on the ground and twist bones."""
    names, parents, offsets = ["ground"], [-1], [np.zeros(3)]
    where: dict[str, int] = {}
    for joint, name in enumerate(COMMON_SKELETON.names):
        parent = int(COMMON_SKELETON.parents[joint])
        offset = COMMON_SKELETON.offsets[joint] if parent >= 0 else np.array([0, 0.975, 0])
        hung = where[COMMON_SKELETON.names[parent]] if parent >= 0 else 0
        if name in ("LeftLeg", "RightLeg"):
            names.append(f"twist {joint}")
            parents.append(hung)
            offsets.append(offset * 0.5)
            hung, offset = len(names) - 1, offset * 0.5
        where[name] = len(names)
        names.append(f"bone {joint}")
        parents.append(hung)
        offsets.append(offset)
    rig = Skeleton(tuple(names), np.array(parents), np.array(offsets))
    return rig, {names[n]: common for common, n in where.items()}


def test_a_foreign_rig_with_a_given_map() -> None:
    rig, joint_map = _rig()
    clip = stepping_clip()
    out = joint_positions(retarget_clip(clip, rig, joint_map))
    desired = joint_positions(clip)
    for name, common in joint_map.items():
        here, there = out[:, rig.index(name)], desired[:, COMMON_SKELETON.index(common)]
        np.testing.assert_allclose(here, there, atol=2e-3, err_msg=common)


def test_a_rig_that_stands_on_the_origin_keeps_its_own_ankle_height() -> None:
    rig, joint_map = _rig()
    ankle = rig.index(next(n for n, c in joint_map.items() if c == "LeftFoot"))
    out = joint_positions(retarget_clip(_swaying_clip(), rig, joint_map))
    assert rig.rest_positions()[ankle, 1] == pytest.approx(HEEL_HEIGHT_M)
    assert out[0, ankle, 1] == pytest.approx(HEEL_HEIGHT_M, abs=1e-3)


def test_part_of_a_character_moves_without_its_feet() -> None:
    upper = _without(COMMON_SKELETON, *(n for n in COMMON_SKELETON.names if "Leg" in n),
                     "LeftFoot", "RightFoot", "LeftToe", "RightToe")  # fmt: skip
    clip = stepping_clip()
    out = joint_positions(retarget_clip(clip, upper, keep_feet=False))
    hand = out[:, upper.index("LeftHand")] - out[:, 0]
    desired = joint_positions(clip)
    desired = desired[:, COMMON_SKELETON.index("LeftHand")] - desired[:, 0]
    np.testing.assert_allclose(hand, desired, atol=1e-4)
    with pytest.raises(SkeletonError, match=r"LeftUpLeg.*keep_feet=False"):
        retarget_clip(clip, upper)


def test_unusable_characters() -> None:
    clip = stepping_clip()
    with pytest.raises(SkeletonError, match="no hips"):
        retarget_clip(clip, Skeleton(("Cube",), np.array([-1]), np.zeros((1, 3))))
    with pytest.raises(SkeletonError, match="'Tail'"):
        retarget_clip(clip, COMMON_SKELETON, {"Hips": "Hips", "Head": "Tail"})
    with pytest.raises(SkeletonError, match="no length"):
        retarget_clip(clip, COMMON_SKELETON.scaled(0.0))
    stool = Skeleton(("seat", "leg"), np.array([-1, 0]), np.zeros((2, 3)))
    still = MotionClip(stool, 30.0, np.zeros((1, 3)), np.tile([1.0, 0, 0, 0], (1, 2, 1)))
    with pytest.raises(SkeletonError, match="LeftUpLeg"):
        planted_toe_heights(still)


# --- real motion ------------------------------------------------------------------------------

FAMILIES = [
    *("cmu/amc_02_01", "cmu/expmap_train_walking_3", "cmu/iclone_007_10", "cmu/acrnn_salsa_01"),
    *("cmu/bvh11_131_01", "cmu/amp_walk", "cmu/poselib_09_11", "cmu/jump_91_48"),
    *("quaternius/ual_walk", "quaternius/m2m_greeting", "kaykit/kaykit_walk_a"),
]
LIMBS = [
    (side + a, side + b)
    for side in ("Left", "Right")
    for a, b in (("Arm", "ForeArm"), ("ForeArm", "Hand"), ("UpLeg", "Leg"), ("Leg", "Foot"))
]


@pytest.mark.data
@pytest.mark.parametrize("name", FAMILIES)
def test_real_clips_keep_their_poses_and_their_footing(data_dir: Path, name: str) -> None:
    clip = read_bvh(data_dir / "mocap" / f"{name}.bvh")
    out = retarget_clip(clip, COMMON_SKELETON, planted_toe_heights_m=planted_toe_heights(clip))
    here, there = joint_positions(clip), joint_positions(out)
    found = find_common_joints(clip.skeleton.names)
    # Chibi legs are short and wide-set; the physics humanoid's ankle lies as low as its toes.
    most = 12.0 if "kaykit" in name else 10.0 if "amp" in name else 7.0

    for a, b in LIMBS:
        u, v = clip.skeleton.indices([found[a], found[b]])
        source = normalise(here[:, v] - here[:, u])
        u, v = COMMON_SKELETON.indices([a, b])
        turned = normalise(there[:, v] - there[:, u])
        error = np.degrees(np.arccos(np.clip(np.sum(source * turned, axis=-1), -1, 1))).mean()
        assert error < (0.5 if "Arm" in a else most), (a, error)

    scale = 0.82 / _leg_length(clip, found)
    for side in ("Left", "Right"):
        source = [
            here[:, clip.skeleton.index(found[side + part])] * scale
            for part in ("Foot", "Toe")
            if side + part in found
        ]
        target = [there[:, COMMON_SKELETON.index(side + part)] for part in ("Foot", "Toe")]
        before, after = (_slower(points, clip.frame_rate_hz) for points in (source, target))
        lowest = np.min([points[:-1, 1] for points in source], axis=0)
        carries = (before < 0.25) & (lowest < np.percentile(lowest, 5) + 0.03)
        assert carries.sum() > 5
        assert after[carries].mean() < before[carries].mean() + 0.04


def _slower(points: list[Floats], rate_hz: float) -> Floats:
    """Horizontal speed (m/s) of the slowest of several joints, frame by frame."""
    steps = np.diff(np.stack(points)[..., [0, 2]], axis=1)
    return np.asarray(np.linalg.norm(steps, axis=-1).min(axis=0) * rate_hz)


def _leg_length(clip: MotionClip, found: dict[str, str]) -> float:
    knee, ankle = clip.skeleton.indices([found["LeftLeg"], found["LeftFoot"]])
    return float(np.linalg.norm(clip.skeleton.offsets[[knee, ankle]], axis=-1).sum())
