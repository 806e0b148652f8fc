"""Keeps the preview of the Walk panel's path up to date, and shows it on the path.

Panels and viewports may only read while they draw, so a timer looks a few times a second whether
anything has changed that the preview depends on. Nothing of this runs in background mode.
"""

from __future__ import annotations

import logging
from collections.abc import Hashable
from typing import Final

import bpy

from ...blender.models.preferred import model_choice
from .path_overlay import PathOverlay
from .previews import PathPreview, latest_preview, set_preview
from .properties import chosen_walk, walk_settings

_EVERY_S: Final = 0.25

_logger = logging.getLogger(__name__)

_overlay: PathOverlay | None = None
_key: Hashable = None
_warned: set[str] = set()


def look() -> float:
    """Make the preview again where something has changed; the timer's function."""
    # Not above: switching the extension on does not wait for it.
    from .path_preview import make_preview, preview_key

    global _key
    context = bpy.context
    scene = context.scene
    if scene is None or context.window_manager is None:  # a file is loading
        return _EVERY_S
    if context.window_manager.neural_motion.running:
        return _EVERY_S
    try:
        settings = walk_settings(context)
        key = scene.name_full, preview_key(context, settings)
        if key != _key:
            set_preview(make_preview(context, settings, model_choice(context)))
            _key = key
            _redraw(context)
    except ReferenceError as error:
        # Something went away meanwhile, as when a file loads: a timer that raises is not called
        # again.
        _warn_once(str(error))
    return _EVERY_S


def _warn_once(message: str) -> None:
    if message not in _warned:
        _warned.add(message)
        _logger.warning("the preview of the path waits: %s", message)


def _redraw(context: bpy.types.Context) -> None:
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()


def _shown_on_path() -> PathPreview | None:
    chosen = chosen_walk(bpy.context)
    return latest_preview() if chosen is not None and chosen.show_on_path else None


def register() -> None:
    """Begin to watch, where there is somebody to see it."""
    global _overlay, _key
    _key = None
    _warned.clear()
    set_preview(PathPreview())
    if not bpy.app.background:
        _overlay = PathOverlay(_shown_on_path)
        bpy.app.timers.register(look, first_interval=_EVERY_S, persistent=True)


def unregister() -> None:
    """Watch no more."""
    global _overlay
    if bpy.app.timers.is_registered(look):
        bpy.app.timers.unregister(look)
    if _overlay is not None:
        _overlay.remove()
        _overlay = None
    set_preview(PathPreview())
