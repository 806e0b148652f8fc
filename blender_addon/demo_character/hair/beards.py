"""Stubble, moustaches and beards: pure NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from ...core.conventions import Floats, Ints
from ..body import Body
from ..human import Shape
from ..part import Attachment, Part
from ..person import Person
from .cropped import shades
from .locks import SECTION, lock_quads, ramp, sweep_locks, taper
from .patches import Patch, evenly_fine, face_sizes
from .scalp import head_scale, mean_body

MESH: Final = "Beard"
TONES: Final = ("Beard", "BeardDark", "BeardLight")
# On the mean person, metres. The upper edge by distance from the middle, the lower one by depth.
_UPPER: Final = np.array(
    [
        (0.0, 1.5445), (0.010, 1.5440), (0.018, 1.5410), (0.026, 1.5370), (0.034, 1.5335),
        (0.042, 1.5350), (0.050, 1.5420), (0.058, 1.5540), (0.064, 1.5720), (0.067, 1.5860),
    ]
)  # fmt: skip
_LOWER: Final = np.array([(0.050, 1.545), (0.065, 1.503), (0.085, 1.474), (0.100, 1.466)])
_LIPS: Final = ((1.5220, 0.0280), 0.0128, 0.0138)  # height, half width; up and down from there
_CHIN: Final = np.array([0.0, 1.495, 0.146])
_ROWS: Final = 5
_NEAREST: Final = 4
_STUBBLE_M, _UNDER_M = 0.0028, 0.0045  # how fine the layer next to the skin is


def beard_depth_m(points: Floats) -> Floats:
    """How far points (N, 3) of the mean person's skin are within a full beard, metres."""
    x, y, z = np.abs(points[:, 0]), points[:, 1], points[:, 2]
    lips = _from_lips(points)
    ear = np.where(y > 1.535, z - 0.0655, z - 0.053)
    edges = (0.8 * (np.interp(x, *_UPPER.T) - y), y - np.interp(z, *_LOWER.T), ear, lips)
    return np.asarray(np.minimum.reduce(edges))


def _from_lips(points: Floats) -> Floats:
    """How far points (N, 3) are off the lips, metres; less than 0 on them."""
    x, y, z = np.abs(points[:, 0]), points[:, 1], points[:, 2]
    (level, wide), above, below = _LIPS
    tall = np.where(y > level, above, below)
    off = (np.hypot(x / wide, (y - level) / tall) - 1.0) * 0.5 * (wide + tall)
    return np.asarray(np.where(z > 0.11, off, 1.0))


@cache
def _outer_faces() -> Ints:
    """Faces of the lower face's skin; what is within the mouth is beyond the lips."""
    points = mean_body().vertices
    x, y, z = points.T
    area = (y > 1.455) & (y < 1.60) & (z > 0.045) & (np.abs(x) < 0.08)
    skin = area & (_from_lips(points) > -0.002)
    faces = mean_body().human.quads["body"]
    fit = np.flatnonzero(skin[faces].all(axis=1))
    reached = np.zeros(len(points), bool)
    reached[np.argmin(np.linalg.norm(points - _CHIN, axis=1))] = True
    for _ in range(60):
        reached[faces[fit[reached[faces[fit]].any(axis=1)]]] = True
    return fit[reached[faces[fit]].all(axis=1)]


@cache
def beard_patch(fine_m: float) -> tuple[Patch, Floats]:
    """Fine faces of the skin with a beard, and how deep in it each point is, metres."""
    body = mean_body()
    own = body.human.quads["body"][_outer_faces()]
    patch = evenly_fine(own, face_sizes(body.vertices, own), fine_m)
    depth = beard_depth_m(patch.held.points(body.vertices))
    kept, points = patch.kept(np.flatnonzero(depth[patch.quads].min(axis=1) > -0.003))
    return kept, depth[points]


@dataclass(frozen=True, eq=False)
class _Tufts:
    """Locks of a beard, each place held by the skin nearest to it.

    Args:
        near: L × R places.
        off: (L × R, 3) from the skin to the place on the mean person, metres.
        wide, tall: (L, R) half width and thickness.
        flips, tones: (L,) as those of locks.
    """

    near: Attachment
    off: Floats
    wide: Floats
    tall: Floats
    flips: Floats
    tones: Ints

    def part(self, body: Body) -> Part:
        """These tufts on somebody's face, moved by the shapes that move the skin."""
        up, flat = _facing(self.near, body), _facing(self.near, mean_body())
        high = np.einsum("nc,nc->n", self.off, flat)[:, None]
        scale = head_scale(body)
        places = self.near.points(body.vertices) + scale * (self.off + high * (up - flat))
        frame = (*self.wide.shape, 3)
        points = sweep_locks(
            places.reshape(frame), up.reshape(frame), scale * self.wide, scale * self.tall,
            self.flips,
        )  # fmt: skip
        quads = lock_quads(*self.wide.shape)
        around = len(SECTION)
        each = np.repeat(self.tones, len(quads) // len(self.tones))
        paint = {name: np.flatnonzero(each == n) for n, name in enumerate(TONES) if n}
        skin = np.repeat(self.near.skin(body), around, axis=0)
        shapes = _widened(self.near.shapes(body), around)
        return Part(MESH, TONES[0], points, quads, skin, shapes, paint)


def _facing(near: Attachment, body: Body) -> Floats:
    up = near.points(body.normals)
    return np.asarray(up / np.linalg.norm(up, axis=1, keepdims=True))


def _widened(shapes: Mapping[str, Shape], around: int) -> dict[str, Shape]:
    """Shapes of middles as shapes of the rings around them."""
    return {
        name: Shape(
            (each.vertices[:, None] * around + np.arange(around)).ravel(),
            np.repeat(each.offsets_m, around, axis=0),
        )
        for name, each in shapes.items()
    }


def _nearest(places: Floats) -> tuple[Attachment, Floats, Floats]:
    """The beard's skin nearest to places (N, 3): held there, its place, where it faces."""
    patch, depth = beard_patch(_UNDER_M)
    own = np.flatnonzero(depth > 0.0)
    points = patch.held.points(mean_body().vertices)[own]
    far = np.linalg.norm(points[None] - places[:, None], axis=2)
    near = np.argpartition(far, _NEAREST, axis=1)[:, :_NEAREST]
    share = 1.0 / (np.take_along_axis(far, near, axis=1) + 5e-4) ** 2
    share /= share.sum(axis=1, keepdims=True)
    sources = patch.held.sources[own[near]].reshape(len(places), -1)
    shares = (patch.held.shares[own[near]] * share[..., None]).reshape(len(places), -1)
    held = Attachment(sources, shares.astype(np.float32))
    return held, held.points(mean_body().vertices), _facing(held, mean_body())


def _flow(places: Floats) -> Floats:
    """(N, 3) which way the beard lies."""
    x, y, z = places.T
    lip = ramp(y, 1.524, 1.533) * (1 - ramp(np.abs(x), 0.026, 0.036)) * ramp(z, 0.12, 0.135)
    side = np.sign(x) * ramp(np.abs(x), -0.002, 0.001)
    over = np.stack((side, -0.15 - 10 * np.abs(x), -0.3 * np.ones_like(x)), axis=1)
    down = np.stack((-4.0 * x, -np.ones_like(x), 0.35 * (1 - ramp(z, 0.10, 0.135))), axis=1)
    return np.asarray(lip[:, None] * over + (1 - lip[:, None]) * down)


@cache
def _tufts(kind: str) -> _Tufts:
    rng = np.random.default_rng(21)
    roots, depth = _roots(kind, rng)
    x, y, z = roots.T
    lip = ramp(y, 1.524, 1.533) * (1 - ramp(np.abs(x), 0.030, 0.038)) * ramp(z, 0.12, 0.135)
    chin = ramp(z, 0.09, 0.13) * (1 - ramp(y, 1.500, 1.515))
    length = (0.023 + 0.008 * chin - 0.003 * lip) * rng.uniform(0.85, 1.2, len(roots))
    length = length * (0.6 + 0.4 * ramp(depth, 0.0, 0.012))
    steps = _ROWS - 1
    places, free = [roots], ramp(np.arange(steps) / steps, 0.25, 1.0)
    for step in range(steps):
        here = places[-1]
        _, skin, up = _nearest(here)
        way = _flow(here)
        way = way - up * (1 - 0.75 * free[step]) * np.einsum("nc,nc->n", way, up)[:, None]
        way /= np.linalg.norm(way, axis=1, keepdims=True)
        onward = here + way * (length / steps)[:, None]
        _, skin, up = _nearest(onward)
        above = np.einsum("nc,nc->n", onward - skin, up)
        full = 0.0008 + (0.0030 + 0.003 * chin) * ramp(np.array((step + 1) / steps), 0.0, 0.7)
        places.append(onward + up * np.maximum(full - above, 0.0)[:, None])
    lines = np.stack(places, axis=1).reshape(-1, 3)
    near, skin, _ = _nearest(lines)
    shape = taper(_ROWS, 0.75, 0.3, 0.1)
    wide = rng.uniform(0.0032, 0.0048, len(roots)) * (1 + 0.25 * chin - 0.25 * lip)
    tall = rng.uniform(0.0022, 0.0034, len(roots)) * (1 + 0.4 * chin)
    return _Tufts(
        near,
        lines - skin,
        wide[:, None] * shape,
        tall[:, None] * shape,
        np.where(rng.random(len(roots)) < 0.5, -1.0, 1.0),
        rng.choice(3, len(roots), p=(0.6, 0.22, 0.18)),
    )


def _in_moustache(points: Floats) -> Floats:
    """How far points are within a moustache, metres."""
    return np.asarray(
        np.minimum.reduce(
            (points[:, 1] - 1.524, 0.036 - np.abs(points[:, 0]), points[:, 2] - 0.125)
        )
    )


def _roots(kind: str, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Roots spread over the beard's skin, and how deep in it each is."""
    patch, depth = beard_patch(_STUBBLE_M)
    points = patch.held.points(mean_body().vertices)
    down = _facing(patch.held, mean_body())[:, 1] < -0.7
    fit = (depth > 0.0015) & ~down
    if kind == "moustache":
        fit &= _in_moustache(points) > 0.0
    own = rng.permutation(np.flatnonzero(fit))
    lip = _in_moustache(points) > 0.0
    apart = np.where(lip, 0.0042, 0.0072)
    chosen: list[int] = []
    for one in own:
        far = np.linalg.norm(points[chosen] - points[one], axis=1)
        if not len(chosen) or far.min() > apart[one]:
            chosen.append(int(one))
    return points[chosen], depth[chosen]


def beard_layer(body: Body, kind: str) -> Part:
    """What lies next to the skin: a shadow of stubble, darker under a beard."""
    patch, depth = beard_patch(_STUBBLE_M if kind == "stubble" else _UNDER_M)
    if kind == "moustache":
        points = patch.held.points(mean_body().vertices)
        inside = np.minimum(depth, _in_moustache(points))
        patch, kept = patch.kept(np.flatnonzero(inside[patch.quads].min(axis=1) > -0.003))
        depth = inside[kept]
    full = 0.0004 if kind == "stubble" else 0.0018
    most = 0.45 if kind == "stubble" else 0.95
    heights = np.interp(depth, (-0.003, 0.0, 0.003, 0.012), (-0.0010, 0.0, 0.0004, full))
    off = patch.normals(body) * (head_scale(body) * heights)[:, None]
    points = patch.held.points(body.vertices) + off
    paint = shades(np.minimum(depth[patch.quads].mean(axis=1) / 0.016, most), 12)
    held = patch.held
    return Part(
        MESH, TONES[0], points.astype(np.float32), patch.quads, held.skin(body),
        held.shapes(body), paint,
    )  # fmt: skip


def beard_parts(person: Person, body: Body) -> list[Part]:
    """The beard on somebody's face; nothing for the shaven."""
    kind = person.look.beard
    if kind == "none":
        return []
    under = beard_layer(body, kind)
    return [under] if kind == "stubble" else [under, _tufts(kind).part(body)]
