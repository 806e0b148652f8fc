"""How a character is to walk, and where on its path that changes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

import numpy as np

from ..conventions import Floats
from ..errors import SettingsError
from ..maths.smoothing import smoothstep
from ..settings import declared
from .settings import Direction

_EASE_M: Final = 0.7
"""About one step: within it a change is taken up."""
_FACING: Final = "facing_deg"


@dataclass(frozen=True)
class StyleChoice:
    """Which style of walking.

    Args:
        name: of a named style of the model; empty for the captured one that the seed picks.
        other: another one to blend with; empty for none.
        blend: 0 … 1, how much of the other.
    """

    name: str = ""
    other: str = ""
    blend: float = 0.0


@dataclass(frozen=True)
class DirectionChange:
    """From a place on, one setting of the direction has another value.

    Args:
        at_m: along the path.
        field: of Direction.
        value: in the setting's own unit.
    """

    at_m: float
    field: str
    value: float


@dataclass(frozen=True)
class StyleChange:
    """From a place on, another style."""

    at_m: float
    style: StyleChoice


@dataclass(frozen=True)
class Directions:
    """What is said of a walk, place by place.

    Args:
        start: from the first step on.
        changes: later ones, in any order.
        style: from the first step on.
        style_changes: later ones, in any order.

    Raises:
        SettingsError: a change is of something unknown, or out of its range.
    """

    start: Direction = field(default_factory=Direction)
    changes: tuple[DirectionChange, ...] = ()
    style: StyleChoice = StyleChoice()
    style_changes: tuple[StyleChange, ...] = ()

    def __post_init__(self) -> None:
        known = {each.field: each for each in declared(Direction)}
        for name, each in known.items():
            each.check(getattr(self.start, name))
        for change in self.changes:
            if change.field not in known:
                raise SettingsError(
                    f"'{change.field}' is nothing that changes along a path; expected one of "
                    f"{', '.join(known)}"
                )
            known[change.field].check(change.value)

    def along(self, name: str, distances_m: Floats) -> Floats:
        """A setting of Direction at distances (T,) along the path; changes are eased over a step.

        An angle of facing goes the short way round and is unwrapped.
        """
        values = np.full(np.shape(distances_m), float(getattr(self.start, name)))
        before = float(getattr(self.start, name))
        for change in sorted(self.changes, key=lambda each: each.at_m):
            if change.field == name:
                step = change.value - before
                if name == _FACING:
                    step = (step + 180.0) % 360.0 - 180.0
                values += step * eased(distances_m, change.at_m)
                before += step
        return values

    def is_plain(self, *names: str) -> bool:
        """Whether settings are nowhere other than by default."""
        return not any(change.field in names for change in self.changes) and all(
            getattr(self.start, name) == getattr(_plain(), name) for name in names
        )

    def scaled(self, factor: float) -> Directions:
        """The same along a path ``factor`` times as long."""
        return replace(
            self,
            changes=tuple(replace(c, at_m=c.at_m * factor) for c in self.changes),
            style_changes=tuple(replace(c, at_m=c.at_m * factor) for c in self.style_changes),
        )


def eased(distances_m: Floats, at_m: float) -> Floats:
    """(T,) 0 before a place, 1 a step behind it, smooth between."""
    return smoothstep((np.asarray(distances_m, np.float64) - at_m) / _EASE_M)


@lru_cache(maxsize=1)
def _plain() -> Direction:
    return Direction()
