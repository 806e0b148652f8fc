"""Pairs of sound and face survive being written, and say what is wrong with other files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from backend.phonetics.phones import PhoneTrack
from backend.speech.pairs import (
    FACEGOOD,
    GRID,
    PHONES,
    RATE_HZ,
    SpeechPair,
    float_to_int16,
    int16_to_float,
    iterate_pairs,
    load_pair,
    save_pair,
)
from blender_addon.core.errors import InputError
from blender_addon.core.face.arkit import ARKIT_52, SPEECH_CHANNELS


def make_pair(teacher: str = PHONES, phones: PhoneTrack | None = None) -> SpeechPair:
    rng = np.random.default_rng(4)
    waveform = rng.uniform(-1, 1, RATE_HZ).astype(np.float32)
    curves = rng.uniform(0, 1, (60, len(SPEECH_CHANNELS))).astype(np.float32)
    return SpeechPair("one", waveform, np.arange(60) / 60.0, curves, teacher, phones=phones)


def test_a_pair_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    track = PhoneTrack(("b", "uː"), np.array([0.1, 0.2]), np.array([0.2, 0.5]))
    pair = make_pair(phones=track)
    save_pair(pair, tmp_path / "phones_one.npz")
    back = load_pair(tmp_path / "phones_one.npz")
    np.testing.assert_allclose(back.waveform, pair.waveform, atol=1e-4)
    np.testing.assert_allclose(back.curves, pair.curves, atol=1e-3)
    np.testing.assert_array_equal(back.times_s, pair.times_s)
    assert back.phones is not None and back.phones.names == track.names
    assert (back.teacher, back.known.all()) == (PHONES, True)
    assert [path.name for path in tmp_path.iterdir()] == ["phones_one.npz"]


def test_sixteen_bits_lose_nothing_on_the_second_way() -> None:
    samples = np.arange(-32767, 32768, dtype=np.int16)
    np.testing.assert_array_equal(float_to_int16(int16_to_float(samples)), samples)


def test_curves_are_read_between_frames() -> None:
    pair = make_pair()
    np.testing.assert_allclose(pair.curves_at(pair.times_s), pair.curves, atol=1e-6)
    between = pair.curves_at(np.array([10.5 / 60]))[0]
    np.testing.assert_allclose(between, pair.curves[10:12].mean(0), atol=1e-6)


def test_pairs_are_found_by_split_and_teacher(tmp_path: Path) -> None:
    for split, teacher in (("train", PHONES), ("train", FACEGOOD), ("val", FACEGOOD)):
        (tmp_path / split).mkdir(exist_ok=True)
        save_pair(make_pair(teacher), tmp_path / split / f"{teacher}_one.npz")
    assert [pair.teacher for pair in iterate_pairs(tmp_path, "train")] == [FACEGOOD, PHONES]
    assert len(list(iterate_pairs(tmp_path, "train", PHONES))) == 1
    with pytest.raises(InputError, match=r"run .prepare speech"):
        iterate_pairs(tmp_path, "val", PHONES)


def test_files_of_unknown_channels_or_other_contents_are_refused(tmp_path: Path) -> None:
    save_pair(make_pair(), tmp_path / "phones_one.npz")
    with np.load(tmp_path / "phones_one.npz") as file:
        arrays = dict(file)
    np.savez(tmp_path / "phones_one.npz", **arrays | {"channels": np.array(["jawOpen", "chin"])})
    with pytest.raises(InputError, match=r"chin.*prepare speech' again"):
        load_pair(tmp_path / "phones_one.npz")
    np.savez(tmp_path / "phones_one.npz", curves=arrays["curves"])
    with pytest.raises(InputError, match="lacks channels"):
        load_pair(tmp_path / "phones_one.npz")


def test_a_measured_face_keeps_its_head_and_lips(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    curves, known = rng.random((9, 52)).astype(np.float32), np.arange(52) != 51
    head, lips = (rng.random((9, count)).astype(np.float32) for count in (3, 4))
    times = np.arange(9) / 25
    pair = SpeechPair("x", np.zeros(6000, np.float32), times, curves, GRID, known, None, ARKIT_52,
                      head, lips)  # fmt: skip
    save_pair(pair, tmp_path / "grid_x.npz")
    back = load_pair(tmp_path / "grid_x.npz")
    assert back.channels == ARKIT_52 and back.head_rad is not None and back.lips is not None
    np.testing.assert_array_equal(back.head_rad, head)
    np.testing.assert_array_equal(back.lips, lips)
    np.testing.assert_array_equal(back.known, known)


def test_other_channels_keep_their_curves_by_name() -> None:
    pair = make_pair()
    wide = pair.over(ARKIT_52)
    assert wide.curves.shape == (60, 52) and wide.known.sum() == len(SPEECH_CHANNELS)
    assert not wide.curves[:, ~wide.known].any()
    np.testing.assert_array_equal(wide.over(SPEECH_CHANNELS).curves, pair.curves)
    with pytest.raises(ValueError, match="known"):
        SpeechPair("x", pair.waveform, pair.times_s, pair.curves, PHONES, channels=ARKIT_52)
