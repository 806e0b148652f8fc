"""Whatever an animator does between two presses of Generate, nothing of a hand is lost.

A hundred random sequences; more by ``--sequences 1000``, a single one again by ``--sequence SEED``.
"""

from __future__ import annotations

import bpy
import pytest

from tests.shared.blender.edit_sequences import Animator, play

pytestmark = pytest.mark.blender

BATCH = 25
WITH_OPERATORS = 10


def pytest_generate_tests(metafunc):
    only = metafunc.config.getoption("sequence")
    count = metafunc.config.getoption("sequences")
    starts = [only] if only is not None else range(0, count, BATCH)
    metafunc.parametrize("first", starts)
    metafunc.parametrize("count", [1 if only is not None else min(BATCH, count)])


def test_nothing_of_a_hand_is_changed_or_lost(addon, model, tmp_path, first, count):
    played = [
        play(Animator(seed, tmp_path, operators=seed % WITH_OPERATORS == 0))
        for seed in range(first, first + count)
    ]
    if count == BATCH:
        assert sum(each.gone for each in played) > 10  # what nobody touched does make room
        assert sum(each.refused for each in played) < 2 * BATCH
    assert bpy.data.objects.get("Rig") is not None
