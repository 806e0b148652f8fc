"""What is asked of animals in training: random ways, speeds, gaits, stops and doings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from scipy.ndimage import gaussian_filter1d

from blender_addon.core.conventions import GRAVITY_M_S2, Floats
from blender_addon.core.ground.path import Path as Way
from blender_addon.core.ground.path import Stop
from blender_addon.core.ground.terrain import Terrain
from blender_addon.core.quadruped.body import QuadrupedBody
from blender_addon.core.quadruped.gaits import Action, Gait, speed_of
from blender_addon.core.quadruped.request import ActionMark, GaitChange, QuadrupedRequest

_STEP_M: Final = 0.1
_SECONDS: Final = 24.0
_TIGHTEST: Final = 2.6
"""1/m: the tightest bend, of a radius of 0.75 body lengths."""

KINDS: Final = {
    "ramp": 0.14,
    "walk": 0.16,
    "mixed": 0.20,
    "fast": 0.14,
    "wish": 0.14,
    "turns": 0.08,
    "backing": 0.04,
    "stops": 0.04,
    "doings": 0.16,
    "jumps": 0.14,
}
"""Kinds of scenes and how often each is made."""


def draw_request(
    kind: str, body: QuadrupedBody, terrain: Terrain, rng: np.random.Generator
) -> QuadrupedRequest:
    """A request of a kind, in the model's world.

    Args:
        kind: one of ``KINDS``.
        body: at the model's size.
        terrain: the ground.
        rng: of everything.
    """
    return _MAKERS[kind](body, terrain, rng)


def way_of(froudes: Floats, metres: float, bendiness: float, rng: np.random.Generator) -> Way:
    """A way of smooth random bends, as tight as its speed allows.

    Args:
        froudes: (K,) wanted along the way, evenly spread, changed over smoothly.
        metres: its length.
        bendiness: 0 straight to 1.
        rng: of the bends.
    """
    count = max(int(metres / _STEP_M), 8)
    share = np.linspace(0, len(froudes) - 1, count)
    speeds = speed_of(np.interp(share, np.arange(len(froudes)), froudes))
    speeds = gaussian_filter1d(speeds, 3.0, mode="nearest")
    tightest = np.minimum(0.45 * GRAVITY_M_S2 / speeds**2, _TIGHTEST)
    sigma = float(np.clip(0.5 * speeds.mean() / _STEP_M, 5.0, 25.0))
    wander = gaussian_filter1d(rng.standard_normal(count), sigma, mode="wrap")
    wander = np.tanh(1.3 * wander / max(float(wander.std()), 1e-9))
    headings = rng.uniform(-np.pi, np.pi) + np.cumsum(bendiness * tightest * wander) * _STEP_M
    steps = np.stack((np.sin(headings), np.cos(headings)), axis=-1) * _STEP_M
    places = np.vstack((np.zeros(2), np.cumsum(steps, axis=0)[:-1]))
    return Way(np.stack((places[:, 0], 0 * places[:, 0], places[:, 1]), axis=-1), speeds)


def _request(
    body: QuadrupedBody,
    terrain: Terrain,
    way: Way,
    rng: np.random.Generator,
    gait: Gait | None = None,
    changes: tuple[GaitChange, ...] = (),
    marks: tuple[ActionMark, ...] = (),
    backward: bool = False,
) -> QuadrupedRequest:
    return QuadrupedRequest(
        body,
        way,
        terrain,
        gait=gait,
        gait_changes=changes,
        marks=marks,
        stand_before_s=float(rng.uniform(0.4, 1.5)),
        stand_after_s=float(rng.uniform(0.8, 1.8)),
        backward=backward,
        seed=int(rng.integers(2**31)),
    )


def _metres(froudes: Floats, seconds: float = _SECONDS) -> float:
    return float(np.mean(speed_of(froudes)) * seconds)


def _ramp(body: QuadrupedBody, terrain: Terrain, rng: np.random.Generator) -> QuadrupedRequest:
    """Through all gaits and back."""
    top = float(rng.uniform(2.2, 4.2))
    rise = int(rng.integers(4, 8))
    froudes = np.concatenate((np.geomspace(0.05, top, rise), [top], np.geomspace(top, 0.05, rise)))
    way = way_of(froudes, _metres(froudes, 30.0), float(rng.uniform(0.0, 0.5)), rng)
    return _request(body, terrain, way, rng)


def _walk(body: QuadrupedBody, terrain: Terrain, rng: np.random.Generator) -> QuadrupedRequest:
    froudes = rng.uniform(0.03, 0.42, int(rng.integers(1, 5)))
    way = way_of(np.atleast_1d(froudes), _metres(froudes), float(rng.uniform(0.1, 1.0)), rng)
    stops = _stops(way, int(rng.integers(0, 2)), rng)
    way = Way(way.points, way.speeds_m_s, stops)
    return _request(body, terrain, way, rng)


def _stops(way: Way, count: int, rng: np.random.Generator) -> tuple[Stop, ...]:
    places = np.sort(rng.uniform(0.15, 0.85, count)) * way.length_m
    return tuple(Stop(float(at), float(rng.uniform(0.6, 4.0))) for at in places)


def _mixed(body: QuadrupedBody, terrain: Terrain, rng: np.random.Generator) -> QuadrupedRequest:
    """Speeds of all gaits in any order."""
    count = int(rng.integers(3, 7))
    froudes = np.exp(rng.uniform(np.log(0.06), np.log(3.8), count))
    way = way_of(froudes, _metres(froudes), float(rng.uniform(0.1, 0.8)), rng)
    way = Way(way.points, way.speeds_m_s, _stops(way, int(rng.random() < 0.3), rng))
    return _request(body, terrain, way, rng)


def _fast(body: QuadrupedBody, terrain: Terrain, rng: np.random.Generator) -> QuadrupedRequest:
    froudes = rng.uniform(2.2, 4.6, int(rng.integers(1, 4)))
    way = way_of(froudes, _metres(froudes, 20.0), float(rng.uniform(0.0, 0.9)), rng)
    return _request(body, terrain, way, rng)


_WISHES: Final = (
    (Gait.PACE, 0.35, 1.2, 0.24),
    (Gait.TROT, 0.45, 2.2, 0.22),
    (Gait.CANTER_LEFT, 1.2, 3.0, 0.16),
    (Gait.CANTER_RIGHT, 1.2, 3.0, 0.16),
    (Gait.GALLOP_LEFT, 2.2, 4.5, 0.08),
    (Gait.GALLOP_RIGHT, 2.2, 4.5, 0.08),
    (Gait.WALK, 0.1, 0.7, 0.06),
)


def _wish(body: QuadrupedBody, terrain: Terrain, rng: np.random.Generator) -> QuadrupedRequest:
    """Gaits that are told, changed on the way."""
    chances = np.array([wish[3] for wish in _WISHES])
    picked = rng.choice(len(_WISHES), 3, p=chances / chances.sum())
    froudes = np.array([rng.uniform(*_WISHES[n][1:3]) for n in picked]).repeat(2)
    way = way_of(froudes, _metres(froudes), float(rng.uniform(0.0, 0.6)), rng)
    changes = tuple(
        GaitChange(way.length_m * (part + 0.5) / 3, _WISHES[n][0])
        for part, n in zip((0.5, 1.5), picked[1:], strict=True)
    )
    return _request(body, terrain, way, rng, _WISHES[int(picked[0])][0], changes)


def _turns(body: QuadrupedBody, terrain: Terrain, rng: np.random.Generator) -> QuadrupedRequest:
    """Corners, doubling back, turning on the spot."""
    count = int(rng.integers(3, 6))
    heading, place = float(rng.uniform(-np.pi, np.pi)), np.zeros(2)
    places = [place]
    for _ in range(count):
        place = place + float(rng.uniform(0.8, 2.2)) * np.array([np.sin(heading), np.cos(heading)])
        places.append(place)
        turn = rng.choice([0.5, 0.9, 1.6, 2.4, np.pi - 0.05]) * rng.choice([-1, 1])
        heading += float(turn)
    corners = np.array(places)
    points = np.stack((corners[:, 0], 0 * corners[:, 0], corners[:, 1]), axis=-1)
    speed = float(speed_of(rng.uniform(0.04, 0.35)))
    return _request(body, terrain, Way.from_points(points, speed), rng)


def _backing(body: QuadrupedBody, terrain: Terrain, rng: np.random.Generator) -> QuadrupedRequest:
    froudes = rng.uniform(0.01, 0.05, 2)
    way = way_of(froudes, float(rng.uniform(1.5, 4.0)), float(rng.uniform(0.0, 0.25)), rng)
    return _request(body, terrain, way, rng, backward=True)


def _stopping(body: QuadrupedBody, terrain: Terrain, rng: np.random.Generator) -> QuadrupedRequest:
    """Off and stopping again from any gait."""
    froudes = rng.uniform(0.1, 2.5, 4)
    way = way_of(froudes, _metres(froudes, 18.0), float(rng.uniform(0.0, 0.4)), rng)
    way = Way(way.points, way.speeds_m_s, _stops(way, int(rng.integers(2, 4)), rng))
    return _request(body, terrain, way, rng)


def _doings(body: QuadrupedBody, terrain: Terrain, rng: np.random.Generator) -> QuadrupedRequest:
    """Things done at marks between some steps, and jumps."""
    froudes = rng.uniform(0.1, 0.4, 2)
    way = way_of(froudes, float(rng.uniform(4.0, 8.0)), float(rng.uniform(0.0, 0.5)), rng)
    kinds = [Action.SIT, Action.LIE, Action.EAT, Action.LOOK]
    count = int(rng.integers(2, 4))
    places = (np.arange(count) + 0.7) / (count + 0.4) * way.length_m
    marks = tuple(
        ActionMark(float(at), kinds[int(rng.integers(len(kinds)))], float(rng.uniform(3.5, 7.0)))
        for at in places
    )
    return _request(body, terrain, way, rng, marks=marks)


def _jumps(body: QuadrupedBody, terrain: Terrain, rng: np.random.Generator) -> QuadrupedRequest:
    """Jumps on the way, from a trot, a canter or a gallop."""
    froudes = rng.uniform(1.2, 3.4, 3)
    way = way_of(froudes, _metres(froudes, 16.0), float(rng.uniform(0.0, 0.2)), rng)
    count = int(rng.integers(3, 6))
    places = (np.arange(count) + rng.uniform(0.6, 0.9)) / (count + 0.6) * way.length_m
    marks = tuple(ActionMark(float(at), Action.JUMP, 0.0) for at in places)
    return _request(body, terrain, way, rng, marks=marks)


_MAKERS: Final[
    dict[str, Callable[[QuadrupedBody, Terrain, np.random.Generator], QuadrupedRequest]]
] = {
    "ramp": _ramp,
    "walk": _walk,
    "mixed": _mixed,
    "fast": _fast,
    "wish": _wish,
    "turns": _turns,
    "backing": _backing,
    "stops": _stopping,
    "doings": _doings,
    "jumps": _jumps,
}


def is_even(kind: str) -> bool:
    """Whether scenes of this kind are on level ground alone."""
    return kind in ("doings", "jumps")
