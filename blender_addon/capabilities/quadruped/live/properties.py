"""What the user sets in the Drive sub-panel of the quadruped."""

from __future__ import annotations

import bpy

from ....blender.declared import overridable, with_settings
from ....core.quadruped.driving import DrivingSettings


@overridable
@with_settings(DrivingSettings)
class NEURALMOTION_PG_quadruped_drive(bpy.types.PropertyGroup):
    """How an animal is driven."""
