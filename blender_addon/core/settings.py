"""Settings, each declared once: a field of a dataclass that knows how it is shown and bounded.

Panel, command line and request follow from the field: its default, and what ``setting`` adds to it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from enum import Enum
from typing import Any, Final, cast

from .errors import SettingsError

_KEY: Final = "setting"


class Unit(Enum):
    """What a number counts: the end of its field's name, and the symbol shown to people."""

    NONE = ("", "")
    SECONDS = ("_s", "s")
    METRES_PER_SECOND = ("_m_s", "m/s")
    METRES = ("_m", "m")
    DEGREES = ("_deg", "°")
    YEARS = ("_years", "years")
    PERCENT = ("_percent", "%")


@dataclass(frozen=True)
class Setting:
    """What is known of a setting besides its name and its default.

    Args:
        title: in the panel.
        description: what it does, in sentences without the last full stop.
        unit: of the number.
        minimum, maximum: beyond which it is refused; infinite where there is no end.
        soft_minimum, soft_maximum: as far as a slider goes; NaN for the same.
        step: of a slider, in the number's own unit; 0 leaves it to the panel.
        precision: decimals shown; 0 leaves it to the panel.
        keyed: whether its keyframes are heard frame by frame.
    """

    title: str
    description: str
    unit: Unit = Unit.NONE
    minimum: float = -math.inf
    maximum: float = math.inf
    soft_minimum: float = math.nan
    soft_maximum: float = math.nan
    step: float = 0.0
    precision: int = 0
    keyed: bool = False


@dataclass(frozen=True)
class Declared:
    """One setting as its dataclass declares it.

    Args:
        field: name in the dataclass, with its unit.
        name: the same without the unit; in panels, files and, with dashes, on the command line.
        default: a number, or yes or no.
        setting: the rest.
    """

    field: str
    name: str
    default: float | bool
    setting: Setting

    @property
    def option(self) -> str:
        """On the command line; what is usually on is switched off there."""
        dashed = self.name.replace("_", "-")
        return f"--no-{dashed}" if self.default is True else f"--{dashed}"

    @property
    def range_text(self) -> str:
        """Its range in words, such as "0 to 4" or "from 0"; empty without any end."""
        low, high, unit = self.setting.minimum, self.setting.maximum, self.setting.unit.value[1]
        if isinstance(self.default, bool) or (math.isinf(low) and math.isinf(high)):
            return ""
        ends = f"{low:g} to {high:g}" if math.isfinite(high) else f"from {low:g}"
        return f"{ends} {unit}".rstrip()

    def check(self, value: float) -> None:
        """Refuse a value out of range.

        Args:
            value: in the setting's own unit.

        Raises:
            SettingsError: says the range.
        """
        endless = isinstance(value, float) and math.isinf(value)
        if endless or not self.setting.minimum <= value <= self.setting.maximum:
            expected = self.range_text or "a number"
            raise SettingsError(f"{self.name} must be {expected}; found {_shown(value)}")


def _shown(value: float) -> str:
    """As a person would write it; a whole number may be too large for a float."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def setting(default: float | bool, title: str, description: str, **more: Any) -> Any:
    """A field of a dataclass that is a setting.

    Args:
        default: 0, 1.0, True: also says whether it is a whole number, a number, or yes or no.
        title, description: as in Setting.
        **more: the rest of Setting.
    """
    return field(default=default, metadata={_KEY: Setting(title, description, **more)})


def declared(dataclass_: Any) -> tuple[Declared, ...]:
    """The settings that a dataclass declares, in its order; other fields are left out.

    Args:
        dataclass_: the class, or a value of it.
    """
    return tuple(
        Declared(
            each.name,
            each.name.removesuffix(each.metadata[_KEY].unit.value[0]),
            cast("float | bool", each.default),
            each.metadata[_KEY],
        )
        for each in fields(dataclass_)
        if _KEY in each.metadata
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class Seeded:
    """Whatever has variations.

    Args:
        seed: same seed, same motion.
    """

    seed: int = setting(
        0, "Seed", "Another number gives another variation of the same motion", minimum=0
    )
