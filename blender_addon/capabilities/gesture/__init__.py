"""Gesture: a body that talks with its hands, or dances, to a sound."""

from __future__ import annotations

from ..package import Package
from .beat_operators import CLASSES as BEAT_OPERATORS
from .operators import CLASSES as OPERATORS
from .panel import CLASSES as PANEL
from .part import PART
from .properties import (
    NEURALMOTION_PG_dance_result,
    NEURALMOTION_PG_gesture,
    NEURALMOTION_PG_gesture_beats,
    NEURALMOTION_PG_gesture_stroke,
)
from .stroke_operators import CLASSES as STROKE_OPERATORS

PACKAGE = Package(
    name="gesture",
    settings=NEURALMOTION_PG_gesture,
    parts=(
        NEURALMOTION_PG_gesture_stroke,
        NEURALMOTION_PG_gesture_beats,
        NEURALMOTION_PG_dance_result,
    ),
    classes=(*OPERATORS, *STROKE_OPERATORS, *BEAT_OPERATORS, *PANEL),
    part=PART,
)
