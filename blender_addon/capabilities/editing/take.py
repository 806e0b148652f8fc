"""A stretch of a character's motion: as its rig shows it, and on the common skeleton."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...blender.rig.skeleton import RigSkeleton
from ...core.motion.clip import MotionClip

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Take:
    """What a character does over K whole frames; holds no Blender data.

    Args:
        rig: whose it is.
        frames: (K,) whole frames of animation.
        base: K frames of the rig's own skeleton, in the world.
        common: the same on the common skeleton.
        source: name of the action or strip that was read alone; empty for all that plays.
    """

    rig: RigSkeleton
    frames: Array
    base: MotionClip
    common: MotionClip
    source: str = ""

    @property
    def first(self) -> int:
        """First frame."""
        return int(self.frames[0])

    @property
    def last(self) -> int:
        """Last frame."""
        return int(self.frames[-1])
