"""Where hands are while talking, and which way they beat.

People's hands are before belly and chest, rarely above the shoulders or behind the hips (McNeill
1992, gesture space). The places below are ours, of wrists from the chest joint of a person of
1.75 m: outward, up, ahead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ...conventions import Floats
from ..settings import Space
from .upper_body import REST_WRISTS, SIDES

_MIDDLE_M: Final = {
    Space.NATURAL: (0.17, -0.20, 0.27),
    Space.LOW: (0.20, -0.28, 0.22),
    Space.WIDE: (0.31, -0.17, 0.23),
    Space.FRONT: (0.12, -0.15, 0.35),
}
_AROUND_M: Final = np.array([0.04, 0.045, 0.03])
"""How far (s.d.) from there the hands of one gesture are held."""
_WANDERS_M: Final = np.array([0.02, 0.02, 0.015])
"""The same of each stroke from where the hands are held."""
_WAYS: Final = (
    ("down", 0.42, (0.15, -0.90, 0.35)),
    ("outward", 0.26, (0.80, -0.35, 0.30)),
    ("ahead", 0.20, (0.10, -0.25, 0.95)),
    ("inward", 0.12, (-0.55, -0.65, 0.40)),
)
_STAYS: Final = 0.6  # chance that a stroke goes the way of the one before
_SMALLEST_M, _LARGEST_M = 0.055, 0.25  # length of a stroke
_BEHIND, _AHEAD = 0.6, 0.4  # of the stroke: before and beyond where the hand is held
_HIGHER_M: Final = 0.07  # how much higher the hand of the largest stroke is held
_LEAST: Final = np.array([0.03, -0.40, 0.15])
_MOST: Final = np.array([0.50, 0.20, 0.50])
_SHOULDER_M: Final = np.array([0.18, 0.13, -0.015])
_REACH_M: Final = 0.50


@dataclass
class Home:
    """Where one hand is held through one gesture, and the way of its last stroke.

    Args:
        place: (3,) outward, up, ahead from the chest joint, metres.
        way: index of the way, −1 before the first.
    """

    place: Floats
    way: int = -1


def home_of(space: Space, rng: np.random.Generator) -> Home:
    """Draw where a hand is held."""
    around = np.clip(rng.normal(size=3), -2.0, 2.0) * _AROUND_M
    return Home(np.array(_MIDDLE_M[space]) + around)


def stroke_ends(
    home: Home, size: float, factor: float, side: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Where a stroke begins and where its apex is.

    Args:
        home: of the hand; its way changes.
        size: 0 … 1 of the stroke.
        factor: size setting: on the stroke's length, and on how far the hand comes from rest.
        side: 0 left, 1 right.

    Returns:
        Two (3,) wrists from the chest joint in its own axes, metres.
    """
    shares = np.array([share for _, share, _ in _WAYS])
    fresh, stays = int(rng.choice(len(_WAYS), p=shares)), float(rng.random()) < _STAYS
    home.way = home.way if home.way >= 0 and stays else fresh
    way = np.array(_WAYS[home.way][2])
    way += rng.normal(size=3) * 0.15
    way /= np.linalg.norm(way)
    long = (_SMALLEST_M + (_LARGEST_M - _SMALLEST_M) * size) * factor
    wanders = np.clip(rng.normal(size=3), -2.0, 2.0) * _WANDERS_M
    middle = home.place + wanders + np.array([0.0, _HIGHER_M * size, 0.0])
    rest = REST_WRISTS[side] * _out(side)
    middle = rest + _from_rest(factor) * (middle - rest)
    ends = middle - _BEHIND * long * way, middle + _AHEAD * long * way
    least = rest + _from_rest(factor) * (np.maximum(_LEAST, rest) - rest)
    raised, place = (limited(end, least) * _out(side) for end in ends)
    return raised, place


def _from_rest(factor: float) -> float:
    """How far a hand comes up: all the way at size 1, no further than a fifth more at size 2."""
    return factor / (0.35 + 0.65 * factor) if factor > 0.0 else 0.0


def _out(side: int) -> Floats:
    """From outward to +X, and back."""
    return np.array([1.0 if SIDES[side] == "Left" else -1.0, 1.0, 1.0])


def limited(place: Floats, least: Floats) -> Floats:
    """(3,) the nearest place that an arm reaches, not in the body.

    Args:
        place: outward, up, ahead.
        least: (3,) of each.
    """
    inside = np.clip(place, np.minimum(least, _LEAST), _MOST)
    inside = np.maximum(inside, np.array([_LEAST[0], _LEAST[1], least[2]]))
    off = inside - _SHOULDER_M
    far = float(np.linalg.norm(off))
    return np.asarray(_SHOULDER_M + off * min(1.0, _REACH_M / max(far, 1e-6)))
