"""The shipped model's steps come out even: at stops, on treads, and turning on the spot."""

from __future__ import annotations

from pathlib import Path as FilePath

import numpy as np
import pytest

from backend.motion_quality.ways import StairsTerrain
from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ as RATE
from blender_addon.core.conventions import Bools
from blender_addon.core.ground.path import Path, Stop
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.maths.rotations import wrap_angle
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.walk.pipeline import LocomotionPipeline, WalkResult
from blender_addon.core.walk.plan import plan_request
from blender_addon.core.walk.request import WalkRequest
from blender_addon.core.walk.stepping import HALT_RAD, START_RAD, PhaseLead, first_phase

MODEL = FilePath(__file__).resolve().parents[3] / "onnx_models" / "locomotion_biped.onnx"
TREAD_M = 0.3


def line(length_m: float, *stops: Stop) -> Path:
    return Path.from_points([[0, 0, 0], [0, 0, length_m]], 1.3, stops=stops)


REQUESTS = {
    **{f"stop {n}": WalkRequest(line(3.0 + 0.15 * n), seed=n % 3) for n in range(5)},
    "stairs": WalkRequest(line(4.6), StairsTerrain(steps=6), seed=3),
    "turn": WalkRequest(place=(1.0, 2.0, 0.5), stand_s=4.0, end_heading_rad=0.5 + np.pi / 2),
    "stand": WalkRequest(place=(1.0, 2.0, 0.5), stand_s=1.0),
    "set out": WalkRequest(line(3.0), start_heading_rad=np.pi, end_heading_rad=-np.pi / 2),
}


@pytest.fixture(scope="module")
def results() -> dict[str, WalkResult]:
    """All walks of this file, as one batch."""
    pipeline = LocomotionPipeline(ModelSession(MODEL, ["CPUExecutionProvider"], threads=1))
    return dict(zip(REQUESTS, pipeline.generate(list(REQUESTS.values())), strict=True))


def landings(contacts: Bools) -> list[int]:
    """Frames at which a foot is set down; a foot that only rolls over is not."""
    down = contacts.copy()
    for begin in np.flatnonzero(down[:-1] & ~down[1:]).tolist():
        down[begin : begin + 12] |= down[begin + 1 : begin + 13].any()
    return (np.flatnonzero(~down[:-1] & down[1:]) + 1).tolist()


@pytest.mark.parametrize("name", [name for name in REQUESTS if name.startswith("stop")])
def test_stops_do_not_lunge(results: dict[str, WalkResult], name: str) -> None:
    result = results[name]
    height, speeds = result.clip.root_positions[:, 1], result.desired_speeds_m_s
    walking = np.median(height[speeds > 1.2])
    halt = int(np.flatnonzero(speeds > 0.1)[-1])
    assert walking - height[halt - 90 : halt + 30].min() < 0.075
    joints, _ = forward_kinematics(
        result.clip.skeleton, result.clip.root_positions, result.clip.rotations_wxyz
    )
    left, right = (joints[-1, result.clip.skeleton.index(f"{s}Foot")] for s in ("Left", "Right"))
    assert np.linalg.norm(left - right) < 0.35, "the feet are set side by side"


def test_going_up_there_is_a_foot_on_every_tread(results: dict[str, WalkResult]) -> None:
    clip = results["stairs"].clip
    joints, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    treads = []
    for foot, side in enumerate(("Left", "Right")):
        heel, toe = (joints[:, clip.skeleton.index(side + part), 2] for part in ("Foot", "Toe"))
        for frame in landings(clip.contacts[:, 2 * foot : 2 * foot + 2].any(axis=1)):
            middle = 0.5 * (heel + toe)[min(frame + 4, clip.frame_count - 1)]
            treads.append(int(np.floor((middle - 2.0) / TREAD_M)) + 1)
    treads = sorted(tread for tread in treads if 1 <= tread <= 5)
    assert treads == [1, 2, 3, 4, 5]


def test_a_turn_on_the_spot_gets_there_and_stays_there(results: dict[str, WalkResult]) -> None:
    result = results["turn"]
    off = wrap_angle(result.root_track[-1:, 2] - (0.5 + np.pi / 2))
    assert abs(np.degrees(off[0])) < 15.0
    assert np.linalg.norm(result.root_track[:, :2] - [1.0, 2.0], axis=1).max() < 0.3
    assert result.reached_end and result.clip.frame_count == 4 * RATE + 1


def test_who_stands_stays(results: dict[str, WalkResult]) -> None:
    result = results["stand"]
    np.testing.assert_allclose(result.root_track, [[1.0, 2.0, 0.5]] * 61, atol=1e-6)
    assert result.reached_end and result.plan is not None


def test_turning_before_and_after_a_walk(results: dict[str, WalkResult]) -> None:
    result = results["set out"]
    track = result.root_track
    assert abs(wrap_angle(track[:1, 2] - np.pi)[0]) < 0.01
    moving = result.desired_speeds_m_s > 1.0
    assert np.abs(wrap_angle(track[moving, 2])).max() < 0.35
    assert abs(np.degrees(wrap_angle(track[-1:, 2] + np.pi / 2)[0])) < 15.0
    assert result.reached_end


def test_the_phase_is_led_to_where_it_has_to_be() -> None:
    """A stand-in for the network, whose cadence goes with the square root of speed."""
    plan = plan_request(WalkRequest(line(9.3, Stop(4.1, 1.5)), stand_before_s=1.0))
    speeds = plan.speeds_m_s[None].repeat(5, axis=0)
    lead = PhaseLead([plan] * 5, speeds)
    phase = np.array([first_phase(plan.speeds_m_s, 0), 0.3, 1.2, 2.4, 5.0])
    moments = np.flatnonzero(np.diff((plan.speeds_m_s >= 0.15).astype(int))) + 1
    aims = dict(zip(moments.tolist(), [START_RAD, HALT_RAD] * 2, strict=True))
    for frame in range(plan.frame_count):
        if frame in aims and frame != moments[0]:
            off = phase - aims[frame]
            assert np.abs(off - np.pi * np.round(off / np.pi)).max() < 0.15
        rate = np.maximum(5.2 * np.sqrt(np.maximum(speeds[:, frame], 0.1)), 1.3)
        added = lead.at(frame, phase, rate)
        assert (np.abs(added) <= 0.9 * rate + 1e-6).all()
        if speeds[0, frame] > 0.3:
            assert (np.abs(added) <= 0.25 * rate).all(), "no step shows it"
        phase = (phase + (rate + added) / RATE) % (2 * np.pi)


def test_who_is_given_a_phase_sets_out_on_it() -> None:
    """Those of a crowd set out in their own time."""
    plan = plan_request(WalkRequest(line(4.0), stand_before_s=2.0))
    speeds = plan.speeds_m_s[None].repeat(2, axis=0)
    lead = PhaseLead([plan] * 2, speeds, [False, True])
    before = np.array([lead.at(frame, np.full(2, 2.5), np.full(2, 1.3)) for frame in range(120)])
    assert np.abs(before[:, 0]).max() > 0.3
    assert (before[:, 1] == 0.0).all()
