"""What the user sets in the Live Drive sub-panel."""

from __future__ import annotations

import bpy

from ....blender.declared import overridable, with_settings
from ....core.walk.settings import DrivingSettings


@overridable
@with_settings(DrivingSettings)
class NEURALMOTION_PG_live_drive(bpy.types.PropertyGroup):
    """How a character is driven."""
