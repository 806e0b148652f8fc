"""The joint map of a rig."""

from __future__ import annotations

from ..package import Package
from .drop import CLASSES as DROP
from .operators import CLASSES as OPERATORS
from .panel import CLASSES as PANEL
from .properties import NEURALMOTION_PG_joint, NEURALMOTION_PG_joints, on_chosen

PACKAGE = Package(
    name="joints",
    settings=NEURALMOTION_PG_joints,
    parts=(NEURALMOTION_PG_joint,),
    classes=(*OPERATORS, *DROP, *PANEL),
    on_chosen=on_chosen,
)
