"""Parts of filling: spans, the network's time, features, and feet."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from blender_addon.core.conventions import Bools
from blender_addon.core.editing.fill.features import (
    CHANNELS,
    DIFFERENCES,
    FEATURES,
    add_difference,
    prepare_windows,
)
from blender_addon.core.editing.fill.feet import hold_feet
from blender_addon.core.editing.fill.spans import find_gaps, plan_spans
from blender_addon.core.editing.fill.timeline import resample, sample, steps_of
from blender_addon.core.motion.clip import MotionClip
from tests.walk.samples import feet, moved, standing_clip


def _known(frames: int, *gaps: tuple[int, int]) -> Bools:
    known = np.ones((frames, CHANNELS), bool)
    for start, stop in gaps:
        known[start:stop] = False
    return known


def test_gaps_near_each_other_are_looked_at_together() -> None:
    known = _known(200, (20, 30), (35, 40), (90, 100))
    assert find_gaps(known) == [(20, 30), (35, 40), (90, 100)]
    spans = plan_spans(known, context=12, longest=62)
    assert [(s.first, s.stop, s.kept_first, s.kept_stop) for s in spans] == [
        (8, 52, 20, 40), (78, 112, 90, 100),
    ]  # fmt: skip


def test_a_span_at_an_end_of_the_clip_ends_there() -> None:
    (span,) = plan_spans(_known(30, (0, 5), (12, 30)), context=12, longest=62)
    assert (span.first, span.stop) == (0, 30)


@pytest.mark.parametrize("rate_hz", [12.0, 24.0, 25.0, 60.0, 90.0, 240.0])
def test_the_networks_time_meets_the_ends_of_a_gap(rate_hz: float) -> None:
    count = int(3 * rate_hz)
    known = _known(count, (int(rate_hz), int(2 * rate_hz)))
    steps = steps_of(known, rate_hz)
    assert {0.0, int(rate_hz) - 1.0, float(int(2 * rate_hz)), count - 1.0} <= set(steps)
    widths = np.diff(steps) * 30.0 / rate_hz
    assert 0.75 < widths.min() and widths.max() < 1.35


def test_resampling_gives_back_a_smooth_motion(walk: MotionClip) -> None:
    steps = steps_of(_known(walk.frame_count, (20, 40)), 48.0)
    known = np.ones((walk.frame_count, CHANNELS), bool)
    stretch = sample(walk.root_positions, walk.rotations_wxyz, known, steps)
    root = resample(stretch.root_positions, steps, walk.frame_count)
    turns = resample(stretch.rotations_wxyz, steps, walk.frame_count)
    np.testing.assert_allclose(root, walk.root_positions, atol=5e-3)
    np.testing.assert_allclose(turns, walk.rotations_wxyz, atol=6e-2)


def test_no_difference_is_the_cubic_in_the_world(walk: MotionClip) -> None:
    known = _known(walk.frame_count, (30, 50))[None]
    inside = np.ones((1, walk.frame_count), bool)
    windows = prepare_windows(walk.root_positions[None], walk.rotations_wxyz[None], known, inside)
    assert windows.features.shape[-1] == FEATURES
    none = np.zeros((1, walk.frame_count, DIFFERENCES), np.float32)
    root, rotations = add_difference(windows, none)
    np.testing.assert_allclose(root[known[..., 0]], walk.root_positions[known[0, :, 0]], atol=1e-5)
    off = np.abs(np.abs((rotations[0] * walk.rotations_wxyz).sum(-1)) - 1)[known[0, :, 0]]
    assert off.max() < 1e-5
    assert (windows.fade[known] == 0).all() and (windows.fade[~known] > 0).all()


def test_features_know_no_place_and_no_heading(walk: MotionClip) -> None:
    known = _known(walk.frame_count, (30, 50))[None]
    inside = np.ones((1, walk.frame_count), bool)
    both = [
        prepare_windows(each.root_positions[None], each.rotations_wxyz[None], known, inside)
        for each in (walk, moved(walk, (7.0, 0.0, 3.0), -2.2))
    ]
    np.testing.assert_allclose(both[0].features, both[1].features, atol=2e-4)


def test_a_body_at_rest_is_given_next_to_no_difference(walk: MotionClip) -> None:
    still = replace(
        walk,
        root_positions=np.repeat(walk.root_positions[:1], walk.frame_count, axis=0),
        rotations_wxyz=np.repeat(walk.rotations_wxyz[:1], walk.frame_count, axis=0),
    )
    known = _known(walk.frame_count, (30, 50))[None]
    inside = np.ones((1, walk.frame_count), bool)
    fades = [
        prepare_windows(each.root_positions[None], each.rotations_wxyz[None], known, inside).fade
        for each in (walk, still)
    ]
    assert fades[1].max() < 1e-3 * fades[0].max()


def test_a_sliding_foot_is_held_and_nothing_known_is_touched() -> None:
    clip = replace(standing_clip(90), frame_rate_hz=30.0)
    known = _known(90, (30, 60))
    slide = np.zeros((90, 3), np.float32)
    slide[30:60, 0] = 0.05 * np.sin(np.linspace(0, np.pi, 30))
    sliding = replace(clip, root_positions=clip.root_positions + slide)
    held = hold_feet(sliding, known)
    assert np.abs(feet(sliding) - feet(clip)).max() > 0.04
    assert np.abs(feet(held) - feet(clip))[..., [0, 2]].max() < 0.015
    assert np.array_equal(held.rotations_wxyz[known[:, 0]], clip.rotations_wxyz[known[:, 0]])
    assert np.array_equal(held.root_positions, sliding.root_positions)
