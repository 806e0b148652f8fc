"""Reads sliders that may be keyed: one number, or one for each frame."""

from __future__ import annotations

from dataclasses import dataclass

import bpy
import numpy as np
from numpy.typing import NDArray

from .. import compat
from ..drivers import acting_drivers
from ..rig.evaluation import evaluated_apart

_SAME = 1e-6


@dataclass(frozen=True)
class Slider:
    """A number the user set.

    Args:
        value: as it is now.
        data_path: where it lies on its object; empty if it cannot be keyed.
    """

    value: float
    data_path: str = ""


def sample_slider(
    context: bpy.types.Context, obj: bpy.types.Object, slider: Slider, frames: NDArray[np.floating]
) -> float | NDArray[np.float32]:
    """What a slider says at frames.

    Args:
        context: whose scene's time it is.
        obj: on which the slider lies.
        slider: to be read.
        frames: (K,) frame numbers.

    Returns:
        One number where nothing animates it, or where it never changes; else (K,).
    """
    data = obj.animation_data
    if not slider.data_path or data is None:
        return slider.value
    if data.nla_tracks or any(_moves(d, obj, slider.data_path) for d in acting_drivers(obj)):
        values = _evaluate(context, obj, slider.data_path, frames)
    else:
        curves = [c for c in compat.fcurves_of(obj) if _moves(c, obj, slider.data_path)]
        if not curves:
            return slider.value
        values = np.array([curves[0].evaluate(frame) for frame in frames.tolist()])
    if np.ptp(values) < _SAME:
        return float(values[0])
    return values.astype(np.float32)


def _moves(curve: bpy.types.FCurve, obj: bpy.types.Object, path: str) -> bool:
    """Whether a curve moves what lies at a path; Blender names a list's item by its number, too."""
    if curve.data_path == path:
        return True
    if curve.data_path.rpartition(".")[2] != path.rpartition(".")[2]:
        return False
    try:
        return bool(obj.path_resolve(curve.data_path, False) == obj.path_resolve(path, False))
    except ValueError:  # it leads nowhere (any more)
        return False


def _evaluate(
    context: bpy.types.Context, obj: bpy.types.Object, path: str, frames: NDArray[np.floating]
) -> NDArray[np.float64]:
    with evaluated_apart(context, [obj]) as set_frame:
        return np.array(
            [
                obj.evaluated_get(set_frame(frame)).path_resolve(path)
                for frame in frames.tolist()
            ]
        )  # fmt: skip
