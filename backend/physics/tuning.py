"""Seeks the gains of the law of balance: ``python -m backend.physics.tuning --rounds 60``.

Many sets of gains are tried at once in copies of the figure that start anywhere in several walks
and are pushed; those that come off the reference least and fall least move the mean. Walks that
are held out judge it at the end. It goes on from the file of gains if that is there.

Source: Ros & Hansen 2008, A simple modification in CMA-ES achieving linear time and space
complexity (the covariance kept diagonal).
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from blender_addon.core.physics.balance import GAINS, Balance, Gains
from blender_addon.core.physics.figure import BODY_NAMES, CONTROL_RATE_HZ
from blender_addon.core.physics.plan import tracking_cost
from blender_addon.core.physics.reference import reference_of
from blender_addon.core.physics.simulation import Simulation

from .suite import walk_orders
from .walks import ROOT, walks_of

Reals = NDArray[np.float64]

FILE: Final = ROOT / ".build" / "physics" / "gains.json"
HELD_OUT: Final = ("figure_eight_0", "spiral_0", "s_curve_0")
_PARTS: Final = ("sagittal", "frontal", "turning", "giving", "standing")
_ROWS: Final = np.array([0.5, 0.2, 0.4, 0.05, 0.5, 0.1])
_SCALES: Final = {
    "sagittal": np.repeat(_ROWS, 7), "frontal": np.repeat(_ROWS[:4], 5),
    "turning": np.repeat(_ROWS[2:4], 3), "giving": np.full(3, 0.4),
    "standing": np.repeat(_ROWS[:2], 2),
}  # fmt: skip
SCALE: Final = np.concatenate([_SCALES[part] for part in _PARTS])
"""By how much each gain is varied to begin with."""

_WORST_COST, _FALL_COST = 4.0, 120.0
_PUSHED_STEPS, _PUSHES_EVERY = 3, 60
_LOW_M, _LEANING = 0.3, 0.6
_REANCHORING: Final = 0.04
_CHEST: Final = BODY_NAMES.index("chest")


def vector_of(gains: Gains) -> Reals:
    """(75,) all gains in a row."""
    return np.concatenate([np.ravel(getattr(gains, part)) for part in _PARTS])


def gains_of(vectors: Reals) -> Gains:
    """Gains of (..., 75) vectors."""
    shapes = [np.shape(getattr(GAINS, part)) for part in _PARTS]
    ends = np.cumsum([np.prod(shape) for shape in shapes])[:-1]
    parts = np.split(vectors, ends, axis=-1)
    return Gains(*(p.reshape(*vectors.shape[:-1], *s) for p, s in zip(parts, shapes, strict=True)))


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came of P sets of gains.

    Args:
        cost: (P,) a control step, falls included.
        life_s: (P,) from a start to a fall, on average.
    """

    cost: Reals
    life_s: Reals


class Search:
    """CMA-ES with a diagonal covariance over scaled numbers.

    Args:
        mean: (N,) where to begin.
        scale: (N,) by how much each is varied.
        spread: of the first candidates, in scales.
        rng: draws them.
    """

    def __init__(self, mean: Reals, scale: Reals, spread: float, rng: np.random.Generator) -> None:
        self._scale, self._rng, self.spread = scale, rng, spread
        self._mean, count = mean / scale, len(mean)
        self._variance, self._path, self._way = np.ones(count), np.zeros(count), np.zeros(count)
        self._steps = self._drawn = np.zeros((0, count))

    @property
    def mean(self) -> Reals:
        """(N,) the best guess."""
        return np.asarray(self._mean * self._scale)

    def ask(self, candidates: int) -> Reals:
        """(candidates, N) to try; the second half mirrors the first."""
        half = self._rng.normal(size=(candidates // 2, len(self._mean)))
        self._drawn = np.concatenate((half, -half))
        self._steps = self._drawn * np.sqrt(self._variance)
        return np.asarray((self._mean + self.spread * self._steps) * self._scale)

    def tell(self, costs: Reals) -> None:
        """Move towards those that cost least."""
        best = np.argsort(costs, kind="stable")[: len(costs) // 2]
        weights = np.log(len(best) + 0.5) - np.log(1.0 + np.arange(len(best)))
        weights /= weights.sum()
        many, n = 1.0 / np.square(weights).sum(), len(self._mean)
        step, drawn = weights @ self._steps[best], weights @ self._drawn[best]
        self._mean = self._mean + self.spread * step
        slow, slower = (many + 2) / (n + many + 5), 4.0 / (n + 4)
        self._path = (1 - slow) * self._path + np.sqrt(slow * (2 - slow) * many) * drawn
        self._way = (1 - slower) * self._way + np.sqrt(slower * (2 - slower) * many) * step
        one = 2.0 / ((n + 1.3) ** 2 + many) * (n + 2) / 3
        all_ = min(1 - one, 2 * (many - 2 + 1 / many) / ((n + 2) ** 2 + many) * (n + 2) / 3)
        spread = weights @ np.square(self._steps[best])
        self._variance = (1 - one - all_) * self._variance + one * self._way**2 + all_ * spread
        usual = np.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n))
        self.spread *= np.exp(
            min(0.3, slow / (1 + slow) * (np.linalg.norm(self._path) / usual - 1))
        )


def tried(
    walks: list[Balance], vectors: Reals, rows: int, seconds: float, push_n_s: float,
    rng: np.random.Generator,
) -> Outcome:  # fmt: skip
    """Let each of P gain vectors (P, 75) walk from the same starts in each of these walks."""
    seeds = rng.integers(0, 1 << 31, len(walks))
    each = [
        _tried(walk, vectors, rows, round(seconds * CONTROL_RATE_HZ), push_n_s, int(seed))
        for walk, seed in zip(walks, seeds, strict=True)
    ]
    costs, falls = (np.mean(part, axis=0) for part in zip(*each, strict=True))
    lived = rows * seconds * len(walks) / (falls * len(walks) + 0.5)
    steps = rows * seconds * CONTROL_RATE_HZ
    return Outcome(costs / steps + _FALL_COST * falls / steps, lived)


def _tried(
    balance: Balance, vectors: Reals, rows: int, steps: int, push_n_s: float, seed: int
) -> tuple[Reals, Reals]:
    """(P,) cost of all steps, and falls; who falls or arrives starts anew elsewhere."""
    candidates, rng = len(vectors), np.random.default_rng(seed)
    reference, row = balance.reference, np.tile(np.arange(rows), candidates)
    starts = rng.integers(10, max(11, reference.steps - 30), (rows, steps))
    simulation, used = Simulation(reference, len(row)), np.zeros(len(row), np.int64)
    simulation.begin(starts[row, used])
    law = balance.with_gains(gains_of(np.repeat(vectors, rows, axis=0)))
    pushes = _Pushes(rng, rows, push_n_s)
    cost, falls = np.zeros(len(row)), np.zeros(len(row))
    for step in range(steps):
        now = pushes(step)[row]
        simulation.advance(law.residuals(simulation), 0.0, now)
        simulation.end_step()
        errors = simulation.errors()
        cost += np.minimum(tracking_cost(errors), _WORST_COST)
        simulation.offsets[:, [0, 2]] += _REANCHORING * errors.place[:, [0, 2]]
        low = errors.place[:, 1] < -_LOW_M
        fell = low | (simulation.upright() < _LEANING) | ~simulation.is_sound()
        falls += fell
        again = np.flatnonzero(fell | (simulation.steps >= reference.steps))
        if len(again):
            used[again] += 1
            simulation.begin(starts[row[again], used[again]], again)
    cost, falls = (v.reshape(candidates, rows).sum(axis=1) for v in (cost, falls))
    return cost, falls


class _Pushes:
    """Pushes (rows, 15, 6) on the chest at a control step, each row at its own time and side."""

    def __init__(self, rng: np.random.Generator, rows: int, most_n_s: float) -> None:
        self._first = rng.integers(5, _PUSHES_EVERY, rows)
        self._sides = rng.uniform(0.0, 2.0 * np.pi, rows)
        seconds = _PUSHED_STEPS / CONTROL_RATE_HZ
        self._forces = rng.uniform(0.0, most_n_s, rows) / seconds

    def __call__(self, step: int) -> Reals:
        out = np.zeros((len(self._first), len(BODY_NAMES), 6))
        turn, since = np.divmod(step - self._first, _PUSHES_EVERY)
        force = np.where((step >= self._first) & (since < _PUSHED_STEPS), self._forces, 0.0)
        angle = self._sides + 2.4 * turn
        out[:, _CHEST, 0], out[:, _CHEST, 2] = force * np.cos(angle), force * np.sin(angle)
        return out


def main() -> None:
    """Seek, and write what is found after every round."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (
        ("rounds", 60), ("candidates", 16), ("rows", 2), ("seed", 0),
    ):  # fmt: skip
        parser.add_argument("--" + name, type=int, default=default)
    for name, number in (("seconds", 4.0), ("push", 20.0), ("spread", 0.3)):
        parser.add_argument("--" + name, type=float, default=number)
    parser.add_argument("--file", type=Path, default=FILE)
    chosen = parser.parse_args()
    clips = walks_of(walk_orders(9))
    walks = {name: Balance(reference_of(clip)) for name, clip in clips.items()}
    trained = [walk for name, walk in walks.items() if name not in HELD_OUT]
    rng = np.random.default_rng(chosen.seed)
    search = Search(_known(chosen.file), SCALE, chosen.spread, rng)
    for turn in range(chosen.rounds):
        vectors = search.ask(chosen.candidates)
        found = tried(trained, vectors, chosen.rows, chosen.seconds, chosen.push, rng)
        search.tell(found.cost)
        chosen.file.parent.mkdir(parents=True, exist_ok=True)
        chosen.file.write_text(json.dumps([round(float(v), 4) for v in search.mean]), "utf-8")
        _say(
            f"{turn}: cost {found.cost.mean():.2f} life {found.life_s.mean():.2f} s"
            f" spread {search.spread:.3f}"
        )
    both = np.stack((vector_of(GAINS), search.mean))
    for push in (0.0, 20.0, 40.0):
        judged = tried([walks[n] for n in HELD_OUT], both, 12, 10.0, push, np.random.default_rng(1))
        _say(f"held out, {push:g} N s: life {judged.life_s.round(2)} s before and now")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _known(file: Path) -> Reals:
    if file.is_file():
        return np.array(json.loads(file.read_text("utf-8")))
    return vector_of(GAINS)


if __name__ == "__main__":
    main()
