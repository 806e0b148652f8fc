"""Walk: draw a path, and a character walks along it."""

from __future__ import annotations

from ..package import Package
from . import watch
from .add_path import CLASSES as ADD_PATH
from .along_paths import PathWalker
from .asset import CLASSES as ASSET
from .auto_update import service as auto_update
from .contact_markers import CLASSES as CONTACT_MARKERS
from .crowd import migration as crowd_migration
from .crowd.operators import CLASSES as CROWD_OPERATORS
from .crowd.panel import CLASSES as CROWD_PANEL
from .crowd.properties import NEURALMOTION_PG_crowd_member, NEURALMOTION_PG_walk_scene
from .direction import style_menu
from .direction.arrival_panel import CLASSES as ARRIVAL_PANEL
from .direction.going import NEURALMOTION_PG_going
from .direction.marks import CLASSES as MARKS
from .direction.operators import CLASSES as DIRECTION_OPERATORS
from .direction.panel import CLASSES as DIRECTION_PANEL
from .direction.properties import NEURALMOTION_PG_direction, NEURALMOTION_PG_path_mark
from .live.operator import CLASSES as LIVE_DRIVE_OPERATOR
from .live.panel import CLASSES as LIVE_DRIVE_PANEL
from .live.properties import NEURALMOTION_PG_live_drive
from .operators import CLASSES as OPERATORS
from .panel import CLASSES as PANEL
from .part import PART
from .properties import NEURALMOTION_PG_walk, on_chosen
from .result_panel import CLASSES as RESULT_PANEL
from .result_properties import NEURALMOTION_PG_walk_result
from .try_it import CLASSES as TRY_IT

PACKAGE = Package(
    name="walk",
    settings=NEURALMOTION_PG_walk,
    parts=(
        NEURALMOTION_PG_path_mark,
        NEURALMOTION_PG_direction,
        NEURALMOTION_PG_going,
        NEURALMOTION_PG_walk_result,
        NEURALMOTION_PG_crowd_member,
        NEURALMOTION_PG_live_drive,
    ),
    scene_settings=NEURALMOTION_PG_walk_scene,
    classes=(
        *TRY_IT,
        *ADD_PATH,
        *OPERATORS,
        *ASSET,
        *CONTACT_MARKERS,
        *MARKS,
        *DIRECTION_OPERATORS,
        *CROWD_OPERATORS,
        *LIVE_DRIVE_OPERATOR,
        *PANEL,
        *DIRECTION_PANEL,
        *ARRIVAL_PANEL,
        *CROWD_PANEL,
        *LIVE_DRIVE_PANEL,
        *RESULT_PANEL,
    ),
    services=(style_menu, watch, auto_update, crowd_migration),
    on_chosen=on_chosen,
    part=PART,
    walker=PathWalker,
)
