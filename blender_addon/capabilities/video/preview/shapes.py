"""Discs, rings and lines drawn over a region, a batch of triangles each."""

from __future__ import annotations

from typing import Final

import gpu
import numpy as np
from gpu_extras.batch import batch_for_shader
from numpy.typing import NDArray

Colour = tuple[float, float, float, float]
_SIDES: Final = 20


def draw_lines(ends: NDArray[np.floating], width: float, colour: Colour) -> None:
    """(N, 2, 2) lines from one end to the other, in pixels."""
    ends = np.asarray(ends, np.float64).reshape(-1, 2, 2)
    along = ends[:, 1] - ends[:, 0]
    length = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-6)[:, None]
    aside = 0.5 * width * np.stack((-along[:, 1], along[:, 0]), axis=-1) / length
    a, b, c, d = ends[:, 0] - aside, ends[:, 0] + aside, ends[:, 1] + aside, ends[:, 1] - aside
    _draw(np.stack((a, b, c, a, c, d), axis=1), colour)


def draw_discs(middles: NDArray[np.floating], radius: float, colour: Colour) -> None:
    """(N, 2) filled circles, in pixels."""
    around = _around(radius)
    middles = np.asarray(middles, np.float64).reshape(-1, 1, 2)
    first, second = middles + around[None, :-1], middles + around[None, 1:]
    inner = np.broadcast_to(middles, first.shape)
    _draw(np.stack((inner, first, second), axis=2), colour)


def draw_rings(middles: NDArray[np.floating], radius: float, width: float, colour: Colour) -> None:
    """(N, 2) circles that are not filled, in pixels."""
    middles = np.asarray(middles, np.float64).reshape(-1, 1, 2)
    outer, inner = middles + _around(radius)[None], middles + _around(radius - width)[None]
    a, b, c, d = inner[:, :-1], outer[:, :-1], outer[:, 1:], inner[:, 1:]
    _draw(np.stack((a, b, c, a, c, d), axis=2), colour)


def _around(radius: float) -> NDArray[np.float64]:
    turn = np.linspace(0.0, 2.0 * np.pi, _SIDES + 1)
    return radius * np.stack((np.cos(turn), np.sin(turn)), axis=-1)


def _draw(corners: NDArray[np.floating], colour: Colour) -> None:
    flat = np.ascontiguousarray(corners.reshape(-1, 2), np.float32)
    if not len(flat):
        return
    shader = gpu.shader.from_builtin("UNIFORM_COLOR")
    batch = batch_for_shader(shader, "TRIS", {"pos": flat})
    shader.uniform_float("color", colour)
    batch.draw(shader)
