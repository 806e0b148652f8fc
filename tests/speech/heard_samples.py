"""Small heard clips: the jaw follows one number of the vectors, rounding another."""

from __future__ import annotations

import numpy as np

from backend.phonetics.phones import PhoneTrack
from backend.speech.heard.clips import HeardClip
from backend.speech.pairs import FACEGOOD, GRID, PHONES
from blender_addon.core.face.arkit import ARKIT_52

SIZE = 12
JAW, PUCKER = ARKIT_52.index("jawOpen"), ARKIT_52.index("mouthPucker")
TONGUE = ARKIT_52.index("tongueOut")


def make_clip(name: str, teacher: str, seed: int, frames: int = 200) -> HeardClip:
    """Vectors (T, 12) that wander, and the face they cause."""
    rng = np.random.default_rng(seed)
    knots = rng.normal(size=(frames // 8 + 2, SIZE))
    vectors = np.stack(
        [np.interp(np.arange(frames) / 8, np.arange(len(knots)), k) for k in knots.T], 1
    )
    rows = np.zeros((frames, len(ARKIT_52) + 3), np.float32)
    rows[:, JAW] = np.clip(0.4 + 0.2 * vectors[:, 0], 0, 1)
    rows[:, PUCKER] = np.clip(0.4 + 0.2 * vectors[:, 1], 0, 1)
    known = np.ones(rows.shape[1], bool)
    known[TONGUE] = teacher == PHONES
    known[-3:] = teacher == GRID
    lips = np.stack((0.1 * rows[:, JAW], 0.6 - 0.1 * rows[:, PUCKER], 0.2 * rows[:, JAW]), 1)
    return HeardClip(
        name, teacher, vectors.astype(np.float16), rows, known,
        lips if teacher == GRID else None, track(frames) if teacher == PHONES else None,
    )  # fmt: skip


def track(frames: int) -> PhoneTrack:
    """b a b a, a fifth of a second each, silence at the end."""
    count = int(frames / 50 / 0.2) - 1
    starts = 0.2 * np.arange(count)
    names = tuple("ba"[n % 2] for n in range(count))
    return PhoneTrack(names, starts, starts + 0.2, np.zeros(count, np.int64))


def make_clips() -> list[HeardClip]:
    """Two of each teacher."""
    return [
        make_clip("s1_a", GRID, 1),
        make_clip("s1_b", GRID, 2),
        make_clip("facegood_1114_2_01", FACEGOOD, 3),
        make_clip("facegood_1114_3_15", FACEGOOD, 4),
        make_clip("phones_0000", PHONES, 5),
        make_clip("phones_0001", PHONES, 6),
    ]
