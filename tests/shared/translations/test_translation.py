"""The interface in other languages: tables fit the texts, patterns find what code put together."""

from __future__ import annotations

import ast
import json

import pytest

from backend.translations.texts import pattern_of, told_texts
from blender_addon.blender import translation


@pytest.fixture
def small_table(tmp_path, monkeypatch):
    texts = {
        "{0} frames, {1} s": "{0} Bilder, {1} s",
        "feet within {0} cm": "Füße auf {0} cm genau",
        "feet": "Füße",
        "{0}{1} frames": "{0}{1} Bilder",
        "choose a curve": "wähle eine Kurve",
        "'{0}' has no {1}": "{1} fehlen bei '{0}'",
        "{0} s of speech; '{1}'{2}": "{0} s Sprache; '{1}'{2}",
    }
    (tmp_path / "de_DE.json").write_text(json.dumps(texts), "utf-8")
    monkeypatch.setattr(translation, "TABLES", tmp_path)
    forget()
    yield "de_DE"
    forget()


def forget():
    for each in (
        translation.table, translation.locales_known, translation.translated_into,
        translation._patterns, translation._told,
    ):  # fmt: skip
        each.cache_clear()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("choose a curve", "wähle eine Kurve"),
        ("Choose a curve", "Wähle eine Kurve"),
        ("240 frames, 10.0 s", "240 Bilder, 10.0 s"),
        ("240 frames, 10.0 s; feet within 0.1 cm", "240 Bilder, 10.0 s; Füße auf 0.1 cm genau"),
        ("3.0 s of speech; 'a.wav'", "3.0 s Sprache; 'a.wav'"),
        ("3.0 s of speech", "3.0 s Sprache"),
        ("'feet' has no feet", "Füße fehlen bei 'feet'"),
        ("'Ann' has no feet", "Füße fehlen bei 'Ann'"),
        ("nothing knows this; feet within 2 cm", "nothing knows this; Füße auf 2 cm genau"),
        ("nothing knows this", "nothing knows this"),
        (" frames", " Bilder"),
        ("", ""),
    ],
)
def test_what_code_puts_together_is_found(small_table, text, expected):
    assert translation.translated_into(text, small_table) == expected


def test_english_stays_as_it_is():
    assert translation.translated("choose a curve") == "choose a curve"


@pytest.mark.parametrize(
    ("source", "pattern"),
    [
        ('"all of " "it"', "all of it"),
        ('f"{count} frames of {name!r}"', "{0} frames of {1}"),
    ],
)
def test_strings_of_the_source_become_patterns(source, pattern):
    assert pattern_of(ast.parse(source, mode="eval").body) == pattern


def test_docstrings_and_logs_are_nothing_to_translate(tmp_path):
    (tmp_path / "a.py").write_text(
        '"""A module of it."""\n'
        "def f():\n"
        '    """What it does."""\n'
        '    _logger.warning("nobody sees this")\n'
        '    layout.label(text="Curve", icon="CURVE_DATA")\n'
        '    return f"{1} of the curves"\n',
        "utf-8",
    )
    assert told_texts(tmp_path) == {"Curve", "{0} of the curves"}
