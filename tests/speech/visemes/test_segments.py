"""A sentence becomes one mouth shape after the other, as it was spoken."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from backend.phonetics.phones import PhoneTrack, read_arpabet
from backend.speech.pairs import read_wav
from blender_addon.core.face.arkit import LOWER_FACE
from blender_addon.core.face.clip import FaceClip
from blender_addon.core.inference.choice import ModelChoice
from blender_addon.core.jobs import Cancellation
from blender_addon.core.sound.hearing import PHONE_CLASSES, PhoneEvidence
from blender_addon.core.sound.voice_activity import VoiceActivity
from blender_addon.core.sound.waveform import ArraySound
from blender_addon.core.speech.mouth_shapes import TARGETS
from blender_addon.core.speech.opening import open_speech
from blender_addon.core.speech.phones import MOUTH_KINDS, OPEN_ROUNDED, HeardPhone
from blender_addon.core.speech.pipeline import SpeechRequest
from blender_addon.core.speech.segments import (
    cut,
    find_mouth_shapes,
    give_way,
    open_or_close,
    see_mouth_shapes,
)

SOUNDS = Path(__file__).resolve().parents[3] / "backend" / "demos" / "sounds"


def evidence_of(*said, seconds=4.0, noise=0.0):
    """Chances that say (kind, start, end), silence elsewhere."""
    chances = np.zeros((round(50 * seconds), len(PHONE_CLASSES)), np.float32)
    chances[:, 0] = 1.0
    for kind, start, end in said:
        rows = slice(round(50 * start), round(50 * end))
        chances[rows] = 0.0
        chances[rows, PHONE_CLASSES.index(kind)] = 1.0
    blurred = chances + noise * np.random.default_rng(0).random(chances.shape)
    return PhoneEvidence((blurred / blurred.sum(1, keepdims=True)).astype(np.float32))


def speaking(seconds=4.0):
    said = np.ones(round(100 * seconds), bool)
    return VoiceActivity(100.0, said, -20.0 * said, 1.0 * said)


def found_in(*said, noise=0.0, span=(0.0, 4.0)):
    return find_mouth_shapes(evidence_of(*said, noise=noise), speaking(), *span)


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_every_moment_has_its_shape_and_noise_makes_none(noise):
    said = (("sibilant", 0.5, 0.62), ("open_vowel", 0.62, 0.8), ("bilabial", 0.8, 0.9),
            ("close_vowel", 0.9, 1.1))  # fmt: skip
    shapes = found_in(*said, noise=noise)
    assert [each.kind for each in shapes] == [
        "silence", "sibilant", "open_vowel", "bilabial", "close_vowel", "silence",
    ]  # fmt: skip
    for shape, (_, start, end) in zip(shapes[1:-1], said, strict=True):
        assert (shape.start_s, shape.end_s) == pytest.approx((start, end), abs=0.025)
    for before, after in pairwise(shapes):
        assert after.start_s == pytest.approx(before.end_s, abs=0.011)
    assert all(shape.sure > 0.9 for shape in shapes) == (noise == 0.0)
    assert (shapes[0].start_s, shapes[-1].end_s) == pytest.approx((0.0, 4.0), abs=0.03)


def test_a_long_sound_is_heard_as_its_parts():
    kinds = ("open_vowel", "sibilant", "bilabial", "rounded_vowel", "alveolar")
    said = [(kinds[n % 5], n / 7, (n + 1) / 7) for n in range(7 * 80)]
    evidence = evidence_of(*said, seconds=80.0, noise=0.5)
    whole = find_mouth_shapes(evidence, speaking(80.0), 0.0, 80.0)
    part = find_mouth_shapes(evidence, speaking(80.0), 30.0, 42.0)
    assert len(whole) > 540
    inner = {(p.kind, round(p.start_s, 3)) for p in part if 31.0 < p.start_s < 41.0}
    assert len(inner) > 60
    assert inner <= {(p.kind, round(p.start_s, 3)) for p in whole}


def test_a_flicker_of_one_fiftieth_is_no_shape():
    shapes = found_in(("open_vowel", 0.5, 1.0), ("velar", 0.7, 0.72), noise=0.4)
    assert [each.kind for each in shapes] == ["silence", "open_vowel", "silence"]


def test_a_stretch_ends_where_it_is_asked_to():
    shapes = found_in(("open_vowel", 0.5, 3.0), span=(1.0, 2.0))
    assert [each.kind for each in shapes] == ["open_vowel"]
    assert (shapes[0].start_s, shapes[0].end_s) == pytest.approx((1.0, 2.0), abs=0.03)
    assert find_mouth_shapes(evidence_of(), speaking(), 8.0, 9.0) == ()


def test_shapes_that_were_told_cover_those_heard_and_the_later_the_earlier():
    heard = (HeardPhone("open_vowel", 0.0, 1.0), HeardPhone("bilabial", 1.0, 1.1))
    told = (HeardPhone("sibilant", 0.4, 0.6, told=True), HeardPhone("velar", 0.5, 0.7, told=True))
    shown = give_way((*heard, *told))
    assert [(each.kind, each.start_s, each.end_s) for each in shown] == [
        ("open_vowel", 0.0, 0.4), ("sibilant", 0.4, 0.5), ("velar", 0.5, 0.7),
        ("open_vowel", 0.7, 1.0), ("bilabial", 1.0, 1.1),
    ]  # fmt: skip
    off = HeardPhone("bilabial", 1.0, 1.1, told=True, used=False)
    assert give_way((heard[0], off)) == (heard[0], off)
    assert give_way(heard) == heard
    assert cut((heard[1],), (HeardPhone("velar", 0.9, 1.085),)) == ()  # too short to count


def test_rounded_vowels_are_told_apart_by_the_jaw():
    weights = np.zeros((48, len(LOWER_FACE)), np.float32)
    weights[24:, LOWER_FACE.index("jawOpen")] = 0.4
    clip = FaceClip(LOWER_FACE, 24.0, weights)
    vowels = [HeardPhone("rounded_vowel", at, at + 0.2) for at in (0.3, 1.3)]
    assert [each.kind for each in open_or_close(vowels, clip, 0.0)] == [
        "rounded_vowel", OPEN_ROUNDED,
    ]  # fmt: skip


def test_where_nothing_hears_phones_the_curves_tell_the_shapes():
    kinds = ("silence", "open_vowel", "bilabial", "rounded_vowel", "close_vowel", "labiodental")
    weights = np.zeros((24 * len(kinds) // 2, len(LOWER_FACE)), np.float32)
    for number, kind in enumerate(kinds):
        for name, weight in TARGETS[kind].items():
            for side in ("", "Left", "Right"):
                if name + side in LOWER_FACE:
                    part = slice(12 * number, 12 * number + 12)
                    weights[part, LOWER_FACE.index(name + side)] = weight
    shapes = see_mouth_shapes(FaceClip(LOWER_FACE, 24.0, weights), 0.0)
    long_enough = [each.kind for each in shapes if each.end_s - each.start_s > 0.2]
    assert long_enough == [*kinds]


def test_every_kind_has_a_target():
    assert set(TARGETS) == set(MOUTH_KINDS)


def agreement(wav: Path, table: Path) -> float:
    """Share of fiftieths of a second on which the list has the kind that was spoken."""
    from backend.speech.phones.network import classes_over_time

    samples, track = read_wav(wav), read_arpabet(table)
    opened = open_speech(ModelChoice(), Cancellation())
    phones = opened.pipeline.generate(SpeechRequest(ArraySound(samples), 24.0)).phones
    count = int(50 * len(samples) / 16_000)
    spoken = classes_over_time(_single(track), count)
    times, listed = np.arange(count) / 50, np.zeros(count, np.int64)
    for phone in phones:
        kind = "rounded_vowel" if phone.kind == OPEN_ROUNDED else phone.kind
        listed[(times >= phone.start_s) & (times < phone.end_s)] = PHONE_CLASSES.index(kind)
    return float((spoken == listed).mean())


def _single(track: PhoneTrack) -> PhoneTrack:
    """The first sign of each name: a diphthong counts as the vowel that it begins with."""
    names = tuple(name[0] for name in track.names)
    return PhoneTrack(names, track.starts_s, track.ends_s, track.stress)


@pytest.mark.torch
def test_the_sentences_of_the_demo_are_heard_as_they_were_spoken():
    assert agreement(SOUNDS / "natural.wav", SOUNDS / "natural.csv") > 0.78  # 0.85 measured


@pytest.mark.torch
@pytest.mark.data
def test_read_english_is_heard_as_it_was_spoken(data_dir):
    folder = data_dir / "speech" / "librivox"
    shares = [
        agreement(wav, wav.with_name(f"{wav.stem}.phones.csv")) for wav in folder.glob("*.wav")
    ]
    assert len(shares) >= 5
    assert np.mean(shares) > 0.58  # of 14 kinds; 0.64 measured
