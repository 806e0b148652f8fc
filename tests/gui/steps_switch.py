"""The add-on switched off and on, over and over, while its tab is shown."""

from __future__ import annotations

import sys
from collections.abc import Callable

import bpy
import clicks

_ADDON = "bl_ext.user_default.neural_motion"
_TIMES = 10


def steps(desk: clicks.Desk) -> clicks.Waits:
    """Between the switches Blender draws."""
    yield from desk.open_tab()
    calls, left = [], set()
    for _ in range(_TIMES):
        bpy.ops.preferences.addon_disable(module=_ADDON)
        yield 0.15
        left |= {name for name in dir(bpy.types) if name.startswith("NEURALMOTION_")}
        left |= {name for name in dir(bpy.types.Scene) if name.startswith("neural_motion")}
        left |= {name for name in dir(bpy.types.Object) if name.startswith("neural_motion")}
        calls.append(_count_calls(lambda: bpy.ops.preferences.addon_enable(module=_ADDON)))
        yield 0.15
    desk.note(calls=calls, left_behind=sorted(left))
    yield from desk.open_tab()
    desk.shot("after")
    desk.note(is_back=hasattr(bpy.context.scene, "neural_motion"))


def _count_calls(work: Callable[[], object]) -> int:
    """How many functions are called while work runs."""
    found = [0]

    def count(_frame: object, event: str, _argument: object) -> None:
        found[0] += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return found[0]


clicks.start(steps, "switch")
