"""The measures measure what they are called after."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from backend.phonetics.phones import PhoneTrack
from blender_addon.core.conventions import Floats
from blender_addon.core.errors import InputError
from blender_addon.core.face.arkit import ARKIT_52
from tests.speech.training_samples import make_pairs

torch = pytest.importorskip("torch")
if TYPE_CHECKING:
    pass

from backend.speech.cnn2017.baselines import window_features  # noqa: E402
from backend.speech.measures.animated import measure_baselines, read_folder  # noqa: E402
from backend.speech.measures.metrics import (  # noqa: E402
    JAW,
    Spoken,
    Take,
    active_channels,
    correlation,
    jerk_ratio,
    lag_frames,
    lip_opening,
    measure_spoken,
    measure_takes,
    rmse,
)
from backend.speech.measures.pictures import draw_curves  # noqa: E402

pytestmark = pytest.mark.torch

ALL = np.ones(len(ARKIT_52), bool)
PUCKER = ARKIT_52.index("mouthPucker")


def random_curves(count: int = 200, seed: int = 0) -> Floats:
    rng = np.random.default_rng(seed)
    smooth = np.cumsum(rng.standard_normal((count, len(ARKIT_52))), axis=0)
    return (0.3 + 0.02 * smooth).astype(np.float32)


def test_a_perfect_face_has_no_faults() -> None:
    curves = random_curves()
    found = measure_takes([Take("same", curves, curves, 30.0)], ALL)
    assert found["rmse"] == 0.0 and found["lag_frames"] == 0
    assert found["jaw_correlation"] == pytest.approx(1.0)
    assert found["jerk_ratio"] == pytest.approx(1.0)


@pytest.mark.parametrize("late", [-3, 0, 2])
def test_a_late_face_lags(late: int) -> None:
    curves = random_curves()
    assert lag_frames(Take("late", np.roll(curves, late, axis=0), curves, 30.0)) == late


def test_an_offset_is_the_error_and_no_jerk() -> None:
    curves = random_curves()
    take = Take("offset", curves + 0.05, curves, 30.0)
    assert rmse([take], ALL) == pytest.approx(0.05, rel=1e-3)
    assert jerk_ratio([take], ALL) == pytest.approx(1.0, rel=1e-3)
    half = Take("half", 0.5 * curves, curves, 30.0)
    assert jerk_ratio([half], ALL) == pytest.approx(0.5, rel=1e-3)


def test_a_still_jaw_correlates_with_nothing() -> None:
    assert correlation(Take("still", np.zeros_like(random_curves()), random_curves(), 30.0)) == 0.0


def test_only_channels_that_move_count() -> None:
    curves = np.zeros((50, len(ARKIT_52)), np.float32)
    curves[::2, JAW] = 0.4
    active = active_channels([curves, np.zeros_like(curves)])
    assert active.sum() == 1 and active[JAW]


def test_lips_open_with_the_jaw_and_shut_over_it() -> None:
    curves = np.zeros((3, len(ARKIT_52)), np.float32)
    curves[1:, JAW] = 0.4
    curves[2, ARKIT_52.index("mouthClose")] = 0.4
    rest, opened, shut = lip_opening(curves)
    assert opened > rest == shut


def spoken_sample(*, right: bool) -> Spoken:
    """/p ɑ t i/ over and over, with lips and jaw as they should be, or the other way round."""
    names = ("p", "ɑ", "t", "i") * 5
    starts = np.arange(len(names) + 1) * 0.1
    starts, ends = starts[:-1], starts[1:]
    times = np.arange(int(len(names) * 0.1 * 60)) / 60
    aim = {"p": 0.02, "ɑ": 0.6, "t": 0.2, "i": 0.1}
    jaw = np.array([aim[names[n]] for n in np.searchsorted(starts, times, "right") - 1])
    curves = np.zeros((len(times), len(ARKIT_52)), np.float32)
    curves[:, JAW] = jaw if right else 0.7 - jaw
    return Spoken(PhoneTrack(names, starts, ends), times, curves)


def test_lips_and_jaw_are_judged_by_the_phones() -> None:
    found = measure_spoken([spoken_sample(right=True)])
    assert found["lips_auc"] == 1.0 and found["jaw_auc"] == 1.0
    assert found["lips_auc_frames"] > 0.99
    assert found["bilabials"] == 5 and found["phones"] == 20
    wrong = measure_spoken([spoken_sample(right=False)])
    assert wrong["lips_auc"] == 0.0 and wrong["jaw_auc"] == 0.0


def test_without_bilabials_there_is_no_figure() -> None:
    track = PhoneTrack(("ɑ", "_"), np.array([0.0, 0.5]), np.array([0.5, 1.0]))
    curves = np.zeros((60, len(ARKIT_52)), np.float32)
    found = measure_spoken([Spoken(track, np.arange(60) / 60, curves)])
    assert found["lips_auc"] is None and found["phones"] == 1


def test_ridge_hears_what_the_mean_face_does_not() -> None:
    *train, held_out = [pair.over(ARKIT_52) for pair in make_pairs()]
    active = active_channels([pair.curves for pair in train])
    assert active.sum() == 2 and active[JAW] and active[PUCKER]
    found = measure_baselines(train, [held_out], active)
    assert found["rmse_ridge"] < 0.8 * found["rmse_mean_face"]
    assert found["jaw_correlation_ridge"] > 0.7


def test_windows_are_centred_on_their_frames() -> None:
    waveform = np.zeros(16000, np.float32)
    waveform[8000:8020] = 0.5
    windows = window_features(waveform, np.array([0.4, 0.5, 0.6])).reshape(3, 63, 32)
    loudest = windows[:, :, 0].argmax(axis=1)
    assert loudest[1] in (30, 31, 32)
    np.testing.assert_allclose(loudest - loudest[1], [12.5, 0, -12.5], atol=1.0)


def test_empty_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no NAME\.npz"):
        read_folder(tmp_path)


def test_curves_are_drawn(tmp_path: Path) -> None:
    pair, sample = make_pairs()[0].over(ARKIT_52), spoken_sample(right=True)
    draw_curves(tmp_path / "new" / "a.png", pair.waveform, pair.times_s, pair.curves, pair.curves)
    sound = np.zeros(32000, np.float32)
    draw_curves(tmp_path / "b.png", sound, sample.times_s, sample.curves, track=sample.track)
    sizes = [path.stat().st_size for path in (tmp_path / "new" / "a.png", tmp_path / "b.png")]
    assert min(sizes) > 10_000
