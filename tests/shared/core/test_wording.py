"""How messages name several things."""

from __future__ import annotations

import pytest

from blender_addon.core.wording import in_brief, listed


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
