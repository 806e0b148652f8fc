"""Quadruped: draw a path, and a horse, a dog or a fox goes along it."""

from __future__ import annotations

from ..package import Package
from .add_animal import CLASSES as ADD_ANIMAL
from .add_path import CLASSES as ADD_PATH
from .herd.operators import CLASSES as HERD_OPERATORS
from .herd.panel import CLASSES as HERD_PANEL
from .joints import CLASSES as JOINTS_BY_HAND
from .joints import NEURALMOTION_PG_quadruped_joint
from .judged import claimed
from .live.operator import CLASSES as DRIVE_OPERATOR
from .live.panel import CLASSES as DRIVE_PANEL
from .live.properties import NEURALMOTION_PG_quadruped_drive
from .marks import CLASSES as MARKS
from .marks import NEURALMOTION_PG_quadruped_mark
from .operators import CLASSES as OPERATORS
from .panel import CLASSES as PANEL
from .properties import NEURALMOTION_PG_quadruped, NEURALMOTION_PG_secondary, on_chosen
from .result_panel import CLASSES as RESULT_PANEL
from .result_properties import NEURALMOTION_PG_quadruped_result
from .rig_panel import CLASSES as RIG_PANEL

PACKAGE = Package(
    name="quadruped",
    settings=NEURALMOTION_PG_quadruped,
    parts=(
        NEURALMOTION_PG_quadruped_mark,
        NEURALMOTION_PG_quadruped_joint,
        NEURALMOTION_PG_secondary,
        NEURALMOTION_PG_quadruped_drive,
        NEURALMOTION_PG_quadruped_result,
    ),
    classes=(
        *ADD_ANIMAL,
        *ADD_PATH,
        *OPERATORS,
        *MARKS,
        *JOINTS_BY_HAND,
        *HERD_OPERATORS,
        *DRIVE_OPERATOR,
        *PANEL,
        *HERD_PANEL,
        *RIG_PANEL,
        *DRIVE_PANEL,
        *RESULT_PANEL,
    ),
    on_chosen=on_chosen,
    claims=claimed,
)
