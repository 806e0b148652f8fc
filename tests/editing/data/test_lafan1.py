"""LAFAN1's protocol on made files: measures by hand, windows as defined, exact ends."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backend.editing.lafan1.evaluate import PUBLISHED, as_published, measure_lafan1
from backend.editing.lafan1.fillers import (
    CommonFiller,
    fill_by_cubic,
    interpolate,
    known_frames,
    stand_still,
)
from backend.editing.lafan1.measures import PositionScale, l2p, l2q, npss
from backend.editing.lafan1.windows import GAPS, PAST, cut_windows, places, scale_of
from backend.mocap.corpora.rest_pose import standing
from backend.mocap.recordings import to_common
from blender_addon.core.conventions import Bools
from blender_addon.core.editing.fill.cubic import fill_cubic
from blender_addon.core.errors import InputError
from blender_addon.core.maths.rotations import heading_to_quaternion, quaternion_rotate
from blender_addon.core.motion.clip import MotionClip
from tests.editing.data.corpus_samples import on_lafan1, walk, write_lafan1
from tests.walk.samples import moved


def test_positions_count_in_deviations_of_training() -> None:
    true = np.zeros((2, 3, 2, 3))
    found = true.copy()
    found[..., 0, 0], found[..., 1, 2] = 3.0, 0.4  # 3 / 1 and 0.4 / 0.1: a 3-4-5 triangle
    deviation = np.ones((2, 3))
    deviation[1, 2], deviation[1, 0] = 0.1, 0.0
    scale = PositionScale(np.full((2, 3), 7.0), deviation)
    assert l2p(found, true, scale) == pytest.approx(5.0)


def test_quaternions_count_together_over_all_joints() -> None:
    true = np.zeros((1, 2, 2, 4))
    true[..., 0] = 1.0
    found = true.copy()
    found[0, 0, :, 1] = (3.0, 4.0)
    assert l2q(found, true) == pytest.approx(2.5)  # 5 in one of two frames


def test_spectra_are_compared_by_how_far_power_has_to_move() -> None:
    frames = np.arange(8)
    slow, fast = (np.cos(2 * np.pi * k * frames / 8)[None, :, None] for k in (1, 2))
    assert npss(slow, slow) == pytest.approx(0.0, abs=1e-12)
    # Half the power is in bins 1 and 7, or 2 and 6: cumulated they differ in bins 1 and 6.
    assert npss(fast, slow) == pytest.approx(1.0)
    still = np.zeros((1, 8, 1))
    both = np.concatenate((still, slow), axis=2), np.concatenate((still, fast), axis=2)
    assert npss(*both) == pytest.approx(1.0)  # what has no power has no weight
    assert npss(still, still) == 0.0


def test_windows_are_centred_and_look_along_x_before_the_gap() -> None:
    take = on_lafan1(moved(walk(30.0, 4), turn_rad=2.0, offset=(5.0, 0.0, 3.0)))
    windows = cut_windows([take, take], 50, 20)
    starts = list(range(0, take.frame_count - 50, 20))
    assert windows.starts == [(n, s) for n in (0, 1) for s in starts]
    assert np.abs(windows.root_positions.mean(axis=1)[:, [0, 2]]).max() < 1e-4
    forward = np.array([0, 1, 0], np.float32)  # of LAFAN1's hips
    ahead = quaternion_rotate(windows.rotations_wxyz[:, PAST - 1, 0], forward)
    assert np.abs(ahead[:, 2]).max() < 1e-4 and ahead[:, 0].min() > 0.99
    step = windows.root_positions[:, -1] - windows.root_positions[:, 0]
    assert step[:, 0].min() > 1.0 and np.abs(step[:, 2]).max() < 0.05  # it walks where it looks


def test_a_window_as_long_as_its_take_is_none() -> None:
    take = on_lafan1(walk(30.0, 2))
    short = replace(
        take, root_positions=take.root_positions[:50], rotations_wxyz=take.rotations_wxyz[:50]
    )
    with pytest.raises(InputError, match="more than 50 frames"):
        cut_windows([short], 50, 20)
    assert len(cut_windows([short], 49, 20).starts) == 1


def test_the_scale_is_that_of_the_windows_of_training() -> None:
    takes = [on_lafan1(walk(30.0, cycles)) for cycles in (3, 4)]
    scale = scale_of(takes)
    parts = [cut_windows([take], 50, 20) for take in takes]
    joints = np.concatenate(
        [
            places(p.skeleton, p.root_positions, p.rotations_wxyz)[0].reshape(-1, 22, 3)
            for p in parts
        ]
    )
    assert np.abs(scale.mean - joints.mean(axis=0)).max() < 1e-5
    assert np.abs(scale.deviation - joints.std(axis=0)).max() < 1e-5
    with pytest.raises(InputError, match="training subjects"):
        scale_of([])


def test_the_formulas_pass_through_the_target() -> None:
    windows = cut_windows([on_lafan1(walk(30.0, 4))], 65, 40)
    root, rotations = windows.first(40)
    for filler in (interpolate, fill_by_cubic):
        found = filler(windows, 15)
        assert found[0].shape == (2, 15, 3) and found[1].shape == (2, 15, 22, 4)
    line = interpolate(windows, 15)[0]
    between = root[:, PAST - 1] + (root[:, PAST + 15] - root[:, PAST - 1]) * 8 / 16
    assert np.abs(line[:, 7] - between).max() < 1e-5
    still = stand_still(windows, 15)
    assert np.array_equal(still[1][:, 9], rotations[:, PAST - 1])


def by_cubic(clip: MotionClip, known: Bools) -> MotionClip:
    mask = np.broadcast_to(known[:, None], (len(known), 23))
    root, rotations = fill_cubic(clip.root_positions[None], clip.rotations_wxyz[None], mask[None])
    return replace(clip, root_positions=root[0], rotations_wxyz=rotations[0])


def test_a_filler_of_the_common_skeleton_is_carried_over_without_a_look_at_the_truth() -> None:
    take = on_lafan1(moved(walk(30.0, 4), turn_rad=1.0))
    common = to_common(standing(take))
    windows = cut_windows([take], 65, 40)
    filler = CommonFiller(by_cubic, [common])
    found = places(windows.skeleton, *filler(windows, 15))[0]
    wanted = places(windows.skeleton, *fill_by_cubic(windows, 15))[0]
    assert np.linalg.norm(found - wanted, axis=-1).mean() < 0.02
    windows.rotations_wxyz[:, PAST : PAST + 15] = heading_to_quaternion(0.0)
    windows.root_positions[:, PAST : PAST + 15] = 99.0
    blind = places(windows.skeleton, *CommonFiller(by_cubic, [_spoilt(common)])(windows, 15))[0]
    assert np.array_equal(blind, found)


def _spoilt(common: MotionClip) -> MotionClip:
    root, rotations = common.root_positions.copy(), common.rotations_wxyz.copy()
    root[PAST : PAST + 15], rotations[PAST : PAST + 15] = 99.0, heading_to_quaternion(1.0)
    return replace(common, root_positions=root, rotations_wxyz=rotations)


def test_a_filler_that_knows_the_truth_has_no_error() -> None:
    take = on_lafan1(moved(walk(30.0, 4), turn_rad=1.0))
    windows = cut_windows([take], 65, 40)
    found = CommonFiller(lambda clip, known: clip, [to_common(standing(take))])(windows, 30)
    true = places(windows.skeleton, *windows.first(PAST + 30))
    assert np.abs(places(windows.skeleton, *found)[0] - true[0][:, PAST:]).max() < 0.01
    assert np.abs(places(windows.skeleton, *found)[1] - true[1][:, PAST:]).max() < 0.02


def test_the_whole_protocol_on_made_files(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for n in (1, 2, 5):
        write_lafan1(tmp_path, f"walk{n}_subject{n}", cycles=4)
    (tmp_path / "walk9_subject4.bvh").write_text("HIERARCHY")
    with caplog.at_level(logging.WARNING):
        measured = measure_lafan1(tmp_path, by_cubic)
    assert "walk9_subject4.bvh is left out" in caplog.text and "not all of LAFAN1" in caplog.text
    assert measured["baselines_as_published"] is None and measured["windows"] == 2
    assert "NC-ND" in measured["licence"]
    rows = {(row["gap"], row["by"]): row for row in measured["rows"]}
    assert {gap for gap, _ in rows} == set(GAPS)
    for key in ("l2q", "npss"):
        assert rows[5, "interpolation"][key] < rows[5, "zero_velocity"][key]
    assert known_frames(5).tolist() == [True] * 10 + [False] * 5 + [True]


def test_subjects_that_are_not_there_are_told(tmp_path: Path) -> None:
    write_lafan1(tmp_path, "walk1_subject5")
    with pytest.raises(InputError, match="no take of subject1"):
        measure_lafan1(tmp_path, None)


def test_baselines_are_as_published_only_where_they_all_are() -> None:
    rows = [
        {"gap": gap, "by": by, "l2p": p, "l2q": q, "npss": n}
        for by, gaps in PUBLISHED.items()
        for gap, (p, q, n) in gaps.items()
    ]
    assert as_published(rows, 2232) is True
    rows[1]["l2q"] = 1.2
    assert as_published(rows, 2232) is False
