"""Video: a character does what a person in a film does."""

from __future__ import annotations

from ..package import Package
from .film_properties import (
    NEURALMOTION_PG_video_film,
    NEURALMOTION_PG_video_person,
    NEURALMOTION_PG_video_pin,
)
from .operators import CLASSES as OPERATORS
from .panel import CLASSES as PANEL
from .person_operators import CLASSES as PERSON_OPERATORS
from .properties import NEURALMOTION_PG_video
from .result_properties import NEURALMOTION_PG_video_result

PACKAGE = Package(
    name="video",
    settings=NEURALMOTION_PG_video,
    parts=(
        NEURALMOTION_PG_video_film,
        NEURALMOTION_PG_video_person,
        NEURALMOTION_PG_video_pin,
        NEURALMOTION_PG_video_result,
    ),
    classes=(*OPERATORS, *PERSON_OPERATORS, *PANEL),
)
