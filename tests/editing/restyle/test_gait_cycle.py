"""The cycle of a gait, found from the feet."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from blender_addon.core.editing.gait_cycle import Gait, find_gait
from blender_addon.core.editing.manifold.features import places_of
from blender_addon.core.motion.clip import MotionClip
from tests.editing.gaits import neutral, walk


def _gait(clip: MotionClip) -> Gait:
    gait = find_gait(places_of(clip))
    assert gait is not None
    return gait


@pytest.mark.parametrize("speed", [0.9, 1.4, 2.7])
def test_speed_and_tempo_of_a_gait_are_found(speed: float) -> None:
    gait, expected = _gait(walk(speed, 4 * speed)), neutral().at(speed)
    assert gait.speed_m_s == pytest.approx(speed, rel=0.06)
    assert gait.cycle_s == pytest.approx(sum(expected.steps_s), rel=0.06)
    assert np.all(np.diff(gait.phase) >= 0)
    # Left and right take turns.
    assert np.all(gait.lefts[1:] != gait.lefts[:-1])


def test_on_the_spot_the_feet_say_how_fast() -> None:
    clip = walk(1.4, 6.0)
    still = clip.root_positions.copy()
    still[:, [0, 2]] = still[0, [0, 2]]
    gait = _gait(replace(clip, root_positions=still))
    assert gait.speed_m_s == pytest.approx(1.4, rel=0.25)


def test_a_loop_of_one_cycle_is_enough() -> None:
    clip = walk(1.3, 6.0)
    gait = _gait(clip)
    first = int(gait.extremes[2]) + 11  # anywhere in a cycle
    last = first + int(gait.extremes[4] - gait.extremes[2])
    part = slice(first, last + 1)
    short = MotionClip(clip.skeleton, 60.0, clip.root_positions[part], clip.rotations_wxyz[part])
    looped = _gait(short)
    assert looped.cycle_s == pytest.approx(gait.cycle_s, rel=0.05)
    assert looped.phase[-1] - looped.phase[0] == pytest.approx(2 * np.pi, rel=0.06)


def test_standing_has_no_cycle() -> None:
    clip = walk(1.3, 3.0)
    still = MotionClip(
        clip.skeleton, 60.0,
        np.repeat(clip.root_positions[:1], 120, 0), np.repeat(clip.rotations_wxyz[:1], 120, 0),
    )  # fmt: skip
    assert find_gait(places_of(still)) is None
