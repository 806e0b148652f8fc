"""Lips that meet at rest, and when the jaw is open and the mouth closed: pure NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from ...core.conventions import Floats
from ..human import Human, Shape
from .loops import LIP_LINE, LIP_SPOKES, lip_loops

# Which share of a lip's shift its loops take, from the skin over the lip's line to its back.
_FADE: Final = np.zeros(19)
_FADE[:14] = (0.0, 0.08, 0.22, 0.4, 0.58, 0.78, 0.94, 1.0, 1.0, 1.0, 0.85, 0.6, 0.35, 0.12)
_TOUCH_M: Final = 0.00015  # how far soft lips press into each other
_CORNER_M: Final = 0.0009  # over which shifts fade towards the corners of the mouth
_MIDDLE_LOWER: Final = 19  # spoke in the middle of the lower lip; 0 is that of the upper lip


def close_lips(human: Human, vertices: Floats) -> Floats:
    """Move both lips of a head at rest (V, 3) by half of the gap between them."""
    loops = lip_loops(human)
    moved = vertices.copy()
    moved[loops, 1] += _FADE[:, None] * _meeting(vertices[loops[LIP_LINE]].astype(np.float64))[0]
    return moved


def fit_mouth_close(
    human: Human, vertices: Floats, shapes: Mapping[str, Shape]
) -> dict[str, Shape]:
    """Shapes whose "mouthClose" shuts what "jawOpen" opens.

    Args:
        vertices: (V, 3) with closed lips.
    """
    loops = lip_loops(human)
    line = vertices[loops[LIP_LINE]].astype(np.float64)
    for name in ("jawOpen", "mouthClose"):
        line += _offsets(shapes[name], loops[LIP_LINE])
    height, depth = _meeting(line)
    shape = shapes["mouthClose"]
    places = np.searchsorted(shape.vertices, loops).clip(max=len(shape.vertices) - 1)
    there = shape.vertices[places] == loops
    offsets = shape.offsets_m.copy()
    shift = np.stack((np.zeros(LIP_SPOKES), height, depth), axis=-1)
    offsets[places[there]] += (_FADE[:, None, None] * shift)[there].astype(np.float32)
    return {**shapes, "mouthClose": Shape(shape.vertices, offsets)}


def _offsets(shape: Shape, vertices: np.ndarray) -> Floats:
    places = np.searchsorted(shape.vertices, vertices).clip(max=len(shape.vertices) - 1)
    there = shape.vertices[places] == vertices
    return np.where(there[..., None], shape.offsets_m[places], 0.0)


def _meeting(line: Floats) -> tuple[Floats, Floats]:
    """How far each point of the lips' line (S, 3) must go up and ahead to meet the other lip."""
    side = np.where(np.arange(LIP_SPOKES) <= _MIDDLE_LOWER, 1.0, -1.0)
    corner = int(np.argmax(np.where(side > 0, line[:, 0], -np.inf)))
    upper, lower = np.arange(corner + 1), np.arange(corner, _MIDDLE_LOWER + 1)
    up, ahead = np.zeros(LIP_SPOKES), np.zeros(LIP_SPOKES)
    for own, other, sign in ((upper, lower, 1.0), (lower, upper, -1.0)):
        order = np.argsort(line[other, 0])
        across = line[other][order]
        fade = np.clip((line[corner, 0] - line[own, 0]) / _CORNER_M, 0.0, 1.0)
        gap = np.interp(line[own, 0], across[:, 0], across[:, 1]) - line[own, 1]
        deep = np.interp(line[own, 0], across[:, 0], across[:, 2]) - line[own, 2]
        up[own] = 0.5 * fade * (gap - sign * _TOUCH_M)
        ahead[own] = 0.5 * fade * deep
    for values in (up, ahead):
        values[_MIDDLE_LOWER + 1 :] = values[_MIDDLE_LOWER - 1 : 0 : -1]
    return up, ahead
