"""Lashes: tapered strands along the rims of the lids, turning with the lids: pure NumPy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from ...core.conventions import Floats, Ints
from ..body import Body
from ..human import Human, Shape
from ..part import Attachment, Part
from ..person import Person
from .loops import INNER_CORNER, LID_RIM, LID_SKIN, LID_SPOKES, OUTER_CORNER, lid_loops


@dataclass(frozen=True)
class _Kind:
    """The lashes of one lid.

    Args:
        count: of strands.
        lengths_m: at the inner corner, in the middle and at the outer corner.
        rise_deg: half way and at the tip, from straight out of the eye towards the open side.
        half_width_m: of a strand at its root.
    """

    count: int
    lengths_m: tuple[float, float, float]
    rise_deg: tuple[float, float]
    half_width_m: float


_UPPER: Final = _Kind(72, (0.0030, 0.0062, 0.0072), (-4.0, 17.0), 0.00034)
_LOWER: Final = _Kind(34, (0.0012, 0.0024, 0.0032), (12.0, 34.0), 0.00014)
_WIDTHS: Final = (1.0, 0.50, 0.08)  # at root, half way and tip
_FAN_DEG: Final = 34.0  # how far those near the corners lean towards them
_TWIST_RAD: Final = 0.9
_SWEEP: Final = 0.42  # where along the lid none leans
_CORNERS: Final = (1.3, 1.15)  # spokes from the inner and the outer corner where none grow
# Women's and young people's are longer.
_MAN: Final = 0.80
_AGES: Final = ((18.0, 40.0, 75.0), (1.0, 0.95, 0.75))
_SIZE_M: Final = 0.015  # of the ball whose lashes are as long as that


def lash_parts(person: Person, body: Body) -> list[Part]:
    """Upper and lower lashes of both eyes, with every shape that moves the lids.

    Returns:
        One part of the mesh "Head".
    """
    roots, traits = _roots(body.human)
    share = (1.0 + (_MAN - 1.0) * person.sex) * float(np.interp(person.age_years, *_AGES))
    at = roots.points(body.vertices).astype(np.float64)
    centres = np.where(traits.left[:, None], body.joints["l-eye"], body.joints["r-eye"])
    hairs = _hairs(at, centres, traits, share * body.eye_radius_m / _SIZE_M)
    skin = np.repeat(roots.skin(body), 6, axis=0)
    shapes = dict(_shapes(roots.shapes(body), at, centres, hairs))
    vertices = (at[:, None] + hairs).reshape(-1, 3).astype(np.float32)
    strand: Ints = np.array(((0, 1, 3, 2), (2, 3, 5, 4)))
    quads = (6 * np.arange(len(at))[:, None, None] + strand).reshape(-1, 4)
    return [Part("Head", "Lashes", vertices, quads, skin, shapes)]


@dataclass(frozen=True, eq=False)
class _Traits:
    """What is special about every strand: (N,) each.

    Args:
        left: whether it is the left eye's.
        opens: 1 on the upper lid, −1 on the lower one.
        lengths_m, half_widths_m: at average size.
        mids_rad, tips_rad: how far middle and tip rise.
        leans_rad: how far it leans to the outside.
        twists_rad: how far it is turned about itself, so that none is seen on edge with all others.
    """

    left: Ints
    opens: Floats
    lengths_m: Floats
    half_widths_m: Floats
    mids_rad: Floats
    tips_rad: Floats
    leans_rad: Floats
    twists_rad: Floats


@cache
def _roots(human: Human) -> tuple[Attachment, _Traits]:
    """Where strands grow, lid by lid from the inner to the outer corner, and what they are like."""
    sources, shares, rows = [], [], []
    for side, (kind, opens) in ((s, k) for s in (0, 1) for k in ((_UPPER, 1.0), (_LOWER, -1.0))):
        rng = np.random.default_rng(kind.count)
        spokes, along = _spokes(kind, opens > 0, rng)
        loops = lid_loops(human)[side]
        low = np.floor(spokes).astype(int)
        part = spokes - low
        corners = [
            loops[loop, (low + n) % LID_SPOKES] for loop in (LID_RIM, LID_SKIN) for n in (0, 1)
        ]
        sources.append(np.stack(corners, axis=-1))
        weights = (0.4 * (1.0 - part), 0.4 * part, 0.6 * (1.0 - part), 0.6 * part)
        shares.append(np.stack(weights, axis=-1))
        uneven = rng.normal(0.0, 1.0, (3, kind.count))
        twist = rng.uniform(-_TWIST_RAD, _TWIST_RAD, kind.count)
        lengths = np.interp(along, (0.0, 0.55, 1.0), kind.lengths_m) * (1.0 + 0.08 * uneven[0])
        rise = np.radians(np.array(kind.rise_deg)[:, None] + 4.0 * uneven[1])
        lean = np.radians(_FAN_DEG * (along - _SWEEP) / (1.0 - _SWEEP) + 4.0 * uneven[2])
        same = np.ones(kind.count)
        rows.append(
            (
                (side == 0) * same,
                opens * same,
                lengths,
                kind.half_width_m * same,
                *rise,
                lean,
                twist,
            )
        )
    columns = [np.concatenate(column) for column in zip(*rows, strict=True)]
    held = Attachment(np.concatenate(sources), np.concatenate(shares).astype(np.float32))
    return held, _Traits(columns[0] > 0.5, *columns[1:])


def _spokes(kind: _Kind, upper: bool, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """(N,) where lashes grow, in spokes of the lid's loops; and (N,) shares of the way outward."""
    inner = float(INNER_CORNER) - (LID_SPOKES if upper else 0.0)
    outward = 1.0 if upper else -1.0
    start, end = inner + outward * _CORNERS[0], OUTER_CORNER - outward * _CORNERS[1]
    along = (np.arange(kind.count) + 0.5 + rng.uniform(-0.35, 0.35, kind.count)) / kind.count
    return start + along * (end - start), along


def _hairs(roots: Floats, centres: Floats, traits: _Traits, size: float) -> Floats:
    """(N, 6, 3) vertices of every strand, from its root: two each at root, middle and tip."""
    out = _unit(roots - centres)
    ahead = np.concatenate([_unit(np.gradient(lid, axis=0)) for lid in _lids(roots, traits)])
    up = _unit(np.cross(out, ahead))
    up *= np.sign(up[:, 1] * traits.opens)[:, None]
    aside = _unit(
        np.cos(traits.leans_rad)[:, None] * out + np.sin(traits.leans_rad)[:, None] * ahead
    )
    long = (size * traits.lengths_m)[:, None]
    points = [np.zeros_like(roots)]
    for reach, rise in ((0.5, traits.mids_rad), (0.5, traits.tips_rad * 2.0 - traits.mids_rad)):
        step = np.cos(rise)[:, None] * aside + np.sin(rise)[:, None] * up
        points.append(points[-1] + reach * long * step)
    level = _unit(np.cross(aside, up))
    twist = traits.twists_rad[:, None]
    across = np.cos(twist) * level + np.sin(twist) * _unit(np.cross(aside, level))
    across *= (size * traits.half_widths_m)[:, None]
    pairs = [
        point + sign * wide * across
        for point, wide in zip(points, _WIDTHS, strict=True)
        for sign in (-1.0, 1.0)
    ]
    return np.stack(pairs, axis=1)


def _lids(values: Floats, traits: _Traits) -> list[Floats]:
    """Values of all strands, lid by lid."""
    lid = 2 * traits.left + (traits.opens > 0)
    return np.split(values, np.flatnonzero(np.diff(lid)) + 1)


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))


def _shapes(
    moved: dict[str, Shape], roots: Floats, centres: Floats, hairs: Floats
) -> Iterator[tuple[str, Shape]]:
    """Strands go with their roots, and turn about the eyeball as far as these do.

    Args:
        moved: what shapes do to the roots (N,).
        roots, centres: (N, 3) the roots, and the middle of the eyeball of each.
        hairs: (N, 6, 3) from the roots.
    """
    own = np.concatenate([shape.vertices for shape in moved.values()])
    gone = np.concatenate([shape.offsets_m for shape in moved.values()])
    before = _unit(roots[own] - centres[own])
    after = _unit(roots[own] + gone - centres[own])
    # Rodrigues' formula for the shortest turn from one direction to another.
    axis = np.cross(before, after)[:, None]
    cosine = np.sum(before * after, axis=1)[:, None, None]
    once = np.cross(axis, hairs[own])
    offsets = gone[:, None] + once + np.cross(axis, once) / (1.0 + cosine)
    ends = np.cumsum([len(shape.vertices) for shape in moved.values()])[:-1]
    for name, shape, each in zip(moved, moved.values(), np.split(offsets, ends), strict=True):
        vertices = (6 * shape.vertices[:, None] + np.arange(6)).ravel()
        yield name, Shape(vertices, each.reshape(-1, 3).astype(np.float32))
