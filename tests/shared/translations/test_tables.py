"""Every text of the interface stands in every table."""

from __future__ import annotations

import pytest

from backend.translations.command import compare
from backend.translations.texts import interface_texts, told_texts
from blender_addon.blender import translation


@pytest.fixture
def texts(addon):
    return interface_texts() | told_texts()


@pytest.mark.parametrize("locale", translation.locales())
def test_every_text_is_translated(texts, locale):
    found = compare(texts, translation.table(locale))
    assert found.missing == ()
    assert found.stale == ()
    assert found.misplaced == ()


def test_german_and_japanese_are_there():
    assert {"de_DE", "ja_JP"} <= set(translation.locales())
