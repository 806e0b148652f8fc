"""Physics: the character has weight, takes a push, stumbles, catches itself, falls."""

from __future__ import annotations

from ..package import Package
from . import help_band, push_arrows
from .operators import CLASSES as OPERATORS
from .panel import CLASSES as PANEL
from .properties import (
    NEURALMOTION_PG_physics,
    NEURALMOTION_PG_physics_push,
    NEURALMOTION_PG_physics_result,
)
from .push_operators import CLASSES as PUSH_OPERATORS

PACKAGE = Package(
    name="physics",
    settings=NEURALMOTION_PG_physics,
    parts=(NEURALMOTION_PG_physics_push, NEURALMOTION_PG_physics_result),
    classes=(*OPERATORS, *PUSH_OPERATORS, *PANEL),
    services=(push_arrows, help_band),
)
