"""Neural Motion: draw a path and a character walks it, as plain keyframes.

Nothing here imports Blender until ``register`` is called, so that ``core`` can be used without it.
"""

from __future__ import annotations


def register() -> None:
    """Called by Blender when the extension is switched on."""
    from . import cli, operators, panels, preferences, properties, watch

    for part in (preferences, properties, operators, panels, cli, watch):
        part.register()


def unregister() -> None:
    """Called by Blender when the extension is switched off: everything above, backwards."""
    from . import cli, operators, panels, preferences, properties, watch
    from .core.inference.session import close_sessions

    for part in (watch, cli, panels, operators, properties, preferences):
        part.unregister()
    close_sessions()
