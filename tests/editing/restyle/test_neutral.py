"""Neutral gaits: kept, found between two speeds, and made of recordings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from backend.editing.restyle.neutral import make_neutral, neutral_bytes
from blender_addon.core.bvh import write_bvh
from blender_addon.core.editing.restyle.neutral import NeutralGaits
from blender_addon.core.errors import InputError, ModelError
from blender_addon.core.inference.arrays import ArrayFile
from tests.editing.gaits import neutral, walk


def test_between_two_speeds_the_gait_is_between() -> None:
    gaits = neutral()
    slow, fast = gaits.spectra[:2]
    middle = gaits.at(0.5 * (slow.speed_m_s + fast.speed_m_s))
    assert middle.height_m == pytest.approx(0.5 * (slow.height_m + fast.height_m), abs=1e-4)
    assert gaits.at(0.0).speed_m_s == slow.speed_m_s
    assert gaits.at(99.0).speed_m_s == gaits.spectra[-1].speed_m_s


def test_the_faster_the_shorter_a_step_takes() -> None:
    gaits = neutral()
    walks = [each for each in gaits.spectra if each.speed_m_s < 2.0]
    steps = [sum(each.steps_s) for each in walks]
    assert len(walks) >= 6 and steps == sorted(steps, reverse=True)
    assert 0.9 < sum(gaits.at(1.3).steps_s) < 1.25


def test_recordings_become_the_same_gaits_again(tmp_path: Path) -> None:
    write_bvh(tmp_path / "fast.bvh", walk(1.6, 6.0))
    write_bvh(tmp_path / "slow.bvh", walk(1.0, 5.0))
    made = make_neutral(tmp_path)
    assert [round(each.speed_m_s, 1) for each in made.spectra] == [1.0, 1.6]
    expected = neutral().at(1.6)
    arms = np.abs(made.spectra[1].turns - expected.turns)[1:]
    assert arms.max() < 0.06
    data = neutral_bytes(made)
    assert data == neutral_bytes(made)
    kept = NeutralGaits.read(ArrayFile(tmp_path / "kept.npz", data))
    np.testing.assert_allclose(kept.spectra[0].turns, made.spectra[0].turns, atol=1e-3)


def test_what_is_no_gait_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="steady_gaits"):
        make_neutral(tmp_path)
    clip = walk(1.0, 3.0)
    write_bvh(tmp_path / "short.bvh", type(clip)(
        clip.skeleton, 60.0, clip.root_positions[:20], clip.rotations_wxyz[:20]
    ))  # fmt: skip
    with pytest.raises(InputError, match=r"short\.bvh has no regular steps"):
        make_neutral(tmp_path)


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    data = neutral_bytes(NeutralGaits(neutral().spectra[:2]))
    with pytest.raises(ModelError):
        NeutralGaits.read(ArrayFile(tmp_path / "kept.npz", data[: len(data) // 2]))
