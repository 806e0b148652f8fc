"""Curves of the coarticulation model: lips shut where they must, nothing jumps."""

from __future__ import annotations

import numpy as np
import pytest

from backend.phonetics.phones import SILENCE, PhoneTrack
from backend.speech.teachers.coarticulation import lip_contact, phones_to_curves
from blender_addon.core.conventions import Floats
from blender_addon.core.face.arkit import SPEECH_CHANNELS, mirror_name

RATE = 60.0
FASTEST_PER_S = 18.0
"""No weight crosses its whole range within three frames."""


def column(curves: Floats, name: str) -> Floats:
    return curves[:, SPEECH_CHANNELS.index(name)]


def say(signs: str, each_s: float = 0.1, stress: int = 1) -> tuple[Floats, Floats, PhoneTrack]:
    """Times, curves and track of signs that last equally long, between silences."""
    names = (SILENCE, *signs, SILENCE)
    lengths = np.array([0.5, *[each_s] * len(signs), 0.5])
    ends = np.cumsum(lengths)
    track = PhoneTrack(names, ends - lengths, ends, np.full(len(names), stress))
    times = np.arange(int(ends[-1] * RATE)) / RATE
    return times, phones_to_curves(track, times), track


def within(track: PhoneTrack, times: Floats, sign: str) -> Floats:
    spans = [
        (times >= start) & (times < end)
        for name, start, end in zip(track.names, track.starts_s, track.ends_s, strict=True)
        if name == sign
    ]
    return np.any(spans, axis=0)


@pytest.mark.parametrize("lips", ["p", "b", "m"])
@pytest.mark.parametrize("vowel", ["a", "i", "u"])
@pytest.mark.parametrize("each_s", [0.05, 0.1, 0.2])
def test_lips_are_shut_at_bilabials(lips: str, vowel: str, each_s: float) -> None:
    times, curves, track = say(f"{vowel}{lips}{vowel}t{vowel}", each_s)
    shut = within(track, times, lips)
    gap = column(curves, "jawOpen") - column(curves, "mouthClose")
    assert np.abs(gap[shut]).max() < 0.01
    assert column(curves, "mouthLowerDownLeft")[shut].max() < 0.01
    assert gap[within(track, times, "t")].min() > 0.02


def test_open_vowels_open_and_silence_rests() -> None:
    times, curves, track = say("tatit")
    jaw = column(curves, "jawOpen")
    assert jaw[within(track, times, "a")].max() > 2 * jaw[within(track, times, "i")].max()
    assert curves[times < 0.2].max() < 0.01 and curves[times > times[-1] - 0.2].max() < 0.01


def test_rounding_spreads_ahead_of_a_rounded_vowel() -> None:
    times, rounded, track = say("itku")
    _, spread, _ = say("itki")
    before = within(track, times, "k")
    purse = column(rounded, "mouthPucker") - column(spread, "mouthPucker")
    assert purse[before].max() > 0.15
    assert column(rounded, "mouthPucker").max() > 0.3


def test_teeth_meet_the_lip_at_labiodentals_without_sealing_it() -> None:
    times, curves, track = say("afava")
    biting = within(track, times, "f") | within(track, times, "v")
    assert column(curves, "mouthRollLower")[biting].max() > 0.2
    assert not column(curves, "mouthClose").any()


@pytest.mark.parametrize("each_s", [0.03, 0.08, 0.25])
def test_curves_stay_within_bounds_and_never_jump(each_s: float) -> None:
    _, curves, _ = say("pabifumatʃeθowagɹusvim", each_s)
    assert curves.min() >= 0.0 and curves.max() <= 1.0
    assert np.abs(np.diff(curves, axis=0)).max() * RATE < FASTEST_PER_S


def test_stress_and_loudness_open_vowels() -> None:
    times, soft, track = say("tat", stress=0)
    _, hard, _ = say("tat", stress=2)
    jaw = [column(c, "jawOpen")[within(track, times, "a")].max() for c in (soft, hard)]
    assert jaw[1] > 1.2 * jaw[0]
    loud = phones_to_curves(track, times, np.full(len(track), 6.0))
    assert column(loud, "jawOpen").max() > 1.05 * column(soft, "jawOpen").max()


def test_same_phones_same_curves_and_both_sides_alike() -> None:
    _, curves, _ = say("pabimu")
    _, again, _ = say("pabimu")
    np.testing.assert_array_equal(curves, again)
    for name in SPEECH_CHANNELS:
        np.testing.assert_array_equal(column(curves, name), column(curves, mirror_name(name)))


def test_moments_decide_not_the_frame_rate() -> None:
    times, curves, track = say("pabimu")
    finer = np.arange(int(times[-1] * 240)) / 240.0
    fine = phones_to_curves(track, finer)
    coarse = np.stack([np.interp(times, finer, c) for c in fine.T], axis=-1)
    assert np.abs(coarse - curves)[:-1].max() < 0.06


def test_contact_is_full_exactly_while_lips_touch() -> None:
    times, _, track = say("apa")
    contact = lip_contact(track, times)
    assert (contact[within(track, times, "p")] == 1.0).all()
    assert contact[times < track.starts_s[1]].max() == 0.0
