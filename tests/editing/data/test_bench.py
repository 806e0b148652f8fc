"""What the bench times beside ours is what it says, and what is missing is told."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from backend.bench.report import Section, take_rows
from backend.bench.setting import CPU, BenchSetting
from backend.editing import bench
from backend.editing.bench_edits import lasting, slerp_gap, smooth, standing, trembling
from blender_addon.core.editing.fill.cubic import fill_slerp
from blender_addon.core.errors import ModelError
from blender_addon.core.inference.choice import ModelChoice
from tests.editing.data.corpus_samples import walk

SETTING = BenchSetting(ModelChoice(None, (CPU,), 1), 0.05)


def test_scipys_slerp_fills_as_ours_does_without_having_learned() -> None:
    clip = walk(30.0)
    known = np.ones(clip.frame_count, bool)
    known[20:50] = False
    root, turns = slerp_gap(clip, known)
    mask = np.repeat(known[None, :, None], 23, axis=2)
    ours = fill_slerp(clip.root_positions[None], clip.rotations_wxyz[None], mask)
    assert np.abs(root - ours[0][0, 20:50]).max() < 1e-4
    assert np.abs(np.abs((turns * ours[1][0, 20:50]).sum(-1)) - 1).max() < 1e-5


def test_the_filter_smooths_and_leaves_a_calm_motion_nearly_alone() -> None:
    clip = walk(30.0)
    noisy = trembling(clip)
    before, after = (
        np.abs(each.rotations_wxyz - clip.rotations_wxyz).mean() for each in (noisy, smooth(noisy))
    )
    assert after < 0.8 * before
    assert np.abs(smooth(standing(clip)).root_positions - clip.root_positions[0]).max() < 1e-4


def test_a_gait_goes_on_for_as_long_as_it_shall() -> None:
    clip = lasting(walk(60.0), 400, 30.0)
    assert (clip.frame_count, clip.frame_rate_hz, clip.contacts) == (400, 30.0, None)
    steps = np.diff(clip.root_positions[:, 2])
    assert steps.min() > 0.0 and steps.max() < 0.1


def test_every_edit_has_its_row_and_target(monkeypatch: pytest.MonkeyPatch) -> None:
    half = SimpleNamespace(median_s=0.5, median_ms=500.0)
    timed = {"ours": half, "slerp": half, "savgol": half}
    monkeypatch.setattr(bench, "time_fill", lambda setting: timed)
    monkeypatch.setattr(bench, "time_restyle", lambda setting: {"spectrum": 0.2, "gram": 9.0})
    monkeypatch.setattr(bench, "time_map", lambda setting: (3.0, 900))

    def lacks(setting: BenchSetting) -> None:
        raise ModelError("no model for motion_cleaner")

    monkeypatch.setattr(bench, "time_clean", lacks)
    figures = bench.measure(SETTING)
    rows = {row.key: row for row in take_rows([figures])}
    assert list(figures.rows) == [Section.EDIT]
    assert rows["fill_60_ms"].misses_target and rows["fill_60_slerp_ms"].ours == "fill_60_ms"
    assert rows["clean_minute_s"].value is None and "cleaner" in rows["clean_minute_s"].note
    assert not rows["restyle_s"].misses_target and rows["restyle_gram_s"].target == 10.0
    assert rows["map_500_s"].value == 3.0 and "900 windows" in rows["map_500_s"].note
