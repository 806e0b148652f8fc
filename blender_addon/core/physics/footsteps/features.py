"""What the network that chooses footsteps sees: two maps around the step that is meant, and steps.

Maps lie in the frame of the meant step: x to its left, z ahead. Source: Peng et al. 2017, DeepLoco,
section 6: 32 × 32 heights, theirs 11 × 11 m. Ours are 1.28 m for the sole, cells of 4 cm, and 4 m
for the way, cells of 12.5 cm.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ...conventions import Floats
from ...inference.layout import Layout
from ...maths.headings import root_to_world, world_to_root
from ...maths.rotations import wrap_angle
from .surroundings import Surroundings

MAP_CELLS: Final = 32
FINE_M: Final = 1.28
COARSE_M: Final = 4.0
STEP_LAYOUT: Final = Layout({"side": 1, "before": 3, "change_before": 3, "following": 3})
"""+1 for the left foot; the step before it, as it was put, and how far that was from where it was
meant; the one after it, as it is meant. Metres to the left and ahead, and radians."""

_HEIGHT_M: Final = 0.05
_HIGHEST: Final = 4.0
_FAR_M: Final = 1.0


def _cells(size_m: float) -> Floats:
    middles = (np.arange(MAP_CELLS) + 0.5) / MAP_CELLS * size_m - 0.5 * size_m
    return np.stack(np.meshgrid(middles, middles, indexing="ij"), axis=-1)


_FINE, _COARSE = _cells(FINE_M), _cells(COARSE_M)


def maps_around(surroundings: Surroundings, meant: Floats) -> Floats:
    """Maps (N, 2, 32, 32) around meant steps (N, 3): heights over the step, nearness of things.

    A height of 1 is 5 cm; a nearness of 0 is a metre and more, of 1 the thing itself.
    """
    out = np.zeros((len(meant), 2, MAP_CELLS, MAP_CELLS), np.float32)
    heading = meant[:, 2, None, None]
    if not surroundings.is_level:
        places = meant[:, None, None, :2] + root_to_world(_FINE[None], heading)
        under = surroundings.ground.heights(meant[:, :2])[:, None, None]
        heights = (surroundings.ground.heights(places) - under) / _HEIGHT_M
        out[:, 0] = np.clip(heights, -_HIGHEST, _HIGHEST)
    if surroundings.outlines:
        places = meant[:, None, None, :2] + root_to_world(_COARSE[None], heading)
        out[:, 1] = 1.0 - np.clip(surroundings.clearance(places) / _FAR_M, -1.0, 1.0)
    return out


def step_features(
    side: int, meant: Floats, before: Floats | None, change: Floats, following: Floats | None
) -> Floats:
    """(10,) as ``STEP_LAYOUT`` says; places (3,) x, z and heading, None where there is none."""
    out = np.zeros(STEP_LAYOUT.size, np.float32)
    out[0] = 1.0 if side == 0 else -1.0
    if before is not None:
        out[1:4] = _relative(before, meant)
    out[4:7] = change
    if following is not None:
        out[7:10] = _relative(following, meant)
    return out


def _relative(place: Floats, to: Floats) -> Floats:
    xz = world_to_root(place[:2] - to[:2], to[2])
    return np.array([*xz, wrap_angle(place[2] - to[2])])
