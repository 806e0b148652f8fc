"""Hair that hangs below the head and lies on neck, chest and back: pure NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final

import numpy as np

from ...core.conventions import Floats, Ints
from ..body import Body, vertex_normals
from ..part import Attachment, Part
from .locks import ramp
from .scalp import head_scale, mean_body

# Hair lies on the trunk this far off the skin, for clothes to fit under it.
TRUNK_M: Final = 0.018
_HANGS_FROM_M, _LIES_FROM_M = 1.53, 1.42  # where it leaves the head, where it lies on the trunk
_NEAREST: Final = 4
_OVER_CLOTH_M: Final = 0.004
_REACH_M: Final = 0.06  # cloth further away is beside the hair, not over it
_OUTSIDE: Final = 0.3  # cloth that faces less along the skin's outside is its lining or an edge


@dataclass(frozen=True, eq=False)
class Wearer:
    """Somebody with what they wear on the trunk.

    Args:
        body: theirs.
        clothes: pieces that hair lies on.
    """

    body: Body
    clothes: Sequence[Part] = ()

    @cached_property
    def _cloth(self) -> tuple[Floats, Floats]:
        """Points of the cloth and where it faces there, both (C, 3)."""
        points = [part.vertices for part in self.clothes]
        facing = [vertex_normals(part.vertices, part.quads) for part in self.clothes]
        none = np.zeros((0, 3), np.float32)
        return np.concatenate([none, *points]), np.concatenate([none, *facing])

    def over_cloth(self, places: Floats, up: Floats) -> Floats:
        """Places (N, 3) moved out of the cloth next to them, whose outside faces along up."""
        points, facing = self._cloth
        low, high = places.min(axis=0) - _REACH_M, places.max(axis=0) + _REACH_M
        beside = ((points > low) & (points < high)).all(axis=1)
        points, facing = points[beside], facing[beside]
        if not len(points):
            return places
        found = places.astype(np.float32)
        inside = (facing @ up.T < _OUTSIDE).astype(np.float32)
        square = (points**2).sum(axis=1)[:, None] + inside
        for _ in range(2):
            near = np.argmin(square - 2.0 * points @ found.T, axis=0)
            off = found - points[near]
            above = np.einsum("nc,nc->n", off, facing[near])
            lift = np.maximum(_OVER_CLOTH_M - above, 0.0)
            lift = np.where(np.linalg.norm(off, axis=1) < _REACH_M, lift, 0.0)
            found = found + facing[near] * lift[:, None].astype(np.float32)
        return found


@dataclass(frozen=True, eq=False)
class Hanging:
    """Some places of hair and the skin of neck and trunk under them.

    Args:
        places: (P,) numbers of the places.
        near: the skin nearest to each.
        share: (P,) how much each goes with the trunk, not the head.
        off: (P, 3) from that skin to the place on the mean person, metres.
    """

    places: Ints
    near: Attachment
    share: Floats
    off: Floats

    def lay(
        self, wearer: Wearer, places: Floats, tops: Floats, skin: Floats, *, turn: bool
    ) -> None:
        """Bring places (N, 3), directions of tops and skin weights to the trunk, in place.

        Args:
            wearer: whose trunk, and what it wears.
            turn: whether tops turn to where the trunk's skin faces.
        """
        body = wearer.body
        up = _unit(self.near.points(body.normals))
        base = self.near.points(body.vertices)
        flat_up = _unit(self.near.points(mean_body().normals))
        high = np.einsum("nc,nc->n", self.off, flat_up)[:, None]
        lain = base + head_scale(body) * (self.off + high * (up - flat_up))
        own, share = self.places, self.share[:, None]
        found = places[own] + share * (lain - places[own])
        places[own] = wearer.over_cloth(pushed_out(found, base, up), up)
        skin[own] += share * (self.near.skin(body) - skin[own])
        if turn:
            tops[own] = _unit(tops[own] + share * (up - tops[own]) + 1e-6)


def hang_on(places: Floats, most: float = 1.0) -> Hanging:
    """How places (N, 3) around the mean person hang, metres; most is the trunk's greatest share."""
    low = np.flatnonzero(places[:, 1] < _HANGS_FROM_M)
    near = nearest_skin(places[low])
    share = most * (1 - ramp(places[low, 1], _LIES_FROM_M, _HANGS_FROM_M))
    off = places[low] - near.points(mean_body().vertices)
    return Hanging(low, near, share, off)


def settled(places: Floats) -> Floats:
    """Places (N, 3) around the mean person, those within the trunk brought out of it."""
    low = np.flatnonzero(places[:, 1] < _HANGS_FROM_M)
    found = places.copy()
    for _ in range(4):
        near = nearest_skin(found[low])
        up = _unit(near.points(mean_body().normals))
        found[low] = pushed_out(found[low], near.points(mean_body().vertices), up)
    return found


def pushed_out(places: Floats, base: Floats, up: Floats) -> Floats:
    """Places (N, 3) moved along up until they are far enough above the skin at base."""
    above = np.einsum("nc,nc->n", places - base, up)
    return np.asarray(places + up * np.maximum(TRUNK_M - above, 0.0)[:, None])


@cache
def _skin_below_head() -> Ints:
    body = mean_body()
    own = body.human.vertices_of("body")
    x, y, z = body.vertices[own].T
    within = (np.abs(x) < 0.045) & (y > 1.46) & (z > 0.02)  # the mouth
    return own[(y > 1.10) & (y < 1.56) & (np.abs(x) < 0.24) & ~within]


def nearest_skin(places: Floats) -> Attachment:
    """The skin of neck and trunk nearest to places (N, 3) around the mean person."""
    own = _skin_below_head()
    points = mean_body().vertices[own]
    square = (points**2).sum(axis=1) - 2 * places @ points.T
    near = np.argpartition(square, _NEAREST, axis=1)[:, :_NEAREST]
    far = np.linalg.norm(points[near] - places[:, None], axis=2)
    share = 1.0 / (far + 1e-3) ** 2
    share /= share.sum(axis=1, keepdims=True)
    return Attachment(own[near], share.astype(np.float32))


def _unit(ways: Floats) -> Floats:
    return np.asarray(ways / np.maximum(np.linalg.norm(ways, axis=-1, keepdims=True), 1e-9))
