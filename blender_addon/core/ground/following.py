"""How whoever a network moves keeps to a timetable over the ground.

Source: Holden, Komura, Saito 2017, section 7: what is desired ahead is blended with what the
network expects, (1 − t^τ)·a₀ + t^τ·a₁.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ..conventions import Floats
from ..maths.rotations import length, wrap_angle
from ..maths.smoothing import running_maximum
from .terrain import FlatTerrain, Terrain

_POSITION_POWER: Final = 0.5  # τ_v of the paper
_DIRECTION_POWER: Final = 2.0  # τ_d


def hold_last(values: Floats, frame_count: int) -> Floats:
    """Extend (T, …) to so many frames by repeating its last entry."""
    extra = np.repeat(values[-1:], frame_count - len(values), axis=0)
    return np.concatenate((values, extra))


def group_by_terrain(terrains: Sequence[Terrain]) -> list[tuple[Terrain, list[int]]]:
    """Each ground once, with the numbers of those who are on it.

    Args:
        terrains: one for each of them.
    """
    groups: dict[int, tuple[Terrain, list[int]]] = {}
    shared_flat: dict[float, Terrain] = {}
    for number, terrain in enumerate(terrains):
        if isinstance(terrain, FlatTerrain):
            terrain = shared_flat.setdefault(terrain.height_m, terrain)
        groups.setdefault(id(terrain), (terrain, []))[1].append(number)
    return list(groups.values())


def blend_ahead(
    own: tuple[Floats, Floats], desired: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    """The way ahead, at first the network's own, at last the desired one.

    Args:
        own, desired: (B, N, 2) positions and (B, N) headings at N samples ahead.
    """
    shares = shares_ahead(own[1].shape[-1])
    positions = own[0] + (shares**_POSITION_POWER)[:, None] * (desired[0] - own[0])
    turn = wrap_angle(desired[1] - own[1])
    return positions, own[1] + shares**_DIRECTION_POWER * turn


def shares_ahead(count: int) -> Floats:
    """(N,) how far along the way ahead each sample is, above 0 and up to 1."""
    return np.arange(1, count + 1) / count


def limited(vectors: Floats, longest: Floats | float) -> Floats:
    """Vectors (B, C) shortened to (B,) at most."""
    share = np.minimum(1.0, longest / np.maximum(length(vectors), 1e-9))
    return np.asarray(vectors * share[:, None])


def share_of_moving(paces_m_s: Floats, still_m_s: float, frames: int) -> Floats:
    """(B, T) 0 where standing is desired now and for a moment around, else up to 1.

    Who stands does not drift: a network's tiny root velocity would add up.

    Args:
        paces_m_s: (B, T) desired speeds of feet, be it on the spot.
        still_m_s: from which on one moves freely.
        frames: of the moment.
    """
    nearby = np.stack([running_maximum(row, frames) for row in paces_m_s])
    return np.clip(nearby / still_m_s, 0.0, 1.0)
