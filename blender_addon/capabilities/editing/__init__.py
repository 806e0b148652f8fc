"""Motion in the scene: fill, clean, restyle, connect, loop, vary and follow, on any rig."""

from __future__ import annotations

from ..package import Package
from .bone_operators import CLASSES as BONE_OPERATORS
from .kinds import KINDS
from .motion_map.operators import CLASSES as MAP_OPERATORS
from .motion_map.panel import CLASSES as MAP_PANEL
from .motion_map.properties import NEURALMOTION_PG_editing_scene
from .operators import CLASSES as OPERATORS
from .panel import CLASSES as PANEL
from .preset_operators import CLASSES as PRESET_OPERATORS
from .properties import GROUPS, NEURALMOTION_PG_editing

PACKAGE = Package(
    name="editing",
    settings=NEURALMOTION_PG_editing,
    parts=GROUPS,
    scene_settings=NEURALMOTION_PG_editing_scene,
    classes=(
        *OPERATORS,
        *BONE_OPERATORS,
        *PRESET_OPERATORS,
        *MAP_OPERATORS,
        *PANEL,
        *MAP_PANEL,
    ),
    generates=tuple(each.operator for each in KINDS.values()),
)
