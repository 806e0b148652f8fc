"""Gaze: eyes that look, and the head that goes along."""

from __future__ import annotations

import bpy

from . import properties
from .operators import CLASSES as OPERATORS
from .panel import CLASSES as PANEL
from .target_operators import CLASSES as TARGET_OPERATORS

_register_classes, _unregister_classes = bpy.utils.register_classes_factory(
    (*OPERATORS, *TARGET_OPERATORS, *PANEL)
)


def register() -> None:
    """Add settings, operators and panels."""
    properties.register()
    _register_classes()


def unregister() -> None:
    """Take them out again."""
    _unregister_classes()
    properties.unregister()
