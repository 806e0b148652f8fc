"""Left and right exchanged."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.ground.terrain import Terrain
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON

from .takes import Take

_SWAPPED = np.array(
    [
        COMMON_SKELETON.index(
            name.replace("Left", "?").replace("Right", "Left").replace("?", "Right")
        )
        for name in COMMON_SKELETON.names
    ]
)


@dataclass(frozen=True)
class MirroredTerrain:
    """The ground seen in a mirror at x = 0."""

    terrain: Terrain

    def heights(self, xz: Floats) -> Floats:
        """See Terrain."""
        return self.terrain.heights(np.asarray(xz) * np.array([-1.0, 1.0]))


def mirror_take(take: Take) -> Take:
    """The take mirrored at the plane x = 0; the phase moves on by half a cycle."""
    flip = np.array([-1, 1, 1], np.float32)
    rotations = take.rotations_wxyz[:, _SWAPPED] * np.array([1, 1, -1, -1], np.float32)
    return replace(
        take,
        root_xz=take.root_xz * flip[:2],
        heading_rad=-take.heading_rad,
        hips=take.hips * flip,
        rotations_wxyz=rotations,
        contacts=take.contacts[:, [2, 3, 0, 1]],
        phase_rad=take.phase_rad + np.pi,
    )
