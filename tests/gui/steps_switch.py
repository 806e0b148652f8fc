"""The add-on switched off and on, over and over, while its tab is shown."""

from __future__ import annotations

import time

import bpy
import clicks

_ADDON = "bl_ext.user_default.neural_motion"
_TIMES = 10


def steps(desk: clicks.Desk) -> clicks.Waits:
    """Between the switches Blender draws."""
    yield from desk.open_tab()
    enable_s, left = [], set()
    for _ in range(_TIMES):
        bpy.ops.preferences.addon_disable(module=_ADDON)
        yield 0.15
        left |= {name for name in dir(bpy.types) if name.startswith("NEURALMOTION_")}
        left |= {name for name in dir(bpy.types.Scene) if name.startswith("neural_motion")}
        left |= {name for name in dir(bpy.types.Object) if name.startswith("neural_motion")}
        started = time.perf_counter()
        bpy.ops.preferences.addon_enable(module=_ADDON)
        enable_s.append(round(time.perf_counter() - started, 3))
        yield 0.15
    desk.note(enable_s=enable_s, left_behind=sorted(left))
    yield from desk.open_tab()
    desk.shot("after")
    desk.note(is_back=hasattr(bpy.context.scene, "neural_motion_speech"))


clicks.start(steps, "switch")
