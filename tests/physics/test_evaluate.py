"""Evaluating figures with weight: what is tried, under which names it is kept, what is told."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from rich.console import Console

from backend.physics import evaluate as evaluation
from backend.physics.grounds import rough_way, rough_ways, slaloms
from backend.physics.judging import rollouts as rollouts_module
from backend.physics.judging.recording import Recording
from backend.physics.judging.report import DEFINITIONS, is_met, print_tables
from backend.physics.judging.rolling import roll
from backend.physics.judging.rollouts import Rollouts
from backend.physics.judging.rows import (
    KEYS,
    Scope,
    are_same,
    fall_trials,
    judge_lives,
    judge_pushes,
    life_trials,
    posts_passed,
    push_trials,
    repeat_trials,
    rough_trials,
)
from backend.physics.judging.shapes import Placed, shape_bottoms
from backend.physics.judging.trials import DIRECTIONS, ROWS, Trial, settings_of
from backend.physics.suite import CASES, LIFE_S, starts, walk_orders
from backend.physics.walks import key_of
from blender_addon.core.conventions import Floats
from blender_addon.core.maths.rotations import axis_angle_to_quaternion
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.physics.engine import why_no_engine
from blender_addon.core.physics.joints import still_pose
from blender_addon.core.physics.settings import Mode

needs_engine = pytest.mark.skipif(why_no_engine() is not None, reason="no physics engine here")


def standing(frames: int) -> Floats:
    poses = np.tile(still_pose(), (frames, 1))
    poses[:, 1] -= shape_bottoms(Placed.of(poses[:1]), lambda xz: np.zeros(xz.shape[:-1])).min()
    return poses


def fallen_at(frames: int, frame: int) -> Floats:
    poses = standing(frames)
    poses[frame:, 3:7] = axis_angle_to_quaternion(np.array([1.0, 0.0, 0.0]), 0.5 * np.pi)
    poses[frame:, 1] = 0.1
    return poses


def recorded(poses: Floats, help_n: float = 0.0) -> Recording:
    asked = standing(len(poses))
    return Recording(poses, asked, np.full(len(poses), help_n), *np.zeros((2, len(poses))))


def still_clip(seconds: float) -> MotionClip:
    frames = round(seconds * 60.0) + 1
    roots = np.tile(standing(1)[0, :3], (frames, 1))
    turns = np.zeros((frames, COMMON_SKELETON.joint_count, 4))
    turns[..., 0] = 1.0
    return MotionClip(COMMON_SKELETON, 60.0, roots, turns)


def test_every_flat_way_is_long_enough_for_20_seconds() -> None:
    for order in walk_orders(len(CASES)):
        points, speeds = np.array(order["points"]), np.array(order["speeds_m_s"])
        steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
        if speeds.ndim:
            speeds = 0.5 * (speeds[1:] + speeds[:-1])
        under_way = float((steps / speeds).sum()) + sum(stop[1] for stop in order["stops"])
        assert order["stand_before_s"] + under_way > 4.0 + LIFE_S - 0.6, order["name"]


def test_starts_are_fixed_and_more_of_them_add_to_the_first() -> None:
    assert starts(32)[:8] == starts(8)
    assert {each.walk for each in starts(9)} == {f"{name}_0" for name in CASES}
    assert {order["name"] for order in walk_orders(12)} == {each.walk for each in starts(12)}


def test_rough_ways_are_as_rough_as_is_said() -> None:
    boxes, slope, step = rough_ways(3)
    along = np.stack((np.zeros(1001), np.linspace(0.0, 12.0, 1001)), axis=1)
    assert 0.02 < boxes.boxes[:, 1, 1].max() <= 0.04
    rise = np.gradient(slope.heights(along), along[:, 1])
    assert np.degrees(np.arctan(np.abs(rise).max())) == pytest.approx(8.0, abs=0.1)
    assert np.ptp(step.heights(along)) == pytest.approx(0.08, abs=1e-6)
    assert len(boxes.world().obstacles) == len(boxes.boxes)
    assert rough_way(slope.name).order == slope.order


def test_posts_are_passed_on_their_side_without_touching_one() -> None:
    (way,) = slaloms(1)
    assert len(way.posts) == len(way.world().obstacles) == 6
    poses = standing(400)
    poses[:, 2] = np.linspace(0.0, 18.0, 400)
    assert posts_passed(recorded(poses), way) == 0  # straight through all of them
    poses[:, 0] = np.interp(
        poses[:, 2], way.posts[:, 1], way.posts[:, 0] - 0.6 * np.sign(way.posts[:, 0])
    )
    assert posts_passed(recorded(poses), way) == 6
    poses[:, 0] = 0.8
    assert posts_passed(recorded(poses), way) == int((way.posts[:, 0] < 0).sum())


def test_pushes_come_from_all_sides_on_chest_and_pelvis() -> None:
    trials = push_trials("plan", Scope(8), 40.0)
    assert len({each.direction_deg for each in trials}) == DIRECTIONS
    assert {each.body for each in trials} == {"chest", "pelvis"}
    assert len({each.start_s for each in trials}) == 4
    many = push_trials("plan", Scope(32), 40.0)
    assert len({(each.direction_deg, each.start_s, each.body) for each in many}) == 64
    assert many[:16] == trials


def test_a_roll_out_s_name_tells_what_it_depends_on() -> None:
    trial = life_trials("plan", Scope(2))[0]
    assert trial.key("walk", "") == trial.key("walk", "another policy")
    learned = Trial(**{**trial.__dict__, "row": "policy"})
    assert learned.key("walk", "") != learned.key("walk", "another policy")
    keys = {each.key("walk", "") for row in ROWS for each in life_trials(row, Scope(4))}
    assert len(keys) == 16
    assert len({each.key("walk", "") for each in repeat_trials("pd")}) == 3
    assert key_of({"a": 1, "b": 2}) == key_of({"b": 2, "a": 1})


def test_rows_are_set_as_they_are_called() -> None:
    asked = {row: settings_of(life_trials(row, Scope(1))[0]) for row in ROWS}
    assert asked["pd"].mode is Mode.TRACK and asked["pd"].help_percent == 0.0
    assert asked["help"].help_percent > 0.0
    assert asked["plan"].mode is asked["policy"].mode is Mode.BALANCE
    assert settings_of(fall_trials(25)[0]).mode is Mode.FALL


def test_life_ends_with_the_fall() -> None:
    found = judge_lives([recorded(standing(300)), recorded(fallen_at(300, 60), 10.0)], 5.0)
    assert found["life_share"] == 0.5
    assert found["life_s"] == pytest.approx(3.0)
    assert found["imitation"] == pytest.approx(0.6)
    assert found["imitation_alive"] == pytest.approx(1.0)
    assert found["help_mean_n"] == pytest.approx(10.0 / 6.0)
    assert found["slip_cm_s"] == pytest.approx(0.0, abs=1e-9)


def test_a_push_is_survived_by_who_stands_3_seconds_later() -> None:
    beside = standing(230)
    beside[100:, 0] += 0.2
    share, away = judge_pushes([recorded(beside), recorded(fallen_at(230, 150))])
    assert share == 0.5
    assert away == pytest.approx(0.2, abs=1e-3)
    assert judge_pushes([recorded(fallen_at(230, 60))]) == (0.0, None)


def test_the_same_is_the_same_to_the_bit() -> None:
    other = standing(10)
    other[5, 2] += 1e-15
    assert are_same([recorded(standing(10)), recorded(standing(10))])
    assert not are_same([recorded(standing(10)), recorded(other)])


def test_roll_outs_are_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def pretend(task: rollouts_module.Task) -> float:
        asked.append(task.trial.name)
        recorded(standing(30)).write(task.out, code=task.code, took_s=1.5)
        return 1.5

    monkeypatch.setattr(rollouts_module, "_roll", pretend)
    trials = life_trials("pd", Scope(2))
    kept = Rollouts({each.walk: Path(f"{each.walk}.npz") for each in trials}, tmp_path)
    kept.make(trials[:1])
    kept.make(trials)
    assert asked == [each.name for each in trials]
    assert [each.frames for each in kept.recordings(trials)] == [30, 30]
    assert kept.seconds == {"pd": 3.0} and not kept.older
    monkeypatch.setattr(rollouts_module, "code_digest", lambda: "another")
    kept.recordings(trials)
    assert len(kept.older) == 2
    Rollouts(kept.walks, tmp_path, fresh=True).make(trials)
    assert len(asked) == 4


def test_what_there_is_no_time_for_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollouts_module, "_roll", lambda task: pytest.fail("was begun"))
    trials = life_trials("pd", Scope(2))
    late = Rollouts({each.walk: Path(f"{each.walk}.npz") for each in trials}, tmp_path, until_s=0.0)
    late.make(trials)
    assert late.missing == {*trials} and not late.kept(trials) and late.made == 0


def test_targets_are_told_apart() -> None:
    assert is_met("plan", "life_share", 1.0)
    assert is_met("plan", "slip_cm_s", 4.1) is False
    assert is_met("help", "help_mean_n", 100.0) is None
    assert is_met("plan", "help_mean_n", 1.0) is False
    assert is_met("plan", "life_s", 3.0) is None
    told = " ".join(DEFINITIONS)
    assert all(key in told for key in KEYS)


@needs_engine
def test_muscles_alone_have_no_help_and_help_has(tmp_path: Path) -> None:
    walk = still_clip(3.0)
    alone, helped = (
        roll(Trial("life", row, "still", 0.0, 0.5), walk, None) for row in ("pd", "help")
    )
    assert alone.frames == helped.frames == 31
    assert alone.help_n.max() == 0.0
    assert helped.help_n.max() > 1.0
    assert alone.power_w.shape == (31,) and alone.power_w.min() >= 0.0
    helped.write(tmp_path / "one.npz", code="x", took_s=0.0)
    with np.load(tmp_path / "one.npz") as kept:
        np.testing.assert_array_equal(Recording.of(kept).poses, helped.poses)


def test_the_command_writes_every_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = dict.fromkeys(KEYS, 0.5) | {"reproducible": True, "tremble_ratio": 1.2}
    told = {"rows": {"pd": row, "policy": {"absent": "none"}}, "notes": ["few"], "pd": row}
    monkeypatch.setattr(evaluation, "evaluate", lambda choices: dict(told))
    out = tmp_path / "phys.json"
    done = CliRunner().invoke(evaluation.command, ["--json", str(out), "--quick"])
    assert done.exit_code == 0, done.output
    found = json.loads(out.read_text("utf-8"))
    assert set(KEYS) <= set(found["pd"])
    assert CliRunner().invoke(evaluation.command, ["--rows", "nobody"]).exit_code == 2
    console = Console(width=120, record=True)
    print_tables(told, KEYS, console)
    assert "tremble_ratio" in console.export_text()


def test_rough_trials_last_until_their_walk_s_end() -> None:
    walks_s = {each.name: 15.0 for each in rough_ways(3)}
    assert {each.seconds for each in rough_trials("pd", Scope(2), walks_s)} == {12.5}
