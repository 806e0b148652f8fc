"""Rigs built bone by bone as their programs make them, from ``hierarchies/*.json``.

Each file holds ``options`` (fields of ``Build``, and how sides are written) and ``bones``: rows of
name, parent's name and place. ``{side}`` and ``{l}`` make a row stand for both sides. A place is a
common joint, which the bone then is, with or without an offset in metres ("Hips 0 0 0.1"); behind
an @ it is where a helper lies: at a joint, on the way between two ("@Arm>ForeArm 0.5"), on the
ground, or at its parent's tail ("@end": a leaf bone).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import bpy
import numpy as np
from mathutils import Matrix, Vector
from numpy.typing import NDArray

from blender_addon.core.motion.common_skeleton import COMMON_SKELETON

from .built import Build, armature_space, joint_places, new_armature, tail_of

FOLDER: Final = Path(__file__).parent / "hierarchies"
_LEAF_M: Final = 0.05
_HELPER: Final = np.array([0.0, 0.0, 0.06])

Array = NDArray[np.float64]


@dataclass(frozen=True)
class BoneRow:
    """One bone of a rig.

    Args:
        name: of the bone.
        parent: its parent's name, or empty.
        place: as in the file, the sides filled in.
        side: Left, Right or empty.
        joint: which common joint it is, or empty.
    """

    name: str
    parent: str
    place: str
    side: str
    joint: str


@dataclass(frozen=True)
class Hierarchy:
    """A rig with its own tree of bones.

    Args:
        build: rest pose, size, unit; its names are those of the joints' bones.
        rows: every bone, parents first.
    """

    build: Build
    rows: tuple[BoneRow, ...]


def hierarchies() -> Iterator[tuple[str, Hierarchy]]:
    """Name and rig of every file."""
    for path in sorted(FOLDER.glob("*.json")):
        yield path.stem, load_hierarchy(path)


def load_hierarchy(path: Path) -> Hierarchy:
    """Read one file."""
    document = json.loads(path.read_text("utf-8"))
    options = dict(document["options"])
    sides = _side_words(options)
    rows = tuple(row for entry in document["bones"] for row in _rows(entry, sides))
    names = {row.joint: row.name for row in rows if row.joint}
    return Hierarchy(Build(names, **options), rows)


def _side_words(options: dict[str, object]) -> dict[str, tuple[str, str]]:
    """What to write for {side} and {l}, by the common joints' side; takes it out of the options."""
    if options.pop("kanji", False):
        return {"Left": ("左", "左"), "Right": ("右", "右")}
    if options.pop("lower_side", False):
        return {"Left": ("left", "l"), "Right": ("right", "r")}
    return {"Left": ("Left", "L"), "Right": ("Right", "R")}


def _rows(entry: Sequence[str], sides: Mapping[str, tuple[str, str]]) -> Iterator[BoneRow]:
    name, parent, place = entry
    for side in ("Left", "Right") if "{" in name else ("",):
        word, letter = sides.get(side, ("", ""))
        filled = [text.replace("{side}", word).replace("{l}", letter) for text in (name, parent)]
        first = place.split()[0]
        joint = "" if first.startswith("@") else _of_side(first, side)
        yield BoneRow(filled[0], filled[1], place, side, joint)


def _of_side(joint: str, side: str) -> str:
    return joint if joint in COMMON_SKELETON.names else side + joint


def build_hierarchy(hierarchy: Hierarchy, name: str = "Rig") -> bpy.types.Object:
    """Make the armature object in the present scene."""
    build = hierarchy.build
    places = joint_places(build)
    space = armature_space(build, places)
    with new_armature(build, name) as armature:
        bones = armature.data.edit_bones
        for row in hierarchy.rows:
            bone = bones.new(row.name)
            parent = bones[row.parent] if row.parent else None
            bone.head, bone.tail = _ends(row, parent, places, build, space)
            bone.parent, bone.roll = parent, build.roll * len(bones)
    return armature


def _ends(
    row: BoneRow,
    parent: bpy.types.EditBone | None,
    places: Mapping[str, Array],
    build: Build,
    space: Matrix,
) -> tuple[Vector, Vector]:
    first, *numbers = row.place.split()
    if first == "@end" and parent is not None:
        way = (parent.tail - parent.head).normalized() * _LEAF_M * build.size * build.unit
        return parent.tail, parent.tail + way
    head = _head(first.removeprefix("@"), [float(n) for n in numbers], row.side, places, build)
    tail = head + build.size * _HELPER
    if row.joint:
        tail = tail_of(row.joint, places, build)
        if np.linalg.norm(tail - head) < 0.01 * build.size:
            tail = head + build.size * _HELPER
    return space @ Vector(head), space @ Vector(tail)


def _head(
    word: str, numbers: Sequence[float], side: str, places: Mapping[str, Array], build: Build
) -> Array:
    if word == "ground":
        return np.zeros(3)
    if ">" in word:
        upper, lower = (places[_of_side(part, side)] for part in word.split(">"))
        return upper + numbers[0] * (lower - upper)
    offset = np.array(numbers or (0.0, 0.0, 0.0)) * ((-1, 1, 1) if side == "Right" else (1, 1, 1))
    turn = np.array(Matrix.Rotation(build.turn_rad, 3, "Z"), np.float64)
    return places[_of_side(word, side)] + build.size * turn @ offset
