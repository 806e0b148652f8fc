"""Phones: every name leads to a shape of the mouth, and aligned English is read right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from backend.phonetics.phones import (
    ARPABET,
    CLASS_OF,
    CONSONANTS,
    VOWELS,
    PhoneTrack,
    class_of,
    frames_within,
    read_arpabet,
    signs_of,
    stress_of,
    visible_kind,
)
from backend.speech.teachers.mouth_shapes import PARTS, shape_of
from blender_addon.core.errors import InputError


@pytest.mark.parametrize(
    ("written", "signs"),
    [
        ("ˈuː", "u"),
        ("aɪ", "aɪ"),
        ("tʃ", "tʃ"),
        ("th", "t"),
        ("ts.h", "tʂ"),
        ("ɔ̃", "ɔ"),
        ("ˈɑu", "ɑu"),
        ("h", "h"),
        ("(en)", ""),
        ("", ""),
    ],
)
def test_names_are_taken_apart_into_known_signs(written: str, signs: str) -> None:
    assert signs_of(written) == signs


def test_no_sign_is_in_two_classes() -> None:
    signs = "".join(CONSONANTS.values()) + "".join(VOWELS)
    assert len(signs) == len(set(signs)) == len(CLASS_OF)


def test_every_sign_has_a_shape_within_the_channels() -> None:
    channels = {name for part in PARTS.values() for name in part}
    for sign in CLASS_OF:
        shape = shape_of(sign)
        assert set(shape.targets) <= channels and set(shape.strengths) == set(PARTS)
        assert all(0.0 <= weight <= 1.0 for weight in shape.targets.values())


def test_every_english_phone_is_known() -> None:
    assert all(signs_of(name) for name in ARPABET.values())
    assert class_of(ARPABET["CH"]) == "postalveolar"
    kinds = {name: visible_kind(ipa) for name, ipa in ARPABET.items()}
    assert {n for n, kind in kinds.items() if kind == "bilabial"} == {"P", "B", "M"}
    assert {n for n, kind in kinds.items() if kind == "open_vowel"} == {"AA", "AE", "AW", "AY"}
    assert {n for n, kind in kinds.items() if kind == "closed_vowel"} == {"IH", "IY", "UH", "UW"}


def test_open_vowels_lower_the_jaw_and_rounded_ones_round_the_lips() -> None:
    jaw = {sign: shape_of(sign).targets["jawOpen"] for sign in VOWELS}
    assert min(jaw[s] for s in "aæɑ") > 2.0 * max(jaw[s] for s in "iuy")
    rounding = {s: shape_of(s).targets["mouthPucker"] for s in VOWELS}
    assert min(rounding[s] for s in "uy") > 0.5 and max(rounding[s] for s in "iea") == 0.0


def test_stress_is_read_from_its_marks() -> None:
    assert [stress_of(name) for name in ("ˈɪ", "ˌoʊ", "ə")] == [2, 1, 0]


def test_an_alignment_is_read_with_stress(tmp_path: Path) -> None:
    path = tmp_path / "words.phones.csv"
    path.write_text("start_s,end_s,phone,word\n0.0,0.2,SIL,\n0.2,0.3,B,bee\n0.3,0.5,IY1,bee\n")
    track = read_arpabet(path)
    assert track.names == ("_", "b", "i") and list(track.stress) == [0, 0, 2]
    times = np.array([0.1, 0.2, 0.29, 0.3, 0.6])
    desired = np.array([name == "b" for name in track.names])
    assert list(frames_within(track, desired, times)) == [False, True, True, False, False]


def test_an_unknown_phone_and_a_missing_column_are_named(tmp_path: Path) -> None:
    path = tmp_path / "words.phones.csv"
    path.write_text("start_s,end_s,phone\n0.0,0.2,QQ\n")
    with pytest.raises(InputError, match="QQ"):
        read_arpabet(path)
    path.write_text("start,phone\n0.0,AA\n")
    with pytest.raises(InputError, match="start_s"):
        read_arpabet(path)


@pytest.mark.data
def test_the_real_alignments_are_read(data_dir: Path) -> None:
    paths = sorted((data_dir / "speech" / "librivox").glob("*.phones.csv"))
    assert paths
    for path in paths:
        track = read_arpabet(path)
        assert len(track) > 20 and (track.ends_s > track.starts_s).all()


def test_an_empty_track_has_no_phones() -> None:
    assert len(PhoneTrack.empty()) == 0
