"""Gaze: eyes that look, and the head that goes along."""

from __future__ import annotations

from ..package import Package
from .operators import CLASSES as OPERATORS
from .panel import CLASSES as PANEL
from .part import PART
from .properties import (
    NEURALMOTION_PG_gaze,
    NEURALMOTION_PG_gaze_scene,
    NEURALMOTION_PG_gaze_target,
)
from .target_operators import CLASSES as TARGET_OPERATORS

PACKAGE = Package(
    name="gaze",
    settings=NEURALMOTION_PG_gaze,
    parts=(NEURALMOTION_PG_gaze_target,),
    scene_settings=NEURALMOTION_PG_gaze_scene,
    classes=(*OPERATORS, *TARGET_OPERATORS, *PANEL),
    part=PART,
)
