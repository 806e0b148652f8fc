"""Walk: draw a path, and a character walks along it."""

from __future__ import annotations

import bpy

from . import properties, watch
from .add_path import CLASSES as ADD_PATH
from .crowd_operators import CLASSES as CROWD_OPERATORS
from .crowd_panel import CLASSES as CROWD_PANEL
from .live_drive_operator import CLASSES as LIVE_DRIVE_OPERATOR
from .live_drive_panel import CLASSES as LIVE_DRIVE_PANEL
from .operators import CLASSES as OPERATORS
from .panel import CLASSES as PANEL
from .path_marks import CLASSES as PATH_MARKS
from .result_panel import CLASSES as RESULT_PANEL

_register_classes, _unregister_classes = bpy.utils.register_classes_factory(
    (
        *ADD_PATH,
        *OPERATORS,
        *PATH_MARKS,
        *CROWD_OPERATORS,
        *LIVE_DRIVE_OPERATOR,
        *PANEL,
        *CROWD_PANEL,
        *LIVE_DRIVE_PANEL,
        *RESULT_PANEL,
    )
)


def register() -> None:
    """Add settings, operators and panels."""
    properties.register()
    _register_classes()
    watch.register()


def unregister() -> None:
    """Take them out again."""
    watch.unregister()
    _unregister_classes()
    properties.unregister()
