"""Sparse weights of TensorFlow Lite, made dense.

A sparse tensor is a tree: each level is one axis, in an order of its own; behind the tensor's own
axes come those inside its blocks. A dense level has all its places; a compressed one lists, for
each node of the level above, the places that are filled. The leaves are the values.

Source: TACO's format as in tensorflow/lite/schema/schema.fbs, ``SparsityParameters``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .flatbuffer import FlatBufferError

_MOST_NUMBERS: Final = 1 << 26
"""Of a dense tensor: far more than any layer here, and far less than memory holds."""


@dataclass(frozen=True, eq=False)
class Level:
    """One axis of a sparse tensor.

    Args:
        size: of a dense level; of a compressed one, 0.
        segments: of a compressed level, (nodes above + 1,): where each node's list begins.
        places: of a compressed level: of each node of this level, its place along the axis.
    """

    size: int
    segments: NDArray[np.int64]
    places: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Sparsity:
    """How a tensor is stored.

    Args:
        order: for each level its axis; from the number of axes on, axes inside blocks.
        block_map: for each axis inside blocks, the tensor's axis that it divides.
        levels: in the order of storage.
    """

    order: Sequence[int]
    block_map: Sequence[int]
    levels: Sequence[Level]


def densify(values: NDArray, shape: Sequence[int], sparsity: Sparsity) -> NDArray:
    """The dense tensor.

    Args:
        values: (N,) as stored.
        shape: of the dense tensor.
        sparsity: how it is stored.

    Raises:
        FlatBufferError: the description contradicts itself or the values.
    """
    if not 0 < math.prod(shape) <= _MOST_NUMBERS:
        raise FlatBufferError(f"a sparse tensor has the shape {list(shape)}")
    places = _leaf_places(sparsity)
    axes = len(shape)
    index = np.zeros((axes, places.shape[1]), np.int64)
    block = np.ones(axes, np.int64)
    for axis, inside in zip(sparsity.block_map, range(axes, len(sparsity.order)), strict=True):
        level = list(sparsity.order).index(inside)
        block[axis] = sparsity.levels[level].size
        index[axis] += places[level]
    for axis in range(axes):
        index[axis] += block[axis] * places[list(sparsity.order).index(axis)]
    limits = np.array(shape)[:, None]
    if index.shape[1] != len(values) or (index < 0).any() or (index >= limits).any():
        raise FlatBufferError(
            f"a sparse tensor of shape {list(shape)} has {len(values)} values for "
            f"{index.shape[1]} places, or places outside of it"
        )
    dense = np.zeros(shape, values.dtype)
    dense[tuple(index)] = values
    return dense


def _leaf_places(sparsity: Sparsity) -> NDArray[np.int64]:
    """(levels, leaves): the place of every stored value along each level."""
    places = np.zeros((0, 1), np.int64)
    for level in sparsity.levels:
        nodes = places.shape[1]
        if not 0 <= level.size * nodes <= _MOST_NUMBERS:
            raise FlatBufferError(f"a whole axis of a sparse tensor has {level.size} places")
        if level.size:
            counts, own = np.full(nodes, level.size), np.tile(np.arange(level.size), nodes)
        elif len(level.segments) == nodes + 1 and level.segments[-1] == len(level.places):
            counts, own = np.diff(level.segments), level.places
        else:
            raise FlatBufferError(
                f"a compressed axis lists {len(level.segments)} borders for {nodes} nodes"
            )
        if (counts < 0).any():
            raise FlatBufferError("the borders of a compressed axis do not rise")
        places = np.vstack([np.repeat(places, counts, axis=1), own[None]])
    return places
