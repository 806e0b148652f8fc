"""Video: a character does what a person in a film does."""

from __future__ import annotations

from ..package import Package
from .drop import CLASSES as DROP
from .film_properties import (
    NEURALMOTION_PG_video_film,
    NEURALMOTION_PG_video_person,
    NEURALMOTION_PG_video_pin,
)
from .operators import CLASSES as OPERATORS
from .panel import CLASSES as PANEL
from .person_operators import CLASSES as PERSON_OPERATORS
from .pin_operators import CLASSES as PIN_OPERATORS
from .preview import following, overlay
from .preview.operators import CLASSES as PREVIEW_OPERATORS
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
    classes=(
        *OPERATORS,
        *PREVIEW_OPERATORS,
        *PERSON_OPERATORS,
        *PIN_OPERATORS,
        *DROP,
        *PANEL,
    ),
    services=(overlay, following),
)
