"""Filmed sentences get phones by their words, and the model's timing is fitted to measured lips."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backend.phonetics.phones import SILENCE
from backend.speech.teachers.coarticulation import Mouth, phones_to_curves
from backend.speech.teachers.coarticulation_grid import (
    AlignedClip,
    agreement,
    descend,
    geometry,
    mouth_with,
)
from backend.speech.teachers.grid import GridClip, GridEntry, Word
from backend.speech.teachers.grid_phones import align_words
from blender_addon.core.face.arkit import ARKIT_52

pytest.importorskip("espeakng_loader", reason="eSpeak NG is not installed in this environment")
WORDS = (Word("sil", 0.0, 0.5), Word("bin", 0.5, 0.8), Word("f", 0.8, 1.1), Word("two", 1.3, 1.6))


def test_words_become_phones_within_their_times() -> None:
    track = align_words(WORDS, 2.0)
    assert track.names[0] == track.names[-1] == SILENCE
    np.testing.assert_allclose(track.ends_s[:-1], track.starts_s[1:])
    assert track.ends_s[-1] == 2.0
    at = dict(zip(track.names, track.starts_s, strict=True))
    assert at["b"] == pytest.approx(0.5) and at["ɛ"] == pytest.approx(0.8)
    assert 0.8 < at["f"] < 1.1 and 1.3 <= at["u"] < 1.6
    pauses = [n for n, name in enumerate(track.names) if name == SILENCE]
    assert [round(float(track.starts_s[n]), 3) for n in pauses] == [0.0, 1.1, 1.6]


def test_a_mouth_agrees_best_with_lips_that_it_moved_itself() -> None:
    track = align_words(WORDS, 2.0)
    times, loudness = np.arange(50) / 25, np.zeros(len(track))
    slow = replace(Mouth(), smoothing_s=0.08)
    opening, drop, width = geometry(phones_to_curves(track, times, loudness, slow)).T
    lips = np.stack([opening, width, drop, drop], axis=-1).astype(np.float32)
    clip = GridClip(GridEntry("a", "s", "train", "", WORDS), np.zeros(32000, np.float32), times,
                    np.zeros((50, len(ARKIT_52)), np.float32), np.zeros((50, 3)), lips)  # fmt: skip
    aligned = AlignedClip(clip, track, loudness, (times > 0.4) & (times < 1.7))
    own, usual = (agreement([aligned], mouth)[0] for mouth in (slow, Mouth()))
    assert own.min() > 0.98 and (own > usual).all()


def test_factors_of_one_change_nothing_and_descent_finds_a_hollow() -> None:
    assert mouth_with(np.zeros(13), Mouth()) == Mouth()
    assert mouth_with(np.log(np.full(13, 2.0)), Mouth()).smoothing_s == 2 * Mouth().smoothing_s
    hollow = np.array([0.5, -0.3, 0.0])
    found = descend(lambda x: float(np.sum((x - hollow) ** 2)), 3, 8)
    np.testing.assert_allclose(found, hollow, atol=0.08)
