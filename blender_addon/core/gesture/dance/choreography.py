"""What a dancer does when: step codes drawn quarter by quarter.

A step code says what the body does in the measure around a quarter. A bank holds those of the
recorded dances. A dance follows one recording for some measures and then goes on in another one
that does nearly the same at that place: a walk through a graph of motions (Kovar et al. 2002), of
codes in place of poses, which the network then dances.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ...conventions import Bools, Floats, Ints
from ...errors import ContractError
from ...inference.arrays import ArrayFile
from ...sound.beats import BEATS_PER_MEASURE
from .features import CODE_SIZE, POSE_LAYOUT

LEAST_RUN: Final = 4
"""Quarters that a recording is followed at least."""
_LEAVES: Final = 0.3
"""Chance of going elsewhere at the beginning of a measure."""
_CHOICES: Final = 6
_RECENT: Final = 32
"""Quarters within which the same step is danced again only where there is nothing else."""
_AGAIN: Final = 2.0
_ENERGY_COST: Final = 4.0
_MISSED: Final = 0.35
"""By so much liveliness less or more than is wanted, somebody goes elsewhere."""


@dataclass(frozen=True, eq=False)
class StepBank:
    """Step codes of recorded dances, quarter after quarter, recording after recording.

    Args:
        codes: (K, 32).
        quarters: (K,) number within the measure.
        energies: (K,) how lively, 1 in the mean of a style.
        styles: (K,) index.
        runs: (K,) how many quarters of the same recording follow.
        starts: (S,) codes with which a dance may begin.
        poses: (S, P) how the body is there.
        stance: (P,) standing, arms hanging.
    """

    codes: Floats
    quarters: Ints
    energies: Floats
    styles: Ints
    runs: Ints
    starts: Ints
    poses: Floats
    stance: Floats

    @classmethod
    def read(cls, arrays: ArrayFile, styles: int) -> StepBank:
        """The bank beside a model.

        Raises:
            ModelError: an array is missing or of another shape.
            ContractError: an index leads nowhere.
        """
        size = POSE_LAYOUT.size
        codes = arrays.floats("codes", (None, CODE_SIZE))
        count = len(codes)
        bank = cls(
            codes=codes,
            quarters=arrays.integers("quarters", (count,)),
            energies=arrays.floats("energies", (count,)),
            styles=arrays.integers("styles", (count,)),
            runs=arrays.integers("runs", (count,)),
            starts=arrays.integers("starts", (None,)),
            poses=arrays.floats("poses", (None, size)),
            stance=arrays.floats("stance", (size,)),
        )
        bank.check(styles)
        return bank

    def check(self, styles: int) -> None:
        """Refuse what leads nowhere.

        Raises:
            ContractError: an index is out of range, or a style has no step to begin with.
        """
        count = len(self.codes)
        ends = np.arange(count) + self.runs
        fits = (
            self.runs.min() >= 0
            and ends.max() < count
            and set(np.unique(self.quarters)) <= set(range(BEATS_PER_MEASURE))
            and 0 <= self.starts.min() <= self.starts.max() < count
            and len(self.starts) == len(self.poses)
            and set(np.unique(self.styles[self.starts])) == set(range(styles))
        )
        if not fits:
            raise ContractError("the bank of steps leads nowhere; export the model again")


def choose_steps(
    bank: StepBank,
    style: int,
    first_quarter: int,
    energies: Floats,
    rng: np.random.Generator,
) -> Ints:
    """Which code is danced on each quarter.

    Args:
        bank: of a model.
        style: index.
        first_quarter: number of the first quarter within its measure.
        energies: (N,) how lively the dance is wanted on each quarter.
        rng: draws where there is a choice.

    Returns:
        (N,) numbers of codes.
    """
    chosen = np.empty(len(energies), np.int64)
    used = np.full(len(bank.codes), -10 * _RECENT)
    at = _first(bank, style, first_quarter, float(energies[0]), rng)
    run = 0
    for n, wanted in enumerate(energies):
        if n:
            goes_on = _goes_on(bank, at, run, float(wanted), rng)
            if goes_on:
                at, run = at + 1, run + 1
            else:
                quarter = (first_quarter + n) % BEATS_PER_MEASURE
                at, run = _elsewhere(bank, at, quarter, float(wanted), n - used, rng), 0
        chosen[n], used[at] = at, n
    return chosen


def _goes_on(bank: StepBank, at: int, run: int, wanted: float, rng: np.random.Generator) -> bool:
    """Whether the recording is followed one quarter more."""
    if bank.runs[at] < 1:
        return False
    begins = bank.quarters[at + 1] == 0
    if run < LEAST_RUN or not begins:
        return True
    missed = abs(float(bank.energies[at + 1]) - wanted) > _MISSED
    return not missed and bool(rng.random() >= _LEAVES)


def _first(
    bank: StepBank, style: int, quarter: int, wanted: float, rng: np.random.Generator
) -> int:
    """A code to begin with: of the style, at its place in the measure, about as lively."""
    fits = (bank.styles == style) & (bank.quarters == quarter)
    candidates = _followed(bank, np.flatnonzero(fits))
    if not len(candidates):
        candidates = np.flatnonzero(bank.styles == style)
    cost = np.abs(bank.energies[candidates] - wanted)
    best = candidates[np.argsort(cost, kind="stable")[: 2 * _CHOICES]]
    return int(rng.choice(best))


def _elsewhere(
    bank: StepBank,
    at: int,
    quarter: int,
    wanted: float,
    since: Ints,
    rng: np.random.Generator,
) -> int:
    """A code of another recording, or another place of it, that does nearly what would follow."""
    follows = at + 1 if bank.runs[at] >= 1 else at
    style = bank.styles[at]
    fits = (bank.styles == style) & (bank.quarters == quarter)
    fits[max(0, at - 1) : at + 2] = False
    candidates = _followed(bank, np.flatnonzero(fits))
    if not len(candidates):
        candidates = np.flatnonzero((bank.styles == style) & (bank.quarters == quarter))
    if not len(candidates):
        return follows
    away = bank.codes[candidates] - bank.codes[follows]
    cost = np.einsum("kc,kc->k", away, away) / CODE_SIZE
    cost = cost + _ENERGY_COST * (bank.energies[candidates] - wanted) ** 2
    cost = cost + _AGAIN * (since[candidates] < _RECENT)
    best = candidates[np.argsort(cost, kind="stable")[:_CHOICES]]
    return int(rng.choice(best))


def _followed(bank: StepBank, candidates: Ints) -> Ints:
    """Those that are followed by some more of their recording."""
    enough: Bools = bank.runs[candidates] >= LEAST_RUN
    return candidates[enough]


def starting_pose(bank: StepBank, code: int) -> Floats:
    """(P,) the recorded pose of the starting code that is most like a code, of its style."""
    same = np.flatnonzero(bank.styles[bank.starts] == bank.styles[code])
    away = bank.codes[bank.starts[same]] - bank.codes[code]
    return np.asarray(bank.poses[same[int(np.einsum("kc,kc->k", away, away).argmin())]])


def codes_along(codes: Floats, places: Floats) -> Floats:
    """Codes of quarters (N, 32) at places (T,) with fractions: (T, 32)."""
    low = np.clip(np.floor(places).astype(np.int64), 0, len(codes) - 1)
    high = np.minimum(low + 1, len(codes) - 1)
    share = np.clip(places - low, 0.0, 1.0)[:, None]
    return np.asarray(codes[low] + share * (codes[high] - codes[low]), np.float32)
