"""The skin that hair grows on, as a chart of directions around the skull: pure NumPy.

A direction from the skull's middle names a place on anybody's scalp or nape. It is a fixed mean of
vertices of the body's mesh, smooth and blind to the ears, so that it is found once for all people.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np

from ...core.conventions import Floats, Ints
from ..body import Body, build_body
from ..features import REGIONS
from ..look import Look
from ..part import Attachment
from ..person import Person

# The skull's middle of the mean person, and the hairline around it: azimuth (0 ahead, 180 behind)
# and the least height of hair there, metres.
MIDDLE: Final = np.array([0.0, 1.60, 0.05], np.float32)
_HAIRLINE: Final = np.array(
    [
        (0, 1.660), (25, 1.661), (42, 1.657), (52, 1.641), (62, 1.622), (69, 1.600), (75, 1.572),
        (78, 1.573), (81, 1.602), (87, 1.611), (99, 1.609), (107, 1.592), (117, 1.560),
        (130, 1.545), (150, 1.530), (180, 1.526),
    ]
)  # fmt: skip
_EARS: Final = ((0.029, 0.063), (1.542, 1.5985))  # depths and heights of their skin
_NEAREST: Final = 18
_RADIUS_M: Final = 0.08  # of the head at the hairline


@cache
def mean_body() -> Body:
    """The body on which hair is planned: between all others."""
    nobody = ((0.0, 0.0, 0.0),) * len(REGIONS)
    third = 1.0 / 3.0
    return build_body(Person(0, 0.5, 25.0, 0.0, (third, third, third), 1.7, nobody, Look()))


@cache
def skin_around() -> Ints:
    """Vertices of the head's and neck's outer skin, without the ears."""
    body = mean_body()
    own = body.human.vertices_of("body")
    x, y, z = body.vertices[own].T
    away = body.vertices[own] - MIDDLE
    outside = np.einsum("nc,nc->n", away, body.normals[own]) > 0.0
    ear = (z > _EARS[0][0]) & (z < _EARS[0][1]) & (y > _EARS[1][0]) & (y < _EARS[1][1])
    within = (np.abs(x) < 0.045) & (z > 0.03) & (y < 1.575)
    return own[outside & ~ear & ~within & (y > 1.47) & (np.abs(x) < 0.1)]


@cache
def scalp_vertices() -> Ints:
    """Those of them on skull and nape, without the face."""
    own = skin_around()
    _, y, z = mean_body().vertices[own].T
    return own[((y > 1.60) | (z < 0.066)) & ((z < 0.085) | (y > 1.618))]


def head_scale(body: Body) -> float:
    """How large somebody's skull is, as a share of the mean person's."""
    return _spread(body) / _spread(mean_body())


def _spread(body: Body) -> float:
    points = body.vertices[scalp_vertices()]
    points = points[mean_body().vertices[scalp_vertices(), 1] > 1.6]
    return float(np.linalg.norm(points - points.mean(axis=0), axis=1).mean())


def directions(azimuth_deg: Floats, rise_deg: Floats) -> Floats:
    """(..., 3) of length 1: azimuth from ahead to the left side, rise above the level."""
    turn, rise = np.broadcast_arrays(np.radians(azimuth_deg), np.radians(rise_deg))
    return np.stack(
        (np.sin(turn) * np.cos(rise), np.sin(rise), np.cos(turn) * np.cos(rise)), axis=-1
    )


def hold(ways: Floats) -> Attachment:
    """The places of the scalp in these directions.

    Args:
        ways: (N, 3) of length 1, from the skull's middle of the mean person.

    Returns:
        Points by moving least squares over the nearest vertices: a parabola around each place.
    """
    vertices = scalp_vertices()
    away = mean_body().vertices[vertices] - MIDDLE
    away = away / np.linalg.norm(away, axis=1, keepdims=True)
    near = np.argpartition(-(ways @ away.T), _NEAREST, axis=1)[:, :_NEAREST]
    beside = _across(ways)
    flat = np.einsum("nac,nkc->nka", beside, away[near])
    far = np.linalg.norm(flat, axis=2)
    reach = np.sort(far, axis=1)[:, 9:10]
    weight = np.exp(-((far / reach) ** 2))
    u, v = np.moveaxis(flat / reach[..., None], 2, 0)
    terms = np.stack((np.ones_like(u), u, v, u * u, u * v, v * v), axis=2)
    pull = np.einsum("nk,nki,nkj->nij", weight, terms, terms)
    pull += 1e-3 * np.diag([0.0, 1, 1, 4, 4, 4])
    ahead = np.zeros((len(ways), 6, 1))
    ahead[:, 0] = 1.0
    shares = weight * np.einsum("nki,ni->nk", terms, np.linalg.solve(pull, ahead)[..., 0])
    shares /= shares.sum(axis=1, keepdims=True)
    return Attachment(vertices[near], shares.astype(np.float32))


def _across(ways: Floats) -> Floats:
    """(N, 2, 3) two directions square to each and to one another."""
    flat = np.abs(ways[:, 1:2]) > 0.9
    up = np.where(flat, np.array([[1.0, 0, 0]]), np.array([[0, 1.0, 0]]))
    first = np.cross(up, ways)
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    return np.stack((first, np.cross(ways, first)), axis=1)


def hairline_m(points: Floats, receding: float = 0.0) -> Floats:
    """How far points of the mean person's skin are above the hairline, metres.

    Args:
        points: (..., 3) on the mean person.
        receding: 0 a youthful line to 1 bald above a wreath from ear to ear.
    """
    away = points - MIDDLE
    around = np.degrees(np.arctan2(np.abs(away[..., 0]), away[..., 2]))
    above = _above_line(np.radians(around) * _RADIUS_M, points[..., 1])
    if not receding:
        return np.asarray(above)
    # What recedes is the front and the crown; the sides and the nape stay.
    high = np.interp(around, (0, 60, 90, 130, 180), (1.61, 1.635, 1.655, 1.652, 1.64))
    return np.asarray(np.minimum(above, high + 0.1 * (1.0 - receding) - points[..., 1]))


def _above_line(along: Floats, high: Floats) -> Floats:
    """Distance of places on the head, rolled flat, from the hairline; less than 0 below it."""
    line = np.stack((np.radians(_HAIRLINE[:, 0]) * _RADIUS_M, _HAIRLINE[:, 1]), axis=1)
    place = np.stack((along, high), axis=-1)[..., None, :]
    start, way = line[:-1], np.diff(line, axis=0)
    share = ((place - start) * way).sum(axis=-1) / (way**2).sum(axis=1)
    off = place - start - np.clip(share, 0.0, 1.0)[..., None] * way
    far = np.linalg.norm(off, axis=-1).min(axis=-1)
    return np.asarray(np.copysign(far, high - np.interp(along, *line.T)))


def mean_places(ways: Floats) -> Floats:
    """(..., 3) skin of the mean person in these directions."""
    return hold(ways.reshape(-1, 3)).points(mean_body().vertices).reshape(ways.shape)


def on_hairline(azimuth_deg: Floats, above_m: Floats | float = 0.003) -> Floats:
    """(N, 3) directions of places a little above the hairline at these azimuths."""
    rise = np.linspace(-60.0, 70.0, 131)
    ways = directions(azimuth_deg[:, None], rise[None, :])
    line = hairline_m(mean_places(ways)) - np.reshape(above_m, (-1, 1))
    # The lowest place from which on all is hair.
    first = len(rise) - np.argmin((line > 0.0)[:, ::-1], axis=1)
    first = np.where((line > 0.0).all(axis=1), 0, np.minimum(first, len(rise) - 1))
    return np.asarray(ways[np.arange(len(ways)), first])
