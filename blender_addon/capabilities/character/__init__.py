"""Which character the panels are about."""

from __future__ import annotations

import bpy

from .add_demo_character import CLASSES as ADD_DEMO_CHARACTER
from .use_selected import CLASSES as USE_SELECTED

_register_classes, _unregister_classes = bpy.utils.register_classes_factory(
    (*ADD_DEMO_CHARACTER, *USE_SELECTED)
)


def register() -> None:
    """Add settings, operators and panels."""
    _register_classes()


def unregister() -> None:
    """Take them out again."""
    _unregister_classes()
