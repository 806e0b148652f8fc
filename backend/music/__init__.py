"""Music made for given beats."""

from __future__ import annotations

from .make import STYLES, make_music, write_music

__all__ = ["STYLES", "make_music", "write_music"]
