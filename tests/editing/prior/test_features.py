"""What the prior sees: the same step anywhere is the same window, and poses come back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from blender_addon.core.editing.prior_features import (
    LAYOUT,
    WINDOW_FRAMES,
    clip_features,
    cut_windows,
    feature_rotations,
    headings,
    window_starts,
)
from blender_addon.core.maths.rotations import (
    heading_to_quaternion,
    quaternion_multiply,
    quaternion_rotate,
)
from tests.shared.core.motion_samples import rotation_gap, stepping_clip


def _placed(clip, heading: float, by):
    turn = heading_to_quaternion(heading)
    rotations = clip.rotations_wxyz.copy()
    rotations[:, 0] = quaternion_multiply(turn, rotations[:, 0])
    roots = quaternion_rotate(turn, clip.root_positions) + np.array(by, np.float32)
    return replace(clip, root_positions=roots, rotations_wxyz=rotations)


def test_place_and_direction_do_not_count():
    clip = stepping_clip(70, 30.0)
    moved = _placed(clip, 2.4, (5.0, 0.0, -3.0))
    assert np.allclose(clip_features(clip), clip_features(moved), atol=2e-4)


def test_rotations_come_back():
    clip = stepping_clip(40, 30.0)
    back = feature_rotations(clip_features(clip))
    assert rotation_gap(back[:, 1:], clip.rotations_wxyz[:, 1:]) < 1e-5
    whole = quaternion_multiply(heading_to_quaternion(headings(clip.rotations_wxyz)), back[:, 0])
    assert rotation_gap(whole, clip.rotations_wxyz[:, 0]) < 1e-5


def test_velocity_is_seen_from_the_heading():
    features = clip_features(stepping_clip(40, 30.0))
    speed = features[:, LAYOUT.slices["root_velocity_m_s"]]
    assert np.allclose(np.linalg.norm(speed, axis=1), np.hypot(0.2, 0.5), atol=1e-3)
    assert np.allclose(features[:, LAYOUT.slices["turn_rate_rad_s"]], 0.3, atol=1e-3)


def test_windows_cover_a_motion_to_its_end():
    for count in (60, 61, 95, 600):
        starts = window_starts(count, 30)
        assert starts[0] == 0 and starts[-1] == count - WINDOW_FRAMES
        assert (np.diff(starts) <= 30).all() and (np.diff(starts) > 0).all()


def test_a_short_motion_goes_back_and_forth():
    features = np.arange(5.0)[:, None] * np.ones(LAYOUT.size)
    (window,) = cut_windows(features, window_starts(5, 30))
    assert window[:12, 0].tolist() == [0, 1, 2, 3, 4, 4, 3, 2, 1, 0, 0, 1]
