"""Locks of hair: tapered, grooved strips along lines: pure NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from ...core.conventions import Floats, Ints
from ..surface import cap_ring

Flow = Callable[[Floats], Floats]

# A lock's section from one edge over the top to the other, then its flat underside: shares of half
# the width and of the thickness. A groove parts it into two strands.
SECTION: Final = np.array(
    [(-1.0, 0.0), (-0.58, 0.85), (-0.08, 0.58), (0.48, 1.0), (1.0, 0.0), (0.0, -0.4)]
)


def ramp(values: Floats, low: float, high: float) -> Floats:
    """0 below low, 1 above high, smooth between."""
    part = np.clip((values - low) / (high - low), 0.0, 1.0)
    return np.asarray(part * part * (3 - 2 * part))


def taper(rows: int, root: float, widest: float, tip: float) -> Floats:
    """(R,) share of the full width along a lock."""
    at = np.linspace(0.0, 1.0, rows)
    swell = root + (1 - root) * ramp(at, 0.0, widest)
    fall = np.clip((at - widest) / (1 - widest), 0.0, 1.0) ** 2.2
    return np.asarray(swell * (1 - (1 - tip) * fall))


def spread_roots(count: int) -> Floats:
    """(N, 3) directions spread evenly over the sphere, count of them."""
    number = np.arange(count) + 0.5
    high = 1 - 2 * number / count
    turn = np.pi * (1 + 5**0.5) * number
    flat = np.sqrt(1 - high**2)
    return np.stack((flat * np.cos(turn), high, flat * np.sin(turn)), axis=1)


def flow_lines(roots: Floats, flow: Flow, lengths: Floats, rows: int, steps: int = 24) -> Floats:
    """(L, rows, 3) directions along the way that hair lies, from each root on.

    Args:
        roots: (L, 3) directions of length 1.
        flow: which way hair lies at directions (L, 3); any length, made square to the direction.
        lengths: (L,) how far each goes, radians.
        rows: places on each line, evenly spaced.
        steps: of the integration.
    """
    places = [roots]
    for _ in range(steps):
        here = places[-1]
        way = flow(here)
        way = way - here * np.einsum("lc,lc->l", way, here)[:, None]
        way /= np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-6)
        onward = here + way * (lengths / steps)[:, None]
        places.append(onward / np.linalg.norm(onward, axis=1, keepdims=True))
    along = np.stack(places, axis=1)
    return resampled(along, rows)


def resampled(lines: Floats, rows: int, ends: Floats | None = None) -> Floats:
    """(L, rows, C) the same lines (L, K, C) at other, even places.

    Args:
        ends: (L,) places where each stops, 0 to K − 1; the last for None.
    """
    count, steps = lines.shape[:2]
    last = np.full(count, steps - 1.0) if ends is None else np.minimum(ends, steps - 1.0)
    at = last[:, None] * np.linspace(0.0, 1.0, rows)
    low = np.minimum(at.astype(np.int64), steps - 2)
    each = np.arange(count)[:, None]
    part = (at - low)[..., None]
    return np.asarray(lines[each, low] * (1 - part) + lines[each, low + 1] * part)


def sweep_locks(
    middles: Floats, up: Floats, half_widths: Floats, heights: Floats, flips: Floats
) -> Floats:
    """(L × R × S, 3) the vertices of locks along lines.

    Args:
        middles: (L, R, 3) metres.
        up: (L, R, 3) which way their tops face.
        half_widths, heights: (L, R) metres.
        flips: (L,) −1 or 1: which edge is the thicker.
    """
    way = np.gradient(middles, axis=1)
    way /= np.maximum(np.linalg.norm(way, axis=2, keepdims=True), 1e-9)
    rise = up - way * np.einsum("lrc,lrc->lr", up, way)[..., None]
    rise /= np.maximum(np.linalg.norm(rise, axis=2, keepdims=True), 1e-9)
    aside = np.cross(rise, way)
    across, over = section_of(flips)
    points = middles[:, :, None] + aside[:, :, None] * (half_widths[..., None] * across)[..., None]
    points = points + rise[:, :, None] * (heights[..., None] * over)[..., None]
    return points.reshape(-1, 3).astype(np.float32)


def section_of(flips: Floats) -> tuple[Floats, Floats]:
    """(L, 1, S) each lock's section: its places across and over; flipped ones stay in order."""
    flipped = SECTION[(4, 3, 2, 1, 0, 5),] * (-1.0, 1.0)
    section = np.where((flips < 0)[:, None, None], flipped, SECTION)[:, None]
    return section[..., 0], section[..., 1]


def lock_quads(count: int, rows: int) -> Ints:
    """Faces of locks of R rows each, both ends closed."""
    around = len(SECTION)
    numbers = np.arange(rows * around).reshape(rows, around)
    here, beyond = numbers[:-1], numbers[1:]
    sides = np.stack((here, np.roll(here, -1, 1), np.roll(beyond, -1, 1), beyond), axis=-1)
    ends = (cap_ring(numbers[0])[:, ::-1], cap_ring(numbers[-1]))
    one = np.concatenate((sides.reshape(-1, 4), *ends))
    starts = np.arange(count)[:, None, None] * rows * around
    return (starts + one[:, ::-1]).reshape(-1, 4)
