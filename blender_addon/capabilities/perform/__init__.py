"""Perform: one sound, and everything that belongs to it."""

from __future__ import annotations

from ..package import Package
from .operators import CLASSES as OPERATORS
from .panel import CLASSES as PANEL
from .properties import NEURALMOTION_PG_perform

PACKAGE = Package(
    name="perform",
    settings=NEURALMOTION_PG_perform,
    classes=(*OPERATORS, *PANEL),
)
