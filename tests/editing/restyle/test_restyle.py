"""Another's manner over the same steps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from blender_addon.core.editing.gait_cycle import find_gait
from blender_addon.core.editing.manifold.features import places_of
from blender_addon.core.editing.restyle.pipeline import GRAM, POSTURE, SPECTRUM, RestylePipeline
from blender_addon.core.editing.restyle.settings import RestyleSettings
from blender_addon.core.editing.restyle.spectrum import BodyCurves, Spectrum
from blender_addon.core.editing.sixty import at_sixty
from blender_addon.core.errors import Cancelled, ClipError
from blender_addon.core.maths.rotation_vectors import quaternion_to_vector, vector_to_quaternion
from blender_addon.core.maths.rotations import quaternion_multiply
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from tests.editing.gaits import neutral, places, sessions, stooped, walk

SPINE = COMMON_SKELETON.index("Spine")
ARM = COMMON_SKELETON.index("LeftArm")


@pytest.fixture(scope="module")
def pipeline() -> RestylePipeline:
    return RestylePipeline(*sessions()[:3])


@pytest.fixture(scope="module")
def plain() -> MotionClip:
    return walk(1.3, 6.0, rate_hz=30.0)


@pytest.fixture(scope="module")
def bent() -> MotionClip:
    return walk(1.3, 6.0, spectrum=stooped(neutral().at(1.3)))


def _bend_deg(clip: MotionClip) -> float:
    return float(np.degrees(quaternion_to_vector(clip.rotations_wxyz[:, SPINE])[:, 0].mean()))


def _swing_deg(clip: MotionClip) -> float:
    turns = quaternion_to_vector(clip.rotations_wxyz[20:-20, ARM])
    return float(np.degrees(np.linalg.norm(turns.std(axis=0))))


def test_a_walk_takes_over_posture_and_movement_and_keeps_its_steps(
    pipeline: RestylePipeline, plain: MotionClip, bent: MotionClip
) -> None:
    edited = pipeline.restyle(plain, bent)
    assert edited.means == SPECTRUM
    assert _bend_deg(edited.clip) == pytest.approx(_bend_deg(plain) + 25, abs=2)
    assert _swing_deg(edited.clip) == pytest.approx(2 * _swing_deg(plain), rel=0.15)
    was, now = (places_of(at_sixty(each).clip) for each in (plain, edited.clip))
    assert (was.contacts & now.contacts).sum() > 0.9 * was.contacts.sum()
    np.testing.assert_allclose(now.ground, was.ground, atol=0.03)
    held = np.linalg.norm(np.diff(places(edited.clip, "LeftToe"), axis=0), axis=-1) * 30
    carries = was.contacts[::2, 1][: len(held)] & was.contacts[2::2, 1][: len(held)]
    assert held[carries].mean() < 0.05
    np.testing.assert_array_equal(edited.source, np.arange(plain.frame_count))


def test_posture_and_movement_are_apart(
    pipeline: RestylePipeline, plain: MotionClip, bent: MotionClip
) -> None:
    posture = pipeline.restyle(plain, bent, RestyleSettings(movement=0.0)).clip
    movement = pipeline.restyle(plain, bent, RestyleSettings(posture=0.0)).clip
    assert _bend_deg(posture) == pytest.approx(_bend_deg(plain) + 25, abs=2)
    assert _swing_deg(posture) == pytest.approx(_swing_deg(plain), rel=0.1)
    assert _bend_deg(movement) == pytest.approx(_bend_deg(plain), abs=2)
    assert _swing_deg(movement) > 1.6 * _swing_deg(plain)


def test_nothing_of_it_is_the_same_to_the_bit(
    pipeline: RestylePipeline, plain: MotionClip, bent: MotionClip
) -> None:
    settings = RestyleSettings(posture=0.0, movement=0.0, timing=0.0)
    edited = pipeline.restyle(plain, bent, settings)
    assert np.array_equal(edited.clip.rotations_wxyz, plain.rotations_wxyz)
    assert np.array_equal(edited.clip.root_positions, plain.root_positions)


def test_a_neutral_reference_changes_little(pipeline: RestylePipeline, plain: MotionClip) -> None:
    edited = pipeline.restyle(plain, walk(1.3, 8.0))
    turned = np.abs(np.sum(edited.clip.rotations_wxyz * plain.rotations_wxyz, axis=-1))
    assert np.degrees(2 * np.arccos(np.clip(turned, 0, 1))).mean() < 3


def test_timing_takes_over_how_long_steps_take(
    pipeline: RestylePipeline, plain: MotionClip
) -> None:
    slow = replace(neutral().at(1.3), steps_s=(0.8, 0.8))
    usual = neutral().at(1.3).steps_s
    reference = walk(1.3 * sum(usual) / 1.6, 6.0, spectrum=slow)
    settings = RestyleSettings(posture=0.0, movement=0.0, timing=1.0)
    edited = pipeline.restyle(plain, reference, settings)
    longer = edited.clip.frame_count / plain.frame_count
    found = find_gait(places_of(at_sixty(reference).clip))
    assert found is not None
    expected = found.cycle_s / sum(neutral().at(found.speed_m_s).steps_s)
    assert longer == pytest.approx(expected, rel=0.05)
    assert np.all(np.diff(edited.source) >= 0)
    assert edited.source[-1] == pytest.approx(plain.frame_count - 1, abs=1)
    ends = edited.clip.root_positions[-1] - plain.root_positions[-1]
    assert np.linalg.norm(ends[[0, 2]]) < 0.05


def test_without_a_cycle_the_manifold_is_asked(pipeline: RestylePipeline, bent: MotionClip) -> None:
    plain = walk(1.3, 3.0, rate_hz=30.0)
    still = MotionClip(
        bent.skeleton, 60.0,
        np.repeat(bent.root_positions[100:101], 90, 0),
        np.repeat(bent.rotations_wxyz[100:101], 90, 0),
    )  # fmt: skip
    edited = pipeline.restyle(plain, still, RestyleSettings(steps=40))
    assert edited.means == GRAM and "no regular steps" in edited.notes[0]
    leans = [places(each, "Head")[:, 2] - places(each, "Hips")[:, 2]
             for each in (plain, edited.clip)]  # fmt: skip
    assert leans[1].mean() > leans[0].mean() + 0.05
    was, now = (places_of(at_sixty(each).clip) for each in (plain, edited.clip))
    assert (was.contacts & now.contacts).sum() > 0.9 * was.contacts.sum()


def test_a_single_pose_gives_its_posture(
    pipeline: RestylePipeline, plain: MotionClip, bent: MotionClip
) -> None:
    pose = MotionClip(bent.skeleton, 24.0, bent.root_positions[:1], bent.rotations_wxyz[:1])
    edited = pipeline.restyle(plain, pose, RestyleSettings(timing=0.5))
    assert edited.means == POSTURE and "shorter than a second" in edited.notes[0]
    assert "timing stays" in edited.notes[1]
    assert _bend_deg(edited.clip) == pytest.approx(_bend_deg(bent), abs=4)


def test_a_floor_elsewhere_stays_there(
    pipeline: RestylePipeline, plain: MotionClip, bent: MotionClip
) -> None:
    up = np.array([0.0, 2.5, 0.0], np.float32)
    raised = replace(plain, root_positions=plain.root_positions + up)
    here, there = (pipeline.restyle(each, bent).clip for each in (plain, raised))
    np.testing.assert_allclose(there.root_positions - up, here.root_positions, atol=2e-3)


def test_bad_input_says_what_to_do(pipeline: RestylePipeline, plain: MotionClip) -> None:
    one = MotionClip(plain.skeleton, 30.0, plain.root_positions[:1], plain.rotations_wxyz[:1])
    with pytest.raises(ClipError, match="single frame"):
        pipeline.restyle(one, plain)
    with pytest.raises(Cancelled):
        pipeline.restyle(plain, plain, on_progress=lambda _: False)


def test_a_spectrum_is_that_of_the_curves_it_is_taken_of() -> None:
    """Turns made of known coefficients are found again."""
    clip = walk(1.3, 6.0)
    gait = find_gait(places_of(clip))
    assert gait is not None
    curves = BodyCurves.of(clip, places_of(clip), gait.cycle_s)
    middle = np.repeat(clip.rotations_wxyz[:1], clip.frame_count, 0)
    wave = np.zeros((clip.frame_count, 22, 3))
    wave[:, ARM, 0] = 0.4 * np.cos(gait.phase) + 0.1 * np.sin(2 * gait.phase)
    turns = quaternion_multiply(middle, vector_to_quaternion(wave).astype(np.float32))
    found = Spectrum.of(replace(curves, turns=turns), gait)
    assert found.turns[1, ARM, 0] == pytest.approx(0.4, abs=0.01)
    assert found.turns[7, ARM, 0] == pytest.approx(0.1, abs=0.01)
    np.testing.assert_allclose(found.turns[:, SPINE], 0.0, atol=1e-3)


def test_what_is_too_long_for_gram_matrices_is_told(
    pipeline: RestylePipeline, plain: MotionClip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("blender_addon.core.editing.restyle.pipeline._GRAM_FRAMES", (60, 80))
    still = MotionClip(
        plain.skeleton, 30.0,
        np.repeat(plain.root_positions[:1], 60, 0), np.repeat(plain.rotations_wxyz[:1], 60, 0),
    )  # fmt: skip
    edited = pipeline.restyle(plain, still)
    assert edited.means == POSTURE and "five minutes" in edited.notes[0]
