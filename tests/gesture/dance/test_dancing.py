"""A tiny dance model: trained, exported, and danced with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from blender_addon.core.errors import Cancelled, ContractError, InputError, SettingsError
from blender_addon.core.gesture.dance.features import (
    POSE_LAYOUT,
    clip_to_poses,
    poses_to_motion,
)
from blender_addon.core.gesture.dance.finish import at_scene_rate, sharpened, sized
from blender_addon.core.gesture.dance.pipeline import DancePipeline, wanted_energy
from blender_addon.core.gesture.request import DanceRequest, DanceResult
from blender_addon.core.gesture.settings import GestureSettings
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.motion.mirror import mirror_clip
from blender_addon.core.sound.beats import BeatTrack
from tests.gesture.dance.dance_samples import RATE_HZ, dance_takes, standing_pose, stepping_clip

torch = pytest.importorskip("torch")
if TYPE_CHECKING:
    import torch

from backend.gesture.dance.bank import bank_bytes, make_bank  # noqa: E402
from backend.gesture.dance.data import DanceData  # noqa: E402
from backend.gesture.dance.export import export  # noqa: E402
from backend.gesture.dance.loop import (  # noqa: E402
    DanceConfig,
    build_controller,
    load_controller,
    rollout_length,
    train,
    validation_losses,
)
from backend.gesture.dance.losses import codes_at, joint_places  # noqa: E402
from backend.gesture.prepare import STANCE, write_take  # noqa: E402
from tests.shared.backend.run_checks import assert_cutting_it_off_changes_nothing  # noqa: E402

pytestmark = pytest.mark.torch

CONFIG = DanceConfig(
    hidden=24,
    frames_per_update=128,
    rollouts=((0.5, 4), (0.5, 8)),
    max_minutes=1e9,
    max_updates=16,
    validate_every=8,
    averaging=0.5,
    seed=1,
)


@pytest.fixture(scope="module")
def data() -> DanceData:
    return DanceData(dance_takes())


@pytest.fixture(scope="module")
def model(data: DanceData, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a tiny trained model."""
    folder = tmp_path_factory.mktemp("dance")
    prepared = folder / "prepared"
    for split in ("train", "val"):
        (prepared / split).mkdir(parents=True)
        for take in dance_takes(split=split):
            write_take(take, prepared / split)
    np.save(prepared / STANCE, standing_pose())
    train(data, DanceData(dance_takes(4.0), mirrored=False), CONFIG, folder / "run")
    export(folder / "run", prepared, folder / "model", "a test")
    return folder / "model"


@pytest.fixture(scope="module")
def pipeline(model: Path) -> DancePipeline:
    return DancePipeline(ModelSession(model / "dance_controller.onnx", ["CPUExecutionProvider"]))


def request(seconds: float = 4.0, bpm: float = 150.0, **changes: object) -> DanceRequest:
    beats = BeatTrack(np.arange(0.0, seconds + 1.0, 60.0 / bpm))
    asked = DanceRequest(beats, seconds, np.full(round(seconds * 30) + 1, 0.5))
    return replace(asked, **changes)  # type: ignore[arg-type]


def test_poses_are_the_motion_they_were_made_of() -> None:
    clip = stepping_clip(3.0, 0.4)
    hips, turns = poses_to_motion(clip_to_poses(clip), RATE_HZ)
    found, _ = forward_kinematics(clip.skeleton, hips, turns)
    true, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    start = true[0, 0] * [1, 0, 1] - found[0, 0] * [1, 0, 1]
    assert np.abs(found + start - true).max() < 0.01


def test_torch_puts_joints_where_the_poses_have_them(data: DanceData) -> None:
    take = data.takes[0]
    poses = data.poses[: take.clip.frame_count]
    hips, turns = poses_to_motion(poses.numpy() * _still(), RATE_HZ)
    true, _ = forward_kinematics(take.clip.skeleton, hips, turns)
    assert joint_places(poses).numpy() == pytest.approx(true, abs=1e-4)


def _still() -> np.ndarray:
    """A factor that keeps the root where it is."""
    factor = np.ones(POSE_LAYOUT.size, np.float32)
    factor[POSE_LAYOUT.slices["root_velocity_m_s_rad_s"]] = 0.0
    return factor


def test_windows_are_stretches_of_takes_at_their_tempo(data: DanceData) -> None:
    slow, fast = (data.window(np.array([2]), np.array([30.0]), np.array([s]), 10) for s in (1, 1.3))
    assert slow.poses.shape == (1, 11, POSE_LAYOUT.size)
    assert slow.poses[0, 5].numpy() == pytest.approx(data.window(
        np.array([2]), np.array([30.0 + 8]), np.array([1.0]), 2).poses[0, 1].numpy())  # fmt: skip
    phases = [
        np.unwrap(np.arctan2(w.conditions[0, :, 0], w.conditions[0, :, 1])) for w in (slow, fast)
    ]
    rates = [np.diff(phase).mean() for phase in phases]
    assert rates[1] / rates[0] == pytest.approx(1.3, rel=0.01)
    velocity = POSE_LAYOUT.slices["root_velocity_m_s_rad_s"]
    assert fast.poses[0, 0, velocity].numpy() == pytest.approx(
        1.3 * slow.poses[0, 0, velocity].numpy(), rel=1e-4
    )


def test_windows_run_over_their_own_knots(data: DanceData) -> None:
    window = data.draw(20, 16, np.random.default_rng(0))
    assert (data.knots.take[window.knots] == data.knots.take[window.knots[:, :1]]).all()
    assert float(window.at.min()) >= 0 and float(window.at.max()) <= window.knots.shape[1] - 1
    codes = torch.arange(window.knots.shape[1], dtype=torch.float32)[None, :, None].expand(
        16, -1, 2
    )
    assert codes_at(codes, window.at)[..., 0].numpy() == pytest.approx(window.at.numpy(), abs=1e-5)


def test_training_learns(data: DanceData, tmp_path: Path) -> None:
    before = validation_losses(build_controller(data, CONFIG).eval(), data)["loss"]
    config = replace(CONFIG, max_updates=40, learning_rate=4e-3, averaging=0.0)
    train(data, data, config, tmp_path)
    after = validation_losses(load_controller(tmp_path), data)["loss"]
    assert after < 0.8 * before


def test_a_run_cut_off_goes_on_as_if_it_had_not_been(data: DanceData, tmp_path: Path) -> None:
    assert_cutting_it_off_changes_nothing(
        lambda folder: train(data, data, CONFIG, folder), tmp_path, steps=10
    )


def test_rollouts_grow() -> None:
    assert [rollout_length(CONFIG, share) for share in (0.0, 0.4, 0.6, 1.0)] == [4, 4, 8, 8]


def test_a_bank_is_the_same_bytes_every_time(data: DanceData) -> None:
    controller = build_controller(data, CONFIG)
    bank = make_bank(controller, data, standing_pose())
    bank.check(7)
    assert bank_bytes(bank) == bank_bytes(make_bank(controller, data, standing_pose()))
    assert len(bank.codes) == len(data.knots.quarter)


def test_a_dance_stands_dances_and_stands(pipeline: DancePipeline) -> None:
    result = pipeline.generate(request(6.0))
    clip = result.clip
    assert clip.frame_rate_hz == 60.0 and clip.frame_count == 361
    assert clip.contacts is not None and clip.contacts.shape == (361, 4)
    assert clip.root_positions[0, [0, 2]] == pytest.approx([0, 0], abs=1e-5)
    joints, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    arms = clip.skeleton.index("LeftHand"), clip.skeleton.index("Hips")
    for frame in (0, -1):
        assert joints[frame, arms[0], 1] < joints[frame, arms[1], 1] + 0.05
    left = (
        joints[0, clip.skeleton.index("LeftUpLeg")] - joints[0, clip.skeleton.index("RightUpLeg")]
    )
    assert left[0] > 0.9 * np.linalg.norm(left)
    assert result.steps_per_beat == 1.0 and result.notes == ()


def same(a: DanceResult, b: DanceResult) -> bool:
    return (
        a.clip.root_positions.tobytes() == b.clip.root_positions.tobytes()
        and a.clip.rotations_wxyz.tobytes() == b.clip.rotations_wxyz.tobytes()
    )


def test_a_seed_dances_the_same_again_and_another_one_otherwise(pipeline: DancePipeline) -> None:
    first, again, other = (pipeline.generate(request(seed=seed)) for seed in (1, 1, 2))
    assert same(first, again)
    assert not same(first, other)


@pytest.mark.parametrize(("bpm", "rate"), [(40.0, 4.0), (260.0, 0.5)])
def test_slow_and_fast_music_is_told(pipeline: DancePipeline, bpm: float, rate: float) -> None:
    result = pipeline.generate(request(bpm=bpm))
    assert result.steps_per_beat == rate
    assert f"{bpm:.0f} bpm" in result.notes[0]


def test_settings_change_the_dance(pipeline: DancePipeline) -> None:
    usual = pipeline.generate(request())
    mirrored = pipeline.generate(request(settings=GestureSettings(mirror=True)))
    there = mirror_clip(usual.clip)
    assert mirrored.clip.rotations_wxyz.tobytes() == there.rotations_wxyz.tobytes()
    large = pipeline.generate(request(settings=GestureSettings(size=1.5)))
    assert not same(usual, large)
    spot = pipeline.generate(request(settings=GestureSettings(travel=False)))
    ways = [np.ptp(r.clip.root_positions[:, [0, 2]], axis=0).max() for r in (usual, spot)]
    assert ways[1] < ways[0]
    other = pipeline.generate(request(style=pipeline.styles[3]))
    assert not same(usual, other)


def test_without_energy_the_dancer_rests(pipeline: DancePipeline) -> None:
    clip = pipeline.generate(request(settings=GestureSettings(energy=0.0))).clip
    assert np.abs(clip.rotations_wxyz - clip.rotations_wxyz[:1]).max() < 1e-4
    assert np.abs(clip.root_positions - clip.root_positions[:1]).max() < 1e-3


def test_energy_follows_keys_and_loudness() -> None:
    loud = np.repeat([0.0, 1.0], 60)
    energy = wanted_energy(replace(request(), loudness=loud, energy=np.full(121, 2.0)))
    assert energy[10] == pytest.approx(1.5, abs=0.05)
    assert energy[-10] == pytest.approx(2.5, abs=0.05)


@pytest.mark.parametrize("seconds", [0.1, -1.0, float("nan"), 1e9])
def test_durations_that_make_no_sense_are_refused(pipeline: DancePipeline, seconds: float) -> None:
    with pytest.raises(InputError, match="expected a dance of"):
        pipeline.generate(replace(request(), duration_s=seconds))


def test_what_cannot_be_danced_is_said(pipeline: DancePipeline) -> None:
    with pytest.raises(InputError, match="needs 2 at least"):
        pipeline.generate(replace(request(), beats=BeatTrack(np.zeros(0))))
    with pytest.raises(SettingsError, match="dances no 'Tango'"):
        pipeline.generate(request(style="Tango"))


def test_a_dance_is_cancelled(pipeline: DancePipeline) -> None:
    told: list[float] = []

    def stop(share: float) -> bool:
        told.append(share)
        return len(told) < 3

    with pytest.raises(Cancelled):
        pipeline.generate(request(), stop)
    assert len(told) == 3


def test_a_model_without_its_steps_is_refused(model: Path, tmp_path: Path) -> None:
    for ending in ("onnx", "json"):
        name = f"dance_controller.{ending}"
        (tmp_path / name).write_bytes((model / name).read_bytes())
    with pytest.raises(Exception, match=r"dance_controller\.npz"):
        ModelSession(tmp_path / "dance_controller.onnx", ["CPUExecutionProvider"])

    class WithoutArrays:
        contract = ModelSession(model / "dance_controller.onnx", ["CPUExecutionProvider"]).contract

        def run(self, feeds: dict[str, object]) -> dict[str, object]:
            raise AssertionError(feeds)

    with pytest.raises(ContractError, match="lacks the steps"):
        DancePipeline(WithoutArrays())


def test_twice_the_rate_keeps_every_pose() -> None:
    poses = clip_to_poses(stepping_clip(2.0, 0.4))[::2]
    doubled = at_scene_rate(poses)
    assert len(doubled) == 2 * len(poses) - 1
    assert np.array_equal(doubled[::2], poses)
    assert doubled[1::2] == pytest.approx(0.5 * (poses[1:] + poses[:-1]), abs=0.1)


def test_quick_movements_are_made_brisker_and_slow_ones_are_not() -> None:
    times = np.arange(60) / 30.0
    poses = np.zeros((60, POSE_LAYOUT.size), np.float32)
    poses[:, 0], poses[:, 1] = np.sin(2 * np.pi * 8 * times), np.sin(2 * np.pi * 0.5 * times)
    poses[:, -1] = times > 1
    made = sharpened(poses)
    assert np.std(made[:, 0]) > 1.5 * np.std(poses[:, 0])
    assert np.std(made[:, 1]) == pytest.approx(np.std(poses[:, 1]), rel=0.02)
    assert np.array_equal(made[:, -1], poses[:, -1])


def test_size_scales_arms_about_their_mean() -> None:
    turns = stepping_clip(2.0, 0.4).rotations_wxyz
    arm = stepping_clip(0.1, 0.4).skeleton.index("LeftArm")
    spread = [np.std(sized(turns, np.full(len(turns), s))[:, arm, 3]) for s in (0.5, 1.0, 1.5)]
    assert spread[0] < 0.6 * spread[1] < spread[1] < spread[2]
    assert sized(turns, np.ones(len(turns))) is turns
