"""What the user sets in the panels, one module for each capability."""

from __future__ import annotations

from . import gaze, rig_map, speech, state, walk

_PARTS = (state, rig_map, walk, gaze, speech)


def register() -> None:
    """Add every capability's settings."""
    for part in _PARTS:
        part.register()


def unregister() -> None:
    """Take them out again, backwards."""
    for part in reversed(_PARTS):
        part.unregister()
