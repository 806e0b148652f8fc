"""What goes on right now; kept in the window manager, outside undo and files."""

from __future__ import annotations

from typing import Any, Final

import bpy

from ...core.capabilities import CAPABILITIES

RUNNING: Final = "Something is being generated or driven. Esc cancels it"
_told: Final[dict[str, float]] = {"progress": 0.0}
"""Not a value of Blender's: setting one draws every window anew, whatever it is for."""


def tell_progress(part: float) -> None:
    """Say how much of the running job is done; whoever shows it is to be drawn anew.

    Args:
        part: 0 … 1.
    """
    _told["progress"] = min(max(float(part), 0.0), 1.0)


def _progress(_state: Any) -> float:
    return _told["progress"]


class NEURALMOTION_PG_details(bpy.types.PropertyGroup):
    """Whether a capability's panel shows the details of its last result."""

    __annotations__ = {
        each.name: bpy.props.BoolProperty(
            name="Details",
            description="Show lengths, measures and keys of the last result, what computed it, "
            "and what else is good to know",
        )
        for each in CAPABILITIES
    }


class NEURALMOTION_PG_state(bpy.types.PropertyGroup):
    """How far the running job is."""

    running: bpy.props.BoolProperty(options={"HIDDEN"})
    driving: bpy.props.BoolProperty(options={"HIDDEN"})
    progress: bpy.props.FloatProperty(min=0.0, max=1.0, get=_progress, options={"HIDDEN"})
    details: bpy.props.PointerProperty(type=NEURALMOTION_PG_details)


def register() -> None:
    """Add the state to the window manager."""
    bpy.utils.register_class(NEURALMOTION_PG_details)
    bpy.utils.register_class(NEURALMOTION_PG_state)
    bpy.types.WindowManager.neural_motion = bpy.props.PointerProperty(type=NEURALMOTION_PG_state)
    # The extension may have been switched off in the middle of a job.
    for manager in getattr(bpy.data, "window_managers", ()):  # not there while Blender starts
        manager.neural_motion.running = manager.neural_motion.driving = False


def unregister() -> None:
    """Take it out again."""
    del bpy.types.WindowManager.neural_motion
    bpy.utils.unregister_class(NEURALMOTION_PG_state)
    bpy.utils.unregister_class(NEURALMOTION_PG_details)
