"""What was written on a character, as a list: mute, solo, influence, merge, remove."""

from __future__ import annotations

from ..package import Package
from . import known, rows
from .operators import CLASSES as OPERATORS
from .panel import CLASSES as PANEL
from .properties import NEURALMOTION_PG_layers

PACKAGE = Package(
    name="layers",
    settings=NEURALMOTION_PG_layers,
    classes=(*OPERATORS, *PANEL),
    services=(rows, known),
)
