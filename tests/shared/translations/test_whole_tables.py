"""Real messages, in the languages that are there."""

from __future__ import annotations

import pytest

from blender_addon.blender import translation


@pytest.mark.parametrize("locale", translation.locales())
def test_what_panels_show_of_a_result_is_translated(locale):
    told = (
        "249 frames, 10.3 s, feet ±2 mm",
        "163 frames, 6.8 s of speech",
        "'Cube' is not an armature. Choose an armature under Character",
        "Found 22 joints by name",
        "42 %   (Esc cancels)",
    )
    for text in told:
        assert translation.translated_into(text, locale) != text


@pytest.mark.parametrize("locale", translation.locales())
@pytest.mark.parametrize("text", ["Person 0", "'Person 0 Walk'", "; ", ". ", " ", "x" * 2000])
def test_what_no_table_knows_ends_and_stays(locale, text):
    assert translation.translated_into(text, locale) == text
