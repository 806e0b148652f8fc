"""What a datablock shows on every frame, and whether that stayed as it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.errors import InputError
from ..keys.layer_values import owners
from ..rig.evaluation import evaluated_apart
from ..units import metres_per_unit

Array = NDArray[np.float64]

TURN_RAD: Final = 1e-4
SHIFT_M: Final = 1e-4
VALUE: Final = 1e-4
_COMBINED_TURN_RAD: Final = 2.5e-3
_COMBINED_SHIFT_M: Final = 1e-3
"""What is let pass where quaternions are combined: near rest, Blender rounds each bone's by up to
0.0005, and a chain adds them up."""


@dataclass(frozen=True, eq=False)
class Shown:
    """What is seen on frames (K,).

    Args:
        places: (K, N, 4, 4) of the object and its bones, in the world.
        values: (K, S) of shape keys.
        unit_m: metres in one unit.
    """

    places: Array
    values: Array
    unit_m: float


def shown(context: bpy.types.Context, datablock: bpy.types.ID, frames: Array) -> Shown:
    """Evaluate a datablock on frames, apart from the user's scene."""
    places: list[Any] = []
    values: list[Any] = []
    with evaluated_apart(context, owners(datablock)) as set_frame:
        for frame in frames.tolist():
            evaluated = datablock.evaluated_get(set_frame(frame))
            if isinstance(evaluated, bpy.types.Key):
                values.append([block.value for block in evaluated.key_blocks])
                continue
            bones = evaluated.pose.bones if evaluated.pose is not None else ()
            world = np.array(evaluated.matrix_world)
            places.append([world, *(world @ np.array(bone.matrix) for bone in bones)])
    return Shown(np.array(places), np.array(values), metres_per_unit(context.scene))


def check_shown(name: str, before: Shown, after: Shown, is_exact: bool) -> tuple[float, float]:
    """Refuse what shows otherwise than before.

    Args:
        name: whose it is.
        before, after: on the same frames.
        is_exact: whether no quaternion is combined.

    Returns:
        Largest turn (radians) and shift (metres).

    Raises:
        InputError: says by how much.
    """
    if len(before.values):
        off = float(np.abs(before.values - after.values).max(initial=0.0))
        if off > VALUE:
            raise InputError(_told(name, f"a shape's value by {off:.4f}"))
    if not len(before.places):
        return 0.0, 0.0
    turn = float(_turns(before.places, after.places).max())
    moved = after.places[..., :3, 3] - before.places[..., :3, 3]
    shift = before.unit_m * float(np.linalg.norm(moved, axis=-1).max())
    bounds = (TURN_RAD, SHIFT_M) if is_exact else (_COMBINED_TURN_RAD, _COMBINED_SHIFT_M)
    if turn > bounds[0] or shift > bounds[1]:
        raise InputError(_told(name, f"{np.degrees(turn):.3f}° and {1000.0 * shift:.2f} mm"))
    return turn, shift


def _turns(before: Array, after: Array) -> Array:
    """Angles between the axes of places, radians: the widest of the three."""
    axes = [_unit(each[..., :3, :3]) for each in (before, after)]
    off = np.linalg.norm(axes[0] - axes[1], axis=-2).max(axis=-1)
    return np.asarray(2.0 * np.arcsin(np.clip(0.5 * off, 0.0, 1.0)))


def _unit(axes: Array) -> Array:
    lengths = np.linalg.norm(axes, axis=-2, keepdims=True)
    return np.asarray(axes / np.where(lengths > 0, lengths, 1.0))


def _told(name: str, by: str) -> str:
    return (
        f"merged, '{name}' would be elsewhere than before, by up to {by}, so nothing was changed. "
        "Unlock, unmute and unsolo what lies between in the NLA editor, or merge that first"
    )
