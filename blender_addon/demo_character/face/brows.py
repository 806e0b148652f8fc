"""Brows: many thin strokes lying on the skin of the ridge: pure NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from ...core.conventions import Floats, Ints
from ..body import Body
from ..human import Human, Shape
from ..part import Attachment, Part
from ..person import Person

# Middle of the left brow in the base mesh, from its inner end outward: x and height, metres.
_PATH: Final = np.array(
    ((0.0055, 0.7462), (0.0190, 0.7490), (0.0290, 0.7510), (0.0390, 0.7510), (0.0480, 0.7480),
     (0.0580, 0.7425))
)  # fmt: skip
_COLUMNS, _ROWS = 22, 9
_HALF_M: Final = 0.0095  # half the height of the patch that strokes lie on
# Along the brow: half its height in shares of the patch's, and how steeply hair rises.
_PLACES: Final = (0.10, 0.17, 0.34, 0.6, 0.85, 1.0)
_FULLNESS: Final = (0.20, 0.36, 0.40, 0.34, 0.22, 0.08)
_RISE_DEG: Final = (80.0, 62.0, 38.0, 16.0, -2.0, -8.0)
_SPAN: Final = (0.12, 0.97)
_LENGTH_M: Final = 0.0074
_SEEN_M: Final = 1e-4  # shapes that move brows less do not move them
_LEAST_M: Final = 2e-5


@dataclass(frozen=True)
class _Kind:
    """Strokes of one kind.

    Args:
        material: of theirs.
        count: on one side.
        half_width_m: in the middle.
        above_m: height over the skin at root, middle and tip.
        spread: standard deviation across the brow, in shares of half its height.
    """

    material: str
    count: int
    half_width_m: float
    above_m: tuple[float, float, float]
    spread: float


# Hair; and below it what shines through of the skin, without which brows look wiry from afar.
_KINDS: Final = (
    _Kind("Brows", 170, 0.00021, (0.0004, 0.0012, 0.0007), 0.55),
    _Kind("BrowShade", 44, 0.00085, (0.0003, 0.0005, 0.0003), 0.42),
)


def brow_parts(person: Person, body: Body) -> list[Part]:
    """Both brows, following the shapes of the skin that they lie on.

    Returns:
        One part of the mesh "Head".
    """
    rows = [_strokes(person, kind) for kind in _KINDS]
    columns, shares, lift = (np.concatenate(each) for each in zip(*rows, strict=True))
    held = _patch(body.human)
    grid, normals = held.points(body.vertices), held.points(body.normals)
    per_side, count = _COLUMNS * _ROWS, len(columns)
    blend = _Blend(np.concatenate((columns, columns + per_side)), np.tile(shares, (2, 1)))
    up = blend.of(normals)
    up /= np.linalg.norm(up, axis=1, keepdims=True)
    vertices = blend.of(grid) + np.tile(lift, 2)[:, None] * up
    quads = _quads(count)
    both = np.concatenate((quads, quads[:, ::-1] + count))
    first = 2 * _KINDS[0].count
    shade = np.arange(first, len(quads))
    return [
        Part(
            "Head",
            _KINDS[0].material,
            vertices.astype(np.float32),
            both,
            blend.of(held.skin(body)),
            blend.shapes(held.shapes(body), len(grid)),
            paint={_KINDS[1].material: np.concatenate((shade, shade + len(quads)))},
        )
    ]


class _Blend:
    """Points that are means of four points of the patch."""

    def __init__(self, columns: Ints, shares: Floats) -> None:
        self._columns, self._shares = columns, shares.astype(np.float32)

    def of(self, values: Floats) -> Floats:
        """(N, C) from what the patch's points have."""
        found = values[self._columns[:, 0]] * self._shares[:, :1]
        for corner in range(1, self._columns.shape[1]):
            found += values[self._columns[:, corner]] * self._shares[:, corner, None]
        return np.asarray(found)

    def shapes(self, shapes: Mapping[str, Shape], count: int) -> dict[str, Shape]:
        """What shapes of the patch's points, so many, do to these."""
        shapes = {n: s for n, s in shapes.items() if np.abs(s.offsets_m).max() > _SEEN_M}
        every = np.zeros((count, len(shapes), 3), np.float32)
        for number, shape in enumerate(shapes.values()):
            every[shape.vertices, number] = shape.offsets_m
        moved = self.of(every.reshape(count, -1)).reshape(-1, len(shapes), 3)
        found = {}
        for number, name in enumerate(shapes):
            own = np.flatnonzero(np.abs(moved[:, number]).max(axis=1) > _LEAST_M)
            if len(own):
                found[name] = Shape(own, moved[own, number])
        return found


def _strokes(person: Person, kind: _Kind) -> tuple[Ints, Floats, Floats]:
    """Six vertices of every stroke of the left brow, on the patch.

    Returns:
        (6 N, 4) points of the patch; (6 N, 4) their shares; (6 N,) height over the skin, metres.
    """
    rng = np.random.default_rng([person.seed, 3])
    many = kind.count
    thick = 0.62 + 0.38 * person.sex + rng.uniform(-0.10, 0.10)
    thick *= np.interp(person.age_years, (11.0, 18.0, 55.0, 80.0), (0.75, 1.0, 1.0, 0.8))
    arch = (0.16 * (1.0 - person.sex) - 0.04) + rng.uniform(-0.06, 0.06)
    share = (np.arange(many) + rng.uniform(0.0, 1.0, many)) / many
    along = _SPAN[0] + (_SPAN[1] - _SPAN[0]) * share + rng.normal(0.0, 0.012, many)
    half = np.interp(along, _PLACES, _FULLNESS) * thick
    across = half * np.clip(rng.normal(0.0, kind.spread, many), -1.0, 1.0)
    across += arch * np.exp(-(((along - 0.62) / 0.25) ** 2)) - 0.3 * arch
    rise = np.radians(np.interp(along, _PLACES, _RISE_DEG) + rng.normal(0.0, 7.0, many))
    rise -= 0.9 * across / np.maximum(half, 0.05) * (rise > 0.2) * 0.5
    span = float(np.linalg.norm(np.diff(_PATH, axis=0), axis=1).sum())
    long = _LENGTH_M * (0.65 + 0.35 * thick) * rng.uniform(0.7, 1.1, many)
    long *= np.interp(share, (0.0, 0.12, 0.85, 1.0), (0.55, 1.0, 1.0, 0.65))
    ahead = np.stack((np.cos(rise) / span, np.sin(rise) / _HALF_M), axis=-1)
    aside = np.stack((-np.sin(rise) / span, np.cos(rise) / _HALF_M), axis=-1)
    root = np.stack((along, across), axis=-1) - 0.4 * long[:, None] * ahead
    bend = np.array([0.0, 0.06]) * -1.0
    rows, lift = [], []
    for step, (reach, wide) in enumerate(((0.0, 0.8), (0.5, 1.0), (1.0, 0.12))):
        point = root + reach * long[:, None] * ahead + bend * reach**2
        edge = wide * kind.half_width_m * aside
        rows += [point - edge, point + edge]
        lift += 2 * [np.full(many, kind.above_m[step])]
    places = np.stack(rows, axis=1).reshape(-1, 2)
    columns, shares = _on_patch(places)
    return columns, shares, np.stack(lift, axis=1).ravel()


def _on_patch(places: Floats) -> tuple[Ints, Floats]:
    """The four points of the patch around places (N, 2): along 0 to 1, across −1 to 1."""
    column = np.clip(places[:, 0], 0.0, 1.0) * (_COLUMNS - 1)
    row = np.clip(0.5 + 0.5 * places[:, 1], 0.0, 1.0) * (_ROWS - 1)
    left = np.minimum(column.astype(int), _COLUMNS - 2)
    low = np.minimum(row.astype(int), _ROWS - 2)
    right, up = column - left, row - low
    first = left * _ROWS + low
    points = np.stack((first, first + 1, first + _ROWS, first + _ROWS + 1), axis=-1)
    shares = ((1 - right) * (1 - up), (1 - right) * up, right * (1 - up), right * up)
    return points, np.stack(shares, axis=-1)


def _quads(count: int) -> Ints:
    stroke: Ints = np.array(((0, 2, 3, 1), (2, 4, 5, 3)))
    return (np.arange(0, count, 6)[:, None, None] + stroke).reshape(-1, 4)


@cache
def _patch(human: Human) -> Attachment:
    """Points on the skin around both brows: columns along, rows upward, left then right."""
    steps = np.linalg.norm(np.diff(_PATH, axis=0), axis=1)
    along = np.concatenate(([0.0], np.cumsum(steps))) / steps.sum()
    place = np.linspace(0.0, 1.0, _COLUMNS)
    middle = np.stack([np.interp(place, along, _PATH[:, axis]) for axis in (0, 1)], axis=-1)
    for _ in range(3):  # round the path's corners
        middle[1:-1] = 0.25 * middle[:-2] + 0.5 * middle[1:-1] + 0.25 * middle[2:]
    way = np.gradient(middle, axis=0)
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    aside = np.stack((-way[:, 1], way[:, 0]), axis=-1)
    across = np.linspace(-1.0, 1.0, _ROWS) * _HALF_M
    points = (middle[:, None] + across[:, None] * aside[:, None]).reshape(-1, 2)
    sources, shares = _front_of(human, points)
    return Attachment(
        np.concatenate((sources, human.mirror[sources])), np.concatenate((shares, shares))
    )


def _front_of(human: Human, points: Floats) -> tuple[Ints, Floats]:
    """Where lines along Z through points (N, 2) meet the face first.

    Returns:
        (N, 4) corners of the quads that they meet, and (N, 4) their shares.
    """
    quads = human.quads["body"]
    corners = human.base[quads]
    middle = corners.mean(axis=1)
    low, high = points.min(axis=0) - 0.02, points.max(axis=0) + 0.02
    near = ((middle[:, :2] > low) & (middle[:, :2] < high)).all(axis=1) & (middle[:, 2] > 0.09)
    quads, corners = quads[near], corners[near].astype(np.float64)
    found, weights = np.zeros((len(points), 4), np.int64), np.zeros((len(points), 4))
    depth = np.full(len(points), -np.inf)
    for half in ((0, 1, 2), (0, 2, 3)):
        a, b, c = (corners[:, n, :2] for n in half)
        for number, point in enumerate(points):
            share = _barycentric(point, a, b, c)
            inside = (share > -1e-6).all(axis=1)
            height = np.where(inside, (share * corners[:, half, 2]).sum(axis=1), -np.inf)
            best = int(np.argmax(height))
            if height[best] > depth[number]:
                depth[number] = height[best]
                found[number] = quads[best]
                weights[number] = 0.0
                weights[number, list(half)] = share[best]
    return found, weights.astype(np.float32)


def _barycentric(point: Floats, a: Floats, b: Floats, c: Floats) -> Floats:
    """(M, 3) shares of the corners of triangles in a point of their plane (2,)."""
    first, second, offset = b - a, c - a, point - a
    area = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
    area = np.where(np.abs(area) < 1e-12, 1e-12, area)
    u = (offset[:, 0] * second[:, 1] - offset[:, 1] * second[:, 0]) / area
    v = (first[:, 0] * offset[:, 1] - first[:, 1] * offset[:, 0]) / area
    return np.stack((1.0 - u - v, u, v), axis=-1)
