"""What is known of footfalls: of dogs by recordings or published figures, of others by the table.

The dogs' figures were measured on recordings that are kept for judging; here they are intervals,
and what lies inside of one differs by nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from blender_addon.core.conventions import Bools
from blender_addon.core.quadruped.body import Family
from blender_addon.core.quadruped.gaits import ACTIONS, Gait, froude

from .animal import AnimalMotion, Reals
from .strides import Strides, circular_gap, circular_mean

PLAIN: Final = {
    Gait.WALK: "walk",
    Gait.PACE: "pace",
    Gait.TROT: "trot",
    Gait.CANTER_LEFT: "canter",
    Gait.CANTER_RIGHT: "canter",
    Gait.GALLOP_LEFT: "gallop",
    Gait.GALLOP_RIGHT: "gallop",
}
"""The measures do not ask for the lead: feet are told as of a right one."""
GAITS: Final = ("walk", "pace", "trot", "canter", "gallop")
_LEFT_LEADS: Final = (Gait.CANTER_LEFT, Gait.GALLOP_LEFT)
_SWAP: Final = np.array([2, 3, 0, 1])
_PURE: Final = 0.95
"""A stride is of a gait whose weight in the plan is as much, from its beginning to its end."""
_FROUDE_WIDTH: Final = 0.35
"""Standard deviation, in the logarithm of the Froude number, of the dogs' strides that count."""


@dataclass(frozen=True)
class Expected:
    """Intervals of a gait: (4, 2) lowest and highest part of the stride; NaN where nothing is said.

    Args:
        phases: first contacts, LH, LF, RH, RF of a right lead.
        duties: of each foot.
        source: where that is from.
    """

    phases: Reals
    duties: Reals
    source: str


class Reference(Protocol):
    """Something that knows how the feet of a gait fall at a speed."""

    def expected(self, gait: str, family: Family, froude_number: float) -> Expected | None:
        """Intervals for a stride; None where nothing is known."""
        ...


def _intervals(*pairs: tuple[float, float]) -> Reals:
    return np.array(pairs, np.float64)


def _same(low: float, high: float) -> Reals:
    return _intervals(*((low, high),) * 4)


DOG_WALK: Final = Expected(
    _intervals((0.0, 0.0), (0.06, 0.18), (0.49, 0.51), (0.55, 0.73)),
    _intervals((0.54, 0.66), (0.58, 0.68), (0.54, 0.66), (0.58, 0.68)),
    "dogs walking at 0.5 to 1.3 m/s, published",
)
DOG_GALLOP: Final = Expected(
    _intervals((0.0, 0.0), (0.16, 0.21), (0.82, 0.85), (0.33, 0.38)),
    _intervals((0.22, 0.29), (0.28, 0.31), (0.22, 0.29), (0.28, 0.31)),
    "dogs galloping at 3.2 and 4.2 m/s, published",
)
TABLE: Final = {
    "walk": Expected(
        _intervals((0.0, 0.0), (0.15, 0.25), (0.5, 0.5), (0.65, 0.75)), _same(0.60, 0.75), "table"
    ),
    "pace": Expected(
        _intervals((0.0, 0.0), (0.0, 0.1), (0.5, 0.5), (0.5, 0.6)), _same(0.50, 0.60), "table"
    ),
    "trot": Expected(
        _intervals((0.0, 0.0), (0.5, 0.5), (0.5, 0.5), (0.0, 0.0)), _same(0.35, 0.50), "table"
    ),
    "canter": Expected(
        _intervals((0.0, 0.0), (0.3, 0.3), (0.3, 0.3), (0.6, 0.6)), _same(0.35, 0.45), "table"
    ),
    "gallop": Expected(
        _intervals((0.0, 0.0), (0.40, 0.40), (0.11, 0.11), (0.55, 0.55)),
        _same(0.20, 0.30),
        "table, transverse",
    ),
    "rotary": Expected(
        _intervals((0.0, 0.0), (0.18, 0.18), (0.84, 0.84), (0.36, 0.36)),
        _same(0.20, 0.30),
        "table, rotary",
    ),
}
"""Hildebrand's patterns with the duties that go with them."""


@dataclass(frozen=True)
class Table:
    """The published patterns of gaits, whatever the speed."""

    def expected(self, gait: str, family: Family, froude_number: float) -> Expected | None:
        """See Reference."""
        rotary = gait == "gallop" and family is Family.CANINE
        return TABLE.get("rotary" if rotary else gait)


@dataclass(frozen=True)
class PublishedDogs:
    """The figures of dogs as they are given; nothing of trots, and of no other gallop."""

    def expected(self, gait: str, family: Family, froude_number: float) -> Expected | None:
        """See Reference."""
        if gait == "walk":
            return DOG_WALK
        return DOG_GALLOP if gait == "gallop" and family is Family.CANINE else None


@dataclass(frozen=True, eq=False)
class RecordedDogs:
    """Strides of recordings, weighted by how near their Froude number is.

    Args:
        strides: of all recordings, right leads.
        gaits: (S,) which gait each is, as its own feet say.
    """

    strides: Strides
    gaits: Reals

    @classmethod
    def of(cls, strides: Strides) -> RecordedDogs:
        """Sort the strides of recordings by gait."""
        whole = strides.select(strides.whole)
        right = as_right_leads(whole, galloping_left(whole))
        return cls(right, np.array([gait_of_feet(row) for row in right.phases]))

    def expected(self, gait: str, family: Family, froude_number: float) -> Expected | None:
        """See Reference."""
        if gait == "gallop" and family is not Family.CANINE:
            return None
        chosen = np.flatnonzero(self.gaits == GAITS.index(gait))
        if len(chosen) < 3:
            return None
        ratio = np.log(np.maximum(froude(self.strides.speeds_m_s[chosen]), 1e-4) / froude_number)
        nearest = np.sort(np.abs(ratio))[2]
        weights = np.exp(-0.5 * (ratio / max(_FROUDE_WIDTH, nearest)) ** 2)
        weights /= weights.sum()
        phases = circular_mean(self.strides.phases[chosen], weights)
        duties = weights @ self.strides.duties[chosen]
        both = [np.stack((each, each), axis=-1) for each in (phases, duties)]
        return Expected(both[0], both[1], f"{len(chosen)} strides of recorded dogs")


def gait_of_feet(phases: Reals) -> int:
    """Which of ``GAITS`` (4,) first contacts are nearest to; −1 for none."""
    named = ["rotary" if name == "gallop" else name for name in GAITS]
    gaps = [float(interval_gap(phases, TABLE[name].phases).max()) for name in named]
    walk = float(interval_gap(phases, DOG_WALK.phases).max())
    gaps[0] = min(gaps[0], walk)
    best = int(np.argmin(gaps))
    return best if gaps[best] < 0.15 else -1


def interval_gap(parts: Reals, intervals: Reals) -> Reals:
    """(…, 4) parts of a stride: how far each is outside of its interval (4, 2), going round."""
    low, high = intervals[:, 0], intervals[:, 1]
    inside = (parts - low) % 1.0 <= (high - low) + 1e-9
    return np.where(inside, 0.0, np.minimum(circular_gap(parts, low), circular_gap(parts, high)))


def galloping_left(strides: Strides) -> Bools:
    """(S,) whether a stride's hind feet do not alternate and its left front foot lands last."""
    hind = circular_gap(strides.phases[:, 2], np.zeros(1))
    last = (strides.phases[:, 3] - strides.phases[:, 1]) % 1.0 > 0.5
    return np.asarray((hind < 0.4) & (hind > 0.03) & last)


def as_right_leads(strides: Strides, left: Bools) -> Strides:
    """The same with left and right swapped where ``left`` (S,), told from that side's hind foot."""
    phases = np.where(left[:, None], strides.phases[:, _SWAP], strides.phases)
    duties = np.where(left[:, None], strides.duties[:, _SWAP], strides.duties)
    return Strides(
        strides.frames,
        strides.seconds,
        strides.speeds_m_s,
        strides.changes,
        strides.turns_rad,
        (phases - phases[:, :1]) % 1.0,
        duties,
    )


def gaits_in_plan(motion: AnimalMotion, strides: Strides) -> list[Gait | None]:
    """Which gait the plan wanted all through each stride; None for a change, a stop, an action."""
    if motion.wanted is None:
        return [None] * len(strides)
    actions = motion.wanted.plan.actions
    found: list[Gait | None] = []
    for start, stop in strides.frames:
        least = actions[start : stop + 1].min(axis=0)
        best = int(np.argmax(least))
        pure = least[best] >= _PURE and ACTIONS[best] in {gait.value for gait in PLAIN}
        found.append(Gait(ACTIONS[best]) if pure else None)
    return found


def steady(strides: Strides) -> Bools:
    """(S,) whether a stride is made at one speed."""
    return np.asarray(strides.whole & (strides.changes < 0.25))


def leads_left(gaits: list[Gait | None]) -> Bools:
    """(S,) whether strides of these gaits lead on the left."""
    return np.array([gait in _LEFT_LEADS for gait in gaits], bool)
