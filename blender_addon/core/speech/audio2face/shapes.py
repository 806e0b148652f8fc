"""The blendshapes of a folder, and how weights are to be found for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from ...conventions import Floats, Ints
from ...errors import ModelError
from ...face.arkit import ARKIT_52
from ...inference.arrays import ArrayFile
from .documents import Fields

_NEUTRAL: Final = "neutral"
_MOST_POSES: Final = 1000
_USUAL_BOX: Final = 54.7
"""Diagonal of the head for which the strengths were meant, where the file does not say."""
_ARKIT_BY_LOWER: Final = {name.lower(): name for name in ARKIT_52}

Pairs = tuple[tuple[int, int], ...]


@dataclass(frozen=True, eq=False)
class ShapeSet:
    """Blendshapes that take part, and the terms of their weights.

    Args:
        names: P of them, those of ARKit spelled as there.
        deltas: (P, M, 3) displacements of the vertices that count.
        neutral: (M, 3) where these are at rest.
        vertices: (M,) which vertices count.
        scale: square of the head's size over the one that the strengths are meant for.
        l1, l2, temporal, symmetry: strengths.
        cancelling: pairs of which only one may be above 0.
        symmetric: pairs that move alike.
        multipliers, offsets: (P,) of the weights found.
    """

    names: tuple[str, ...]
    deltas: Floats
    neutral: Floats
    vertices: Ints
    scale: float
    l1: float
    l2: float
    temporal: float
    symmetry: float
    cancelling: Pairs
    symmetric: Pairs
    multipliers: Floats
    offsets: Floats


def read_shapes(path: Path, config_path: Path, vertex_count: int) -> ShapeSet:
    """Read blendshapes and their configuration.

    Args:
        path: of the .npz.
        config_path: of the .json.
        vertex_count: of the part of the head that they belong to.

    Raises:
        ModelError: a file is damaged, or they do not fit each other.
    """
    config = Fields.of_file(config_path).part("blendshape_params")
    with ArrayFile(path) as data:
        names = data.texts("poseNames")
        if not names or names[0] != _NEUTRAL or len(set(names)) != len(names):
            raise ModelError(
                f"{path.name}: poseNames begins with {list(names[:3])}, expected '{_NEUTRAL}' and "
                "names that differ; fetch the whole model again"
            )
        count = config.integer("numPoses", 1, _MOST_POSES)
        if count != len(names) - 1:
            raise config.wrong("numPoses", f"{len(names) - 1}, the poses of {path.name}", count)
        active = [n for n, on in enumerate(config.integers("bsSolveActivePoses", count)) if on]
        if not active:
            raise config.wrong("bsSolveActivePoses", "at least one pose", [0] * count)
        neutral = data.floats(_NEUTRAL, (vertex_count, 3))
        chosen = _read_mask(data, path.name, vertex_count)
        poses = [data.floats(names[1 + n], (vertex_count, 3))[chosen] for n in active]
    box = float(np.linalg.norm(np.ptp(neutral, axis=0)))
    template = config.number("templateBBSize", 1e-3) if "templateBBSize" in config else _USUAL_BOX
    return ShapeSet(
        names=tuple(_ARKIT_BY_LOWER.get(names[1 + n].lower(), names[1 + n]) for n in active),
        deltas=np.stack(poses),
        neutral=neutral[chosen],
        vertices=chosen,
        scale=(box / template) ** 2,
        l1=config.number("strengthL1regularization", 0.0),
        l2=config.number("strengthL2regularization", 0.0),
        temporal=config.number("strengthTemporalSmoothing", 0.0),
        symmetry=config.number("strengthSymmetry", 0.0),
        cancelling=_pairs(config.integers("bsSolveCancelPoses", count), active),
        symmetric=_pairs(config.integers("bsSolveSymmetryPoses", count), active),
        multipliers=np.array(config.numbers("bsWeightMultipliers", count), np.float32)[active],
        offsets=np.array(config.numbers("bsWeightOffsets", count), np.float32)[active],
    )


def _read_mask(data: ArrayFile, name: str, vertex_count: int) -> Ints:
    """Vertices that count: those of the front of the face, or all."""
    if "frontalMask" not in data:
        return np.arange(vertex_count)
    chosen = data.integers("frontalMask", (None,))
    if chosen.min() < 0 or chosen.max() >= vertex_count:
        raise ModelError(
            f"{name}: frontalMask names vertices from {chosen.min()} to {chosen.max()}, expected 0 "
            f"to {vertex_count - 1}; fetch the whole model again"
        )
    return chosen


def _pairs(groups: Sequence[int], active: Sequence[int]) -> Pairs:
    """Places, among the active poses, of two that have the same number; −1 means none."""
    members: dict[int, list[int]] = {}
    for place, pose in enumerate(active):
        if groups[pose] >= 0:
            members.setdefault(groups[pose], []).append(place)
    return tuple((pair[0], pair[1]) for pair in members.values() if len(pair) == 2)
