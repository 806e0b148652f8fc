"""Ways that keep apart, by a simple rule.

Whoever comes later in the list makes way. Time is shifted first: one begins up to a second later,
walks slower until the place where both would meet, or begins up to three seconds later. Where that
does not help, as for two who meet head on, one goes aside by a smooth bend, to the right first, or
waits up to eight seconds; those who begin in one place walk beside and behind each other. Only what
is asked for is changed, never the path that somebody drew. Whoever cannot be kept apart is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ...conventions import Floats, Ints
from ...ground.path import Path
from ...ground.terrain import Terrain
from ..request import WalkRequest
from .tracks import RATE_HZ, CrowdWalk, GivingWay, Track, changed_request

APART_M: Final = 0.7
"""Nearer than this, at a person's size, two of a crowd are too near."""
_CLEAR_M: Final = 0.85
"""Whoever makes way does so by more: hips sway, and nobody is exactly on the path."""
_LATER_S: Final = np.arange(0.0, 3.01, 0.2)
_SOON_S: Final = 1.0
_SLOWER: Final = (0.9, 0.8, 0.7)
_ASIDE_M: Final = (0.5, 0.9, 1.3, 1.8, 2.4)
_BEHIND_M: Final = (1.2, 2.4, 3.6, 4.8, 6.0, 7.2)
_TOGETHER_M: Final = 0.6
_REACH_M: Final = 8.0
"""How far from the planned way a changed one may be: others further off do not matter."""
_BETTER_M: Final = 0.1
_MET_FIRST: Final = 6
_FEW: Final = 0.1
"""Share of the crowd up to which those who found no way are let try again."""
_SMALL: Final = 32
_OTHER_ORDERS: Final = 5
"""So many other orders are tried in a crowd up to that size where one finds no way."""
_LATE_S: Final = np.arange(3.4, 8.01, 0.4)
_BEND_S: Final = 3.0
"""Room for what a bend to the side takes longer."""

GroundUnder = Callable[[int, Path], Terrain | None]
"""The ground along a changed path of a character; None if it cannot be walked."""


@dataclass(frozen=True)
class Change:
    """What was changed of one character's walk.

    Args:
        number: of the character.
        way: how, at its model's size.
        others: for whom.
    """

    number: int
    way: GivingWay
    others: tuple[int, ...]


@dataclass(frozen=True)
class TooClose:
    """Two who could not be kept apart.

    Args:
        first, second: numbers of the characters.
        distance_m: smallest, in the world.
        at_s: when, on everybody's clock.
    """

    first: int
    second: int
    distance_m: float
    at_s: float


@dataclass(frozen=True, eq=False)
class KeptApart:
    """The crowd after everybody has made way.

    Args:
        requests: one for each character.
        changes: of those who make way.
        too_close: those who come too near to each other all the same.
    """

    requests: tuple[WalkRequest, ...]
    changes: tuple[Change, ...]
    too_close: tuple[TooClose, ...]


def keep_apart(walks: Sequence[CrowdWalk], ground_under: GroundUnder | None = None) -> KeptApart:
    """Let characters make way for each other.

    Args:
        walks: one for each character, those first who keep their way.
        ground_under: of changed paths, at the character's model size; None for the same ground.

    Raises:
        PathError: one of them cannot be walked.
    """
    tracks = [Track.of(walk) for walk in walks]
    # Whoever stands cannot make way: everybody else does.
    order = sorted(range(len(walks)), key=lambda n: walks[n].request.path is not None)
    best = _Crowd(walks, tracks, ground_under).found(order)
    rng = np.random.default_rng(len(walks))
    for _ in range(_OTHER_ORDERS if len(walks) <= _SMALL else 0):
        if not best.too_close:
            break
        shuffled = sorted(rng.permutation(order), key=lambda n: walks[n].request.path is not None)
        other = _Crowd(walks, tracks, ground_under).found(shuffled)
        best = other if len(other.too_close) < len(best.too_close) else best
    return best


class _Crowd:
    """Characters of whom more and more have found their way."""

    def __init__(
        self,
        walks: Sequence[CrowdWalk],
        tracks: Sequence[Track],
        ground_under: GroundUnder | None,
    ) -> None:
        self._walks, self._tracks, self._ground = walks, tracks, ground_under
        first = min((walk.start_s for walk in walks), default=0.0)
        last = max((_latest_end_s(track) for track in tracks), default=0.0)
        self._rows = np.arange(first * RATE_HZ, last * RATE_HZ + 1)
        shape = (len(walks), len(self._rows), 2)
        self._places = np.zeros(shape, np.float32)  # (B, T, 2) of those that are settled
        self._boxes = np.zeros((len(walks), 4), np.float32)
        self._settled: list[int] = []
        self._ways: dict[int, Change] = {}

    def found(self, order: Sequence[int]) -> KeptApart:
        """Let one after the other find a way past all before."""
        for number in order:
            self._settle(number)
        problems = self._too_close()
        for problem in problems if len(problems) <= max(2, _FEW * len(order)) else ():
            # Whoever came first may still have a way past the one who found none.
            self._settle(problem.first)
            self._settle(problem.second)
        return self._kept_apart()

    def _settle(self, number: int) -> None:
        """Let somebody find a way past all who have one."""
        self._settled = [n for n in self._settled if n != number]
        self._ways.pop(number, None)
        track, change = self._way_of(number)
        if change is not None:
            self._ways[number] = change
        places = track.in_world(self._rows)
        self._places[number] = places
        self._boxes[number] = (*places.min(axis=0), *places.max(axis=0))
        self._settled.append(number)

    def _kept_apart(self) -> KeptApart:
        """What came of it."""
        requests = [walk.request for walk in self._walks]
        for number, change in self._ways.items():
            requests[number] = self._request(number, change.way)
        changes = tuple(self._ways[number] for number in sorted(self._ways))
        return KeptApart(tuple(requests), changes, tuple(self._too_close()))

    def _too_close(self) -> list[TooClose]:
        """Any two who come too near to each other."""
        return [each for number in range(len(self._walks)) for each in self._problems(number)]

    def _request(self, number: int, way: GivingWay) -> WalkRequest:
        request = changed_request(self._walks[number].request, way)
        if way.changes_way and self._ground is not None and request.path is not None:
            ground = self._ground(number, request.path)
            if ground is not None:
                request = replace(request, terrain=ground)
        return request

    def _way_of(self, number: int) -> tuple[Track, Change | None]:
        """The track by which a character keeps clear of all before, and what is changed for it."""
        plain = self._tracks[number]
        others = self._near(number, plain.in_world(self._rows))
        if not len(others):
            return plain, None
        needs = _CLEAR_M * self._mean_sizes(number, others)
        start = _Clearance.of(plain, self._rows, self._places[others], needs)
        too_near = start.off < (APART_M - _CLEAR_M) * needs / _CLEAR_M
        if not too_near.any() or self._walks[number].request.path is None:
            return plain, None
        found = self._best_way(number, start, others, needs)
        if found is None:
            return plain, None
        way, track = found
        return track, Change(number, way, tuple(others[too_near].tolist()))

    def _planned(self, number: int, way: GivingWay) -> Track:
        return Track.of(replace(self._walks[number], request=self._request(number, way)))

    def _best_way(
        self, number: int, start: _Clearance, others: Ints, needs: Floats
    ) -> tuple[GivingWay, Track] | None:
        """The first change that keeps clear of all, else the one that comes nearest to it."""
        plain = self._tracks[number]
        first = np.argsort(start.off, kind="stable")[:_MET_FIRST]
        least = float(start.off.min()) + _BETTER_M
        best: tuple[GivingWay, Track] | None = None
        enough = -0.5 * (_CLEAR_M - APART_M) * self._walks[number].scale
        for way in _ways(plain, start, self._rows):
            track = plain.changed(way)
            tried = track.in_world(self._rows)
            # Most ways fail at those who were met: the others are not asked then.
            found = _clearance(tried, self._places[others[first]], needs[first])
            if found > least:
                found = min(found, _clearance(tried, self._places[others], needs))
            if found > least and self._is_walkable(number, way):
                if way.changes_way or way.slower < 1.0:  # so far known only about
                    track = self._planned(number, way)
                    found = _clearance(track.in_world(self._rows), self._places[others], needs)
                if found > least:
                    least, best = found, (way, track)
                if found >= enough:
                    break
        return best

    def _is_walkable(self, number: int, way: GivingWay) -> bool:
        if not way.changes_way or self._ground is None:
            return True
        path = changed_request(self._walks[number].request, way).path
        return path is not None and self._ground(number, path) is not None

    def _near(self, number: int, places: Floats) -> Ints:
        """Numbers of those settled whose ways come near, at whatever time."""
        if not self._settled:
            return np.zeros(0, int)
        settled = np.array(self._settled)
        reach = _REACH_M * self._walks[number].scale
        low, high = places.min(axis=0) - reach, places.max(axis=0) + reach
        boxes = self._boxes[settled]
        meets = (boxes[:, :2] <= high).all(axis=1) & (boxes[:, 2:] >= low).all(axis=1)
        space = self._walks[number].space
        same = np.array([self._walks[n].space == space for n in self._settled])
        return np.asarray(settled[meets & same])

    def _mean_sizes(self, number: int, others: Ints) -> Floats:
        sizes = np.array([self._walks[n].scale for n in others])
        return np.asarray(0.5 * (sizes + self._walks[number].scale), np.float32)

    def _problems(self, number: int) -> Iterator[TooClose]:
        """Whom of those before somebody comes too near to."""
        others = self._near(number, self._places[number])
        others = others[others < number]
        if not len(others):
            return
        off = np.linalg.norm(self._places[others] - self._places[number], axis=-1)
        needs = APART_M * self._mean_sizes(number, others)
        for n in np.flatnonzero(off.min(axis=1) < needs - 0.02):
            row = int(off[n].argmin())
            seconds = float(self._rows[row] / RATE_HZ)
            yield TooClose(int(others[n]), number, float(off[n, row]), seconds)


def _latest_end_s(track: Track) -> float:
    """When a walk ends that gives way by as much as there is, on everybody's clock."""
    start = track.walk.start_s
    longest = (track.end_s - start) / min(_SLOWER) + _BEND_S
    return start + longest + float(max(_LATER_S[-1], _LATE_S[-1]))


def _clearance(places: Floats, others: Floats, needs: Floats) -> float:
    """How far places (T, 2) stay beyond what is needed from others (N, T, 2); negative if not."""
    off = others - places
    squares = np.einsum("ntc,ntc->nt", off, off).min(axis=1)
    return float((np.sqrt(squares) - needs).min())


@dataclass(frozen=True, eq=False)
class _Clearance:
    """How near a track comes to others.

    Args:
        off: (N,) nearest distance to each beyond what is needed, negative where too near.
        rows: of everybody's clock on which it is too near to anybody.
    """

    off: Floats
    rows: Floats

    @classmethod
    def of(cls, track: Track, rows: Floats, others: Floats, needs: Floats) -> _Clearance:
        places = track.in_world(rows)
        off = others - places
        away = np.sqrt((off * off).sum(axis=-1)) - needs[:, None]
        return cls(away.min(axis=1), rows[(away < 0.0).any(axis=0)])


def _ways(plain: Track, start: _Clearance, rows: Floats) -> Iterator[GivingWay]:
    """Ways to make way, those first that show least."""
    walk = plain.walk
    own = np.clip(start.rows - walk.start_s * RATE_HZ, 0, len(plain.distances_m) - 1).astype(int)
    zone = float(plain.distances_m[own].min()), float(plain.distances_m[own].max())
    free = walk.request.arrive_s is None
    if free:
        yield from (GivingWay(later_s=float(s)) for s in _LATER_S[1:] if s <= _SOON_S)
        yield from (GivingWay(slower=f, until_m=zone[0]) for f in _SLOWER if zone[0] > 1.0)
        yield from (GivingWay(later_s=float(s)) for s in _LATER_S if s > _SOON_S)
    waits = (0.0, 0.6, 1.2) if free else (0.0,)
    for aside in _ASIDE_M:
        for side in (-1.0, 1.0):
            for wait in waits:
                yield GivingWay(later_s=wait, aside_m=side * aside, zone_m=zone)
    if free:
        yield from (GivingWay(later_s=float(s)) for s in _LATE_S)
    length = walk.request.path.length_m if walk.request.path is not None else 0.0
    if zone[0] > _TOGETHER_M:
        return
    for behind in (each for each in _BEHIND_M if each < length):
        for aside in (0.0, -0.9, 0.9):
            yield GivingWay(behind_m=behind, aside_m=aside, zone_m=(0.0, length))
