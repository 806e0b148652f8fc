"""An animal's surface, its skin weights and its colours, made of its tables: pure NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from ...core.conventions import Bools, Floats, Ints
from ..surface import Surface, tube
from .field import Grown, distance, grow, shares, united
from .frame import Animal, Extra, Volume
from .skin_mesh import mesh_field, neighbour_mean, vertex_normals

COAT: Final = "Coat"
_MAX_INFLUENCES: Final = 4
_SOFT: Final = 2.5
"""How much more softly weights pass from volume to volume than the skin does."""
_SMOOTHINGS: Final = 6
_NEAR: Final = 0.06
"""Of the animal's bones' reach: how sharply a volume's bones take turns along it."""


@dataclass(frozen=True, eq=False)
class AnimalShape:
    """Everything that is seen of an animal at rest.

    Args:
        vertices: (N, 3) metres, Y up, looking along +Z, ground at y = 0.
        quads: (M, 4) anticlockwise seen from outside.
        weights: (N, B) share of each of the animal's deforming bones; rows sum to 1, at most four
            of a row are not zero.
        materials: names, the coat first.
        painted: (M,) number of each quad's material.
        skin_vertices: how many of the vertices, the first ones, are the body's closed skin.
    """

    vertices: Floats
    quads: Ints
    weights: Floats
    materials: tuple[str, ...]
    painted: Ints
    skin_vertices: int


@cache
def shape_animal(animal: Animal) -> AnimalShape:
    """Make an animal's surface, weights and colours."""
    materials = (COAT, *(name for name in animal.colours if name != COAT))
    skin, grown = _skin(animal)
    painted, skin = _painted(animal, skin, materials)
    parts = [skin]
    weights = [_skin_weights(animal, grown, skin)]
    paints = [painted]
    for extra in animal.extras:
        piece = _piece(extra)
        parts.append(piece)
        weights.append(_extra_weights(animal, extra, piece.vertices))
        paints.append(np.full(len(piece.quads), materials.index(extra.material)))
    starts = np.cumsum([0, *(len(part.vertices) for part in parts[:-1])])
    return AnimalShape(
        np.concatenate([part.vertices for part in parts]),
        np.concatenate([part.quads + start for part, start in zip(parts, starts, strict=True)]),
        _few(np.concatenate(weights)),
        materials,
        np.concatenate(paints),
        len(skin.vertices),
    )


def _skin(animal: Animal) -> tuple[Surface, list[Grown]]:
    grown = [grow(volume) for volume in animal.volumes]
    low = np.min([part.low for part in grown], axis=0)
    high = np.max([part.high for part in grown], axis=0)
    surface = mesh_field(
        lambda places: united(grown, places, animal.blend_m), low, high, animal.cell_m
    )
    return surface, grown


def _skin_weights(animal: Animal, grown: Sequence[Grown], skin: Surface) -> Floats:
    """Bones by the volumes that a vertex belongs to and by where along them it is."""
    counts = shares(grown, skin.vertices.astype(np.float64), _SOFT * animal.blend_m)
    weights = np.zeros((len(skin.vertices), len(animal.deforming)))
    for number, volume in enumerate(animal.volumes):
        held = np.flatnonzero(counts[:, number] > 1e-4)
        own = _along(animal, volume, grown[number], skin.vertices[held])
        weights[held] += counts[held, number, None] * own
    mean = neighbour_mean(skin.quads)
    for _ in range(_SMOOTHINGS):
        weights = 0.5 * weights + 0.5 * mean(weights)
    return weights


def _along(animal: Animal, volume: Volume, grown: Grown, places: Floats) -> Floats:
    """(N, B) bones of one volume, by the nearest place of its middle line."""
    away = np.linalg.norm(places[:, None] - grown.line, axis=-1)
    return _by_nearness(animal, volume.bones, grown.line)[away.argmin(axis=1)]


def _extra_weights(animal: Animal, extra: Extra, places: Floats) -> Floats:
    return _by_nearness(animal, extra.bones, places.astype(np.float64))


def _by_nearness(animal: Animal, bones: Sequence[str], places: Floats) -> Floats:
    """(N, B) shares of some bones at places (N, 3): the nearer the more."""
    ends = animal.ends_of(bones)
    way = ends[:, 1] - ends[:, 0]
    off = places[:, None] - ends[:, 0]
    share = np.clip((off * way).sum(-1) / (way * way).sum(-1), 0.0, 1.0)
    away = np.linalg.norm(off - share[..., None] * way, axis=-1)
    nearest = away.min(axis=1, keepdims=True)
    sharp = _NEAR * np.linalg.norm(way, axis=1).mean() * 4.0
    counts = np.exp(-(((away - nearest) / sharp) ** 1.5))
    weights = np.zeros((len(places), len(animal.deforming)))
    for column, name in enumerate(bones):
        weights[:, animal.deforming.index(name)] += counts[:, column]
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _few(weights: Floats) -> Floats:
    """The strongest four of each row, adding up to 1."""
    order = np.argsort(weights, axis=1)[:, :-_MAX_INFLUENCES]
    kept = weights.copy()
    np.put_along_axis(kept, order, 0.0, axis=1)
    kept[kept < 0.01] = 0.0
    return np.asarray(kept / kept.sum(axis=1, keepdims=True), np.float32)


def _painted(animal: Animal, skin: Surface, materials: Sequence[str]) -> tuple[Ints, Surface]:
    """Number of each quad's material; vertices on a border are moved onto it."""
    painted = np.zeros(len(skin.quads), np.int64)
    vertices = skin.vertices.astype(np.float64)
    for region in animal.regions:
        within = grow(region.within)
        off = distance(within, vertices)
        inside = off[skin.quads].mean(axis=1) < 0
        painted[inside] = materials.index(region.material)
        _move_to_border(vertices, skin.quads, inside, within, animal.cell_m)
    return painted, Surface(vertices.astype(np.float32), skin.quads)


def _move_to_border(
    vertices: Floats, quads: Ints, inside: Bools, within: Grown, cell_m: float
) -> None:
    """Slide the vertices between two colours along the skin onto the border between them."""
    touched = np.zeros((2, len(vertices)), np.bool_)
    touched[0, quads[inside].ravel()] = True
    touched[1, quads[~inside].ravel()] = True
    border = np.flatnonzero(touched.all(axis=0))
    if not len(border):
        return
    normal = vertex_normals(vertices, quads)[border]
    places, step = vertices[border], 0.1 * cell_m
    off = distance(within, places)
    slope = np.stack(
        [(distance(within, places + step * way) - off) / step for way in np.eye(3)], axis=-1
    )
    slope -= (slope * normal).sum(-1, keepdims=True) * normal
    move = -off[:, None] * slope / np.maximum((slope * slope).sum(-1, keepdims=True), 0.05)
    length = np.linalg.norm(move, axis=1, keepdims=True)
    vertices[border] += move * np.minimum(1.0, 0.6 * cell_m / np.maximum(length, 1e-9))


def _piece(extra: Extra) -> Surface:
    """A closed tube through an extra's sections."""
    sections = np.array(extra.sections, np.float64)
    if not extra.flat:
        sections = _rounded(sections)
    middle = sections[:, :3]
    if extra.level:
        return _level_tube(sections, extra.around)
    way = middle[-1] - middle[0]
    up = np.cross((1.0, 0.0, 0.0), way)
    if np.linalg.norm(up) < 0.3 * np.linalg.norm(way):
        up = np.array((0.0, 1.0, 0.0))
    return tube(middle, up, sections[:, 3], sections[:, 4], extra.around)


def _level_tube(sections: Floats, around: int) -> Surface:
    """A tube whose sections lie level: made upright, then pushed over."""
    upright = sections[:, :3].copy()
    upright[:, [0, 2]] = 0.0
    made = tube(upright, (0.0, 0.0, 1.0), sections[:, 3], sections[:, 4], around)
    pushed = made.vertices.reshape(len(sections), around, 3) + (
        sections[:, None, :3] - upright[:, None]
    )
    return Surface(pushed.reshape(-1, 3).astype(np.float32), made.quads)


def _rounded(sections: Floats) -> Floats:
    """Ends drawn in, so that they close like a half ball instead of a lid."""
    before, after = sections[0].copy(), sections[-1].copy()
    for end in (before, after):
        end[3:] *= 0.45
    for end, other in ((before, sections[1]), (after, sections[-2])):
        way = end[:3] - other[:3]
        length = max(float(np.linalg.norm(way)), 1e-9)
        end[:3] += way / length * 0.8 * float(min(end[3], end[4]))
    return np.concatenate((before[None], sections, after[None]))
