"""A human body from the data folder: MakeHuman's base mesh, with targets added for a person.

Sexes, ages, weights and ancestries are names, or shares of them that sum to one; targets are
added by the products of their shares, as MakeHuman does.

Source: the base mesh hm08 and the macro targets of MakeHuman, CC0 1.0.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
Shares = str | Mapping[str, float]

SEXES: Final = ("female", "male")
AGES: Final = ("child", "young", "old")
WEIGHTS: Final = {"thin": "minweight", "average": "averageweight", "heavy": "maxweight"}
ANCESTRIES: Final = ("african", "asian", "caucasian")
_DECIMETRE: Final = 0.1


@dataclass(frozen=True, eq=False)
class Base:
    """The base mesh: all of its surfaces, helpers included.

    Args:
        vertices: (V, 3) metres, Blender's axes.
        faces: quads, vertices of each, by name of the surface.
        groups: vertices of each surface and joint cube by name.
    """

    vertices: Array
    faces: Mapping[str, tuple[tuple[int, ...], ...]]
    groups: Mapping[str, Indices]


@cache
def read_base(folder: Path) -> Base:
    """Read ``base.obj.gz``."""
    vertices: list[list[float]] = []
    faces: dict[str, list[tuple[int, ...]]] = {}
    group = ""
    with gzip.open(folder / "base.obj.gz", "rt") as lines:
        for line in lines:
            word, *rest = line.split() or [""]
            if word == "v":
                vertices.append([float(value) for value in rest])
            elif word == "g":
                group = rest[0]
            elif word == "f":
                corners = tuple(int(corner.split("/")[0]) - 1 for corner in rest)
                faces.setdefault(group, []).append(corners)
    groups = {name: np.unique(np.concatenate(quads)) for name, quads in faces.items()}
    quads_of = {name: tuple(quads) for name, quads in faces.items()}
    return Base(_to_blender(np.array(vertices)), quads_of, groups)


@cache
def read_target(path: Path) -> tuple[Indices, Array]:
    """Vertices (N,) that a target moves, and by how much: (N, 3) metres, Blender's axes."""
    with gzip.open(path, "rt") as lines:
        rows = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    values = np.array(rows, np.float64).reshape(-1, 4)
    return values[:, 0].astype(np.int64), _to_blender(values[:, 1:])


def read_person(
    folder: Path,
    sex: Shares = "female",
    age: Shares = "young",
    weight: Shares = "average",
    ancestry: Shares = "caucasian",
) -> Array:
    """(V, 3) vertices of a person, helpers and joint cubes included, standing on the ground.

    Args:
        folder: of the data, with ``base.obj.gz`` and ``macro``.
        sex: of ``SEXES``, or shares of them.
        age: of ``AGES``, or shares.
        weight: of ``WEIGHTS``, or shares.
        ancestry: of ``ANCESTRIES``, or shares.
    """
    base = read_base(folder)
    places = base.vertices.copy()
    for (s, of_s), (a, of_a) in product(_shares(sex), _shares(age)):
        for w, share in _shares(weight):
            name = f"universal-{s}-{a}-averagemuscle-{WEIGHTS[w]}"
            _add(places, folder, name, of_s * of_a * share)
        for race, share in _shares(ancestry):
            _add(places, folder, f"{race}-{s}-{a}", of_s * of_a * share)
    places[:, 2] -= places[base.groups["body"], 2].min()
    return places


def _shares(of: Shares) -> Iterator[tuple[str, float]]:
    return iter([(of, 1.0)] if isinstance(of, str) else of.items())


def _add(places: Array, folder: Path, name: str, share: float) -> None:
    vertices, moved = read_target(folder / "macro" / f"{name}.target.gz")
    places[vertices] += share * moved


def _to_blender(points: Array) -> Array:
    """From decimetres, Y up, facing +Z."""
    return _DECIMETRE * np.stack((points[:, 0], -points[:, 2], points[:, 1]), axis=1)
