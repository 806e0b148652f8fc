"""A way round things: steps searched for along the path that was meant, and a smooth way by them.

Source: Peng et al. 2017, DeepLoco, section 6, the high level: two steps a second towards a goal.
Ours looks many steps ahead, by a beam search, instead of having learned what they are worth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ...conventions import Floats, Ints
from ...ground.path import Path
from ...maths.headings import directions_to_headings, root_to_world
from ...maths.rotations import wrap_angle
from ...maths.smoothing import gaussian_smooth, smoothstep
from .candidates import CANDIDATES, body_costs, comfort_costs, ground_costs
from .landing import candidate_places
from .surroundings import Surroundings

_SAMPLE_M: Final = 0.05
_STEP_WIDTH_M: Final = 0.1
_STEP_M: Final = (0.25, 0.4)
"""A step at no speed, and what each metre a second adds. Source: walks of our own generator."""
_BEAM: Final = 32
_CELL: Final = np.array([0.12, 0.12, 0.25])
"""States nearer than this are one: metres, metres, radians."""
_PATH_M: Final = 0.4
_PROGRESS_M: Final = 0.3
_FACING_RAD: Final = 0.8
_TURN_CHANGE_RAD: Final = 0.6
_MOST_STEPS: Final = 2000
_EASE_M: Final = 0.35
_ENDS_M: Final = 1.2
_HAND_M: Final = 0.01
_WRONG_SIDE: Final = 20.0
_HEADING_M: Final = 0.25
_SIDEWAYS: Final = 0.35
"""Metres that a way comes to the side for one ahead."""
_NEAR_ENOUGH_M: Final = 0.07
"""A way that passes nearer by less than this is good: a walk along a way cuts its bends by that."""
_SIDE_M: Final = 0.1
"""A thing whose middle is so far beside the path is passed where the path passes it."""
_ROUNDS: Final = 40
_BEHIND_M, _AHEAD_M = 0.3, 1.6


@dataclass(frozen=True, eq=False)
class Way:
    """A path, and how far to its left it is to be walked.

    Args:
        arcs_m: (N,) lengths along the path, evenly.
        path_xz: (N, 2) of the path.
        offsets_m: (N,) to its left.
        steps: (K, 3) x, z and heading of the footsteps that were found, left and right in turn.
    """

    arcs_m: Floats
    path_xz: Floats
    offsets_m: Floats
    steps: Floats

    @property
    def points_xz(self) -> Floats:
        """(N, 2) of the way."""
        along = _headings(self.path_xz)
        return np.asarray(self.path_xz + _left(along) * self.offsets_m[:, None])

    @property
    def turns_rad(self) -> Floats:
        """(N,) by how much the way is turned against the path."""
        return wrap_angle(_headings(self.points_xz) - _headings(self.path_xz))


def is_clear(surroundings: Surroundings, way_xz: Floats) -> bool:
    """Whether a body passes everything at ease along a way (N, 2)."""
    if not surroundings.outlines:
        return True
    return bool(surroundings.clearance(way_xz).min() >= surroundings.passing_m - _NEAR_ENOUGH_M)


def plan_way(surroundings: Surroundings, path: Path, speed_m_s: float) -> Way:
    """A way near a path, round what stands there.

    Args:
        surroundings: ground and things.
        path: where to go.
        speed_m_s: how fast; steps are as long as that asks for.
    """
    count = max(int(np.ceil(path.length_m / _SAMPLE_M)) + 1, 2)
    arcs = np.linspace(0.0, path.length_m, count)
    line = path.positions(arcs)
    if is_clear(surroundings, line):
        return Way(arcs, line, np.zeros(count), np.zeros((0, 3)))
    search = _Search(surroundings, arcs, line, _STEP_M[0] + _STEP_M[1] * speed_m_s)
    steps, reached, beside = search.run()
    at = np.concatenate(([0.0], reached, [path.length_m]))
    offsets = np.interp(arcs, at, np.concatenate(([0.0], beside, [0.0])))
    return Way(arcs, line, _eased(surroundings, line, arcs, offsets), steps)


def _eased(surroundings: Surroundings, line: Floats, arcs: Floats, offsets: Floats) -> Floats:
    """Offsets without the steps' corners, still clear of things: a band that they push aside."""
    left = _left(_headings(line))
    sigma = _EASE_M / max(float(arcs[1] - arcs[0]), 1e-6)
    ends = smoothstep(np.minimum(arcs, arcs[-1] - arcs) / _ENDS_M)
    out = gaussian_smooth(offsets, sigma, keep_ends=True) * ends
    for _ in range(_ROUNDS):
        clear = surroundings.clearance(line + left * out[:, None])
        beside = surroundings.clearance(line + left * (out + _HAND_M)[:, None])
        missing = np.maximum(surroundings.passing_m - clear, 0.0)
        if missing.max() < _HAND_M:
            break
        away = np.where(beside >= clear, 1.0, -1.0)
        out = out + gaussian_smooth(away * missing, sigma) * ends
    return gaussian_smooth(out, 0.3 * sigma, keep_ends=True)


@dataclass(frozen=True, eq=False)
class _States:
    """N ends of ways: stance foot, heading, body, arc reached, offset, last turn, cost."""

    feet: Floats
    headings: Floats
    bodies: Floats
    arcs: Floats
    offsets: Floats
    turns: Floats
    costs: Floats

    def at(self, rows: Ints) -> _States:
        return _States(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


class _Search:
    """Beam search over steps from a path's start to its end."""

    def __init__(
        self, surroundings: Surroundings, arcs: Floats, line: Floats, step_m: float
    ) -> None:
        self._around, self._arcs, self._line, self._step_m = surroundings, arcs, line, step_m
        # A few centimetres of a line may point anywhere: who shifts his feet.
        smooth = gaussian_smooth(line, _HEADING_M / float(arcs[1]), keep_ends=True)
        self._along = np.unwrap(_headings(smooth))
        middles = [outline.corners.mean(axis=0) for outline in surroundings.outlines]
        at, beside, _ = self._project(np.reshape(middles, (-1, 2)), None)
        order = np.argsort(at)
        self._things = at[order], beside[order]

    def run(self) -> tuple[Floats, Floats, Floats]:
        """Steps (K, 3), and of the body at each the arc (K,) and offset (K,)."""
        states, side = self._begin(), 1.0
        history: list[tuple[Ints, _States]] = []
        for _ in range(_MOST_STEPS):
            parents, states = self._expand(states, side)
            history.append((parents, states))
            side = -side
            if states.arcs[0] >= self._arcs[-1] - 0.5 * self._step_m:
                break
        row, way = 0, []
        for parents, states in reversed(history):
            way.append(
                (*states.feet[row], states.headings[row], states.arcs[row], states.offsets[row])
            )
            row = int(parents[row])
        rows = np.array(way[::-1])
        return rows[:, :3], rows[:, 3], rows[:, 4]

    def _begin(self) -> _States:
        heading = self._along[:1]
        foot = self._line[:1] - _left(heading) * 0.5 * _STEP_WIDTH_M
        zero = np.zeros(1)
        return _States(foot, heading.copy(), self._line[:1].copy(), zero, zero, zero, zero)

    def _expand(self, states: _States, side: float) -> tuple[Ints, _States]:
        """All candidates of all states, the best kept."""
        by = np.array([side * _STEP_WIDTH_M, self._step_m])
        meant = np.column_stack((states.feet + root_to_world(by, states.headings), states.headings))
        places = candidate_places(meant)
        count = len(places)
        parents = np.repeat(np.arange(count), len(CANDIDATES))
        places = places.reshape(-1, 3)
        before = states.at(parents)
        half = _left(places[:, 2]) * (0.5 * side * _STEP_WIDTH_M)
        bodies = places[:, :2] - half
        arcs, offsets, along = self._project(bodies, before.arcs)
        costs = before.costs + ground_costs(self._around, places)[0]
        costs = costs + np.tile(comfort_costs(CANDIDATES), count)
        turns = np.tile(CANDIDATES[:, 2], count)
        costs += np.square((turns - before.turns) / _TURN_CHANGE_RAD)
        costs += np.square(offsets / _PATH_M)
        costs += np.square((arcs - before.arcs - self._step_m) / _PROGRESS_M)
        costs += np.square(wrap_angle(places[:, 2] - along) / _FACING_RAD)
        costs += self._wrong_sides(before, arcs, offsets)
        for share in (1 / 3, 2 / 3, 1.0):
            costs += body_costs(self._around, before.bodies + share * (bodies - before.bodies))
        hopes = costs + self._too_late(arcs, offsets)
        chosen = _best_of_each(np.column_stack((bodies, places[:, 2])), hopes)
        ended = _States(places[:, :2], places[:, 2], bodies, arcs, offsets, turns, costs)
        return parents[chosen], ended.at(chosen)

    def _wrong_sides(self, before: _States, arcs: Floats, offsets: Floats) -> Floats:
        """(N,) what is paid for passing things on the other side than the path does."""
        at, beside = self._things
        gone = np.maximum(arcs - before.arcs, 1e-6)
        share = (at - before.arcs[:, None]) / gone[:, None]
        offset = before.offsets[:, None] + share * (offsets - before.offsets)[:, None]
        wrong = (share > 0.0) & (share <= 1.0) & ((offset - beside) * np.sign(beside) > 0.0)
        return np.asarray(wrong @ (_WRONG_SIDE * np.minimum(np.abs(beside) / _SIDE_M, 1.0)))

    def _too_late(self, arcs: Floats, offsets: Floats) -> Floats:
        """(N,) what will be paid where the next thing cannot be passed on its side any more."""
        at, beside = self._things
        following = np.searchsorted(at, arcs)
        next_at = np.append(at, np.inf)[following]
        next_beside = np.append(beside, 0.0)[following]
        ease = self._around.passing_m
        needed = np.sign(next_beside) * (offsets - next_beside) + ease
        reached = _SIDEWAYS * (next_at - arcs)
        late = np.clip((needed - reached) / ease, 0.0, 1.0)
        return np.where(np.abs(next_beside) < 2 * ease, _WRONG_SIDE * late, 0.0)

    def _project(self, bodies: Floats, arcs: Floats | None) -> tuple[Floats, Floats, Floats]:
        """Of bodies (N, 2) the nearest arc of the path, the offset and the path's heading.

        Only the path shortly behind and ahead of arcs (N,) is looked at, if these are given.
        """
        spacing = float(self._arcs[1])
        if arcs is None:
            first, window = np.zeros(len(bodies), np.int64), np.arange(len(self._arcs))
        else:
            first = np.clip((arcs - _BEHIND_M) / spacing, 0, len(self._arcs) - 1).astype(np.int64)
            window = np.arange(int((_BEHIND_M + _AHEAD_M) / spacing) + 1)
        rows = np.minimum(first[:, None] + window, len(self._arcs) - 1)
        off = bodies[:, None] - self._line[rows]
        nearest = rows[np.arange(len(rows)), np.square(off).sum(-1).argmin(axis=1)]
        along = self._along[nearest]
        off = bodies - self._line[nearest]
        forward = np.stack((np.sin(along), np.cos(along)), axis=-1)
        return (
            self._arcs[nearest] + (off * forward).sum(-1),
            (off * _left(along)).sum(-1),
            along,
        )


def _best_of_each(states: Floats, costs: Floats) -> Ints:
    """Rows of the cheapest states, none like another, the cheapest first."""
    order = np.argsort(costs, kind="stable")[: 40 * _BEAM]
    cells = np.round(states[order] / _CELL).astype(np.int64)
    _, first = np.unique(cells, axis=0, return_index=True)
    return np.asarray(order[np.sort(first)][:_BEAM])


def _headings(points: Floats) -> Floats:
    """(N,) of a line (N, 2)."""
    return directions_to_headings(np.gradient(points, axis=0))


def _left(headings: Floats) -> Floats:
    return np.stack((np.cos(headings), -np.sin(headings)), axis=-1)
