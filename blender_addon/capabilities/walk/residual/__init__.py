"""How exactly a written walk is shown by the rig, measured as Blender evaluates it."""

from __future__ import annotations

from .found import Residual
from .measure import measure_if_possible, measure_residual
from .seen import seen_joints

__all__ = ["Residual", "measure_if_possible", "measure_residual", "seen_joints"]
