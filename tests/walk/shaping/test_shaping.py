"""Each setting of a direction does what it says, where it says so, and nothing by default."""

from __future__ import annotations

from functools import cache
from pathlib import Path as FilePath

import numpy as np
import pytest

from backend.walk.suite import StairsTerrain
from blender_addon.core.ground.path import Path
from blender_addon.core.ground.terrain import FlatTerrain
from blender_addon.core.inference.session import open_session
from blender_addon.core.maths.rotations import (
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
    wrap_angle,
)
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.walk import decode
from blender_addon.core.walk.direction import DirectionChange, Directions
from blender_addon.core.walk.pipeline import LocomotionPipeline
from blender_addon.core.walk.presets import PRESETS
from blender_addon.core.walk.request import WalkRequest
from blender_addon.core.walk.settings import Direction

MODEL = FilePath(__file__).resolve().parents[3] / "onnx_models" / "locomotion_biped.onnx"
STEADY = slice(180, 330)
"""Frames of the straight walk in which its speed is steady."""
JOINT = {name: number for number, name in enumerate(COMMON_SKELETON.names)}
ARMS = [JOINT[side + part] for side in ("Left", "Right") for part in ("Arm", "ForeArm")]
HEAD = [JOINT["Neck"], JOINT["Head"]]
REST = [joint for joint in range(COMMON_SKELETON.joint_count) if joint not in HEAD]
KEYED = Directions(
    changes=(
        DirectionChange(5.0, "slump", 0.8),
        DirectionChange(5.0, "arm_swing", 0.0),
        DirectionChange(5.0, "step_width_m", 0.2),
        DirectionChange(5.0, "straight_knees", -1.0),
    )
)
ASKED = {
    "plain": Direction(),
    "still arms": Direction(arm_swing=0.0),
    "wide arms": Direction(arm_swing=2.5),
    "wide": Direction(step_width_m=0.15),
    "narrow": Direction(step_width_m=-0.1),
    "lean": Direction(lean_deg=10.0),
    "slump": Direction(slump=1.0),
    "head": Direction(head_up_deg=20.0),
    "sway": Direction(hip_sway=3.0),
    "no sway": Direction(hip_sway=0.0),
    "bounce": Direction(bounce=2.5),
    "level": Direction(bounce=0.0),
    "crouch": Direction(straight_knees=-1.0),
    "straight": Direction(straight_knees=1.0),
    "long": Direction(step_length=1.2),
    "short": Direction(step_length=0.75),
}
CORNER = [[0, 0, 0], [0, 0, 3], [3, 0, 3]]


@cache
def pipeline():
    return LocomotionPipeline(open_session(MODEL, ["CPUExecutionProvider"]))


def request(directions, points=((0, 0, 0), (0, 0, 8)), terrain=None, speed=1.3):
    return WalkRequest(
        path=Path.from_points(points, speed), terrain=terrain or FlatTerrain(),
        stand_before_s=0.5, stand_after_s=1.0, seed=3, directions=directions,
    )  # fmt: skip


@cache
def walks():
    """The same straight walk, once with each of what is asked for, and once keyed."""
    requests = [request(Directions(each)) for each in ASKED.values()] + [request(KEYED)]
    return dict(zip([*ASKED, "keyed"], pipeline().generate(requests), strict=True))


def posed(result):
    clip = result.clip
    return forward_kinematics(COMMON_SKELETON, clip.root_positions, clip.rotations_wxyz)


def pitch_deg(result, joint):
    """Of a joint's forward axis, positive downward."""
    ahead = quaternion_rotate(posed(result)[1][:, JOINT[joint]], np.array([0, 0, 1], np.float32))
    return np.rad2deg(np.arcsin(-ahead[STEADY, 1])).mean()


def arms_travel(result):
    """(N, 4) angles in radians by which arm joints turn from the first steady frame."""
    arms = result.clip.rotations_wxyz[STEADY][:, ARMS]
    away = quaternion_multiply(arms, quaternion_conjugate(arms[:1]))
    return 2 * np.arctan2(np.linalg.norm(away[..., 1:], axis=-1), np.abs(away[..., 0]))


def apart(result):
    joints = posed(result)[0]
    return joints[STEADY, JOINT["LeftFoot"], 0] - joints[STEADY, JOINT["RightFoot"], 0]


def step_length(result):
    """Between the moments in which the feet pass one another."""
    joints = posed(result)[0][STEADY]
    ahead = joints[:, JOINT["LeftFoot"], 2] - joints[:, JOINT["RightFoot"], 2]
    passing = np.flatnonzero(np.diff(np.sign(ahead)))
    return (joints[passing[-1], 0, 2] - joints[passing[0], 0, 2]) / (len(passing) - 1)


def test_defaults_leave_the_networks_poses_bit_by_bit(monkeypatch):
    points = ((0, 0, 0), (0, 0, 2), (2, 0, 3))
    shaped = pipeline().generate([request(Directions(), points)])[0]
    monkeypatch.setattr(decode, "finish_walks", lambda walks, shapings: walks)
    raw = pipeline().generate([request(Directions(), points)])[0]
    np.testing.assert_array_equal(shaped.clip.root_positions, raw.clip.root_positions)
    np.testing.assert_array_equal(
        shaped.clip.rotations_wxyz[:, REST], raw.clip.rotations_wxyz[:, REST]
    )
    np.testing.assert_array_equal(shaped.root_track, raw.root_track)


def test_arms_hang_still_or_swing_wider():
    plain, still, wide = (
        np.ptp(arms_travel(walks()[name]), axis=0) for name in ("plain", "still arms", "wide arms")
    )
    assert still.max() < np.deg2rad(5.0) < plain.max()
    assert wide[[0, 2]].min() > 1.25 * plain[[0, 2]].min()


@pytest.mark.parametrize("name", ["plain", "wide arms", "slump", "crouch"])
def test_hands_stay_out_of_the_body_and_below_the_head(name):
    joints, turns = posed(walks()[name])
    for side in ("Left", "Right"):
        hand = joints[STEADY, JOINT[side + "Hand"]]
        body = quaternion_rotate(
            quaternion_conjugate(turns[STEADY, JOINT["Spine"]]),
            hand - joints[STEADY, JOINT["Spine"]],
        )
        assert np.min((body[:, 0] / 0.15) ** 2 + (body[:, 2] / 0.11) ** 2) > 1.0
        assert np.all(hand[:, 1] < joints[STEADY, JOINT["Neck"], 1])


def test_feet_go_wider_by_what_is_asked_and_never_cross():
    plain, wide, narrow = (apart(walks()[name]) for name in ("plain", "wide", "narrow"))
    assert wide.mean() - plain.mean() == pytest.approx(0.15, abs=0.01)
    assert 0.03 < narrow.mean() < plain.mean()
    joints = posed(walks()["narrow"])[0][STEADY]
    passing = np.abs(joints[:, JOINT["LeftFoot"], 2] - joints[:, JOINT["RightFoot"], 2]) < 0.05
    assert narrow[passing].min() > 0.05


def test_the_trunk_leans_and_rounds_and_the_gaze_stays_nearly_level():
    chest = {n: pitch_deg(walks()[n], "Spine2") for n in ("plain", "lean", "slump")}
    assert chest["lean"] - chest["plain"] == pytest.approx(10.0, abs=1.0)
    assert 25.0 < chest["slump"] - chest["plain"] < 45.0
    for name in ("lean", "slump", "crouch"):
        turned = pitch_deg(walks()[name], "Head") - pitch_deg(walks()["plain"], "Head")
        assert 0.0 < turned < 8.0
    raised = pitch_deg(walks()["head"], "Head") - pitch_deg(walks()["plain"], "Head")
    assert raised == pytest.approx(-20.0, abs=1.0)


def test_hips_sway_and_bounce_more_or_less():
    hips = {name: posed(result)[0][STEADY, 0] for name, result in walks().items()}
    spread = {name: place.std(axis=0) for name, place in hips.items()}
    assert spread["no sway"][0] < 0.5 * spread["plain"][0]
    assert spread["sway"][0] > 2.0 * spread["plain"][0]
    assert spread["level"][1] < 0.5 * spread["plain"][1]
    assert spread["bounce"][1] > 2.0 * spread["plain"][1]


def test_knees_bend_deeply_or_stretch_over_the_same_steps():
    heights = {
        n: posed(walks()[n])[0][STEADY, 0, 1].mean() for n in ("plain", "crouch", "straight")
    }
    assert 0.2 < heights["plain"] - heights["crouch"] < 0.25
    assert 0.005 < heights["straight"] - heights["plain"] < 0.06
    for name in ("crouch", "straight"):
        assert step_length(walks()[name]) == pytest.approx(step_length(walks()["plain"]), rel=0.03)


@pytest.mark.parametrize("name", ["long", "short"])
def test_steps_are_longer_or_shorter_in_the_same_time(name):
    plain, other = walks()["plain"], walks()[name]
    factor = ASKED[name].step_length
    assert step_length(other) / step_length(plain) == pytest.approx(factor, rel=0.1)
    assert other.clip.frame_count == plain.clip.frame_count == len(other.root_track)
    np.testing.assert_array_equal(other.desired_speeds_m_s, plain.desired_speeds_m_s)
    np.testing.assert_array_equal(other.desired_positions, plain.desired_positions)
    off = np.linalg.norm(other.root_track[:, :2] - other.desired_positions, axis=1)
    assert off.max() < 0.12
    assert other.reached_end


def test_what_is_keyed_changes_behind_its_place_alone():
    plain, keyed = walks()["plain"], walks()["keyed"]
    before = np.flatnonzero(plain.path_distance_m < 3.0)
    behind = np.flatnonzero(plain.path_distance_m > 6.0)
    was, now = posed(plain)[0], posed(keyed)[0]
    np.testing.assert_allclose(now[before], was[before], atol=2e-3)
    assert (was[behind, 0, 1] - now[behind, 0, 1]).min() > 0.15


@cache
def corners():
    """A corner walked plainly and in the way of each preset."""
    requests = [request(Directions(), CORNER)] + [
        request(Directions(each.direction), CORNER, speed=1.3 * each.speed) for each in PRESETS
    ]
    names = ["plain", *(each.name for each in PRESETS)]
    return dict(zip(names, pipeline().generate(requests), strict=True))


@pytest.mark.parametrize("preset", PRESETS, ids=lambda each: each.name)
def test_presets_walk_a_corner_without_pops(preset):
    result = corners()[preset.name]
    upper = result.clip.rotations_wxyz[:, : JOINT["RightHand"] + 1]
    steps = quaternion_multiply(upper[1:], quaternion_conjugate(upper[:-1]))
    angles = np.rad2deg(2 * steps[..., 1:] * np.sign(steps[..., :1]))
    assert np.linalg.norm(np.diff(angles, axis=0), axis=-1).max() < 2.5
    off = np.linalg.norm(result.root_track[:, :2] - result.desired_positions, axis=1)
    assert off.mean() < 0.05
    assert result.reached_end


def test_the_head_leads_into_turns():
    result = corners()["plain"]
    ahead = quaternion_rotate(posed(result)[1][:, JOINT["Head"]], np.array([0, 0, 1], np.float32))
    face = np.unwrap(np.arctan2(ahead[:, 0], ahead[:, 2]))
    body = result.root_track[:, 2]
    misfit = [np.std(face[: len(face) - lead] - body[lead:]) for lead in range(40)]
    assert 0.2 <= np.argmin(misfit) / 60 <= 0.4
    assert np.abs(wrap_angle(face - body)).max() < np.deg2rad(50.0)


def test_the_head_looks_down_where_the_ground_steps():
    terrain = StairsTerrain()
    result = pipeline().generate([request(Directions(), ((0, 0, 0), (0, 0, 4)), terrain, 0.7)])[0]
    ahead = quaternion_rotate(posed(result)[1][:, JOINT["Head"]], np.array([0, 0, 1], np.float32))
    pitch = np.rad2deg(np.arcsin(-ahead[:, 1]))
    way = result.root_track[:, 1]
    on_stairs = (way > terrain.start_m) & (way < terrain.start_m + 1.5)
    assert 2.0 < np.median(pitch[on_stairs]) - np.median(pitch[way < 1.0]) < 12.0
