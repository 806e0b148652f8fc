"""The human body that every person is made of, as it ships: pure NumPy.

One mesh of body, eyes, lashes, teeth, tongue and surfaces to cut clothes from; how sex, age,
ancestry and weight move it; the 52 ARKit shapes; joints; and skin weights.

Source: MakeHuman's base mesh hm08 and its targets, rig and weights as shipped with MPFB2, and
Mika Suominen's Face Units 01; all CC0 1.0.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from ..core.conventions import Floats, Ints
from ..core.errors import InputError
from .packing import mirrored, unpack

FOLDER: Final = Path(__file__).resolve().parent / "data"
LENGTH_STEP_M: Final = 5e-5
SHAPE_STEP_M: Final = 1e-5
SHARE_STEPS: Final = 255


@dataclass(frozen=True)
class Shape:
    """How one ARKit shape moves the mesh.

    Args:
        vertices: (N,) those that it moves.
        offsets_m: (N, 3) how far at full weight.
    """

    vertices: Ints
    offsets_m: Floats


@dataclass(frozen=True, eq=False)
class Human:
    """The body before it is anybody's: Y up, looking along +Z, metres.

    Args:
        base: (V, 3) the mesh without any target; nobody looks like this.
        quads: (M, 4) faces of each group: body, tights, skirt, hair, l-eye, r-eye, lashes, teeth.
        targets: (V, 3) offsets by name, such as "asian-female-young" and "male-old-thin".
        joints: (3,) places of the joints in the base, by name.
        joint_targets: (3,) their offsets, by target and joint.
        mirror: (V,) the vertex on the other side.
        shapes: by ARKit's names.
        bones: names of the bones of ``skin``'s columns.
        skin: (V, B) share of each bone at each vertex; rows sum to 1.
    """

    base: Floats
    quads: Mapping[str, Ints]
    targets: Mapping[str, Floats]
    joints: Mapping[str, Floats]
    joint_targets: Mapping[str, Mapping[str, Floats]]
    mirror: Ints
    shapes: Mapping[str, Shape]
    bones: tuple[str, ...]
    skin: Floats

    def vertices_of(self, *groups: str) -> Ints:
        """Numbers of the vertices of some groups, rising."""
        return _vertices_of(self, groups)


@cache
def _vertices_of(human: Human, groups: tuple[str, ...]) -> Ints:
    return np.unique(np.concatenate([human.quads[group].ravel() for group in groups]))


@cache
def load_human(folder: Path = FOLDER) -> Human:
    """Read the shipped body; the file must be the one that its description names.

    Args:
        folder: with ``human.npz`` and ``human.json``.

    Raises:
        InputError: a file is missing, or is not the one described.
    """
    path = folder / "human.npz"
    _check_hash(path, folder / "human.json")
    with np.load(path, allow_pickle=False) as stored:
        return _human({name: stored[name] for name in stored.files})


def _check_hash(path: Path, description: Path) -> None:
    try:
        expected = json.loads(description.read_text("utf-8"))["sha256"]
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"the body of the demo characters cannot be read from {path.parent}: {error}. "
            "Install the extension again"
        ) from error
    if found != expected:
        raise InputError(
            f"{path} has sha256 {found[:12]}…, but {description.name} names {expected[:12]}…; "
            "the file was changed or cut off. Install the extension again"
        )


def _human(stored: Mapping[str, Any]) -> Human:
    mirror, kept = stored["mirror"].astype(np.int64), stored["kept"].astype(np.int64)
    points = mirrored(unpack(stored["points"], LENGTH_STEP_M), kept, mirror)
    joint_names = tuple(str(name) for name in stored["joint_names"])
    target_names = tuple(str(name) for name in stored["target_names"])
    count = len(mirror) - len(joint_names)
    joints = [dict(zip(joint_names, each, strict=True)) for each in points[:, count:]]
    groups = tuple(str(name) for name in stored["groups"])
    return Human(
        base=points[0, :count],
        quads={name: stored[f"quads {name}"].astype(np.int64) for name in groups},
        targets=dict(zip(target_names, points[1:, :count], strict=True)),
        joints=joints[0],
        joint_targets=dict(zip(target_names, joints[1:], strict=True)),
        mirror=mirror[:count],
        shapes=_shapes(stored),
        bones=tuple(str(name) for name in stored["bones"]),
        skin=_skin(stored, count),
    )


def _shapes(stored: Mapping[str, Any]) -> dict[str, Shape]:
    ends = np.cumsum(stored["shape_sizes"])
    vertices = stored["shape_vertices"].astype(np.int64)
    offsets = unpack(stored["shape_offsets"], SHAPE_STEP_M).T
    return {
        str(name): Shape(vertices[end - size : end], offsets[end - size : end])
        for name, size, end in zip(
            stored["shape_names"], stored["shape_sizes"], ends, strict=True
        )
    }  # fmt: skip


def _skin(stored: Mapping[str, Any], count: int) -> Floats:
    skin = np.zeros((count, len(stored["bones"])), np.float32)
    skin[stored["skin_vertices"], stored["skin_bones"]] = stored["skin_shares"]
    return skin / skin.sum(axis=1, keepdims=True)
