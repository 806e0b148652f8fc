"""Motion along curves."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.conventions import Floats
from blender_addon.core.editing.follow.pipeline import BY_CONTROL, BY_CYCLE, FollowPipeline
from blender_addon.core.editing.follow.settings import FollowSettings
from blender_addon.core.editing.manifold.features import facing, places_of
from blender_addon.core.editing.sixty import at_sixty
from blender_addon.core.errors import Cancelled, ClipError, PathError
from blender_addon.core.motion.clip import MotionClip
from tests.editing.gaits import places, sessions, walk

QUICK = FollowSettings(clean=False)


@pytest.fixture(scope="module")
def pipeline() -> FollowPipeline:
    return FollowPipeline(*sessions())


def _curve(metres: float = 6.0) -> Floats:
    z = np.linspace(0.0, metres, 50)
    return np.stack((np.sin(z * 2 * np.pi / metres), 0 * z, z), axis=-1)


def _distances(clip: MotionClip, curve: Floats) -> Floats:
    """(T,) of the hips to the curve, metres."""
    fine = np.stack([np.interp(np.linspace(0, 1, 2000), np.linspace(0, 1, len(curve)), c)
                     for c in (curve[:, 0], curve[:, 2])], axis=-1)  # fmt: skip
    hips = clip.root_positions[:, [0, 2]]
    return np.linalg.norm(hips[:, None] - fine, axis=-1).min(axis=1)


def _slip(clip: MotionClip) -> float:
    """Mean speed of the slower foot, m/s: one always carries in a walk."""
    feet = [places(clip, name) for name in ("LeftToe", "LeftFoot", "RightToe", "RightFoot")]
    speeds = [np.linalg.norm(np.diff(each, axis=0), axis=-1) * clip.frame_rate_hz for each in feet]
    return float(np.min(speeds, axis=0).mean())


@pytest.mark.parametrize("settings", [QUICK, FollowSettings()])
def test_a_walk_goes_along_a_curve(pipeline: FollowPipeline, settings: FollowSettings) -> None:
    curve = _curve()
    edited = pipeline.follow(walk(1.3, 5.0, rate_hz=24.0), curve, settings)
    clip = edited.clip
    assert edited.means == BY_CYCLE and clip.frame_rate_hz == 24.0
    assert _distances(clip, curve).mean() < 0.04
    np.testing.assert_allclose(clip.root_positions[0, [0, 2]], curve[0, [0, 2]], atol=0.05)
    np.testing.assert_allclose(clip.root_positions[-1, [0, 2]], curve[-1, [0, 2]], atol=0.05)
    assert _slip(clip) < 0.06
    # The body looks along its way.
    moved = np.diff(clip.root_positions[:, [0, 2]], axis=0)
    going = np.linalg.norm(moved, axis=-1) * 24 > 0.8
    headings = facing(places_of(at_sixty(clip).clip).positions, 1.0)
    headings = np.interp(np.arange(len(moved)) * 60 / 24, np.arange(len(headings)), headings)
    apart = np.angle(np.exp(1j * (headings - np.arctan2(moved[:, 0], moved[:, 1]))))
    assert np.degrees(np.abs(apart[going])).mean() < 12


def test_it_begins_and_ends_standing(pipeline: FollowPipeline) -> None:
    clip = pipeline.follow(walk(1.3, 5.0), _curve(), QUICK).clip
    speeds = np.linalg.norm(np.diff(clip.root_positions, axis=0), axis=-1) * 60
    assert speeds[:15].max() < 0.1 and speeds[-15:].max() < 0.1
    assert 1.1 < np.median(speeds) < 1.6
    apart = places(clip, "LeftFoot") - places(clip, "RightFoot")
    assert np.linalg.norm(apart[[0, -1]][:, [0, 2]], axis=-1).max() < 0.35


def test_its_speed_can_be_chosen(pipeline: FollowPipeline) -> None:
    settings = FollowSettings(clean=False, speed_m_s=0.8, stand=False)
    clip = pipeline.follow(walk(1.3, 5.0), _curve(), settings).clip
    speeds = np.linalg.norm(np.diff(clip.root_positions[:, [0, 2]], axis=0), axis=-1) * 60
    assert np.mean(speeds) == pytest.approx(0.8, rel=0.08)


def test_another_seed_begins_with_the_other_foot(pipeline: FollowPipeline) -> None:
    clips = [pipeline.follow(walk(1.3, 5.0), _curve(), QUICK, seed).clip for seed in (0, 1)]
    first = [int(np.argmax(places(clip, "LeftFoot")[:60, 1] > 0.13)) for clip in clips]
    assert abs(first[0] - first[1]) > 10


def test_who_walks_backward_goes_backward(pipeline: FollowPipeline) -> None:
    """The body's frame keeps its turn against the way."""
    ahead = walk(1.3, 5.0)
    back = MotionClip(
        ahead.skeleton, 60.0, ahead.root_positions[::-1].copy(), ahead.rotations_wxyz[::-1].copy()
    )
    clip = pipeline.follow(back, np.array([[0, 0, 0], [0, 0, 4.0]]), QUICK).clip
    assert clip.root_positions[-1, 2] > 3.8
    headings = facing(places_of(at_sixty(clip).clip).positions)
    assert np.degrees(np.abs(np.abs(headings) - np.pi)).mean() < 10


def test_who_stands_is_led_by_the_control(pipeline: FollowPipeline) -> None:
    standing = walk(1.3, 5.0)
    still = MotionClip(
        standing.skeleton, 30.0, np.repeat(standing.root_positions[:1], 40, 0),
        np.repeat(standing.rotations_wxyz[:1], 40, 0),
    )  # fmt: skip
    curve = _curve()
    edited = pipeline.follow(still, curve, QUICK)
    assert edited.means == BY_CONTROL
    assert _distances(edited.clip, curve).mean() < 0.06
    assert _slip(edited.clip) < 0.12
    lifted = places(edited.clip, "LeftFoot")[:, 1]
    assert np.ptp(lifted) > 0.05
    assert edited.source.max() <= still.frame_count - 1


def test_frames_beneath_are_of_the_same_moment_of_a_cycle(pipeline: FollowPipeline) -> None:
    clip = walk(1.3, 5.0, rate_hz=30.0)
    edited = pipeline.follow(clip, _curve(), QUICK)
    assert edited.source.min() >= 0 and edited.source.max() <= clip.frame_count - 1
    beneath = np.rint(edited.source[60:-60]).astype(int)
    knee = clip.skeleton.index("LeftLeg")
    ours, theirs = edited.clip.rotations_wxyz[60:-60, knee], clip.rotations_wxyz[beneath, knee]
    agree = np.abs(np.sum(ours * theirs, axis=-1))
    assert np.degrees(2 * np.arccos(np.clip(agree, 0, 1))).mean() < 12


@pytest.mark.parametrize(
    ("curve", "said"),
    [
        (np.zeros((5, 3)), "no length"),
        (np.zeros((1, 3)), "two points"),
        (np.array([[0, 0, 0], [0, 5.0, 0]]), "no length"),
        (np.array([[0, 0, 0], [np.nan, 0, 1]]), "finite"),
        (np.array([[0, 0, 0], [0, 0, 0.01]]), "longer"),
        (np.array([[0, 0, 0], [0, 0, 1e6]]), "hour"),
    ],
)
def test_a_curve_that_cannot_be_walked_is_refused(
    pipeline: FollowPipeline, curve: Floats, said: str
) -> None:
    with pytest.raises(PathError, match=said):
        pipeline.follow(walk(1.3, 4.0), curve)


def test_a_curve_that_rises_is_told_of(pipeline: FollowPipeline) -> None:
    curve = np.array([[0, 0, 0], [0, 1.0, 4.0]])
    edited = pipeline.follow(walk(1.3, 4.0), curve, QUICK)
    assert "rises by 1.00 m" in edited.notes[0]


def test_it_can_be_cancelled(pipeline: FollowPipeline) -> None:
    with pytest.raises(Cancelled):
        pipeline.follow(walk(1.3, 4.0), _curve(), on_progress=lambda share: share < 0.4)


def test_feet_that_carry_nobody_are_refused(pipeline: FollowPipeline) -> None:
    """Waving the legs in the air is no gait to go along with."""
    clip = walk(1.3, 5.0)
    other = MotionClip(clip.skeleton, 0.5, clip.root_positions, clip.rotations_wxyz)
    with pytest.raises(ClipError, match="frames a second"):
        pipeline.follow(other, _curve())
