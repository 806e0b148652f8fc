"""Measures of gestures on motions whose numbers are known beforehand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backend.gesture.measures.baselines import at_tempo, mean_pose, random_stretch
from backend.gesture.measures.beats import beat_alignment, foot_plants_s
from backend.gesture.measures.fgd import PARTS, encode, fgd, latents_of, windows_of
from backend.gesture.measures.kinematic import (
    Spread,
    acceleration_cm_s2,
    jerk_cm_s3,
    position_error_cm,
    sequences,
)
from backend.gesture.measures.lock import lock_over_takes, phase_lock
from backend.gesture.measures.poses import seen_positions
from backend.gesture.measures.ranks import rank_correlation
from blender_addon.core.errors import ClipError
from blender_addon.core.maths.rotations import heading_to_quaternion, quaternion_multiply
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.sound.beats import BeatTrack

RATE_HZ = 60.0


def stepping_clip(seconds: float, measure_s: float, wobble: float = 0.0) -> MotionClip:
    """A leg swings and rests once a measure, arms too; ``wobble`` makes the rhythm wander."""
    times = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    phase = 2 * np.pi * times / measure_s + wobble * np.sin(2 * np.pi * times / 24.0)
    angle = 0.5 * np.clip(np.sin(phase), 0.0, 0.8)
    rotations = np.zeros((len(times), COMMON_SKELETON.joint_count, 4), np.float32)
    rotations[..., 0] = 1.0
    for name, axis, size in (("LeftUpLeg", 1, 1.0), ("LeftArm", 3, 0.7), ("RightForeArm", 2, -0.5)):
        joint = COMMON_SKELETON.index(name)
        rotations[:, joint, 0], rotations[:, joint, axis] = (
            np.cos(size * angle),
            np.sin(size * angle),
        )
    root = np.tile(np.float32((0, 0.97, 0)), (len(times), 1))
    return MotionClip(COMMON_SKELETON, RATE_HZ, root, rotations)


def turned(clip: MotionClip, heading_rad: float, away_m: float) -> MotionClip:
    rotations = clip.rotations_wxyz.copy()
    rotations[:, 0] = quaternion_multiply(heading_to_quaternion(heading_rad), rotations[:, 0])
    return replace(
        clip,
        rotations_wxyz=rotations,
        root_positions=clip.root_positions + np.float32((away_m, 0, 0)),
    )


def test_acceleration_and_jerk_of_a_known_motion() -> None:
    """x = t³ metres: jerk 6 m/s³ everywhere, acceleration 6t."""
    times = np.arange(61) / 60.0
    positions = np.zeros((61, 2, 3))
    positions[:, :, 0] = (times**3)[:, None]
    assert jerk_cm_s3(positions, 60.0) == pytest.approx(600.0, rel=1e-6)
    assert acceleration_cm_s2(positions, 60.0) == pytest.approx(600.0 * times[1:-1].mean())
    with pytest.raises(ClipError, match="more than 3 frames"):
        jerk_cm_s3(positions[:3], 60.0)


def test_position_error_counts_joints_alike() -> None:
    recorded = np.zeros((5, 4, 3))
    generated = recorded.copy()
    generated[:, 0] = (0.03, 0.0, 0.04)
    assert position_error_cm(generated, recorded) == pytest.approx(5.0 / 4)
    with pytest.raises(ClipError, match="one shape"):
        position_error_cm(generated[:4], recorded)


def test_positions_do_not_know_where_the_dancer_went() -> None:
    clip = stepping_clip(2.0, 1.4)
    away = seen_positions(turned(clip, 1.1, 3.0))
    np.testing.assert_allclose(away, seen_positions(clip), atol=2e-5)


def test_sequences_are_of_one_length() -> None:
    assert [s.stop - s.start for s in sequences(1000, 60.0)] == [360, 360]
    assert sequences(100, 60.0) == [slice(0, 100)]
    assert Spread.of([1.0, 3.0]) == Spread(2.0, 1.0)


def test_a_foot_on_the_beat_is_aligned() -> None:
    plants = foot_plants_s(stepping_clip(15.0, 1.4))
    assert len(plants) >= 20
    beats = np.concatenate((plants, plants[-1:] + 0.5))
    assert beat_alignment(plants, beats) == pytest.approx(1.0)
    spaced = np.arange(0.0, 15.0, 1.4)
    late = beat_alignment(spaced + 0.05, spaced)
    assert late == pytest.approx(np.exp(-0.5), rel=1e-6)
    assert beat_alignment(spaced + 0.7, spaced) < 1e-6
    assert beat_alignment(np.array([]), spaced) == 0.0


def test_a_steady_lead_is_a_lock() -> None:
    beats = BeatTrack(np.arange(0.0, 40.0, 0.35))
    steady = phase_lock(stepping_clip(36.0, 1.4), beats)
    wandering = phase_lock(stepping_clip(36.0, 1.4, wobble=3.0), beats)
    assert steady.resultant > 0.97 > 0.85 > wandering.resultant
    later = BeatTrack(beats.beats_s + 0.35)
    lead = phase_lock(stepping_clip(36.0, 1.4), later).lead_rad - steady.lead_rad
    assert np.exp(1j * lead) == pytest.approx(np.exp(0.5j * np.pi), abs=0.1)
    assert lock_over_takes([steady, phase_lock(stepping_clip(36.0, 1.4), later)]) < 0.75


def test_a_dance_in_half_time_is_locked_at_that_rate() -> None:
    beats = BeatTrack(np.arange(0.0, 40.0, 0.35))
    slow = stepping_clip(36.0, 2.8, wobble=0.0)
    uneven = replace(slow, frame_rate_hz=slow.frame_rate_hz * 1.13)
    assert phase_lock(slow, beats, 0.5).resultant > 0.97 > phase_lock(uneven, beats, 0.5).resultant


def test_ranks_share_ties() -> None:
    assert rank_correlation([1, 2, 3, 4], [10, 20, 30, 1000]) == pytest.approx(1.0)
    assert rank_correlation([1, 2, 3, 4], [4, 3, 2, 1]) == pytest.approx(-1.0)
    assert rank_correlation([1, 1, 1], [1, 2, 3]) == 0.0
    assert rank_correlation([1, 2, 2, 3], [1, 2, 2, 3]) == pytest.approx(1.0)


def test_mean_pose_of_turns_is_between_them() -> None:
    clip = stepping_clip(1.4, 1.4)
    mean = mean_pose(clip.rotations_wxyz)
    assert mean.shape == (COMMON_SKELETON.joint_count, 4)
    np.testing.assert_allclose(np.linalg.norm(mean, axis=-1), 1.0, atol=1e-5)
    angles = 2 * np.arctan2(clip.rotations_wxyz[:, 14, 1], clip.rotations_wxyz[:, 14, 0])
    found = 2 * np.arctan2(mean[14, 1], mean[14, 0])
    assert found == pytest.approx(np.angle(np.exp(1j * angles).mean()), abs=1e-3)


def test_another_take_at_this_tempo() -> None:
    clip = stepping_clip(10.0, 1.4)
    faster = at_tempo(clip, 1.25)
    assert faster.frame_rate_hz == clip.frame_rate_hz
    assert faster.duration_s == pytest.approx(clip.duration_s / 1.25, abs=0.02)
    with pytest.raises(ClipError, match="tempo"):
        at_tempo(clip, 2.0)
    rng = np.random.default_rng(3)
    assert random_stretch(clip, 120, rng).frame_count == 120
    assert random_stretch(clip, 900, rng).frame_count == 900


@pytest.mark.parametrize("part", PARTS)
def test_gesture_distance(part: str) -> None:
    """None to itself, none of turning away, more the more a motion differs."""
    clip = stepping_clip(12.0, 1.4)
    own = latents_of([clip], part)  # type: ignore[arg-type]
    assert fgd(own, own) == pytest.approx(0.0, abs=1e-6)
    elsewhere = latents_of([turned(clip, 2.0, 1.0)], part)  # type: ignore[arg-type]
    assert fgd(own, elsewhere) < 1e-2
    nearer = latents_of([stepping_clip(12.0, 1.6)], part)  # type: ignore[arg-type]
    still = replace(clip, rotations_wxyz=np.repeat(clip.rotations_wxyz[:1], 720, axis=0))
    assert fgd(nearer, own) < fgd(latents_of([still], part), own)  # type: ignore[arg-type]


def test_gesture_distance_needs_a_window() -> None:
    with pytest.raises(ClipError, match=r"2\.3 s"):
        latents_of([stepping_clip(1.0, 1.4)], "body")


def test_encoder_is_that_of_the_autoencoder() -> None:
    """NumPy's convolutions give what torch's give."""
    torch = pytest.importorskip("torch")
    from backend.gesture.measures.fgd import _weights
    from backend.gesture.measures.fgd_training import Autoencoder

    windows = windows_of(stepping_clip(4.0, 1.4), "upper")
    kept = _weights()
    network = Autoencoder(windows.shape[-1])
    names = {"out.weight": "out.weight", "out.bias": "out.bias"}
    names |= {
        f"conv{n}.{k}": f"convolutions.{2 * n}.{k}" for n in range(3) for k in ("weight", "bias")
    }
    state = network.state_dict() | {
        there: torch.tensor(kept[f"upper.{here}"]) for here, there in names.items()
    }
    network.load_state_dict(state)
    scaled = torch.tensor((windows - kept["upper.mean"]) / kept["upper.scale"])
    with torch.no_grad():
        expected = network.encode(scaled).numpy()
    np.testing.assert_allclose(encode(windows, "upper"), expected, atol=1e-4)
