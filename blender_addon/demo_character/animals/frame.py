"""The bones of an animal and what its body is made of: tables, mirrored from left to right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

import numpy as np

from ...core.conventions import Floats

Place = tuple[float, float, float]
Colour = tuple[float, float, float]

_LEFT: Final = ".L"
_RIGHT: Final = ".R"


@dataclass(frozen=True)
class AnimalBone:
    """One bone at rest, in metres, Y up, looking along +Z, left at +X.

    Args:
        name, parent: its own and its parent's; "" for the first.
        head, tail: its ends.
        deforms: whether it moves skin.
    """

    name: str
    parent: str
    head: Place
    tail: Place
    deforms: bool = True


@dataclass(frozen=True)
class Volume:
    """A round body along a line: muscle, trunk or bone, with oval sections.

    Args:
        sections: (x, y, z, deep, wide) each: its middle, and half its size in the animal's own
            plane and across it, metres.
        bones: which move it; the nearest most.
        ends: how far it bulges beyond its ends, as a share of the end's smaller half size.
    """

    sections: tuple[tuple[float, float, float, float, float], ...]
    bones: tuple[str, ...]
    ends: float = 1.0


@dataclass(frozen=True)
class Extra:
    """A closed piece that is not grown together with the body: hoof, eye, lock of hair.

    Args:
        sections: as those of a volume.
        bones: which move it.
        material: name of its material.
        around: vertices in a ring, even.
        flat: whether its ends are flat instead of round.
        level: whether its sections lie level, whatever way its line goes.
    """

    sections: tuple[tuple[float, float, float, float, float], ...]
    bones: tuple[str, ...]
    material: str
    around: int = 10
    flat: bool = False
    level: bool = False


@dataclass(frozen=True)
class Region:
    """Where the coat has another colour.

    Args:
        material: name of its material.
        within: as a volume; skin inside of it has the colour.
    """

    material: str
    within: Volume


@dataclass(frozen=True, eq=False)
class Animal:
    """An animal as tables.

    Args:
        kind: for scripts, such as "horse".
        title: for people.
        bones: parents first.
        volumes: what the body is made of.
        blend_m: how softly the volumes grow together.
        cell_m: how fine its skin is.
        extras: what is not skin.
        regions: of the coat; later ones lie over earlier ones.
        colours: linear, by material; "Coat" is the body's.
        gloss: of the coat, 0 to 1.
    """

    kind: str
    title: str
    bones: tuple[AnimalBone, ...]
    volumes: tuple[Volume, ...]
    blend_m: float
    cell_m: float
    extras: tuple[Extra, ...]
    regions: tuple[Region, ...]
    colours: dict[str, Colour] = field(default_factory=dict)
    gloss: float = 0.3

    @property
    def deforming(self) -> tuple[str, ...]:
        """Names of the bones that move skin."""
        return tuple(bone.name for bone in self.bones if bone.deforms)

    def ends_of(self, names: Sequence[str]) -> Floats:
        """(B, 2, 3) heads and tails of some bones."""
        found = {bone.name: (bone.head, bone.tail) for bone in self.bones}
        return np.array([found[name] for name in names], np.float64)


def mirrored_name(name: str) -> str:
    """The other side's bone."""
    return name[: -len(_LEFT)] + _RIGHT if name.endswith(_LEFT) else name


def both_bones(bones: Sequence[AnimalBone]) -> tuple[AnimalBone, ...]:
    """Bones of the middle and both sides, from those of the middle and the left."""
    return (*bones, *(_other_bone(bone) for bone in bones if bone.name.endswith(_LEFT)))


def _other_bone(bone: AnimalBone) -> AnimalBone:
    return replace(
        bone,
        name=mirrored_name(bone.name),
        parent=mirrored_name(bone.parent),
        head=(-bone.head[0], *bone.head[1:]),
        tail=(-bone.tail[0], *bone.tail[1:]),
    )


_Piece = TypeVar("_Piece", Volume, Extra)


def other_side(piece: _Piece) -> _Piece:
    """The same on the right."""
    return replace(
        piece,
        sections=tuple((-x, *rest) for x, *rest in piece.sections),
        bones=tuple(mirrored_name(name) for name in piece.bones),
    )


def both_sides(pieces: Sequence[_Piece]) -> tuple[_Piece, ...]:
    """Pieces on the left and on the right."""
    return (*pieces, *(other_side(piece) for piece in pieces))
