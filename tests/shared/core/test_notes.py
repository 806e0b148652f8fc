"""Warnings and notes travel together and are told apart."""

from __future__ import annotations

from blender_addon.core.notes import Note, notes_in, told_of, warnings_in


def test_a_text_is_a_warning_unless_it_is_a_note():
    texts = ("off by a metre", Note("the sound goes on"), "off by a metre")
    assert warnings_in(texts) == ("off by a metre",)
    assert notes_in(texts) == ("the sound goes on",)
    assert warnings_in([Note("hint")]) == ()


def test_a_text_keeps_its_level_under_a_name():
    told = told_of("Anna", ("off", Note("hint")))
    assert told == ("'Anna': off", "'Anna': hint")
    assert warnings_in(told) == ("'Anna': off",)
    assert notes_in(told) == ("'Anna': hint",)
