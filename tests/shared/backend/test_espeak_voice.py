"""The synthesiser says what it says when, and phones are where the sound shows them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from backend.phonetics.espeak_voice import Spoken, Voice, open_synthesiser
from backend.phonetics.phone_segments import levels_db, spoken_to_track
from backend.phonetics.phones import CLASS_OF, SILENCE, VOICELESS_STOPS, signs_of
from blender_addon.core.errors import InputError

pytest.importorskip("espeakng_loader", reason="eSpeak NG is not installed in this environment")

PANGRAM = "The big blue moon popped up over five thin fish, but Bob chose a cheap purple map."


@pytest.fixture(scope="module")
def spoken() -> Spoken:
    return open_synthesiser().speak(PANGRAM, Voice("en-us", 160))


def test_phones_come_in_order_and_within_the_sound(spoken: Spoken) -> None:
    samples = [event.sample for event in spoken.events]
    assert samples == sorted(samples)
    assert samples[0] < 0.1 * spoken.rate_hz and samples[-1] <= len(spoken.samples)
    said = "".join(signs_of(event.name) for event in spoken.events)
    assert said.count("p") >= 6 and said.count("b") >= 4 and "u" in said and "f" in said


def test_the_track_covers_the_sound_without_gap_or_overlap(spoken: Spoken) -> None:
    track = spoken_to_track(spoken)
    assert track.starts_s[0] == 0.0
    assert track.ends_s[-1] == pytest.approx(len(spoken.samples) / spoken.rate_hz)
    np.testing.assert_allclose(track.starts_s[1:], track.ends_s[:-1], atol=1e-9)
    assert (track.ends_s > track.starts_s).all()
    assert all(len(name) == 1 and name in CLASS_OF for name in track.names)


def test_stops_are_soft_and_vowels_are_loud(spoken: Spoken) -> None:
    track, frame_s = spoken_to_track(spoken), 0.004
    levels = levels_db(spoken.samples, spoken.rate_hz, frame_s)

    def level(index: int) -> float:
        first, last = (round(edge[index] / frame_s) for edge in (track.starts_s, track.ends_s))
        return float(np.median(levels[first : max(last, first + 1)]))

    vowels = [level(n) for n, name in enumerate(track.names) if CLASS_OF[name] == "vowel"]
    closures = [level(n) for n, name in enumerate(track.names) if name in VOICELESS_STOPS]
    assert len(closures) > 8
    assert np.median(vowels) > np.percentile(closures, 90) + 15.0


def test_every_stop_has_a_closure_long_enough_to_be_seen(spoken: Spoken) -> None:
    track = spoken_to_track(spoken)
    lengths = track.ends_s - track.starts_s
    bilabials = [lengths[n] for n, name in enumerate(track.names) if name in "pb"]
    assert min(bilabials) >= 0.02 and np.median(bilabials) >= 0.04 and max(bilabials) < 0.2


def test_no_pause_lies_within_a_word(spoken: Spoken) -> None:
    track = spoken_to_track(spoken)
    pauses = [n for n, name in enumerate(track.names) if name == SILENCE]
    assert 1 <= len(pauses) <= 4  # at the comma and the ends


@pytest.mark.parametrize("name", ["de", "fr", "es", "it", "cmn-latn-pinyin", "pl", "tr+f3"])
def test_other_languages_give_known_signs(name: str) -> None:
    text = "ma1 shi4 bo2" if name.startswith("cmn") else "papa mobi futa"
    track = spoken_to_track(open_synthesiser().speak(text, Voice(name)))
    assert {"bilabial", "vowel"} <= {CLASS_OF[sign] for sign in track.names}


def test_faster_is_shorter_and_stress_is_kept() -> None:
    slow, fast = (open_synthesiser().speak(PANGRAM, Voice("en-us", wpm)) for wpm in (120, 240))
    assert len(fast.samples) < 0.7 * len(slow.samples)
    for one, two in pairwise((slow, fast)):
        assert max(spoken_to_track(one).stress) == max(spoken_to_track(two).stress) == 2


def test_unknown_voices_and_speeds_are_refused() -> None:
    with pytest.raises(InputError, match="no voice 'nobody'"):
        open_synthesiser().speak("pa", Voice("nobody"))
    with pytest.raises(InputError, match="80 … 450"):
        open_synthesiser().speak("pa", Voice("en", words_per_minute=1000))
