"""Speech: a face that speaks a sound."""

from __future__ import annotations

from ..package import Package
from . import heard_blocks, heard_solve, waveform
from .add_audio2face import CLASSES as ADD_AUDIO2FACE
from .add_audio2face import add_downloaded
from .channel_operators import CLASSES as CHANNEL_OPERATORS
from .drop import CLASSES as DROP
from .heard_edit import CLASSES as HEARD_EDIT
from .heard_operators import CLASSES as HEARD_OPERATORS
from .heard_properties import CLASSES as HEARD
from .operators import CLASSES as OPERATORS
from .panel import CLASSES as PANEL
from .part import PART
from .properties import (
    NEURALMOTION_PG_expressions,
    NEURALMOTION_PG_speech,
    NEURALMOTION_PG_speech_channel,
    NEURALMOTION_PG_speech_style,
    fill_styles,
)

PACKAGE = Package(
    name="speech",
    settings=NEURALMOTION_PG_speech,
    parts=(
        NEURALMOTION_PG_speech_channel,
        NEURALMOTION_PG_speech_style,
        NEURALMOTION_PG_expressions,
        *HEARD,
    ),
    classes=(
        *OPERATORS,
        *CHANNEL_OPERATORS,
        *DROP,
        *HEARD_OPERATORS,
        *HEARD_EDIT,
        *ADD_AUDIO2FACE,
        *PANEL,
    ),
    services=(waveform, heard_solve, heard_blocks),
    on_chosen=fill_styles,
    add_model=add_downloaded,
    part=PART,
)
