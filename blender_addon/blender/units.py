"""Lengths and speeds in the scene's own unit, as the animator's fields show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import bpy

_METRES: Final = {
    "KILOMETERS": ("km", 1000.0),
    "METERS": ("m", 1.0),
    "CENTIMETERS": ("cm", 0.01),
    "MILLIMETERS": ("mm", 0.001),
    "MICROMETERS": ("µm", 1e-6),
    "MILES": ("mi", 1609.344),
    "FEET": ("ft", 0.3048),
    "INCHES": ("in", 0.0254),
    "THOU": ("thou", 0.0000254),
}
_SHORT: Final = {"METERS": "CENTIMETERS", "FEET": "INCHES"}
"""What is told in place of a unit where something is much smaller than it."""


@dataclass(frozen=True)
class SceneUnits:
    """How lengths are told.

    Args:
        metres: in one Blender unit.
        name: Blender's name of the unit that is shown; empty for plain Blender units.
        adaptive: something small is told in a smaller unit.
    """

    metres: float = 1.0
    name: str = "METERS"
    adaptive: bool = True

    def length(self, metres: float, decimals: int = 2) -> str:
        """A length in words, such as "4.00 m", "120.00 ft" or "3.00 units"."""
        symbol, each = self._shown(metres)
        return f"{metres / each:.{decimals}f} {symbol}"

    def speed(self, metres_per_second: float) -> str:
        """A speed in words, such as "1.3 m/s"; three digits of it."""
        symbol, each = self._shown(metres_per_second)
        return f"{metres_per_second / each:.3g} {symbol}/s"

    def _shown(self, metres: float) -> tuple[str, float]:
        if not self.name:
            return "units", self.metres
        symbol, each = _METRES[self.name]
        if self.adaptive and self.name in _SHORT and 0 < abs(metres) < 0.1 * each:
            symbol, each = _METRES[_SHORT[self.name]]
        return symbol, each


IN_METRES: Final = SceneUnits(adaptive=False)


def metres_per_unit(scene: bpy.types.Scene) -> float:
    """Metres in one Blender unit, as the scene's unit settings say."""
    units = scene.unit_settings
    return 1.0 if units.system == "NONE" else float(units.scale_length)


def units_of(scene: bpy.types.Scene) -> SceneUnits:
    """The units of a scene, as its properties say."""
    units = scene.unit_settings
    if units.system == "NONE":
        return SceneUnits(metres_per_unit(scene), "", adaptive=False)
    name = units.length_unit
    if name not in _METRES:  # adaptive
        name = "FEET" if units.system == "IMPERIAL" else "METERS"
    return SceneUnits(metres_per_unit(scene), name)
