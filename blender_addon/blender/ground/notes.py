"""What of path and ground is walked otherwise than it may look, in the user's words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import bpy
import numpy as np

from ...core.ground.path import Path
from ...core.ground.terrain import Terrain
from ...core.notes import Note
from ..rig.evaluation import Probe, is_still, sample
from ..units import SceneUnits

HIGH_M: Final = 0.3
"""Of a path over level ground, at a person's size; a path is drawn a little above it to be seen."""
STEP_M: Final = 0.6
"""Highest step, at a person's size: steep stairs rise 0.4 m within the length of one."""
_STEP_LENGTH_M: Final = 0.4
_SPACING_M: Final = 0.05
_MAX_SAMPLES: Final = 20_000
_STILL: Final = 1e-5  # Blender units and cosines: less is rounding
_LOOKED_AT: Final = 8  # frames


def height_notes(path: Path, size: float, units: SceneUnits) -> tuple[str, ...]:
    """That a path which climbs, or lies high, is walked on level ground all the same."""
    height = float(np.abs(path.points[:, 1]).max())
    if height <= HIGH_M * size:
        return ()
    return (
        Note(
            f"the path is up to {units.length(height)} from the level ground at height 0 that is "
            "walked on, for no ground is chosen. Choose a mesh to walk on under Ground"
        ),
    )


def step_warnings(path: Path, terrain: Terrain, size: float, units: SceneUnits) -> tuple[str, ...]:
    """Where the ground along a path rises or falls further than anybody steps."""
    count = min(int(path.length_m / (_SPACING_M * size)) + 2, _MAX_SAMPLES)
    distances = np.linspace(0.0, path.length_m, count)
    heights = terrain.heights(path.positions(distances))
    reach = min(max(round(_STEP_LENGTH_M * size / distances[1]), 1), count - 1)
    steps = np.abs(heights[reach:] - heights[:-reach])
    highest = int(np.argmax(steps))
    if not steps[highest] > STEP_M * size:
        return ()
    step, at = (units.length(float(v)) for v in (steps[highest], distances[highest + reach]))
    found = f"the ground rises or falls {step} within one step, {at} from the start of the path"
    return (f"{found}. Lead the path around it, or choose a ground without it",)


def moving_ground(
    context: bpy.types.Context,
    meshes: Sequence[bpy.types.Object],
    first_frame: float,
    last_frame: float,
) -> tuple[str, ...]:
    """Ground is read once, as it lies now; where it moves by itself, that is told."""
    moving = [mesh for mesh in meshes if not is_still(mesh)]
    if not moving:
        return ()
    frames = np.unique(np.linspace(first_frame, last_frame, _LOOKED_AT).round())
    probes = {
        mesh.name: Probe(mesh.name, lambda evaluated: evaluated.matrix_world) for mesh in moving
    }
    worlds = sample(context, moving, probes, frames)
    now = context.scene.frame_current
    return tuple(
        Note(f"the ground '{name}' moves; the walk is on it as it lies on frame {now}")
        for name, each in worlds.items()
        if np.abs(each - each[0]).max() > _STILL
    )
