"""A motion that becomes a cycle: it repeats without a pop, and its feet stay."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backend.editing.loop_connect.baselines import Interpolation
from blender_addon.core.editing.loop.cut import find_cut
from blender_addon.core.editing.loop.make import make_loop
from blender_addon.core.editing.loop.settings import LoopSettings
from blender_addon.core.editing.placing import Placing, frames, joined
from blender_addon.core.errors import Cancelled, ClipError, SettingsError
from blender_addon.core.jobs import Progress
from blender_addon.core.motion.clip import MotionClip
from tests.editing.loop.gaits import PERIOD_S, RATE_HZ, SPEED_M_S, gait, joints_of

FILLER = Interpolation(cubic=True)


def repeated(clip: MotionClip, turn_deg: float = 0.0) -> MotionClip:
    """A cycle and the next, its first pose where its last one is."""
    one = frames(clip, np.arange(clip.frame_count - 1))
    here, there = clip.root_positions[[0, -1]]
    return joined(one, Placing.onto(np.radians(turn_deg), here, there).clip(clip))


def pops(clip: MotionClip, at: int) -> tuple[float, float]:
    """Largest second difference of a joint about a frame, and of all, mm per frame²."""
    bends = 1000 * np.linalg.norm(np.diff(joints_of(clip), 2, axis=0), axis=-1).max(axis=1)
    return float(bends[at - 2 : at + 1].max()), float(bends.max())


@pytest.mark.parametrize("rate_hz", [24.0, 30.0, 120.0])
def test_cycles_are_whole_and_repeat(rate_hz: float) -> None:
    """The cut is whole periods apart, and one cycle follows the other without a pop."""
    clip = gait(rate_hz=rate_hz)
    edited = make_loop(clip, LoopSettings(), FILLER)
    periods = edited.measures["cycle_s"] / PERIOD_S
    assert abs(periods - round(periods)) * PERIOD_S * rate_hz <= 1.01
    assert edited.measures["way_m"] == pytest.approx(
        SPEED_M_S * edited.measures["cycle_s"], abs=0.06
    )
    twice = repeated(edited.clip)
    own = pops(clip, 5)[1]
    assert pops(twice, edited.clip.frame_count - 1)[0] < 1.5 * own + 1.0


def test_the_last_pose_is_the_first() -> None:
    """Rotations and height of the last frame are those of the first."""
    edited = make_loop(gait(), LoopSettings(), FILLER)
    first, last = edited.clip.rotations_wxyz[[0, -1]]
    assert np.abs(np.abs(np.sum(first * last, axis=-1)) - 1).max() < 1e-5
    assert edited.clip.root_positions[0, 1] == pytest.approx(edited.clip.root_positions[-1, 1])


def test_only_the_seam_changes() -> None:
    """Frames away from the seam keep their rotations to the bit, of a motion that goes straight."""
    clip = gait()
    edited = make_loop(clip, LoopSettings(straighten=False), FILLER)
    half = (round(edited.measures["seam_s"] * RATE_HZ) + 1) // 2
    inside = np.arange(half, edited.clip.frame_count - half)
    beneath = edited.source[inside].astype(int)
    found = edited.clip.rotations_wxyz[inside]
    np.testing.assert_array_equal(found, clip.rotations_wxyz[beneath])
    assert edited.share is not None
    assert edited.share[inside].max() == 0
    assert edited.share[[0, -1]] == pytest.approx([0.5, 0.5])


def test_in_place_takes_out_the_way() -> None:
    """The way of a cycle is gone, its sway is not."""
    edited = make_loop(gait(), LoopSettings(in_place=True), FILLER)
    root = edited.clip.root_positions
    assert edited.measures["way_m"] == pytest.approx(0, abs=1e-4)
    assert np.ptp(root[:, 1]) > 0.03
    assert np.ptp(root[:, 2]) < 0.1


def test_drift_is_straightened_and_a_turn_kept() -> None:
    """A few degrees a cycle are taken out; a quarter turn is meant, and said to be kept."""
    drifting = make_loop(gait(turn_rad_s=0.1), LoopSettings(longest_s=1.5), FILLER)
    assert drifting.measures["turn_deg"] == 0
    turning = make_loop(gait(turn_rad_s=1.4), LoopSettings(longest_s=1.5), FILLER)
    expected = np.degrees(1.4 * turning.measures["cycle_s"])
    assert turning.measures["turn_deg"] == pytest.approx(expected, abs=6)
    assert "turns by" in turning.notes[0]
    twice = repeated(turning.clip, turning.measures["turn_deg"])
    assert pops(twice, turning.clip.frame_count - 1)[0] < 2 * pops(gait(), 5)[1] + 2


def test_all_of_the_range_is_the_cycle() -> None:
    """Without looking for a cut the range is kept, however badly it fits, and that is said."""
    clip = gait(seconds=2.5 * PERIOD_S)
    edited = make_loop(clip, LoopSettings(find_cut=False), FILLER)
    assert edited.clip.frame_count == clip.frame_count
    assert "apart" in edited.notes[0]
    assert pops(repeated(edited.clip), clip.frame_count - 1)[0] < 60


def test_lengths_are_kept_to() -> None:
    """The cycle is within the lengths set; where none can be, it says so."""
    settings = LoopSettings(shortest_s=1.8, longest_s=2.6)
    assert 1.8 <= make_loop(gait(), settings, FILLER).measures["cycle_s"] <= 2.6
    with pytest.raises(SettingsError, match=r"no cycle of 20\.00 to"):
        make_loop(gait(), LoopSettings(shortest_s=20.0), FILLER)


def test_who_stands_about_first_is_looped_where_they_move() -> None:
    """A motionless beginning is the best repetition there is, and not what is meant."""
    moving = gait()
    still = frames(moving, np.zeros(60, np.int64))
    cut = find_cut(joined(still, moving), LoopSettings(), Progress())
    assert cut.first >= 55


def test_bad_input_is_refused_and_a_wish_to_stop_heard() -> None:
    """A range of a few frames is refused; answering False cancels."""
    with pytest.raises(ClipError, match="Choose a longer range"):
        make_loop(frames(gait(), np.arange(5)), LoopSettings(), FILLER)
    with pytest.raises(Cancelled):
        make_loop(gait(), LoopSettings(), FILLER, lambda share: share < 0.4)


def test_a_drifting_floor_does_not_lift_the_next_cycle() -> None:
    """What a recording rises in a cycle is taken out of it."""
    clip = gait()
    rise = 0.02 * np.arange(clip.frame_count)[:, None] / RATE_HZ * [0, 1, 0]
    risen = replace(clip, root_positions=clip.root_positions + rise)
    root = make_loop(risen, LoopSettings(), FILLER).clip.root_positions
    assert abs(root[-1, 1] - root[0, 1]) < 1e-4
