"""A shape that was told moves the mouth as its kind does, there and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.face.arkit import LOWER_FACE
from blender_addon.core.face.clip import FaceClip
from blender_addon.core.speech.mouth_shapes import PASSING_S, REACH_S, TARGETS, bring_shapes
from blender_addon.core.speech.phone_list import ToldPhones
from blender_addon.core.speech.phones import HeardPhone
from blender_addon.core.speech.spoken import SpokenFace

RATE = 50.0
LIPS_REACH_S = 0.045
OVER = {
    "jawOpen": 0.3, "mouthStretchLeft": 0.2, "mouthPressLeft": 0.3, "mouthFunnel": 0.1,
    "jawLeft": 0.1, "mouthRollLower": 0.2,
}  # fmt: skip


def spoken(hears=True, found=(), rate=RATE, **changes):
    weights = np.zeros((round(2 * rate) + 1, len(LOWER_FACE)), np.float32)
    for name, weight in OVER.items():
        weights[:, LOWER_FACE.index(name)] = weight
    count = len(weights)
    plain = {
        "clip": FaceClip(LOWER_FACE, rate, weights), "start_s": 0.0,
        "strength": np.ones(count, np.float32), "overlay": {},
        "head_offset_rad": np.zeros((count, 2)), "found": tuple(found), "hears": hears,
        "rounded": np.zeros(count, np.float32) if hears else None, "shuts": True, "arkit": True,
    }  # fmt: skip
    return SpokenFace(**{**plain, **changes})


def told(kind, start=0.9, end=1.1, **changes):
    return HeardPhone(kind, start, end, told=True, **changes)


def middle(clip):
    at = round(1.0 * clip.frame_rate_hz)
    return {name: float(clip.channel(name)[at]) for name in LOWER_FACE}


def gap(mouth):
    return mouth["jawOpen"] - mouth["mouthClose"]


@pytest.mark.parametrize("kind", [*TARGETS])
@pytest.mark.parametrize("hears", [True, False])
@pytest.mark.parametrize("rate", [12.0, 24.0, 50.0])
def test_every_kind_acts_on_the_mouth_and_on_it_alone(kind, hears, rate):
    face = spoken(hears, rate=rate)
    plain, clip = face.finish(None), face.finish(ToldPhones((told(kind),)))
    mouth = middle(clip)
    checks = {
        "silence": lambda m: max(m["jawOpen"], m["mouthStretchLeft"]) < 0.01,
        "bilabial": lambda m: gap(m) < 1e-3 and m["mouthPressLeft"] > 0.1,
        "labiodental": lambda m: 0.01 < gap(m) < 0.12 and m["mouthRollLower"] > 0.4,
        "rounded_glide": lambda m: m["mouthPucker"] > 0.55 and m["jawOpen"] < 0.2,
        "dental": lambda m: m["tongueOut"] > 0.1,
        "alveolar": lambda m: 0.08 < gap(m) < 0.2,
        "sibilant": lambda m: gap(m) < 0.1 and m["mouthLowerDownLeft"] > 0.2,
        "postalveolar": lambda m: m["mouthFunnel"] > 0.35 and gap(m) < 0.1,
        "rhotic": lambda m: m["mouthFunnel"] > 0.2,
        "velar": lambda m: gap(m) > 0.12,
        "open_vowel": lambda m: gap(m) > 0.4 and m["mouthFunnel"] < 0.01,
        "mid_vowel": lambda m: 0.2 < gap(m) < 0.35 and m["mouthStretchLeft"] > 0.1,
        "close_vowel": lambda m: gap(m) < 0.2 and m["mouthStretchRight"] > 0.25,
        "rounded_vowel": lambda m: m["mouthPucker"] > 0.55 and gap(m) < 0.2,
        "open_rounded_vowel": lambda m: m["mouthFunnel"] > 0.35 and gap(m) > 0.3,
    }
    assert checks[kind](mouth), {name: weight for name, weight in mouth.items() if weight}
    assert mouth["jawLeft"] == pytest.approx(0.1)  # no part of any shape
    times = np.arange(clip.frame_count) / rate
    reach = max(REACH_S, LIPS_REACH_S) + 1e-6
    far = (times < 0.9 - reach) | (times > 1.1 + reach)
    assert np.array_equal(clip.weights[far], plain.weights[far])
    assert not np.array_equal(clip.weights, plain.weights)


def test_a_list_as_heard_changes_nothing():
    found = [HeardPhone("open_vowel", 0.5, 0.7), HeardPhone("bilabial", 0.7, 0.8)]
    face = spoken(found=found)
    same = face.finish(ToldPhones(tuple(found)))
    assert np.array_equal(same.weights, face.finish(None).weights)
    assert face.finish(None).channel("mouthClose")[37] > 0.0  # lips that were heard are shut


def test_a_mouth_blends_from_shape_to_shape_without_a_jump():
    pair = (told("open_vowel", 0.8, 1.0), told("close_vowel", 1.0, 1.2))
    face = spoken(rate=200.0)
    clip = face.finish(ToldPhones(pair))
    jaw = clip.channel("jawOpen")
    assert jaw[round(0.9 * 200)] == pytest.approx(0.46, abs=1e-3)
    assert jaw[round(1.0 * 200)] == pytest.approx(0.5 * (0.46 + 0.12), abs=0.02)
    assert jaw[round(1.1 * 200)] == pytest.approx(0.12, abs=1e-3)
    assert np.abs(np.diff(clip.weights, axis=0)).max() < 0.06


def test_the_strength_of_a_shape_and_of_the_speech_count():
    half = spoken().finish(ToldPhones((told("open_vowel", closure=0.5),)))
    assert middle(half)["jawOpen"] == pytest.approx(0.5 * (0.3 + 0.46), abs=1e-3)
    loud = spoken(strength=np.full(101, 1.5, np.float32))
    assert middle(loud.finish(ToldPhones((told("open_vowel"),))))["jawOpen"] == pytest.approx(0.69)


def test_the_mouth_passes_over_what_was_switched_off():
    weights = np.zeros((101, len(LOWER_FACE)), np.float32)
    jaw = weights[:, LOWER_FACE.index("jawOpen")]
    jaw[:] = np.linspace(0.3, 0.5, 101)
    jaw[44:57] = 0.0  # the network shuts the mouth at a phone that is not said
    face = spoken(
        clip=FaceClip(LOWER_FACE, RATE, weights), found=[HeardPhone("bilabial", 0.93, 1.07)]
    )
    off = told("bilabial", 0.93, 1.07, used=False)
    clip = face.finish(ToldPhones((off,)))
    assert clip.channel("jawOpen")[35:66].min() > 0.33
    assert np.abs(np.diff(clip.channel("jawOpen"))).max() < 0.01
    assert not clip.channel("mouthClose").any()
    far = np.abs(np.arange(101) / RATE - 1.0) > 0.07 + PASSING_S + 0.02
    assert np.array_equal(clip.weights[far], weights[far])


def test_an_expression_lies_over_a_shape_that_was_told():
    smile = {"mouthSmileLeft": np.full(101, 0.4, np.float32)}
    clip = spoken(overlay=smile).finish(ToldPhones((told("rounded_vowel"),)))
    assert middle(clip)["mouthSmileLeft"] == pytest.approx(0.4)


def test_what_was_heard_as_rounded_does_not_round_a_told_shape():
    face = spoken(rounded=np.ones(101, np.float32))
    assert middle(face.finish(None))["mouthPucker"] == pytest.approx(0.4, abs=0.01)
    assert middle(face.finish(ToldPhones((told("open_vowel"),))))["mouthPucker"] < 0.01


def test_lips_stay_shut_beside_a_told_vowel():
    found = [HeardPhone("bilabial", 0.8, 0.9)]
    clip = spoken(found=found).finish(ToldPhones((*found, told("open_vowel", 0.9, 1.1))))
    shut = clip.channel("jawOpen") - clip.channel("mouthClose")
    assert shut[40:46].max() < 1e-6
    assert shut[50] > 0.4


def test_with_close_lips_off_only_what_was_told_shuts_them():
    found = (HeardPhone("bilabial", 0.4, 0.5),)
    face = spoken(found=found, shuts=False)
    clip = face.finish(ToldPhones((*found, told("bilabial"))))
    shut = clip.channel("jawOpen") - clip.channel("mouthClose")
    assert shut[22] == pytest.approx(0.3)
    assert shut[50] < 1e-6


def test_a_shape_shorter_than_a_frame_is_reached_in_one():
    clip = spoken(rate=12.0).finish(ToldPhones((told("open_vowel", 0.99, 1.02),)))
    assert clip.channel("jawOpen")[12] > 0.4


def test_a_clip_that_lacks_channels_gets_those_it_has():
    clip = FaceClip(("jawOpen", "browInnerUp"), RATE, np.full((101, 2), 0.2, np.float32))
    known = bring_shapes(clip, (told("open_vowel"),), 0.0, np.ones(101, np.float32))
    assert clip.channel("jawOpen")[50] == pytest.approx(0.46)
    assert (clip.channel("browInnerUp") == np.float32(0.2)).all()
    assert known[50] == pytest.approx(1.0)
    assert known[0] == 0.0
