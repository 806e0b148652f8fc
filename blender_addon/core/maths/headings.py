"""Headings on the ground, directions, and the frame of a root: a point there with a heading."""

from __future__ import annotations

import numpy as np

from ..conventions import Floats


def headings_to_directions(headings_rad: Floats) -> Floats:
    """Headings (...) to unit directions (..., 2) as x, z."""
    return _pairs(np.sin(headings_rad), np.cos(headings_rad))


def directions_to_headings(directions: Floats) -> Floats:
    """Directions (..., 2) as x, z to headings (...)."""
    return np.asarray(np.arctan2(directions[..., 0], directions[..., 1]))


def world_to_root(vectors_xz: Floats, headings_rad: Floats) -> Floats:
    """Turn ground vectors (..., 2) from the world into the frame of a root with that heading."""
    sine, cosine = np.sin(headings_rad), np.cos(headings_rad)
    x, z = vectors_xz[..., 0], vectors_xz[..., 1]
    return _pairs(cosine * x - sine * z, sine * x + cosine * z)


def root_to_world(vectors_xz: Floats, headings_rad: Floats) -> Floats:
    """Turn ground vectors (..., 2) from a root's frame into the world."""
    return world_to_root(vectors_xz, -np.asarray(headings_rad))


def _pairs(first: Floats, second: Floats) -> Floats:
    """Two of (...) as (..., 2); for a few numbers four times as fast as stacking them."""
    pairs = np.empty((*first.shape, 2), first.dtype)
    pairs[..., 0], pairs[..., 1] = first, second
    return pairs
