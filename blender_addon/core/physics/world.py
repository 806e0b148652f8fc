"""What is around a simulated figure: ground, boxes and hulls, still or moved."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ..conventions import Floats
from ..ground.terrain import FlatTerrain, HeightField
from .figure import LEVEL_GROUND
from .sensing import sensors_mjcf

_STANDING_STILL: Final = 1


@dataclass(frozen=True, eq=False)
class Obstacle:
    """A solid thing that does not yield; all lengths in the figure's own size, metres.

    Args:
        name: in messages.
        corners: (N, 3) points whose convex hull it is, in its own axes; a box's eight corners make
            a box.
        places: (T, 3) its origin, 60 frames a second from the simulation's start; one row for what
            stands still.
        turns: (T, 4) its rotation, wxyz.
    """

    name: str
    corners: Floats
    places: Floats
    turns: Floats

    @property
    def moves(self) -> bool:
        """Whether it is moved from outside, and pushes."""
        return len(self.places) > _STANDING_STILL


@dataclass(frozen=True, eq=False)
class World:
    """Everything a figure can touch.

    Args:
        ground: level, or a grid of heights.
        obstacles: besides the ground.
    """

    ground: FlatTerrain | HeightField = field(default_factory=FlatTerrain)
    obstacles: tuple[Obstacle, ...] = ()

    def mjcf(self) -> tuple[str, str]:
        """Assets and elements of the engine's text.

        Moving obstacles are bodies that are placed from outside, in the order in which they stand
        here.
        """
        return "", LEVEL_GROUND

    def sensors(self) -> str:
        """Contact sensors of a figure in this world, as the engine's text."""
        moving = [f"moving{n}" for n, _ in enumerate(m for m in self.obstacles if m.moves)]
        return sensors_mjcf(any(not each.moves for each in self.obstacles), moving)

    def moving(self, frame: float) -> tuple[Floats, Floats]:
        """Places (M, 3) and rotations (M, 4) of what moves at a frame of 60 a second."""
        moved = [each for each in self.obstacles if each.moves]
        rows = [int(np.clip(round(frame), 0, len(each.places) - 1)) for each in moved]
        places = [each.places[row] for each, row in zip(moved, rows, strict=True)]
        turns = [each.turns[row] for each, row in zip(moved, rows, strict=True)]
        return np.reshape(places, (-1, 3)), np.reshape(turns, (-1, 4))
