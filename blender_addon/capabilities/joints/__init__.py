"""The joint map of a rig."""

from __future__ import annotations

import bpy

from . import properties
from .operators import CLASSES as OPERATORS
from .panel import CLASSES as PANEL

_register_classes, _unregister_classes = bpy.utils.register_classes_factory((*OPERATORS, *PANEL))


def register() -> None:
    """Add settings, operators and panels."""
    properties.register()
    _register_classes()


def unregister() -> None:
    """Take them out again."""
    _unregister_classes()
    properties.unregister()
