"""What goes on right now; kept in the window manager, outside undo and files."""

from __future__ import annotations

from typing import Final

import bpy

RUNNING: Final = "Something is being generated or driven. Esc cancels it"


class NEURALMOTION_PG_state(bpy.types.PropertyGroup):
    """How far the running job is."""

    running: bpy.props.BoolProperty()
    driving: bpy.props.BoolProperty()
    progress: bpy.props.FloatProperty(min=0.0, max=1.0)


def register() -> None:
    """Add the state to the window manager."""
    bpy.utils.register_class(NEURALMOTION_PG_state)
    bpy.types.WindowManager.neural_motion = bpy.props.PointerProperty(type=NEURALMOTION_PG_state)


def unregister() -> None:
    """Take it out again."""
    del bpy.types.WindowManager.neural_motion
    bpy.utils.unregister_class(NEURALMOTION_PG_state)
