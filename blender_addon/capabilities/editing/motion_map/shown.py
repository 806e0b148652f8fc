"""The map that was made last: kept for as long as Blender runs, and never in a file."""

from __future__ import annotations

from .data import MotionMap

_latest: list[MotionMap] = []


def latest_map() -> MotionMap | None:
    """The map that can be shown; None before one was made."""
    return _latest[-1] if _latest else None


def keep_map(made: MotionMap | None) -> None:
    """Show this one from now on; None for none."""
    _latest[:] = [] if made is None else [made]
