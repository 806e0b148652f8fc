"""Motion over what a face holds: added, closed the rest of the way, or let go without a jolt."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.face.arkit import ARKIT_52
from blender_addon.core.face.held import (
    CLOSED,
    LET_GO_S,
    TAKEN_OVER,
    Meeting,
    Over,
    laid_over,
    let_go,
    meeting_of,
    meetings_of_shapes,
)
from blender_addon.core.face.maps import FaceMapping, Viseme
from blender_addon.core.maths.rotations import (
    axis_angle_to_quaternion,
    quaternion_multiply,
    twist_about,
)

RATE = 30.0
COUNT = 200
MOTION = 0.5 + 0.5 * np.sin(np.arange(COUNT) / 7.0)


def held_at(value):
    return np.full(COUNT, float(value))


@pytest.mark.parametrize("held", [-0.3, 0.0, 0.2, 0.7, 1.0, 1.4])
@pytest.mark.parametrize("over", list(Over))
def test_where_nothing_moves_what_is_held_stays_at_the_ends(held, over):
    value = laid_over(Meeting(over), held_at(held), held_at(0), RATE, (0.0, 1.0))
    assert value[[0, -1]] == pytest.approx(held)
    if over is not Over.TAKEN_OVER:
        assert value == pytest.approx(held)


def test_what_is_added_is_all_there_up_to_the_limit():
    value = laid_over(Meeting(), held_at(0.5), 0.4 * MOTION, RATE, (0.0, 1.0))
    assert value == pytest.approx(0.5 + 0.4 * MOTION)
    value = laid_over(Meeting(), held_at(0.5), MOTION, RATE, (0.0, 1.0))
    assert value == pytest.approx(np.minimum(0.5 + MOTION, 1.0))
    value = laid_over(Meeting(), held_at(1.2), MOTION - 0.5, RATE, (0.0, 1.0))
    assert value.max() == pytest.approx(1.2)  # never above what a hand set


@pytest.mark.parametrize("held", [0.0, 0.3, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("full", [1.0, -1.0, 0.6])
def test_lids_close_the_rest_of_the_way(held, full):
    sign, limits = np.sign(full), (-1.0, 1.0)
    value = sign * laid_over(
        Meeting(Over.CLOSED, full), held_at(sign * held), full * MOTION, RATE, limits
    )
    shut = max(held, abs(full))
    assert value.min() == pytest.approx(held, abs=2e-3)
    assert value.max() == pytest.approx(shut, abs=2e-3)
    assert value == pytest.approx(held + MOTION * (shut - held))


def test_what_parts_the_lips_is_let_go_and_comes_back():
    value = laid_over(Meeting(Over.TAKEN_OVER), held_at(0.5), held_at(0), RATE)
    inner = slice(int(LET_GO_S * RATE) + 1, -int(LET_GO_S * RATE) - 1)
    assert value[inner] == pytest.approx(0)
    assert np.abs(np.diff(value)).max() < 1.6 * 0.5 / (LET_GO_S * RATE)
    opened = laid_over(Meeting(Over.TAKEN_OVER, -20.0), held_at(-10), -20 * MOTION, RATE)
    assert opened[inner] == pytest.approx(-20 * MOTION[inner])
    kept = laid_over(Meeting(Over.TAKEN_OVER, 20.0), held_at(-10), 20 * MOTION, RATE)
    assert kept == pytest.approx(20 * MOTION - 10)  # what holds a mouth shut is its rest


@pytest.mark.parametrize("count", [1, 2, 3, 10, 30, 300])
def test_even_short_speech_is_let_go_for_half_of_it(count):
    share = let_go(count, RATE)
    assert share[0] == share[-1] == 0
    assert count < 5 or (share > 0.99).mean() > 0.3


def test_every_channel_has_its_way():
    ways = {name: meeting_of({name: 1.0}).over for name in ARKIT_52}
    assert {n for n, way in ways.items() if way is Over.TAKEN_OVER} == TAKEN_OVER
    assert {n for n, way in ways.items() if way is Over.CLOSED} == CLOSED
    for name in ("mouthSmileLeft", "browInnerUp", "cheekPuff", "eyeSquintRight", "noseSneerLeft"):
        assert ways[name] is Over.ADDED
    assert meeting_of({"jawOpen": 0.5, "mouthSmileLeft": 1.0}) == Meeting(Over.TAKEN_OVER, 0.5)
    assert meeting_of({"eyeBlinkLeft": 0.5, "eyeBlinkRight": 0.5}) == Meeting(Over.CLOSED, 1.0)
    assert meeting_of({"eyeBlinkLeft": 1.0, "eyeSquintLeft": 1.0}).over is Over.ADDED


def test_shapes_take_the_way_of_their_channels():
    mapping = FaceMapping(
        "own",
        {
            "jawOpen": (("open", 1.0),),
            "eyeBlinkLeft": (("shut", -1.0),),
            "eyeLookUpLeft": (("up", 1.0),),
            "browInnerUp": (("worry", 1.0), ("open", 0.1)),
        },
        (Viseme("aa", "A", {"jawOpen": 0.7}),),
    )
    ways = {name: each.over for name, each in meetings_of_shapes(mapping).items()}
    assert ways == {
        "open": Over.TAKEN_OVER, "shut": Over.CLOSED, "up": Over.ADDED, "worry": Over.ADDED,
        "A": Over.TAKEN_OVER,
    }  # fmt: skip
    assert meetings_of_shapes(mapping, ["eyeLookUpLeft"])["up"].over is Over.TAKEN_OVER


@pytest.mark.parametrize("angle", [-3.0, -0.4, 0.0, 1.0, 3.1])
def test_a_twist_is_told_from_the_swing(angle):
    axis = np.array([0.0, 0.6, 0.8])
    across = np.array([1.0, 0.0, 0.0])
    swing = axis_angle_to_quaternion(across, np.array([0.0, 0.5, -0.9]))
    twist = axis_angle_to_quaternion(axis, np.full(3, angle))
    turn = quaternion_multiply(swing, twist)
    assert twist_about(axis, turn) == pytest.approx(angle, abs=1e-6)
    assert twist_about(axis, -turn) == pytest.approx(angle, abs=1e-6)
