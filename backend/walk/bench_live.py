"""How many steps a second a character can be driven, shown on a rig of many bones."""

from __future__ import annotations

import time

import bpy
import numpy as np

from backend.rigs.built import FINGERS, Build, build_rig
from backend.rigs.measure import ALL_JOINTS
from blender_addon.capabilities.walk.live_drive import DriveSettings, LiveDrive
from blender_addon.core.inference.choice import ModelChoice

_EXTRA = tuple(("Hand", f"f{n}_{{}}", (0.02 * n, 0.0, 0.05)) for n in range(14))
_WARM_UP = 60


def drive_hz(models: ModelChoice, seconds: float) -> tuple[float, int]:
    """Median steps a second, each shown and evaluated, and the rig's bones."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    armature = build_rig(Build(ALL_JOINTS, root="root", below=(*FINGERS, *_EXTRA), roll=0.3))
    drive = LiveDrive(bpy.context, DriveSettings(armature), models)
    took = []
    for number in range(_WARM_UP + max(round(60 * seconds), 60)):
        started = time.perf_counter()
        angle = 0.01 * number
        drive.advance((1.3 * np.cos(angle), 1.3 * np.sin(angle)))
        bpy.context.view_layer.update()
        took.append(time.perf_counter() - started)
    drive.revert()
    return 1.0 / float(np.median(took[_WARM_UP:])), len(armature.data.bones)
