"""What each instrument plays in two measures, in sixteenths.

Salsa's are the ones every handbook gives (Mauleón 1993, Salsa guidebook for piano and ensemble):
son clave 2–3, tumbao of the congas, anticipated bass, bell on the quarters, montuno.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

SLOTS: Final = 32
"""Sixteenths of two measures."""

Strokes = tuple[tuple[int, float], ...]
"""(sixteenth, strength 0 … 1)."""


@dataclass(frozen=True)
class Pattern:
    """A style of music.

    Args:
        drums: strokes of each instrument.
        bass: strokes of the bass, with which note of the chord: 0 root, 1 fifth, 2 the root of the
            chord to come.
        chords: strokes of the chords; each is held until the next.
        swing: share of a quarter at which its second eighth falls; ½ is straight.
        plucked: chords of a piano or guitar, else of an organ.
    """

    drums: dict[str, Strokes] = field(default_factory=dict)
    bass: tuple[tuple[int, float, int], ...] = ()
    chords: Strokes = ()
    swing: float = 0.5
    plucked: bool = True


def _every(step: int, strength: float, start: int = 0, stop: int = SLOTS) -> Strokes:
    return tuple((n, strength) for n in range(start, stop, step))


def _both(*strokes: tuple[int, float]) -> Strokes:
    """The same in both measures."""
    return (*strokes, *((n + 16, strength) for n, strength in strokes))


def _bass(*strokes: tuple[int, float, int]) -> tuple[tuple[int, float, int], ...]:
    return (*strokes, *((n + 16, strength, note) for n, strength, note in strokes))


PATTERNS: Final = {
    "salsa": Pattern(
        {
            "clave": ((4, 0.8), (8, 0.8), (16, 0.9), (22, 0.8), (28, 0.8)),
            "bell": (*_every(8, 0.8), *_every(8, 0.5, 4)),
            "conga": _both((4, 0.6), (12, 0.9), (14, 0.9)),
            "shaker": (*_every(4, 0.5), *_every(4, 0.25, 2)),
            "kick": _both((0, 0.6), (6, 0.35)),
        },
        _bass((0, 0.5, 0), (6, 0.8, 1), (12, 0.8, 2)),
        _both((0, 0.8), (4, 0.6), (6, 0.6), (10, 0.6), (14, 0.6)),
    ),
    "plain": Pattern(
        {
            "kick": _both((0, 1.0), (8, 0.8)),
            "snare": _both((4, 0.9), (12, 0.9)),
            "hat": _every(2, 0.5),
        },
        _bass((0, 0.9, 0), (8, 0.7, 0), (14, 0.4, 1)),
        _both((0, 0.8)),
        plucked=False,
    ),
    "house": Pattern(
        {
            "kick": _every(4, 1.0),
            "snare": _both((4, 0.5), (12, 0.5)),
            "hat": _every(4, 0.6, 2),
        },
        _bass((2, 0.8, 0), (6, 0.8, 0), (10, 0.8, 0), (14, 0.8, 1)),
        _both((0, 0.7), (6, 0.6), (12, 0.5)),
        plucked=False,
    ),
    "swing": Pattern(
        {
            "kick": _both((0, 0.5), (8, 0.4)),
            "snare": _both((4, 0.4), (12, 0.4)),
            "hat": _both((0, 0.5), (4, 0.8), (6, 0.5), (8, 0.5), (12, 0.8), (14, 0.5)),
        },
        _bass((0, 0.9, 0), (4, 0.7, 1), (8, 0.8, 0), (12, 0.7, 1)),
        _both((0, 0.7), (6, 0.5)),
        swing=2.0 / 3.0,
    ),
    "march": Pattern(
        {
            "kick": _both((0, 1.0), (8, 0.7)),
            "snare": _both((4, 0.6), (8, 0.3), (12, 0.6), (14, 0.4)),
        },
        _bass((0, 0.9, 0), (8, 0.7, 1)),
        _both((0, 0.6), (4, 0.5), (8, 0.6), (12, 0.5)),
    ),
    "ballad": Pattern(
        {"hat": _every(4, 0.3), "kick": _both((0, 0.5),)},
        _bass((0, 0.8, 0), (8, 0.5, 1)),
        _both((0, 0.8), (4, 0.4), (8, 0.6), (12, 0.4)),
    ),
    "quarters": Pattern({"conga": _every(4, 0.8)}, (), _both((0, 0.6))),
}  # fmt: skip
"""By name; what the styles are called."""

PROGRESSIONS: Final = ((0, 5, 7, 0), (0, 9, 5, 7), (0, 7, 9, 5), (9, 5, 0, 7), (0, 2, 7, 0))
"""Roots of four chords, one a measure, in semitones above the key."""
MINOR_ROOTS: Final = (2, 4, 9)
