"""Lashes: tapered strands along the rims of the lids, held by the lids: pure NumPy."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np

from ..core.conventions import Floats, Ints
from .body import Body
from .face_map import (
    INNER_CORNER,
    LID_EDGE,
    LID_RIM,
    LID_SKIN,
    LID_SPOKES,
    OUTER_CORNER,
    lid_loops,
)
from .human import Human
from .part import Attachment, Part
from .person import Person

# How many, their lengths at the inner corner, the middle and the outer corner, and what share of
# the length goes out from the eyeball and what along the lid's skin at the middle and at the tip.
_UPPER: Final = (58, (0.0030, 0.0066, 0.0078), (0.62, -0.10), (0.90, 0.46))
_LOWER: Final = (30, (0.0012, 0.0024, 0.0032), (0.50, 0.14), (0.66, 0.60))
# Half the width of a strand of the upper and lower lid, and shares of it from root to tip.
_ROOT_M: Final = (0.00030, 0.00014)
_WIDTHS: Final = (1.0, 0.50, 0.08)
# Women's and young people's are longer.
_MAN: Final = 0.80
_AGES: Final = ((18.0, 40.0, 75.0), (1.0, 0.95, 0.72))
_CORNER_SPOKES: Final = 0.7  # none grow nearer to the corners of the eye
_LEAN_SPOKES: Final = 1.1  # tips fan out towards the corners
_SOFT: Final = (0.25, 0.5, 0.25)  # the lid's directions are evened over neighbouring spokes
_ALONG_LOOPS: Final = 2


def lash_parts(person: Person, body: Body) -> list[Part]:
    """Upper and lower lashes of both eyes, with every shape that moves the lids.

    Returns:
        One part of the mesh "Head".
    """
    held, quads = _strands(body.human)
    points = held.points(body.vertices).reshape(-1, 3, 2, 3)
    share = (1.0 + (_MAN - 1.0) * person.sex) * float(np.interp(person.age_years, *_AGES))
    points = points[:, :1] + share * (points - points[:, :1])
    vertices = points.reshape(-1, 3).astype(np.float32)
    return [Part("Head", "Lashes", vertices, quads, held.skin(body), held.shapes(body))]


@cache
def _strands(human: Human) -> tuple[Attachment, Ints]:
    """Every strand's six vertices as means of the lids' vertices, and its two quads."""
    rows = [
        _held(human, side, spokes, kind)
        for side in (0, 1)
        for kind, spokes in (
            (_UPPER, _spokes(_UPPER[0], True)),
            (_LOWER, _spokes(_LOWER[0], False)),
        )
    ]
    dense = np.concatenate(rows)
    used = np.flatnonzero(np.abs(dense).max(axis=0))
    count = int((dense != 0).sum(axis=1).max())
    order = np.argsort(-np.abs(dense[:, used]), axis=1)[:, :count]
    shares = np.take_along_axis(dense[:, used], order, axis=1)
    strand: Ints = np.array(((0, 1, 3, 2), (2, 3, 5, 4)))
    quads = (np.arange(0, len(dense), 6)[:, None, None] + strand).reshape(-1, 4)
    return Attachment(used[order], shares), quads


def _spokes(count: int, upper: bool) -> Floats:
    """(N,) where lashes grow, in spokes of the lid's loops, from the inner corner outward."""
    inner, outer = float(INNER_CORNER), float(OUTER_CORNER)
    if upper:
        inner -= LID_SPOKES
    ahead = np.sign(outer - inner)
    ends = (inner + ahead * 1.6 * _CORNER_SPOKES, outer - ahead * _CORNER_SPOKES)
    jitter = np.random.default_rng(count).uniform(-0.35, 0.35, count)
    return np.linspace(*ends, count) + jitter * (ends[1] - ends[0]) / count


def _held(
    human: Human,
    side: int,
    spokes: Floats,
    kind: tuple[int, tuple[float, ...], tuple[float, float], tuple[float, float]],
) -> Floats:
    """(6 N, V) shares of the vertices in the strands of one lid."""
    _, lengths, middle, tip = kind
    loops = lid_loops(human)[side]
    size = len(human.base)
    share = np.linspace(0.0, 1.0, len(spokes))
    long = np.interp(share, (0.0, 0.55, 1.0), lengths)
    long = long * np.random.default_rng(len(spokes)).uniform(0.82, 1.05, len(spokes))
    root = _at(loops[LID_SKIN], spokes, size) * 0.6 + _at(loops[LID_RIM], spokes, size) * 0.4
    out = _even(loops[LID_SKIN], spokes, size) - _even(loops[LID_EDGE], spokes, size)
    along = _even(loops[LID_SKIN + _ALONG_LOOPS], spokes, size) - _even(
        loops[LID_SKIN], spokes, size
    )
    base = human.base.astype(np.float64)
    out *= (long / np.linalg.norm(out @ base, axis=1))[:, None]
    along *= (long / np.linalg.norm(along @ base, axis=1))[:, None]
    outward = np.sign(spokes[-1] - spokes[0])
    lean = outward * _LEAN_SPOKES * (share - 0.42)
    aside = _at(loops[LID_SKIN], spokes + 0.5, size) - _at(loops[LID_SKIN], spokes - 0.5, size)
    step = np.linalg.norm(aside @ base, axis=1)[:, None]
    rows = []
    for level, (far, up) in enumerate(((0.0, 0.0), middle, tip)):
        point = root + far * out + up * along + (0.5 * level) ** 1.5 * lean[:, None] * aside
        wide = _ROOT_M[kind is _LOWER] * _WIDTHS[level] / step * aside
        rows += [point - wide, point + wide]
    return np.stack(rows, axis=1).reshape(-1, size)


def _at(loop: Ints, spokes: Floats, size: int) -> Floats:
    """(N, V) shares of the vertices in points along a loop, at fractions of spokes."""
    low = np.floor(spokes).astype(int)
    part = spokes - low
    rows = np.zeros((len(spokes), size))
    each = np.arange(len(spokes))
    rows[each, loop[low % LID_SPOKES]] += 1.0 - part
    rows[each, loop[(low + 1) % LID_SPOKES]] += part
    return rows


def _even(loop: Ints, spokes: Floats, size: int) -> Floats:
    """As ``_at``, evened over the spokes beside."""
    return np.asarray(
        sum(
            weight * _at(loop, spokes + beside, size)
            for weight, beside in zip(_SOFT, (-1.0, 0.0, 1.0), strict=True)
        )
    )
