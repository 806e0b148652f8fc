"""Landing places of a motion's feet chosen for the ground that is there."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...conventions import Floats
from ...maths.headings import root_to_world
from ...maths.smoothing import gaussian_smooth
from .candidates import AS_MEANT, CANDIDATES, comfort_costs, ground_costs
from .moving import Changes
from .stances import Stances
from .surroundings import Surroundings

STRIDE_WEIGHT: Final = 0.5
"""What two steps on end pay that are changed unlike, against what one pays for its change."""
_RISE_WEIGHT: Final = 60.0
"""For the square of the height from one foot to the next, metres."""
_ROOT_S: Final = 0.15


def candidate_places(meant: Floats) -> Floats:
    """Where candidates are: (..., 3) x, z, heading to (..., 125, 3)."""
    out = np.empty((*meant.shape[:-1], *CANDIDATES.shape))
    out[..., :2] = meant[..., None, :2] + root_to_world(CANDIDATES[:, :2], meant[..., 2, None])
    out[..., 2] = meant[..., 2, None] + CANDIDATES[:, 2]
    return out


def choose_landings(surroundings: Surroundings, stances: Stances) -> list[int]:
    """The candidate of each stance that together cost least; the first steps stay.

    Source: Viterbi 1967, over 125 candidates a step.

    Args:
        surroundings: ground and things.
        stances: (S) of a motion.
    """
    return cheapest(stances, *ground_costs(surroundings, candidate_places(stances.places)))


def cheapest(stances: Stances, ground: Floats, heights: Floats) -> list[int]:
    """The same, of what candidates pay on the ground (S, 125) and how high they lie (S, 125)."""
    fixed = stances.starts == 0
    costs = ground + comfort_costs(CANDIDATES)
    costs[fixed] = np.where(np.arange(len(CANDIDATES)) == AS_MEANT, 0.0, 1e6)
    if stances.count == 0 or not (costs[:, AS_MEANT] > 1e-9).any():
        return [AS_MEANT] * stances.count
    unlike = STRIDE_WEIGHT * comfort_costs(CANDIDATES[:, None] - CANDIDATES)
    total, came = costs[0], []
    for n in range(1, stances.count):
        rise = _RISE_WEIGHT * np.square(heights[n][None] - heights[n - 1][:, None])
        ways = total[:, None] + unlike + rise
        came.append(ways.argmin(axis=0))
        total = ways.min(axis=0) + costs[n]
    chosen = [int(total.argmin())]
    for step in reversed(came):
        chosen.append(int(step[chosen[-1]]))
    return chosen[::-1]


def changes_of(stances: Stances, chosen: list[int]) -> Changes:
    """The moves (S) of stances to their candidates."""
    by = CANDIDATES[chosen]
    becomes = stances.places[:, :2] + root_to_world(by[:, :2], stances.places[:, 2])
    return Changes(stances.places[:, :2], becomes, by[:, 2])


def root_among(stances: Stances, steps: Changes, hips_xz: Floats, frame_rate_hz: float) -> Changes:
    """The moves (T) of hips (T, 2) that stay between feet so moved."""
    shifts = np.zeros((stances.frame_count, 3))
    frames = np.arange(stances.frame_count)
    for side in range(2):
        own = stances.of_side(side)
        if not own:
            continue
        middles = 0.5 * (stances.starts[own] + stances.stops[own])
        by = np.column_stack((steps.becomes - steps.places, steps.turns))[own]
        shifts += 0.5 * np.stack([np.interp(frames, middles, column) for column in by.T], axis=-1)
    shifts = gaussian_smooth(shifts, _ROOT_S * frame_rate_hz, keep_ends=True)
    return Changes(hips_xz, hips_xz + shifts[:, :2], 0.5 * shifts[:, 2])
