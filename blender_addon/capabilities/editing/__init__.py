"""Motion in the scene: fill, clean, restyle, connect, loop, vary and follow, on any rig."""

from __future__ import annotations

from ..package import Package
from .bone_operators import CLASSES as BONE_OPERATORS
from .kinds import KINDS
from .operators import CLASSES as OPERATORS
from .panel import CLASSES as PANEL
from .preset_operators import CLASSES as PRESET_OPERATORS
from .properties import GROUPS, NEURALMOTION_PG_editing

PACKAGE = Package(
    name="editing",
    settings=NEURALMOTION_PG_editing,
    parts=GROUPS,
    classes=(*OPERATORS, *BONE_OPERATORS, *PRESET_OPERATORS, *PANEL),
    generates=tuple(each.operator for each in KINDS.values()),
)
