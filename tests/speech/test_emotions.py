"""Emotions that marks ask for: what is read of a text, and how the curves come and go."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.face.arkit import ARKIT_52
from blender_addon.core.sound.voice_activity import VoiceActivity
from blender_addon.core.speech.emotions import (
    EASE_S,
    EmotionMark,
    EmotionWords,
    begins_with_emotion,
    emotion_curves,
    phrases_of,
    read_words,
    with_marks,
)
from blender_addon.core.speech.expressions import (
    EMOTIONS,
    EXPRESSIONS,
    expression_named,
    expression_title,
)

TIMES = np.arange(0, 501) / 50.0
PHRASES = np.array([[1.0, 3.0], [5.0, 8.0]])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("happy", EmotionWords("happy")),
        ("Sad 0.6", EmotionWords("sad", 0.6)),
        ("angry 60%", EmotionWords("angry", 0.6)),
        ("  tender   ,5 ", EmotionWords("tender", 0.5)),
        ("NEUTRAL", EmotionWords("neutral")),
        ("Anna: afraid 2", EmotionWords("afraid", 2.0, "Anna")),
        ("a:b: surprised", EmotionWords("surprised", 1.0, "a:b")),
        ("happy end", None),
        ("happy 0.5 or so", None),
        ("happy nan", None),
        ("F_12", None),
        ("", None),
        (":", None),
        ("unhappy", None),
    ],
)
def test_what_is_read_of_a_text(text, words):
    assert read_words(text) == words


def test_a_text_that_begins_with_an_emotion_and_goes_on_is_known():
    assert begins_with_emotion("happy end") and begins_with_emotion("Anna: sad ending")
    assert not begins_with_emotion("the happy end") and not begins_with_emotion("")


def test_an_emotion_holds_to_the_end_of_its_phrase_and_eases():
    (name, curve), *none = emotion_curves([EmotionMark(1.5, "sad", 0.6)], TIMES, PHRASES).items()
    assert (name, none) == ("sadness", [])
    assert np.all(curve[TIMES <= 1.5] == 0)
    held = (TIMES >= 1.5 + EASE_S) & (TIMES <= 3.0)
    np.testing.assert_allclose(curve[held], 0.6, rtol=1e-6)
    assert np.all(curve[TIMES >= 3.0 + EASE_S] == 0)
    assert np.abs(np.diff(curve)).max() < 0.6 * 1.6 / (EASE_S * 50)


def test_a_mark_in_a_pause_holds_to_the_end_of_the_next_phrase():
    curve = emotion_curves([EmotionMark(4.0, "happy")], TIMES, PHRASES)["happy"]
    assert np.all(curve[(TIMES >= 4.0 + EASE_S) & (TIMES <= 8.0)] == 1)
    assert curve[-1] == 0


def test_after_the_last_phrase_a_mark_holds_to_the_end():
    curve = emotion_curves([EmotionMark(9.0, "happy")], TIMES, PHRASES)["happy"]
    assert curve[-1] == 1
    assert emotion_curves([EmotionMark(0.0, "angry")], TIMES, np.zeros((0, 2)))["anger"][-1] == 1


def test_one_emotion_fades_into_the_next_and_neutral_ends_it():
    marks = [EmotionMark(7.0, "neutral"), EmotionMark(5.5, "happy"), EmotionMark(6.0, "angry", 0.5)]
    curves = emotion_curves(marks, TIMES, PHRASES)
    at = np.argmin(np.abs(TIMES - (6.0 + EASE_S / 2)))
    assert 0 < curves["happy"][at] < 1 and 0 < curves["anger"][at] < 0.5
    both = curves["happy"] + 2 * curves["anger"]
    inside = (TIMES >= 6.0) & (TIMES <= 6.0 + EASE_S)
    np.testing.assert_allclose(both[inside], 1.0, atol=1e-6)
    assert np.all(curves["anger"][TIMES >= 7.0 + EASE_S] == 0)


def test_the_same_emotion_again_changes_its_amount_alone():
    marks = [EmotionMark(5.2, "happy", 0.4), EmotionMark(6.0, "happy", 0.8)]
    curve = emotion_curves(marks, TIMES, PHRASES)["happy"]
    between = curve[(TIMES >= 5.5) & (TIMES <= 6.4)]
    assert between.min() >= 0.4 - 1e-6 and between.max() <= 0.8 + 1e-6
    assert np.all(np.diff(between) >= -1e-6)


def test_of_two_marks_at_one_time_the_last_counts():
    marks = [EmotionMark(5.0, "happy"), EmotionMark(5.0, "sad")]
    assert set(emotion_curves(marks, TIMES, PHRASES)) == {"sadness"}
    assert emotion_curves([EmotionMark(5.0, "happy", 0.0)], TIMES, PHRASES) == {}


def test_short_pauses_do_not_end_a_phrase():
    speaking = np.zeros(500, bool)
    speaking[50:150] = speaking[200:250] = speaking[400:450] = True
    voice = VoiceActivity(100.0, speaking, np.zeros(500), np.zeros(500))
    np.testing.assert_allclose(phrases_of(voice), [[0.5, 2.5], [4.0, 4.5]])


def test_where_slider_and_mark_ask_the_stronger_counts():
    marked = {"anger": np.array([0.0, 0.5, 1.0], np.float32)}
    both = with_marks({"anger": 0.7, "smile": 0.2}, marked)
    np.testing.assert_allclose(both["anger"], [0.7, 0.7, 1.0])
    assert both["smile"] == 0.2


def test_every_emotion_has_shapes_that_exist_and_no_side():
    assert set(EMOTIONS.values()) < set(EXPRESSIONS)
    for shapes in EXPRESSIONS.values():
        assert set(shapes) <= set(ARKIT_52)
        assert all(0 < weight <= 1 for weight in shapes.values())
        lefts = {name.removesuffix("Left") for name in shapes if name.endswith("Left")}
        assert lefts == {name.removesuffix("Right") for name in shapes if name.endswith("Right")}
        for stem in lefts:
            assert shapes[f"{stem}Left"] == shapes[f"{stem}Right"]


def test_an_emotion_goes_by_its_word_and_by_the_name_of_its_slider():
    assert expression_named("Angry") == expression_named("anger") == "anger"
    assert expression_named("bliss") == "bliss"
    assert [expression_title(name) for name in ("fear", "smile")] == ["Afraid", "Smile"]
