"""Sessions of synthetic speech: repeatable, resumable, and in step with their curves."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from backend.demos.voices import DIALOGUE, make_dialogue
from backend.phonetics.espeak_voice import Voice
from backend.phonetics.phones import CLASS_OF
from backend.phonetics.texts import make_sentence
from backend.speech.pairs import PHONES, RATE_HZ, iterate_pairs, load_pair
from backend.speech.prepare import plan_sessions, prepare_phones
from backend.speech.teachers.phone_speech import (
    Session,
    Speaker,
    draw_speaker,
    join,
    loudness_of,
    silence_track,
    speak,
)
from blender_addon.core.face.arkit import SPEECH_CHANNELS

pytest.importorskip("espeakng_loader", reason="eSpeak NG is not installed in this environment")

PLAN = plan_sessions(1 / 60, 5)


def test_a_session_is_in_step_with_its_phones() -> None:
    speaker = Speaker(Voice("en-us+m3"), 1.08)
    pair = speak(speaker, 12.0, np.random.default_rng(0))
    assert pair.phones is not None and pair.duration_s >= 12.0
    assert pair.phones.ends_s[-1] == pytest.approx(pair.duration_s, abs=0.01)
    assert pair.curves.shape == (len(pair.times_s), len(SPEECH_CHANNELS))
    assert pair.times_s[-1] <= pair.duration_s and np.abs(pair.waveform).max() < 1.0
    levels = loudness_of(pair.phones, pair.waveform)
    kinds = np.array([CLASS_OF[name] for name in pair.phones.names])
    assert np.median(levels[kinds == "vowel"]) > np.median(levels[kinds == "bilabial"]) + 6.0
    assert levels[kinds == "silence"].max() < -20.0


def test_jaw_follows_the_loudness_without_delay() -> None:
    pair = speak(Speaker(Voice("en-us+f4"), 1.0), 20.0, np.random.default_rng(1))
    jaw = pair.curves[:, SPEECH_CHANNELS.index("jawOpen")]
    blocks = pair.waveform[: len(jaw) * RATE_HZ // 60]
    edges = np.linspace(0, len(blocks), len(jaw) + 1).astype(int)
    level = np.log(1e-4 + np.add.reduceat(np.abs(blocks), edges[:-1]))
    lags = range(-9, 10)
    match = [np.corrcoef(level[9:-9], np.roll(jaw, lag)[9:-9])[0, 1] for lag in lags]
    assert max(match) > 0.5 and abs(lags[int(np.argmax(match))]) <= 3


def test_sessions_are_made_once_and_the_same_again(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    assert prepare_phones(one, PLAN, 5, 2) == 5
    first = load_pair(one / "train" / "phones_0000.npz")
    stamp = (one / "train" / "phones_0000.npz").stat().st_mtime_ns
    (one / "val" / "phones_0001.npz").unlink()
    (one / "val" / "phones_0002.npz").rename(one / "val" / "phones_0002.partial")
    assert prepare_phones(one, PLAN, 5, 2) == 2
    assert (one / "train" / "phones_0000.npz").stat().st_mtime_ns == stamp
    assert prepare_phones(two, PLAN, 5, 1) == 5
    again = load_pair(two / "train" / "phones_0000.npz")
    assert again.phones is not None and first.phones is not None
    assert again.phones.names == first.phones.names
    np.testing.assert_array_equal(again.curves, first.curves)
    assert len(list(iterate_pairs(one, "val", PHONES))) == 4


def test_sessions_of_another_recipe_are_made_again(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    old = tmp_path / "train" / "phones_0007.npz"
    old.write_bytes(b"old")
    (tmp_path / "prepared.json").write_text(json.dumps({"seed": 0, "recipe": "of old"}))
    assert prepare_phones(tmp_path, [], 0, 1) == 0
    assert not old.exists()


def test_more_hours_append_and_none_are_none() -> None:
    few, many = plan_sessions(0.5, 3), plan_sessions(2.0, 3)
    assert set(few) <= set(many) and plan_sessions(0.0, 3) == []
    assert len({(s.split, s.file_name) for s in many}) == len(many)


def test_validation_hears_other_voices() -> None:
    def variants(split: str) -> set[str]:
        rng = np.random.default_rng(0)
        return {draw_speaker(split, rng).voice.name.split("+")[1] for _ in range(200)}

    assert variants("train").isdisjoint(variants("val"))


def test_texts_vary_repeat_by_seed_and_hold_no_open_slot() -> None:
    for voice in ("en-us+f1", "de", "fr", "es", "it", "cmn-latn-pinyin", "sv"):
        made = [make_sentence(voice, np.random.default_rng(n)) for n in range(60)]
        assert made == [make_sentence(voice, np.random.default_rng(n)) for n in range(60)]
        assert len(set(made)) > 50 and not any(set("{}|") & set(text) for text in made)


def test_pieces_are_joined_at_their_moments() -> None:
    half = np.zeros(RATE_HZ // 2, np.float32)
    waveform, track = join([(half, silence_track(0.5)), (half, silence_track(0.5))])
    assert len(waveform) == RATE_HZ and list(track.starts_s) == [0.0, 0.5]


def test_in_the_dialogue_one_speaks_while_the_other_is_silent() -> None:
    first, second = make_dialogue(DIALOGUE[:3])
    assert len(first) == len(second)
    both = (np.abs(first) > 0.01) & (np.abs(second) > 0.01)
    assert not both.any() and np.abs(first).max() > 0.5 and np.abs(second).max() > 0.5


def test_a_session_is_named_by_its_number() -> None:
    assert Session("train", 12, 0).file_name == "phones_0012.npz"
