"""The tab in the sidebar of the 3D view."""

from __future__ import annotations

import bpy

from .crowd import CLASSES as CROWD
from .gaze import CLASSES as GAZE
from .live_drive import NEURALMOTION_PT_live_drive
from .rig_map import CLASSES as JOINTS
from .speech import CLASSES as SPEECH
from .walk import (
    NEURALMOTION_PT_last_result,
    NEURALMOTION_PT_path_marks,
    NEURALMOTION_PT_walk,
    NEURALMOTION_PT_walk_options,
    NEURALMOTION_UL_path_marks,
)
from .walk_result import NEURALMOTION_PT_walk_result

register, unregister = bpy.utils.register_classes_factory(
    (
        NEURALMOTION_UL_path_marks,
        NEURALMOTION_PT_walk,
        *JOINTS,
        NEURALMOTION_PT_path_marks,
        *CROWD,
        NEURALMOTION_PT_live_drive,
        NEURALMOTION_PT_walk_options,
        NEURALMOTION_PT_walk_result,
        NEURALMOTION_PT_last_result,
        *GAZE,
        *SPEECH,
    )
)
