"""Tails, ears, breath and neck: deterministic, and the same at every frame rate."""

import numpy as np
import pytest

from blender_addon.core.maths.rotations import (
    axis_angle_to_quaternion,
    length,
    quaternion_rotate,
)
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.quadruped.secondary import (
    Swing,
    aim_neck,
    breathe,
    swing_chain,
    swing_tail,
    with_secondary,
)
from blender_addon.core.quadruped.settings import SecondarySettings
from blender_addon.core.quadruped.skeleton import HEAD, NECK, PAWS, TAIL
from tests.quadruped.runtime.teacher import make_body

OFFSETS = np.array([[0, -0.02, -0.12], [0, -0.05, -0.12], [0, -0.08, -0.1]])
LEFT = np.array([1.0, 0.0, 0.0])
UP = np.array([0.0, 1.0, 0.0])


def anchor(frame_rate_hz, seconds=3.0):
    """Bouncing and turning to and fro."""
    times = np.arange(int(seconds * frame_rate_hz) + 1) / frame_rate_hz
    places = np.stack(
        (0.1 * np.sin(3 * times), 0.5 + 0.04 * np.sin(12 * times), 1.5 * times), axis=-1
    )
    return places, axis_angle_to_quaternion(UP, 0.5 * np.sin(4 * times))


def swung(frame_rate_hz, swing=None):
    return swing_chain(OFFSETS, *anchor(frame_rate_hz), frame_rate_hz, swing or Swing())


def bones_of(rotations):
    return quaternion_rotate(rotations, np.broadcast_to(OFFSETS, (*rotations.shape[:-1], 3)))


def test_frame_rates_agree():
    at_60, at_30, at_24 = (bones_of(swung(rate)) for rate in (60, 30, 24))
    long = length(OFFSETS)
    for other, step in ((at_30[::5], 10), (at_24[::4], 10)):
        off = length(other - at_60[::step]) / long
        assert off.max() < np.radians(2.5)


def test_chains_swing_and_are_the_same_again():
    _, turns = anchor(60)
    stiff = quaternion_rotate(turns[:, None], np.broadcast_to(OFFSETS, (len(turns), 3, 3)))
    off = length(bones_of(swung(60)) - stiff) / length(OFFSETS)
    assert 0.1 < off[:, 0].max() < 1.2
    assert off[:, 2].std() > off[:, 0].std() * 0.8
    assert np.array_equal(swung(60), swung(60))


def test_less_stiffness_swings_wider():
    _, turns = anchor(60)
    stiff = quaternion_rotate(turns[:, None], np.broadcast_to(OFFSETS, (len(turns), 3, 3)))
    soft, hard = (
        length(bones_of(swung(60, Swing(stiffness=s))) - stiff).mean() for s in (1.5, 6.0)
    )
    assert soft > 2 * hard


def test_who_stands_or_goes_evenly_does_not_swing():
    times = np.arange(120) / 60
    places = np.stack((0 * times, 0 * times + 0.5, 2.0 * times), axis=-1)
    turns = np.tile([1.0, 0, 0, 0], (120, 1))
    rotations = swing_chain(OFFSETS, places, turns, 60, Swing())
    assert np.allclose(rotations, [1, 0, 0, 0], atol=1e-4)


def test_a_tilted_body_feels_the_weight_of_its_tail():
    turns = np.tile(axis_angle_to_quaternion(LEFT, -0.7), (240, 1))
    still = np.zeros((240, 3))
    heavy, none = (
        bones_of(swing_chain(OFFSETS, still, turns, 60, Swing(gravity=g)))[-1] for g in (1.0, 0.0)
    )
    assert length(heavy - none).max() > 0.02
    assert np.allclose(none, quaternion_rotate(turns[:1], OFFSETS), atol=1e-4)


def test_several_chains_are_one_call():
    places, turns = anchor(60, 1.0)
    both = swing_chain(
        np.stack((OFFSETS, OFFSETS)), np.stack((places, places), 1), np.stack((turns, turns), 1),
        60, Swing(),
    )  # fmt: skip
    alone = swing_chain(OFFSETS, places, turns, 60, Swing())
    assert both.shape == (61, 2, 3, 4)
    assert np.allclose(both[:, 1], alone, atol=1e-6)


def walking_clip(frame_rate_hz=60.0):
    body, count = make_body(0.6), 90
    times = np.arange(count) / frame_rate_hz
    root = np.stack(
        (0 * times, body.rest_m[0, 1] - 0.02 + 0.01 * np.sin(20 * times), 0.1 * times), axis=-1
    )
    rotations = np.zeros((count, 27, 4))
    rotations[..., 0] = 1.0
    return body, MotionClip(body.skeleton, frame_rate_hz, root, rotations, np.ones((count, 4)) > 0)


def world(clip):
    return forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)[0]


def test_tail_alone_moves():
    _, clip = walking_clip()
    before, after = world(clip), world(swing_tail(clip, Swing()))
    moved = length(after - before).max(axis=0)
    assert moved[list(TAIL[1:])].max() > 0.005
    others = [n for n in range(27) if n not in TAIL[1:]]
    assert moved[others].max() < 1e-5


def test_breath_moves_the_chest_and_no_paw():
    body, clip = walking_clip()
    before, after = world(clip), world(breathe(clip, body, 2.0))
    assert length(after - before)[:, list(PAWS)].max() < 2e-3
    assert 5e-4 < np.abs(after - before)[:, 3, 1].max() < 0.02


@pytest.mark.parametrize("side", [1.0, -1.0])
def test_neck_turns_to_its_target_within_limits(side):
    _, clip = walking_clip()
    target = np.array([side * 2.0, 0.9, 1.5])
    before, after = world(clip), world(aim_neck(clip, target, 40.0))

    def off(joints):
        pointing = joints[:, NECK[-1]] - joints[:, HEAD]
        toward = target - joints[:, HEAD]
        return np.arccos((pointing * toward).sum(1) / length(pointing) / length(toward))

    gained = np.degrees(off(before) - off(after))
    assert 15.0 < gained.min() and gained.max() < 41.0


def test_what_is_behind_is_not_looked_at():
    _, clip = walking_clip()
    after = world(aim_neck(clip, np.array([0.01, 2.5, -5.0])))
    assert np.allclose(after, world(clip), atol=1e-3)


def test_all_of_it_keeps_bones_and_contacts():
    body, clip = walking_clip(25.0)
    done = with_secondary(clip, body, SecondarySettings(), seed=3, target_m=np.ones(3))
    assert done.frame_count == clip.frame_count and done.frame_rate_hz == 25.0
    assert np.array_equal(done.contacts, clip.contacts)
    off = with_secondary(clip, body, SecondarySettings(tail=False, ears=False, breathing=False))
    assert off is clip
