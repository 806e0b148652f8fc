"""Neural Motion: draw a path and a character walks it, as plain keyframes.

Nothing here imports Blender until ``register`` is called, so that ``core`` can be used without it.
"""

from __future__ import annotations


def register() -> None:
    """Called by Blender when the extension is switched on."""
    from . import blender, capabilities, cli, preferences
    from .blender import translation

    for part in (translation, preferences, blender, capabilities, cli):
        part.register()


def unregister() -> None:
    """Called by Blender when the extension is switched off: everything above, backwards."""
    from . import blender, capabilities, cli, preferences
    from .blender import translation
    from .core.inference.session import close_sessions
    from .core.sound.hear import forget_sounds
    from .core.sound.peaks import forget_peaks

    for part in (cli, capabilities, blender, preferences, translation):
        part.unregister()
    close_sessions()
    forget_sounds()
    forget_peaks()
