"""Whoever can make a walk along a path; given from outside, so that nothing here knows who."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ...ground.path import Path
from ...ground.terrain import FlatTerrain, Terrain
from ...motion.clip import MotionClip


@dataclass(frozen=True, eq=False)
class WalkAsked:
    """A walk from standing to standing, in the common skeleton's own size.

    Args:
        path: where to go and how fast.
        ground: on what.
        stand_before_s, stand_after_s: standing at the two ends, seconds.
    """

    path: Path
    ground: Terrain = field(default_factory=FlatTerrain)
    stand_before_s: float = 0.5
    stand_after_s: float = 1.0


class Walker(Protocol):
    """Makes walks."""

    def walk(self, asked: Sequence[WalkAsked]) -> list[MotionClip]:
        """Clips of the common skeleton, 60 frames a second, with contacts; one for each.

        Raises:
            NeuralMotionError: one cannot be walked.
        """
        ...
