"""Phones with their times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from blender_addon.core.conventions import Floats


@dataclass(frozen=True)
class PhoneTrack:
    """Phones one after another.

    Args:
        names: of each phone.
        starts_s: (P,) seconds.
        ends_s: (P,) seconds.
    """

    names: tuple[str, ...]
    starts_s: Floats
    ends_s: Floats

    @classmethod
    def empty(cls) -> PhoneTrack:
        """No phones at all."""
        return cls((), np.zeros(0), np.zeros(0))
