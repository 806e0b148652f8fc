"""Whatever an animator does between two presses of Generate, nothing of a hand is lost.

A hundred random sequences; more by ``--sequences 1000``, a single one again by ``--sequence SEED``.
"""

from __future__ import annotations

from collections import Counter

import bpy
import pytest

from tests.shared.blender.edit_sequences import KINDS, Animator, play

pytestmark = pytest.mark.blender

BATCH = 25
WITH_OPERATORS = 10


def pytest_generate_tests(metafunc):
    only = metafunc.config.getoption("sequence")
    count = metafunc.config.getoption("sequences")
    starts = [only] if only is not None else range(0, count, BATCH)
    metafunc.parametrize("first", starts)
    metafunc.parametrize("count", [1 if only is not None else min(BATCH, count)])


def test_nothing_of_a_hand_is_changed_or_lost(
    addon, model, tmp_path, record_property, first, count
):
    played, lost = [], []
    for seed in range(first, first + count):
        try:
            played.append(play(Animator(seed, tmp_path, operators=seed % WITH_OPERATORS == 0)))
        except AssertionError as error:
            lost.append(str(error))
    did = sum((each.did for each in played), Counter())
    record_property("edit_sequences", count)
    record_property("foreign_keys_changed", len(lost))
    for kind in KINDS:
        record_property(f"edits: {kind}", did[kind])
    assert not lost, "\n\n".join(lost)
    if count == BATCH:
        assert all(did[kind] for kind in KINDS), did
        assert sum(each.gone for each in played) > 10  # what nobody touched does make room
        assert sum(each.refused for each in played) < 2 * BATCH
    assert bpy.data.objects.get("Rig") is not None
