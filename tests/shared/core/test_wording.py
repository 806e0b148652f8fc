"""How messages name several things."""

from __future__ import annotations

from itertools import pairwise

import pytest

from blender_addon.core.wording import in_brief, listed, wrap


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ([], ""),
        (["a"], "'a'"),
        (["a", "b", "c", "d"], "'a', 'b', 'c', 'd'"),
        (["a", "b", "c", "d", "e", "f"], "'a', 'b', 'c', 'd' and 2 more"),
    ],
)
def test_names(names, told):
    assert listed(names) == told


def test_texts_stay_as_they_are():
    assert in_brief(["one", "two", "three"], 2, "; ") == "one; two and 1 more"


def test_lines_are_as_wide_as_asked():
    text = "the character walks along the path and stops where it ends"
    lines = wrap(text, 20)
    assert " ".join(lines) == text
    assert max(map(len, lines)) <= 20
    assert all(len(a) + 1 + len(b.split()[0]) > 20 for a, b in pairwise(lines))


def test_a_word_wider_than_a_line_stays_whole():
    assert wrap("a Donaudampfschifffahrt b", 10) == ["a", "Donaudampfschifffahrt", "b"]


def test_wide_letters_count_twice_and_may_be_parted():
    text = "キャラクターが道に沿って歩きます。終わりで止まります。"
    lines = wrap(text, 16)
    assert "".join(lines) == text
    assert max(map(len, lines)) <= 8
    assert not any(line.startswith(("。", "ー", "ャ", "っ")) for line in lines)


def test_a_bracket_stays_with_what_it_holds():
    assert wrap("実行プロバイダー、0.54 秒（locomotion）", 27)[-1].startswith("（")


def test_nothing_has_no_lines():
    assert wrap("", 10) == wrap("  ", 10) == []
