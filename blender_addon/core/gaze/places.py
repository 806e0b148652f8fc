"""Where a character has looked for as long as it is known: habitual places, and how habitual.

The last sixteen fixations are some five seconds. People return to places for minutes: the partner's
face, their own picture, the corner where they look for words. So fixations are gathered into
*places* as they come: one near a known place moves that place a little and is counted there; one
elsewhere makes a new place in the stead of the one least looked at of late.

Source: MacQueen 1967, *Some methods for classification and analysis of multivariate observations*
(sequential k-means). Where we differ: places have a limited reach, and are forgotten.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..conventions import Bools, Floats

PLACES: Final = 16
"""P = 16 places are kept in mind."""

_REACH_RAD: Final = float(np.deg2rad(1.5))
_SETTLED: Final = 20.0
"""A place goes on following its fixations as if it had been looked at no more often than this."""
_HOME: Final = 40.0
"""How often the partner's face was looked at before the first frame. Nothing is told to be more
habitual: a face would else hold the eyes ever more the longer a conversation lasts."""
_FORGOTTEN: Final = 150.0
"""Fixations after which a place counts for a third of what it did."""


class PlaceMemory:
    """The habitual places of B characters.

    Args:
        count: B characters, each with nothing seen yet.
        at_home: but the partner's face, which they know as who has talked for a while does.
    """

    def __init__(self, count: int, at_home: bool = False) -> None:
        self._places_rad = np.zeros((count, PLACES, 2))
        self._counts = np.zeros((count, PLACES))
        self._ages = np.zeros((count, PLACES))
        self._counts[:, 0] = _HOME if at_home else 0.0

    @property
    def features(self) -> Floats:
        """(B, 5 P): directions, logarithms of counts and of ages, and which places are known."""
        known = self._counts > 0
        parts = (
            self._places_rad.reshape(len(known), -1),
            np.log1p(np.minimum(self._counts, _HOME)),
            np.log1p(self._ages) * known,
            known,
        )
        return np.concatenate(parts, axis=-1, dtype=np.float32, casting="unsafe")

    def append(self, directions_rad: Floats, which: Bools | None = None) -> None:
        """Take in what was looked at.

        Args:
            directions_rad: (B, 2) yaw and pitch.
            which: (B,) characters that looked; None: all.
        """
        rows = np.arange(len(self._counts)) if which is None else np.flatnonzero(which)
        seen = np.asarray(directions_rad, np.float64)[rows]
        counts, ages = self._counts[rows], self._ages[rows] + 1.0
        away = np.linalg.norm(self._places_rad[rows] - seen[:, None], axis=-1)
        away = np.where(counts > 0, away, np.inf)
        nearest = away.argmin(axis=1)
        line = np.arange(len(rows))
        found = away[line, nearest] < _REACH_RAD
        slot = np.where(found, nearest, (counts * np.exp(-ages / _FORGOTTEN)).argmin(axis=1))
        before = np.where(found, counts[line, slot], 0.0)
        old = self._places_rad[rows, slot]
        step = 1.0 / np.minimum(before + 1.0, _SETTLED)
        self._places_rad[rows, slot] = old + step[:, None] * (seen - old)
        counts[line, slot], ages[line, slot] = before + 1.0, 0.0
        self._counts[rows], self._ages[rows] = counts, ages


def place_features(directions_rad: Floats) -> Floats:
    """(N, 5 P) what one character remembers before each of its N fixations (N, 2)."""
    memory = PlaceMemory(1)
    found = np.zeros((len(directions_rad), 5 * PLACES), np.float32)
    for number, direction in enumerate(directions_rad):
        found[number] = memory.features[0]
        memory.append(direction[None])
    return found
