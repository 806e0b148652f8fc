"""What is around a simulated figure: ground, boxes and hulls, still or moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ..conventions import Floats
from ..ground.terrain import FlatTerrain, HeightField
from ..maths.rotations import normalise, quaternion_conjugate, quaternion_rotate
from .clip_poses import FRAME_RATE_HZ
from .ground_text import ground_mjcf
from .sensing import STILL_BODY, sensors_mjcf
from .shapes import Shape, rooted, shape_of, text_of

_STANDING_STILL: Final = 1
_LEAD_S: Final = 0.009
"""A body moved from outside counts as at rest in the engine's contacts, which brake with this time
constant: what it pushes would sink in by as much at its speed. So it runs ahead."""
_ON_GROUND_M: Final = 0.03
_TIPPED: Final = 0.01


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

    Raises:
        PhysicsError: numbers that are not finite, no volume, too many corners, or places and turns
            of different number.
    """

    name: str
    corners: Floats
    places: Floats
    turns: Floats
    shape: Shape = field(init=False)

    def __post_init__(self) -> None:
        for name in ("corners", "places", "turns"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), np.float64))
        shape = shape_of(self.name, self.corners, self.places, self.turns)
        object.__setattr__(self, "shape", shape)

    @property
    def moves(self) -> bool:
        """Whether it is moved from outside, and pushes."""
        return len(self.places) > _STANDING_STILL


@dataclass(frozen=True, eq=False)
class World:
    """Everything a figure can touch.

    Args:
        ground: level, or a grid of heights; where it has holes, pits of three metres.
        obstacles: besides the ground.
    """

    ground: FlatTerrain | HeightField = field(default_factory=FlatTerrain)
    obstacles: tuple[Obstacle, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether there is nothing but level ground."""
        return isinstance(self.ground, FlatTerrain) and not self.obstacles

    def mjcf(self) -> tuple[str, str]:
        """Assets and elements of the engine's text.

        Moving obstacles are bodies that are placed from outside, in the order in which they stand
        here.
        """
        assets, elements = ground_mjcf(self.ground)
        still = [each for each in self.obstacles if not each.moves]
        hulls, geoms = self._texts(still, "still")
        if still:
            elements += f'<body name="{STILL_BODY}">{"".join(geoms)}</body>'
        more, shapes = self._texts(self._moved, "moved")
        for n, shape in enumerate(shapes):
            elements += f'<body name="{_name(n)}" mocap="true">{shape}</body>'
        return assets + hulls + more, elements

    def sensors(self) -> str:
        """Contact sensors of a figure in this world, as the engine's text."""
        still = any(not each.moves for each in self.obstacles)
        return sensors_mjcf(still, [_name(n) for n in range(len(self._moved))])

    def moving(self, frame: float) -> tuple[Floats, Floats]:
        """Places (M, 3) and rotations (M, 4) of what moves, for the engine.

        Args:
            frame: of 60 a second; may lie between two.
        """
        ahead = frame + _LEAD_S * FRAME_RATE_HZ
        pairs = [_between(each, ahead) for each in self._moved]
        places, turns = [place for place, _ in pairs], [turn for _, turn in pairs]
        return np.reshape(places, (-1, 3)), np.reshape(turns, (-1, 4))

    def _texts(self, obstacles: Sequence[Obstacle], prefix: str) -> tuple[str, list[str]]:
        """Assets, and each one's geom: what moves has its place from its body."""
        texts = []
        for n, each in enumerate(obstacles):
            shape = rooted(each.shape, each.turns[0]) if self._stands(each) else each.shape
            at = None if each.moves else (each.places[0], each.turns[0])
            texts.append(text_of(shape, f"{prefix}_hull{n}", at))
        return "".join(asset for asset, _ in texts), [geom for _, geom in texts]

    def _stands(self, obstacle: Obstacle) -> bool:
        """Whether it stands on the ground all the time, and is not tipped over."""
        up = quaternion_rotate(quaternion_conjugate(obstacle.turns), np.array([0.0, 1.0, 0.0]))
        if np.ptp(up, axis=0).max() > _TIPPED:
            return False
        lowest = quaternion_rotate(obstacle.turns[0], obstacle.corners)[:, 1].min()
        under = self.ground.heights(obstacle.places[:, [0, 2]])
        over = obstacle.places[:, 1] + lowest - under
        return bool(np.nanmax(np.append(over, -np.inf)) < _ON_GROUND_M)

    @property
    def _moved(self) -> list[Obstacle]:
        return [each for each in self.obstacles if each.moves]


def _name(number: int) -> str:
    return f"moved{number}"


def _between(obstacle: Obstacle, frame: float) -> tuple[Floats, Floats]:
    last = len(obstacle.places) - 1
    at = float(np.clip(frame, 0.0, last))
    low = min(int(at), last - 1)
    share = at - low
    place = (1.0 - share) * obstacle.places[low] + share * obstacle.places[low + 1]
    first, second = obstacle.turns[low], obstacle.turns[low + 1]
    second = -second if first @ second < 0.0 else second
    return place, normalise((1.0 - share) * first + share * second)
