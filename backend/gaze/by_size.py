"""Likelihoods by size of shift: what a viewer sees apart from what only the tracker does.

A density that puts its mass where the eye already is does well on the many small shifts, and one
that forgets where the eye is does well on the large ones. So every likelihood is also told for
shifts below 1 degree, of 1 to 5, and of 5 degrees and more. All systems are measured on the same
events; densities are those of all events, not of one size among its kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from blender_addon.core.conventions import Floats

from .conversation import Recording

SIZES: dict[str, tuple[float, float]] = {"lt1": (0.0, 1.0), "1to5": (1.0, 5.0), "ge5": (5.0, 1e3)}
"""Degrees: from, and less than."""
OURS = "ours"
WHOLE, DIRECTION = 0, 1
"""Columns of losses: of the whole event, of its direction alone."""


def shift_sizes_deg(recordings: Sequence[Recording]) -> Floats:
    """(N,) how far each fixation lies from the one before; NaN for a person's first."""
    found = []
    for each in recordings:
        way = np.linalg.norm(np.diff(each.direction_rad, axis=0), axis=-1)
        found.append(np.concatenate(((np.nan,), np.rad2deg(way))))
    return np.concatenate(found)


def measure_sizes(sizes_deg: Floats, losses: Mapping[str, Floats]) -> dict[str, Any]:
    """Means by size of shift, and what is gained.

    Args:
        sizes_deg: (N,) of shift_sizes_deg.
        losses: of each system (N, 2) of the same events: whole, and direction alone. With OURS.

    Returns:
        by_size: for each of SIZES the number of events and each system's nll and direction_nll.
        gain_ge5_over_best_nat, of shifts of 5 degrees and more over the better of role mixture and
        place memory; gain_lt1_over_cache_nat, of those below 1 degree over the place memory; both
        also of the direction alone. Absent without these baselines.
    """
    by_size: dict[str, Any] = {}
    for name, (least, most) in SIZES.items():
        chosen = (sizes_deg >= least) & (sizes_deg < most)
        found: dict[str, Any] = {"fixations": int(chosen.sum())}
        if chosen.any():
            for system, loss in losses.items():
                whole, direction = loss[chosen].mean(axis=0)
                found[system] = {"nll": float(whole), "direction_nll": float(direction)}
        by_size[name] = found
    return {"by_size": by_size} | _gains(by_size)


def _gains(by_size: Mapping[str, Any]) -> dict[str, float]:
    large, small = by_size["ge5"], by_size["lt1"]
    gains = {}
    for key, what in (("nll", ""), ("direction_nll", "direction_")):
        if {"gmm", "cache"} <= set(large):
            best = min(large[name][key] for name in ("gmm", "cache"))
            gains[f"{what}gain_ge5_over_best_nat"] = best - large[OURS][key]
        if "cache" in small:
            gains[f"{what}gain_lt1_over_cache_nat"] = small["cache"][key] - small[OURS][key]
    return gains
