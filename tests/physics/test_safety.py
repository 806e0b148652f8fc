"""What cannot be simulated is refused in words, and what is odd is said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from blender_addon.core.errors import PhysicsError, SettingsError
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.physics.engine import why_no_engine
from blender_addon.core.physics.pipeline import PhysicsPipeline
from blender_addon.core.physics.request import PhysicsRequest, Push
from blender_addon.core.physics.settings import Balancer, Mode
from blender_addon.core.physics.shapes import depths_in
from blender_addon.core.physics.world import World
from tests.physics.simulated import asked, box, done, obstacle, push, standing

pytestmark = pytest.mark.skipif(why_no_engine() is not None, reason="no physics engine here")


def leaping(metres: float) -> MotionClip:
    clip = standing()
    places = clip.root_positions.copy()
    places[30:, 0] += metres
    return replace(clip, root_positions=places)


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        (asked(leaping(5.0)), "leaps at 0.48 s, with 300 m/s"),
        (asked(pushes=(push((np.nan, 0, 0)),)), "push 1 is not made of finite"),
        (asked(pushes=(push((1.0, 0, 0), body="nose"),)), "push 1 is on 'nose'"),
        (asked(pushes=(Push(0.1, "head", np.ones(3), -1.0),)), "lasts -1"),
        (asked(help_track=np.zeros(3)), "61 frames"),
        (asked(end_s=-1.0), "an end from 0"),
        (asked(end_s=float("nan")), "an end from 0"),
        (asked(limp_from_s=float("nan"), mode=Mode.FALL), "cannot fade"),
        (asked(mode=Mode.BALANCE, balancer=Balancer.POLICY), "no learned policy"),
        (asked(standing(at=(0.0, -2.0, 0.0))), "under the ground"),
    ],
)
def test_what_cannot_be_simulated_is_refused(request_: PhysicsRequest, says: str) -> None:
    with pytest.raises(PhysicsError, match=says):
        done(request_)


def test_settings_out_of_range_are_refused() -> None:
    for setting in ({"mass_kg": 0.0}, {"mass_kg": float("nan")}, {"muscles": 9.0}):
        with pytest.raises(SettingsError):
            done(asked(**setting))
    with pytest.raises(SettingsError):
        done(asked(help_track=np.full(61, np.nan)))


@pytest.mark.parametrize("impulse", [1e5, 1e6, 1e300])
def test_what_comes_apart_is_stopped_and_said(
    impulse: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PhysicsError, match=r"came apart at \d\.\d\d s"):
        done(asked(help_percent=0.0, pushes=(push((impulse, 0, 0)),)))
    assert not list(tmp_path.iterdir())  # the engine itself would leave a file


def test_one_that_comes_apart_does_not_touch_the_others() -> None:
    good, bad = asked(), asked(pushes=(push((1e6, 0, 0)),))
    results = PhysicsPipeline().generate([good, bad, good])
    first = next(results)
    assert np.array_equal(first.poses, done(good)[0].poses)
    with pytest.raises(PhysicsError):
        next(results)


def test_being_stuck_in_a_box_is_said() -> None:
    inside = World(obstacles=(obstacle(box((-0.4, 0.0, -0.4), (0.4, 2.0, 0.4))),))
    with pytest.raises(PhysicsError, match="stuck in the obstacle 'box' at the start"):
        done(asked(world=inside))


def test_who_stands_beside_a_slanted_thing_is_not_in_it() -> None:
    wedge = np.array([(x, 0.0, z) for x in (-3.0, 3.0) for z in (-2.0, 2.0)] + [(3.0, 3.0, 0.0)])
    points = np.array([(-1.0, 1.5, 0.0), (2.0, 0.5, 0.0), (9.0, 0.0, 0.0)])
    np.testing.assert_allclose(depths_in(wedge, points) > 0.0, [False, True, False])
    cube = box((-1.0, -1.0, -1.0), (1.0, 1.0, 1.0))
    np.testing.assert_allclose(depths_in(cube, np.array([(0.8, 0.1, 0.0)])), 0.2)


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        (asked(standing(0.2, at=(0, 3.0, 0)), help_percent=0.0), "3.0 m over the ground"),
        (asked(standing(0.2, at=(0, 3.0, 0)), help_percent=0.0), "Nothing touched"),
        (asked(standing(0.2, at=(0, -0.15, 0)), help_percent=0.0), "lifted onto it"),
        (asked(leaping(0.3)), "18 m/s at 0.48 s"),
        (asked(standing(0.2), pushes=(push((1.0, 0, 0), 9.0),)), "Push 1 at 9.0 s is outside"),
        (asked(standing(0.2), limp_from_s=5.0, mode=Mode.FALL), "no fall"),
    ],
)
def test_what_is_odd_is_said(request_: PhysicsRequest, says: str) -> None:
    [result] = done(request_)
    assert any(says in note for note in result.report.notes)


def test_a_pose_and_odd_rates_are_simulated() -> None:
    [pose] = done(asked(standing(0.0)))
    assert len(pose.poses) == 1
    [held] = done(asked(standing(0.0), end_s=0.5))
    assert len(held.poses) == 31
    [film] = done(asked(standing(1.0, rate=23.976)))
    assert film.clip.frame_rate_hz == 60.0 and abs(film.clip.duration_s - 1.0) < 0.03
