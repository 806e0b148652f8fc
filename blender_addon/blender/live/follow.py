"""Lets the view go with who is driven, and back in the end."""

from __future__ import annotations

from typing import Final

import bpy
import numpy as np
from mathutils import Vector
from numpy.typing import NDArray

Array = NDArray[np.float64]

_LAG_S: Final = 0.25
"""Time constant with which the view takes up where the character goes."""


class Follower:
    """Moves a view as a character moves, smoothly, and adds to whatever the user does to it.

    Args:
        place: (3,) where the character stands.
    """

    def __init__(self, place: Array) -> None:
        self._at = np.array(place, np.float64)
        self.moved = np.zeros(3)

    def follow(self, view: bpy.types.RegionView3D, place: Array, seconds: float) -> None:
        """Go on after the character.

        Args:
            view: that is moved.
            place: (3,) where it stands now.
            seconds: since the last time.
        """
        step = (np.asarray(place) - self._at) * (1.0 - np.exp(-seconds / _LAG_S))
        self._at += step
        self.moved += step
        view.view_location = view.view_location + Vector(step)

    def go_back(self, view: bpy.types.RegionView3D) -> None:
        """Take back how far the view has been moved; what the user did to it stays."""
        view.view_location = view.view_location - Vector(self.moved)
        self.moved = np.zeros(3)
