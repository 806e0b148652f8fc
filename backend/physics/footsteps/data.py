"""Steps over random ground and the candidates that the search over all of a walk's steps chose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from blender_addon.core.conventions import Floats, Ints
from blender_addon.core.ground.terrain import FlatTerrain, HeightField
from blender_addon.core.maths.headings import root_to_world
from blender_addon.core.physics.footsteps.candidates import (
    AS_MEANT,
    CANDIDATES,
    ground_costs,
)
from blender_addon.core.physics.footsteps.features import maps_around, step_features
from blender_addon.core.physics.footsteps.landing import candidate_places, cheapest
from blender_addon.core.physics.footsteps.stances import Stances
from blender_addon.core.physics.footsteps.surroundings import Surroundings, surroundings_of
from blender_addon.core.physics.world import World

from .scenes import slalom

STEPS = 18
_SPACING_M = 0.02
_EDGE_M = 1.5
_SIDEWAYS = [0, 1, 3, 4, 6, 7, 9]
"""Of a step's features: what changes its sign in a mirror."""


@dataclass(frozen=True, eq=False)
class Decisions:
    """N choices of the search.

    Args:
        maps: (N, 2, 32, 32).
        steps: (N, 10).
        chosen: (N,) the candidate.
        costs: (N, 125) what each candidate pays on the ground.
    """

    maps: Floats
    steps: Floats
    chosen: Ints
    costs: Floats


def make_decisions(walks: int, seed: int) -> Decisions:
    """What the search chose on so many random walks, where anything was to be chosen."""
    rng = np.random.default_rng(seed)
    parts = [_of_walk(rng, number) for number in range(walks)]
    return Decisions(*(np.concatenate(each) for each in zip(*parts, strict=True)))


def mirrored(decisions: Decisions) -> Decisions:
    """The same choices on mirrored ground, for the other foot: left and right change places."""
    turned = decisions.steps.copy()
    turned[:, _SIDEWAYS] *= -1.0
    other = np.arange(len(CANDIDATES)).reshape(5, 5, 5)[::-1, :, ::-1].ravel()
    return Decisions(
        decisions.maps[:, :, ::-1], turned, other[decisions.chosen], decisions.costs[:, other]
    )


def random_stances(rng: np.random.Generator, curving: float = 1.0) -> Stances:
    """A row of steps of a walk that bends at random."""
    length, width = rng.uniform(0.35, 0.85), rng.uniform(0.06, 0.18)
    bends = curving * rng.normal(0.0, 0.1) + curving * rng.normal(0.0, 0.05, STEPS)
    headings = np.cumsum(bends)
    middles = np.cumsum(root_to_world(np.array([0.0, length]), headings), axis=0)
    sides = (np.arange(STEPS) + rng.integers(2)) % 2
    across = np.where(sides == 0, 0.5, -0.5) * width + rng.normal(0.0, 0.015, STEPS)
    places = middles + root_to_world(np.stack((across, np.zeros(STEPS)), -1), headings)
    out = headings + np.where(sides == 0, 0.1, -0.1) + rng.normal(0.0, 0.05, STEPS)
    starts = 20 + 30 * np.arange(STEPS)
    return Stances(sides, starts, starts + 34, np.column_stack((places, out)), 40 * STEPS)


def strewn(rng: np.random.Generator, places: Floats) -> HeightField:
    """Ground about places (N, 2) with boxes, slopes and steps of all kinds."""
    low, high = places.min(0) - _EDGE_M, places.max(0) + _EDGE_M
    counts = np.ceil((high - low) / _SPACING_M).astype(int) + 1
    grid = [low[n] + _SPACING_M * np.arange(counts[n]) for n in (0, 1)]
    heights = np.zeros(tuple(counts))
    tallest = rng.choice((0.04, 0.06, 0.1))
    for place in places[rng.integers(len(places), size=rng.integers(8, 50))]:
        middle = place + rng.normal(0.0, 0.25, 2)
        half, turn = rng.uniform(0.04, 0.25, 2), rng.uniform(0.0, np.pi)
        rows, columns = (_near(grid[n], middle[n], float(half.sum())) for n in (0, 1))
        off = np.stack(np.meshgrid(grid[0][rows], grid[1][columns], indexing="ij"), -1) - middle
        inside = (np.abs(root_to_world(off, np.asarray(turn))) <= half).all(-1)
        part = heights[rows, columns]
        heights[rows, columns] = np.where(
            inside, np.maximum(part, rng.uniform(0.015, tallest)), part
        )
    return HeightField(low, _SPACING_M, heights)


def _near(line: Floats, middle: float, reach: float) -> slice:
    first, last = np.searchsorted(line, (middle - reach, middle + reach))
    return slice(int(first), int(last))


def _of_walk(rng: np.random.Generator, number: int) -> tuple[Floats, Floats, Ints, Floats]:
    """Decisions of one walk; every sixth goes between posts as well."""
    stances = random_stances(rng)
    around = Surroundings(strewn(rng, stances.places[:, :2]))
    if number % 6 == 5:
        posts = _posts(rng, stances)
        around = Surroundings(around.ground, posts.outlines, posts.free)
    costs, heights = ground_costs(around, candidate_places(stances.places))
    chosen = cheapest(stances, costs, heights)
    changes = np.concatenate((np.zeros((1, 3)), CANDIDATES[chosen[:-1]]))
    asked = (costs[:, AS_MEANT] > 1e-9) | (np.abs(changes).max(axis=1) > 0.0)
    rows = np.flatnonzero(asked)
    meant = stances.places
    steps = [
        step_features(
            int(stances.sides[n]),
            meant[n],
            meant[n - 1] if n else None,
            changes[n],
            meant[n + 1] if n + 1 < STEPS else None,
        )
        for n in rows
    ]
    maps = maps_around(around, meant[rows])
    return maps, np.reshape(steps, (len(rows), -1)), np.array(chosen)[rows], costs[rows]


def _posts(rng: np.random.Generator, stances: Stances) -> Surroundings:
    """Posts beside the feet of a walk."""
    scene = slalom(int(rng.integers(1 << 30)))
    moved = []
    for obstacle, at in zip(scene.world.obstacles, rng.integers(STEPS, size=6), strict=True):
        beside = stances.places[at, :2] + rng.normal(0.0, 0.2, 2)
        place = np.array([[beside[0], 0.0, beside[1]]])
        moved.append(type(obstacle)(obstacle.name, obstacle.corners, place, obstacle.turns))
    return surroundings_of(World(FlatTerrain(), tuple(moved)), stances.places[:, :2])
