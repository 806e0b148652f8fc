"""The baseline, clips as paths, export, pictures and the command, on real code."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path as FilePath
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from backend.motion_quality.naturalness import NaturalnessReference
from backend.motion_quality.pictures import draw_clip_sheet
from backend.motion_quality.windows import cut_windows
from backend.walk import evaluate
from backend.walk.baseline import Cycles, align_cycle, best_cycles, find_cycle, slide_along
from backend.walk.captured import CapturedClip, load_captured, load_clip
from backend.walk.clip_cases import clip_cases, clip_path, load_clip_folder
from backend.walk.evaluate import MODEL, command
from backend.walk.export_clips import export_performances
from backend.walk.metrics import measure_paths
from backend.walk.report import ROWS, SYSTEMS
from backend.walk.stability import measure_stability
from backend.walk.suite import StairsTerrain, WalkCase, locomotion_suite
from blender_addon.core.bvh import read_bvh, write_bvh
from blender_addon.core.errors import InputError
from blender_addon.core.ground.path import Path
from blender_addon.core.maths.rotations import axis_angle_to_quaternion, quaternion_nlerp
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import (
    COMMON_SKELETON,
    HIPS_REST_HEIGHT_M,
    PLANTED_HEIGHTS_M,
)

RATE_HZ = 60.0
STRIDE_S = 1.0


def walking(
    seconds: float = 4.0, speed_m_s: float = 1.3, stride_s: float = STRIDE_S, uphill: float = 0.0
) -> MotionClip:
    """A figure that swings its legs and goes along +Z."""
    time = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    turns = np.zeros((len(time), COMMON_SKELETON.joint_count, 4), np.float32)
    turns[..., 0] = 1.0
    for name, sign in (("LeftUpLeg", 1), ("RightUpLeg", -1)):
        angle = sign * 0.4 * np.sin(2 * np.pi * time / stride_s)
        turns[:, COMMON_SKELETON.index(name)] = axis_angle_to_quaternion(np.eye(3)[0], angle)
    way = speed_m_s * time
    root = np.stack((0 * time, HIPS_REST_HEIGHT_M + uphill * way, way), axis=-1)
    return MotionClip(COMMON_SKELETON, RATE_HZ, root, turns)


def captured(clip: MotionClip, label: str = "walk") -> CapturedClip:
    return CapturedClip("made", label, clip, np.zeros(clip.frame_count), PLANTED_HEIGHTS_M)


@pytest.fixture(scope="module")
def cycles() -> Cycles:
    walk = find_cycle(captured(walking()))
    run = find_cycle(captured(walking(3.0, 3.0, 0.7), "run"))
    assert walk and run
    return Cycles(walk, align_cycle(run, walk))


def test_a_cycle_is_one_stride_long_and_closes(cycles: Cycles) -> None:
    assert len(cycles.walk.offsets) == round(STRIDE_S * RATE_HZ)
    assert cycles.walk.travel_m == pytest.approx(1.3 * STRIDE_S, rel=1e-3)
    hips, turns = cycles.walk.sample(np.array([0.0, 1.0, 0.25, 3.25]))
    np.testing.assert_allclose(hips[0], hips[1], atol=1e-6)
    np.testing.assert_allclose(turns[2], turns[3], atol=1e-6)


def test_cycles_begin_with_the_same_foot(cycles: Cycles) -> None:
    shifted = replace(cycles.run, rotations_wxyz=np.roll(cycles.run.rotations_wxyz, 13, axis=0))
    again = align_cycle(shifted, cycles.walk)
    swing = [
        c.sample(np.array([0.25]))[1][0, COMMON_SKELETON.index("LeftUpLeg"), 1]
        for c in (cycles.walk, again)
    ]
    assert swing[1] == pytest.approx(swing[0], abs=0.02)


def test_the_baseline_stays_on_every_path_and_goes_as_fast_as_asked(cycles: Cycles) -> None:
    performances = [slide_along(case, cycles) for case in locomotion_suite()]
    found = measure_paths(performances)
    assert found["path_deviation_mean_m"] < 0.02
    assert found["speed_error_worst_path"] < 0.1
    assert found["paths_completed"] == len(performances)


def test_the_baseline_plays_as_fast_as_it_goes(cycles: Cycles) -> None:
    """10 m at 1.3 m a stride are 7.7 strides, however fast."""
    for speed in (0.7, 1.7):
        path = Path.from_points([[0, 0, 0], [0, 0, 10]], speed)
        clip = slide_along(WalkCase("line", path), cycles).clip
        swing = clip.rotations_wxyz[:, COMMON_SKELETON.index("LeftUpLeg"), 1]
        middle = 0.5 * (swing.max() + swing.min())
        crossings = np.count_nonzero(np.diff(swing > middle))
        assert crossings / 2 == pytest.approx(10 / 1.3, abs=1)


def test_a_clips_way_becomes_the_path_with_its_speeds_and_pauses() -> None:
    going = walking(4.0, 1.2).root_positions
    pause = np.repeat(going[-1:], 90, axis=0)
    onward = going + going[-1]
    root = np.concatenate((going, pause, onward))
    turns = np.zeros((len(root), COMMON_SKELETON.joint_count, 4), np.float32)
    turns[..., 0] = 1.0
    path = clip_path(MotionClip(COMMON_SKELETON, RATE_HZ, root, turns), 3.0)
    assert path is not None
    assert path.length_m == pytest.approx(2 * 1.2 * 4.0, rel=0.03)
    assert np.median(path.speeds_m_s) == pytest.approx(1.2, rel=0.01)
    assert len(path.stops) == 1
    assert path.stops[0].at_m == pytest.approx(4.8, abs=0.1)
    assert path.stops[0].seconds == pytest.approx(1.5, abs=0.35)


def test_a_clip_that_stays_is_left_out_and_a_fast_one_is_slowed() -> None:
    clips = [captured(walking(speed_m_s=0.05)), captured(walking(speed_m_s=5.0))]
    cases = clip_cases(clips, fastest_m_s=3.0)
    assert len(cases) == 1
    assert cases[0].path.speeds_m_s.max() == pytest.approx(3.0)


def test_a_folder_without_clips_is_an_error(tmp_path: FilePath) -> None:
    with pytest.raises(InputError, match=r"no \.bvh file"):
        load_clip_folder(tmp_path)
    with pytest.raises(InputError, match=r"clips\.csv"):
        load_captured(tmp_path, "train")


def test_a_single_pose_is_left_out_of_a_folder(
    tmp_path: FilePath, caplog: pytest.LogCaptureFixture
) -> None:
    still = walking(0.02)
    write_bvh(tmp_path / "pose.bvh", still)
    with pytest.raises(InputError, match=r"no \.bvh file of a motion"):
        load_clip_folder(tmp_path)
    assert "pose.bvh holds 1 frame" in caplog.text
    write_bvh(tmp_path / "walk.bvh", walking(2.0))
    assert [clip.name for clip in load_clip_folder(tmp_path)] == ["walk"]


def test_a_tilted_floor_is_levelled(tmp_path: FilePath) -> None:
    write_bvh(tmp_path / "tilted.bvh", walking(uphill=0.03))
    write_bvh(tmp_path / "level.bvh", walking())
    tilted, level = (load_clip(tmp_path / f"{name}.bvh") for name in ("tilted", "level"))
    rise = np.polyfit(tilted.clip.root_positions[:, 2], tilted.clip.root_positions[:, 1], 1)[0]
    assert abs(rise) < 0.006
    assert tilted.planted_heights_m.mean() == pytest.approx(PLANTED_HEIGHTS_M.mean(), abs=1e-3)
    rise = np.polyfit(level.clip.root_positions[:, 2], level.clip.root_positions[:, 1], 1)[0]
    assert abs(rise) < 0.006


def test_export_can_be_read_back(cycles: Cycles, tmp_path: FilePath) -> None:
    case = next(case for case in locomotion_suite() if case.name == "stairs")
    performance = slide_along(case, cycles)
    export_performances(tmp_path, [performance])
    clip = read_bvh(tmp_path / "stairs.bvh")
    np.testing.assert_allclose(clip.root_positions, performance.clip.root_positions, atol=1e-3)
    suite = json.loads((tmp_path / "suite.json").read_text())
    asked = suite["paths"]["stairs"]
    assert asked["frames"] == clip.frame_count == len(asked["desired_speeds_m_s"])
    assert len(asked["desired_positions_xz_m"]) == clip.frame_count
    terrain = {k: v for k, v in asked["terrain"].items() if k not in ("kind", "height")}
    assert StairsTerrain(**terrain) == case.terrain
    path = Path.from_points([[x, 0, z] for x, z in asked["path_points_xz_m"]])
    assert path.length_m == pytest.approx(case.path.length_m, abs=1e-3)


def test_stability_is_one_without_drift_and_more_with(cycles: Cycles) -> None:
    reference = NaturalnessReference.from_windows(cut_windows(walking(60.0, 1.3)))
    case = WalkCase("long", Path.from_points([[0, 0, 0], [0, 0, 280]], 1.5))
    steady = slide_along(case, cycles)
    found = measure_stability(steady, reference)
    assert found["stability_ratio"] == pytest.approx(1.0, abs=0.05)
    assert found["stability_hips_in_range"]
    still = quaternion_nlerp(
        steady.clip.rotations_wxyz,
        np.broadcast_to(np.float32([1, 0, 0, 0]), steady.clip.rotations_wxyz.shape),
        np.linspace(0, 1, steady.clip.frame_count)[:, None],
    )
    sinking = steady.clip.root_positions.copy()
    sinking[:, 1] -= np.linspace(0.0, 0.35, len(sinking))
    stiff = replace(steady.clip, root_positions=sinking, rotations_wxyz=still)
    worse = measure_stability(replace(steady, clip=stiff), reference)
    assert worse["stability_ratio"] > 1.5
    assert not worse["stability_hips_in_range"]
    short = slide_along(locomotion_suite()[0], cycles)
    assert measure_stability(short, reference)["stability_ratio"] is None


def test_a_sheet_is_drawn_for_any_skeleton(cycles: Cycles, tmp_path: FilePath) -> None:
    performance = slide_along(locomotion_suite()[10], cycles)
    contacts = np.zeros((performance.clip.frame_count, 4), np.bool_)
    contacts[::2] = True
    clip = replace(performance.clip, contacts=contacts)
    draw_clip_sheet(clip, tmp_path / "a" / "stairs.png", performance.terrain, "stairs")
    renamed = replace(
        clip.skeleton, names=tuple(name.lower() for name in clip.skeleton.names), ends={}
    )
    draw_clip_sheet(replace(clip, skeleton=renamed), tmp_path / "plain.png")
    for name in ("a/stairs.png", "plain.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")
        assert (tmp_path / name).stat().st_size > 20_000


@pytest.fixture(scope="module")
def read_once() -> Iterator[None]:
    """What both runs of the command find out about the captured motion, found out once."""
    kept: list[Cycles] = []

    def best(*arguments: Any) -> Cycles:
        kept[:] = kept or [best_cycles(*arguments)]
        return kept[0]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(evaluate, "read_reference", functools.cache(evaluate.read_reference))
        patched.setattr(evaluate, "best_cycles", best)
        yield


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.usefixtures("read_once")
def test_baseline_and_floor_lie_where_published(data_dir: FilePath, tmp_path: FilePath) -> None:
    """The published anchors: sliding 61, held-out captures 20; captured slip 10 cm/s.

    Jerk was published as 1.11 before the knees of the reference were straightened.
    """
    target = tmp_path / "eval.json"
    options = ["--without-model", "--data", str(data_dir / "mocap"), "--json", str(target)]
    ran = CliRunner().invoke(command, options, catch_exceptions=False)
    assert ran.exit_code == 0
    found = json.loads(target.read_text())
    assert found["floor"]["frechet"] == pytest.approx(20, abs=4)
    assert found["baseline"]["frechet_flat"] == pytest.approx(61, abs=10)
    assert found["baseline"]["jerk_ratio"] == pytest.approx(1.05, abs=0.1)
    assert found["floor"]["slip_walk_cm_s"] == pytest.approx(10, abs=3)
    assert found["floor"]["path_deviation_mean_m"] is None
    for system in ("baseline", "floor"):
        assert {row[0] for row in ROWS} <= found[system].keys()
    assert found["floor"]["flat_glide_share"] <= 0.05
    assert found["floor"]["swing_toe_cm"] == pytest.approx(4.5, abs=0.8)
    assert found["floor"]["contact_pitch_deg"] == pytest.approx(17.0, abs=3.0)
    assert found["floor"]["stride_variety_deg"] == pytest.approx(1.65, abs=0.3)
    assert 2.0 <= found["floor"]["idle_head_cm"] <= 4.0
    assert found["floor"]["treads_per_step"] is None


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.usefixtures("read_once")
@pytest.mark.skipif(not MODEL.is_file(), reason="no model has been trained yet")
def test_the_command_walks_captured_ways(data_dir: FilePath, tmp_path: FilePath) -> None:
    (tmp_path / "clips").mkdir()
    write_bvh(tmp_path / "clips" / "way.bvh", walking())
    options = ["--data", str(data_dir / "mocap"), "--clips", str(tmp_path / "clips")]
    options += ["--export", str(tmp_path / "out"), "--json", str(tmp_path / "eval.json")]
    options += ["--minutes-stability", "0"]
    ran = CliRunner().invoke(command, options, catch_exceptions=False)
    assert ran.exit_code == 0
    found = json.loads((tmp_path / "eval.json").read_text())
    assert set(SYSTEMS) <= found.keys()
    assert list(found["ours"]["per_path"]) == ["way"]
    assert read_bvh(tmp_path / "out" / "way.bvh").frame_count > 200
