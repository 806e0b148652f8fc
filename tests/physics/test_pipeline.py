"""From a motion to one with weight: tracking, pushes, falls and ways back, alone and together."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.errors import Cancelled
from blender_addon.core.feet.contacts import spans
from blender_addon.core.physics.clip_poses import clip_to_poses
from blender_addon.core.physics.engine import why_no_engine
from blender_addon.core.physics.figure import BODY_NAMES
from blender_addon.core.physics.joints import joint_vectors
from blender_addon.core.physics.pipeline import PhysicsPipeline
from blender_addon.core.physics.settings import Balancer, Mode
from blender_addon.core.physics.timeline import timeline_of
from tests.physics.simulated import asked, done, push, standing
from tests.physics.walking import marching

pytestmark = pytest.mark.skipif(why_no_engine() is not None, reason="no physics engine here")

FALL = {"mode": Mode.FALL, "fade_s": 0.2, "end_s": 3.0}


def test_who_is_helped_stands_and_it_is_said() -> None:
    [result] = done(asked(standing(1.0), help_percent=30.0))
    assert result.clip.frame_count == len(result.poses) == 61
    assert abs(result.poses[-1, 1] - result.poses[0, 1]) < 0.02
    assert result.report.fell_s is None and not result.report.is_honest
    assert result.report.deepest_cm < 1.0
    assert "Help was used" in result.report.notes[-1]
    contacts = result.clip.contacts
    assert contacts is not None and contacts[10:].all(axis=1).mean() > 0.8


def test_help_of_a_hundred_is_the_animation() -> None:
    clip = marching(1.0)
    followed = clip_to_poses(clip).poses[:, :3]
    [result] = done(asked(clip, help_percent=100.0))
    off = np.linalg.norm(result.poses[:, :3] - followed[: len(result.poses)], axis=1)
    assert off.mean() < 0.02 and off[-1] < 0.02 and result.report.fell_s is None


def test_help_does_not_shake_the_hips() -> None:
    [result] = done(asked(help_percent=100.0, pushes=(push((15.0, 0, 15.0), 0.1),)))
    turned = 2.0 * np.arctan2(result.poses[:, 5], result.poses[:, 3])
    speeds = np.diff(turned)
    assert ((speeds[1:] * speeds[:-1]) < 0.0).mean() < 0.3


def test_legs_of_who_has_fallen_walk_no_more() -> None:
    clip = marching(3.0)
    hit = push((150.0, 0, 0), 0.8)
    [result] = done(asked(clip, help_percent=10.0, pushes=(hit,), end_s=3.2))
    assert result.report.fell_s is not None and result.report.fell_s < 1.8
    walked, done_ = (np.diff(joint_vectors(p[170:192]), axis=0) for p in
                     (clip_to_poses(clip).poses, result.poses))  # fmt: skip
    assert np.abs(done_).max() < 0.25 * np.abs(walked).max()


def test_help_is_keyed() -> None:
    track = np.zeros(61)
    track[30:] = 60.0
    [result] = done(asked(standing(1.0), help_track=track, pushes=(push((0, 0, 20.0), 0.6),)))
    helped = result.report.help_n
    assert not helped[:29].any() and helped[40:].max() > 5.0
    assert [start for start, _ in spans(helped > 0)] == [pytest.approx(30, abs=1)]


def test_pushes_move_a_light_body_further() -> None:
    requests = [asked(standing(0.5), pushes=(push((30.0, 0, 0), 0.1),), mass_kg=m, help_percent=0.0)
                for m in (40.0, 68.5, 150.0)]  # fmt: skip
    sideways = [result.poses[-1, 0] for result in done(*requests)]
    assert sideways[0] > sideways[1] > sideways[2] > 0.01


def test_an_impulse_is_whole_however_long_it_lasts() -> None:
    for seconds in (0.0, 0.01, 0.1, 0.55):
        request = asked(standing(1.0))
        hit = push((3.0, -2.0, 1.0), 0.123)
        hit = type(hit)(hit.at_s, hit.body, hit.impulse_n_s, seconds)
        forces = timeline_of(asked(request.clip, pushes=(hit,))).pushes
        total = forces[:, BODY_NAMES.index("chest"), :3].sum(axis=0) / 60.0
        np.testing.assert_allclose(total, (3.0, -2.0, 1.0))


def test_it_falls_once_its_muscles_fade_and_says_when() -> None:
    [result] = done(
        asked(standing(1.0), limp_from_s=0.5, pushes=(push((0, 0, 30.0), 0.5),), **FALL)
    )
    assert result.report.fell_s is not None and 0.6 < result.report.fell_s < 2.0
    assert result.poses[-1, 1] < 0.3
    assert result.report.greatest_force_n > 700.0


def test_it_gets_back_into_the_animation() -> None:
    request = asked(standing(3.0), get_back_s=0.5, **{**FALL, "fade_s": 0.1, "end_s": 4.0})
    tracked = asked(standing(4.5), get_back_s=0.5, help_percent=10.0, pushes=(push((0, 0, 150.0)),))
    for result in done(request, tracked):
        np.testing.assert_allclose(result.poses[-1, :3], result.poses[0, :3], atol=0.1)
        assert any("blended into the animation" in note for note in result.report.notes)
        assert np.abs(np.diff(result.poses[:, :3], axis=0)).max() < 0.12
        assert result.report.fell_s is not None


def test_poses_are_told_as_they_come_and_are_final() -> None:
    seen: dict[int, np.ndarray] = {}
    pipeline = PhysicsPipeline(threads=1)
    [result, _] = pipeline.generate([asked(), asked()], None, lambda n, p: seen.update({n: p}))
    assert list(seen) == list(range(61))
    turned = np.abs(np.stack(list(seen.values())) - result.poses)[:, :3]
    assert not turned.any()


@pytest.mark.parametrize("after", [1, 2, 17])
def test_it_is_cancelled_at_any_step(after: int) -> None:
    calls = []

    def stop(share: float) -> bool:
        calls.append(share)
        return len(calls) < after

    with pytest.raises(Cancelled):
        list(PhysicsPipeline().generate([asked(), asked()], stop))
    assert len(calls) == after and calls == sorted(calls)


def test_it_is_the_same_again_at_any_thread_count_and_in_any_company() -> None:
    requests = [
        asked(
            mode=Mode.FALL,
            limp_from_s=0.1 * n,
            end_s=0.8,
            pushes=(push((10.0 * n, 0, 5.0)),),
        )
        for n in range(3)
    ]
    alone = [done(request)[0] for request in requests]
    for threads in (1, 2):
        for one, other in zip(alone, done(*requests, threads=threads), strict=True):
            assert np.array_equal(one.poses, other.poses)


def test_plans_balance_without_help_and_again() -> None:
    request = asked(
        standing(0.2), mode=Mode.BALANCE, balancer=Balancer.PLAN, pushes=(push((0, 0, 9.0), 0.0),)
    )
    first, again = done(request)[0], done(request, threads=2)[0]
    assert np.array_equal(first.poses, again.poses)
    assert first.report.is_honest and first.report.fell_s is None


def test_what_was_asked_stays_as_it_was() -> None:
    request = asked()
    before = request.clip.rotations_wxyz.copy(), request.clip.root_positions.copy()
    done(request)
    assert np.array_equal(request.clip.rotations_wxyz, before[0])
    assert np.array_equal(request.clip.root_positions, before[1])
