"""Thin operators: read the scene, run one pipeline, write the scene."""

from __future__ import annotations

import bpy

from .add_demo_character import NEURALMOTION_OT_add_demo_character
from .add_path import NEURALMOTION_OT_add_path
from .crowd import CLASSES as CROWD
from .gaze_targets import CLASSES as GAZE_TARGETS
from .generate_gaze import NEURALMOTION_OT_generate_gaze, NEURALMOTION_OT_generate_gaze_all
from .generate_speech import NEURALMOTION_OT_generate_speech
from .generate_walk import NEURALMOTION_OT_generate_walk
from .live_drive import CLASSES as LIVE_DRIVE
from .model_card import CLASSES as MODEL_CARD
from .path_marks import NEURALMOTION_OT_add_path_mark, NEURALMOTION_OT_remove_path_mark
from .rig_map import CLASSES as JOINTS
from .speech_channels import CLASSES as SPEECH_CHANNELS
from .use_selected import CLASSES as USE_SELECTED

register, unregister = bpy.utils.register_classes_factory(
    (
        NEURALMOTION_OT_add_demo_character,
        NEURALMOTION_OT_add_path,
        NEURALMOTION_OT_generate_walk,
        NEURALMOTION_OT_add_path_mark,
        NEURALMOTION_OT_remove_path_mark,
        *CROWD,
        *LIVE_DRIVE,
        *MODEL_CARD,
        *USE_SELECTED,
        *JOINTS,
        NEURALMOTION_OT_generate_gaze,
        NEURALMOTION_OT_generate_gaze_all,
        *GAZE_TARGETS,
        NEURALMOTION_OT_generate_speech,
        *SPEECH_CHANNELS,
    )
)
