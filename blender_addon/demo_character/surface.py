"""Simple surfaces of quads: pure NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..core.conventions import Floats, Ints

Point = ArrayLike


@dataclass(frozen=True, eq=False)
class Surface:
    """A closed mesh of quads.

    Args:
        vertices: (N, 3) metres.
        quads: (M, 4) vertex numbers, anticlockwise seen from outside.
    """

    vertices: Floats
    quads: Ints


def sphere(centre: Point, radius: float, rings: int, segments: int) -> Surface:
    """A ball of quads with its poles along Z, the poles closed by slim quads."""
    ring = np.pi * (np.arange(rings) + 0.5) / rings
    turn = 2 * np.pi * np.arange(segments) / segments
    points = np.stack(
        np.broadcast_arrays(
            np.sin(ring)[:, None] * np.cos(turn),
            np.sin(ring)[:, None] * np.sin(turn),
            np.cos(ring)[:, None],
        ),
        axis=-1,
    ).reshape(-1, 3)
    poles = np.array([[0, 0, 1], [0, 0, -1]])
    vertices = (np.vstack((points, poles)) * radius + np.array(centre)).astype(np.float32)
    here = np.arange(segments)
    after = (here + 1) % segments
    rows = np.arange(rings - 1)[:, None] * segments
    quads = np.stack(
        (rows + here, rows + segments + here, rows + segments + after, rows + after), axis=-1
    ).reshape(-1, 4)
    return Surface(vertices, np.vstack((quads, _caps(rings, segments))))


def _caps(rings: int, segments: int) -> Ints:
    """Quads around both poles of a ball, each made of two segments."""
    even = np.arange(0, segments, 2)
    north, south = rings * segments, rings * segments + 1
    last = (rings - 1) * segments
    top = np.stack((np.full_like(even, north), even, even + 1, (even + 2) % segments), axis=-1)
    low = np.stack(
        (np.full_like(even, south), last + (even + 2) % segments, last + even + 1, last + even),
        axis=-1,
    )
    return np.vstack((top, low))


def tube(
    middle: Floats, up: Point, tall: Floats, deep: Floats, segments: int, *, ring: bool = False
) -> Surface:
    """A closed tube along a line, with oval sections.

    Args:
        middle: (N, 3) the line, metres.
        up: (3,) the direction of a section's height, straightened to be square to the line.
        tall, deep: (N,) half height and half depth of the sections.
        segments: vertices around, even.
        ring: whether the line's end meets its beginning.
    """
    line = np.asarray(middle, np.float64)
    way = np.roll(line, -1, 0) - np.roll(line, 1, 0) if ring else np.gradient(line, axis=0)
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    rise = np.array(up, np.float64) - way * (way @ np.array(up, np.float64))[:, None]
    rise /= np.linalg.norm(rise, axis=1, keepdims=True)
    aside = np.cross(way, rise)
    turn = 2 * np.pi * np.arange(segments) / segments
    oval = np.cos(turn)[:, None] * (np.asarray(tall)[:, None] * rise)[:, None]
    oval = oval + np.sin(turn)[:, None] * (np.asarray(deep)[:, None] * aside)[:, None]
    vertices = (line[:, None] + oval).reshape(-1, 3).astype(np.float32)
    numbers = np.arange(len(vertices)).reshape(len(line), segments)
    here = numbers if ring else numbers[:-1]
    beyond = np.roll(numbers, -1, axis=0)[: len(here)]
    corners = (here, np.roll(here, -1, 1), np.roll(beyond, -1, 1), beyond)
    quads = np.stack(corners, axis=-1).reshape(-1, 4)
    if ring:
        return Surface(vertices, quads)
    ends = [cap_ring(numbers[0])[:, ::-1], cap_ring(numbers[-1])]
    return Surface(vertices, np.concatenate((quads, *ends)))


def cap_ring(ring: Ints) -> Ints:
    """Quads straight across an even ring of vertices, seen in the ring's own sense."""
    steps = np.arange(len(ring) // 2 - 1)
    return np.stack((ring[-steps], ring[steps + 1], ring[steps + 2], ring[-steps - 1]), axis=-1)


def merge_surfaces(surfaces: Sequence[Surface]) -> Surface:
    """Several surfaces as one."""
    starts = np.cumsum([0] + [len(surface.vertices) for surface in surfaces[:-1]])
    quads = [surface.quads + start for surface, start in zip(surfaces, starts, strict=True)]
    return Surface(np.concatenate([s.vertices for s in surfaces]), np.concatenate(quads))
