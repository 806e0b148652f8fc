"""The lecture's network: poses as numbers, its losses, a short training, and the way to ONNX."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backend.gesture.lstm.feature_sets import (
    LAYOUT,
    REACH,
    SETS,
    WINDOW,
    around,
    columns_of,
    feature_rows,
)
from backend.gesture.lstm.state import decode_states, encode_clip, squared_angles_deg2
from backend.gesture.lstm.takes import Dancer, energy_of, read_beats
from backend.gesture.measures.poses import seen_positions
from blender_addon.core.errors import InputError
from blender_addon.core.maths.rotations import heading_to_quaternion, quaternion_multiply
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.sound.beats import BeatTrack
from blender_addon.core.sound.music.features import music_features
from blender_addon.core.sound.waveform import ArraySound

RATE_HZ = 30.0


def swaying_clip(seconds: float, period_s: float = 1.5, turning: float = 0.4) -> MotionClip:
    """Hips turn to and fro, arms and knees swing."""
    times = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    swing = np.sin(2 * np.pi * times / period_s)
    rotations = np.zeros((len(times), COMMON_SKELETON.joint_count, 4), np.float32)
    rotations[..., 0] = 1.0
    for name, axis, size in (("LeftArm", 3, 0.3), ("RightForeArm", 2, 0.4), ("LeftUpLeg", 1, 0.1)):
        joint = COMMON_SKELETON.index(name)
        rotations[:, joint, 0] = np.cos(size * swing)
        rotations[:, joint, axis] = np.sin(size * swing)
    heading = heading_to_quaternion(turning * swing)
    rotations[:, 0] = quaternion_multiply(heading, rotations[:, 0])
    root = np.stack((0.1 * times, 0.95 + 0.02 * swing, 0 * times), axis=-1)
    return MotionClip(COMMON_SKELETON, RATE_HZ, root, rotations)


def dancer(name: str, seconds: float = 6.0, period_s: float = 1.5) -> Dancer:
    clip = swaying_clip(seconds, period_s)
    beats = BeatTrack(np.arange(0.0, seconds, period_s / 4))
    phase = beats.beat_phase_rad(np.arange(clip.frame_count) / RATE_HZ)
    rows = np.zeros((clip.frame_count, LAYOUT.size), np.float32)
    rows[:, 2], rows[:, 4] = np.sin(phase), np.sin(phase / 4)
    return Dancer(name, name, clip, beats, rows, encode_clip(clip))


def test_a_pose_survives_being_numbers() -> None:
    clip = swaying_clip(3.0)
    back = decode_states(encode_clip(clip), RATE_HZ)
    np.testing.assert_allclose(seen_positions(back), seen_positions(clip), atol=2e-3)
    turned = back.rotations_wxyz[:, 0]
    angle = 2 * np.arctan2(turned[:, 2], turned[:, 0])
    expected = 0.4 * np.sin(2 * np.pi * np.arange(90) / RATE_HZ / 1.5)
    np.testing.assert_allclose(angle - angle[0], expected - expected[0], atol=0.05)


def test_where_a_dancer_looks_is_no_error_of_the_pose() -> None:
    clip = swaying_clip(2.0)
    rotations = clip.rotations_wxyz.copy()
    rotations[:, 0] = quaternion_multiply(heading_to_quaternion(2.0), rotations[:, 0])
    states = encode_clip(clip)
    elsewhere = encode_clip(replace(clip, rotations_wxyz=rotations))
    assert squared_angles_deg2(elsewhere, states).max() < 1e-2
    mirror = states.copy()
    mirror[:, 6 * 7 : 6 * 8] = (0.0, 1.0, 0.0, -1.0, 0.0, 0.0)  # an arm turned by 90° about Z
    still = np.tile(states[:1], (len(states), 1))
    still[:, 6 * 7 : 6 * 8] = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    squared = squared_angles_deg2(np.where(np.arange(134) // 6 == 7, mirror, still), still)
    assert squared[:, 7] == pytest.approx(90.0**2, rel=1e-4)


def test_features_of_made_music_fill_their_columns() -> None:
    times = np.arange(3 * 16_000) / 16_000
    sound = (0.3 * np.sin(2 * np.pi * 220.0 * times)).astype(np.float32)
    beats = BeatTrack(np.arange(0.0, 3.0, 0.5), first_of_measure=1)
    rows = feature_rows(music_features(ArraySound(sound)), beats)
    assert rows.shape == (90, LAYOUT.size)
    parts = LAYOUT.slices
    octaves = rows[20:70, parts["pitch"]]
    assert np.median(octaves[:, 0]) == pytest.approx(-1.0, abs=0.05)
    assert octaves[:, 1].mean() > 0.9
    np.testing.assert_allclose(rows[15, parts["beat"]], (0, 1, 0, 1), atol=1e-5)


def test_a_window_is_a_second_around_the_frame() -> None:
    rows = np.arange(60, dtype=np.float32)[:, None] * np.ones((1, 2), np.float32)
    windows = around(rows).reshape(60, WINDOW, 2)
    assert windows[30, REACH].tolist() == [30.0, 30.0]
    assert windows[30, [0, -1], 0].tolist() == [15.0, 45.0]
    assert windows[0, :REACH, 0].tolist() == [0.0] * REACH


def test_every_set_hears_what_it_says() -> None:
    assert {name: len(columns_of(name)) for name in SETS} == {
        "pitch": 2, "pitch_beat": 6, "pitch_rms": 4, "pitch_beat_rms": 8, "mfcc": 13, "all": 21,
    }  # fmt: skip


def test_energy_rises_where_both_move_more() -> None:
    calm, brisk = swaying_clip(6.0), swaying_clip(6.0, 0.75)
    rotations = np.concatenate((calm.rotations_wxyz[:90], brisk.rotations_wxyz[:90]))
    clip = replace(calm, rotations_wxyz=rotations)
    energy = energy_of([clip, clip])
    assert energy[120:170].mean() > 1.5 * energy[10:60].mean()
    assert (energy.min() >= 0.0, energy.max()) == (True, 1.0)


def test_malformed_beats_are_told(tmp_path: Path) -> None:
    path = tmp_path / "salsa_01.csv"
    path.write_text("beat_s,quarter\n0.2,3\n0.5,x\n")
    assert read_beats(path).first_of_measure == 1
    path.write_text("beat_s,quarter\nsoon,3\n")
    with pytest.raises(InputError, match="beat_s, quarter"):
        read_beats(path)
    with pytest.raises(InputError, match="--data"):
        read_beats(tmp_path / "absent.csv")


def test_losses_see_the_poses_that_are_measured() -> None:
    torch = pytest.importorskip("torch")
    from backend.gesture.lstm.losses import joint_positions, liveliness_loss

    states = encode_clip(swaying_clip(2.0))
    places = joint_positions(torch.from_numpy(states)[None])
    expected = seen_positions(decode_states(states, RATE_HZ))
    np.testing.assert_allclose(places[0].numpy(), expected, atol=2e-3)
    assert float(liveliness_loss(places, places)) == 0.0
    calm = places.mean(1, keepdim=True) + 0.5 * (places - places.mean(1, keepdim=True))
    calmer = places.mean(1, keepdim=True) + 0.25 * (places - places.mean(1, keepdim=True))
    assert 0.05 < float(liveliness_loss(calm, places)) < float(liveliness_loss(calmer, places))


def test_stretches_in_which_a_leg_flips_are_left_out() -> None:
    pytest.importorskip("torch")
    from backend.gesture.lstm.train import Sequences, clean_starts

    states = encode_clip(swaying_clip(4.0))
    assert len(clean_starts(states, 60)) == 61
    leg = 6 * COMMON_SKELETON.index("LeftUpLeg")
    states[50, leg : leg + 6] = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)
    starts = clean_starts(states, 60)
    assert starts.tolist() == list(range(50 + 1, 61))
    with pytest.raises(InputError, match="smaller --seconds"):
        Sequences([dancer("salsa_01")], "all", 10_000)


def test_a_trained_network_gives_in_onnx_what_it_gives_in_torch(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from backend.gesture.lstm.evaluate import compare, generate, mean_state
    from backend.gesture.lstm.export import export_lstm
    from backend.gesture.lstm.network import LstmShape
    from backend.gesture.lstm.train import LstmConfig, load_network, train_lstm
    from blender_addon.core.inference.session import ModelSession

    trained = [dancer("salsa_01"), dancer("salsa_02", period_s=1.4)]
    config = LstmConfig(
        features="pitch_beat", batch=4, seconds=3.0, max_updates=40, validate_every=20,
        learning_rate=1e-2, liveliness_weight=0.0, shape=LstmShape(hidden=32, narrow=8),
        patience=0,
    )  # fmt: skip
    run = train_lstm(config, trained, trained[:1], tmp_path / "run")
    losses = [each["loss"] for each in run.progress.history]
    assert losses[-1] < losses[0]
    report = export_lstm(tmp_path / "run", tmp_path, "train gesture")
    session = ModelSession(report.path, ["CPUExecutionProvider"])
    assert session.contract.settings["features"] == ["pitch", "beat"]
    assert session.contract.settings["takes"] == ["salsa_01", "salsa_02"]
    found = generate(session, "pitch_beat", trained[0])
    network, _ = load_network(tmp_path / "run")
    windows = torch.from_numpy(around(trained[0].rows[:, columns_of("pitch_beat")]))[None]
    with torch.no_grad():
        expected = network(windows)[0].numpy()
    np.testing.assert_allclose(found, expected, atol=5e-3)

    truth = compare([trained[0].states], trained[:1])
    still = np.repeat(mean_state(trained)[None], len(found), axis=0)
    mean = compare([still], trained[:1])
    own = compare([found], trained[:1])
    assert truth["ape_mean"] == pytest.approx(0.0, abs=1e-4)
    assert mean["acceleration_mean"] == pytest.approx(0.0, abs=1.0)
    assert own["ape_mean"] < mean["ape_mean"]


def test_a_network_that_was_not_trained_is_asked_for(tmp_path: Path) -> None:
    from backend.gesture.lstm.evaluate import evaluate_lstm

    with pytest.raises(InputError, match="--features NAME"):
        evaluate_lstm(tmp_path, tmp_path)
