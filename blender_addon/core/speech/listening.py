"""When a listener nods, and how: small nods where the other has ended a phrase.

A rule with stated numbers; nothing of it is learned. Sources: Ward and Tsukahara 2000 (Journal of
Pragmatics 32): a response comes after at least 0.7 s of the other's speech and at least 0.8 s after
the last one; here the end of a phrase stands in for their region of low pitch. Hadar, Steiner and
Rose 1985: a listener's nods go up and down 1.8 to 3.7 times a second, the first swing the largest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Bools, Floats

RATE_HZ: Final = 100.0
"""Of the flags, as those of a voice activity."""
PAUSE_S: Final = 0.3
"""A phrase has ended where the voice rests so long."""
PHRASE_S: Final = 0.7
"""What is shorter is not answered."""
ALWAYS_S: Final = 3.0
"""The end of a phrase this long is always answered, that of a shorter one more often than not."""
SHARE: Final = 0.8
DELAY_S: Final = (0.1, 0.35)
"""From the end of a phrase to the first movement."""
APART_S: Final = 0.8
"""Least rest between two nods."""
SWINGS: Final = (0.5, 0.35, 0.15)
"""How often a nod has one, two or three swings."""
SWING_HZ: Final = (1.8, 2.6)
ANGLE_RAD: Final = (float(np.radians(2.5)), float(np.radians(5.5)))
"""How far down the first swing goes."""
LESS: Final = 0.6
"""How much of the swing before the next one has."""


@dataclass(frozen=True)
class Nod:
    """One nod.

    Args:
        start_s: of the first movement.
        angle_rad: how far down the first swing goes.
        swings: how many there are.
        swing_hz: how many there would be in a second.
    """

    start_s: float
    angle_rad: float
    swings: int
    swing_hz: float

    @property
    def end_s(self) -> float:
        """Where the head is at rest again."""
        return self.start_s + self.swings / self.swing_hz

    def pitch_at(self, times_s: Floats) -> Floats:
        """(T,) how far the head is bent at these times, radians, down negative."""
        turn = (times_s - self.start_s) * self.swing_hz
        inside = (turn > 0) & (turn < self.swings)
        size = self.angle_rad * LESS ** np.floor(np.clip(turn, 0.0, self.swings - 1e-9))
        down = -0.5 * size * (1.0 - np.cos(2.0 * np.pi * turn))
        return np.asarray(np.where(inside, down, 0.0))


def plan_nods(partner: Bools, own: Bools, generator: np.random.Generator) -> list[Nod]:
    """Where a listener nods.

    Args:
        partner: (T,) at RATE_HZ: the other talks; pauses within words count as talk.
        own: (T,) the listener talks; who talks does not nod as a listener.
        generator: draws delays, sizes and which of the short phrases are answered.

    Returns:
        In order; none overlaps another, and none begins while the listener talks. One may go on
        into the listener's own first word, as people nod while they begin to answer.
    """
    nods: list[Nod] = []
    for start, end in _phrases(partner):
        answered = generator.random() < SHARE or end - start >= ALWAYS_S
        nod = _draw_nod(end, generator)
        rested = not nods or nod.start_s - nods[-1].end_s >= APART_S
        talks = own[int(nod.start_s * RATE_HZ) :][:1]
        inside = nod.end_s <= len(partner) / RATE_HZ
        if answered and rested and inside and not talks.any():
            nods.append(nod)
    return nods


def pitch_of_nods(nods: list[Nod], times_s: Floats) -> Floats:
    """(T,) how far nods bend the head at these times, radians, down negative."""
    times_s = np.asarray(times_s, np.float64)
    return np.asarray(sum((nod.pitch_at(times_s) for nod in nods), np.zeros(len(times_s))))


def _draw_nod(end_s: float, generator: np.random.Generator) -> Nod:
    delay, angle, rate = (generator.uniform(*each) for each in (DELAY_S, ANGLE_RAD, SWING_HZ))
    swings = 1 + int(generator.choice(len(SWINGS), p=SWINGS))
    return Nod(end_s + delay, float(angle), swings, float(rate))


def _phrases(talks: Bools) -> list[tuple[float, float]]:
    """First and last second of stretches of talk that are long enough and end in a pause."""
    edges = np.diff(np.concatenate(([0], talks.astype(np.int8), [0])))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    joined: list[list[float]] = []
    for start, end in zip(starts / RATE_HZ, ends / RATE_HZ, strict=True):
        if joined and start - joined[-1][1] < PAUSE_S:
            joined[-1][1] = end
        else:
            joined.append([start, end])
    return [(start, end) for start, end in joined if end - start >= PHRASE_S]
