"""Presets of style and sliders: those that came along, and the user's own, kept as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Final

from ....blender.presets import names_of_presets, read_preset, user_folder
from ....core.errors import SettingsError
from ....core.settings import declared
from ....core.walk.direction import Directions, StyleChoice
from ....core.walk.presets import PRESETS
from ....core.walk.settings import Direction

_LEFT_ALONE: Final = "facing_deg"
"""Where somebody faces is no part of how they walk."""


@dataclass(frozen=True)
class KeptDirection:
    """What a preset holds.

    Args:
        direction: the sliders; facing does not count.
        style: None to leave the style as it is.
        speed: factor on the usual speed; 1 where nothing is said of it.
    """

    direction: Direction
    style: StyleChoice | None = None
    speed: float = 1.0


def preset_folder() -> Path:
    """The folder of the user's presets."""
    return user_folder("direction_presets")


def known_presets() -> tuple[str, ...]:
    """Names of those that came along, then of the user's own."""
    bundled = tuple(each.name for each in PRESETS)
    return *bundled, *(name for name in names_of_presets(preset_folder()) if name not in bundled)


def find_preset(name: str) -> KeptDirection:
    """A preset by its name: one of the user's own hides one of the same name that came along.

    Raises:
        SettingsError: there is none, or its file does not hold what a preset does.
    """
    if name in names_of_presets(preset_folder()):
        return preset_from_json(read_preset(preset_folder(), name), name)
    for each in PRESETS:
        if each.name == name:
            return KeptDirection(each.direction, speed=each.speed)
    raise SettingsError(
        f"there is no preset '{name}' of walking; there are: {', '.join(known_presets())}"
    )


def with_preset(directions: Directions, kept: KeptDirection) -> Directions:
    """Directions as a preset has them, but for facing and for what changes on the way."""
    facing = getattr(directions.start, _LEFT_ALONE)
    style = directions.style if kept.style is None else kept.style
    return replace(directions, start=replace(kept.direction, **{_LEFT_ALONE: facing}), style=style)


def preset_to_json(directions: Directions) -> str:
    """The text of a preset."""
    sliders = asdict(directions.start)
    del sliders[_LEFT_ALONE]
    return json.dumps({"style": asdict(directions.style), "sliders": sliders}, indent=2) + "\n"


def preset_from_json(text: str, name: str) -> KeptDirection:
    """What a preset's text holds.

    Raises:
        SettingsError: it is no such text, or a number is out of range.
    """
    try:
        held = json.loads(text)
        style, sliders = StyleChoice(**held["style"]), dict(held["sliders"])
    except (ValueError, TypeError, KeyError) as error:
        raise _unfit(name, str(error)) from error
    _check_style(name, style)
    known = {each.field: each for each in declared(Direction)}
    for field, value in sliders.items():
        if field not in known or isinstance(value, bool) or not isinstance(value, int | float):
            raise _unfit(name, f"{field} = {value!r}")
        known[field].check(float(value))
    return KeptDirection(Direction(**{k: float(v) for k, v in sliders.items()}), style)


def _check_style(name: str, style: StyleChoice) -> None:
    texts = isinstance(style.name, str) and isinstance(style.other, str)
    if not texts or not isinstance(style.blend, int | float) or not 0 <= style.blend <= 1:
        raise _unfit(name, repr({each.name: getattr(style, each.name) for each in fields(style)}))


def _unfit(name: str, found: Any) -> SettingsError:
    return SettingsError(
        f"the preset '{name}' does not hold a style and sliders of walking ({found}). Save it "
        "again, or delete it"
    )
