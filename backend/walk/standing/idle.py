"""What every way of standing gives."""

from __future__ import annotations

from typing import Protocol

from blender_addon.core.conventions import Floats

from ..loops import Body


class Standing(Protocol):
    """A body that stands, as a function of time."""

    def body(self, times_s: Floats) -> Body:
        """The body at times (T,) in seconds, both feet carrying."""
        ...
