"""A value that an option takes, to show how it is written; each is tried at the option itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from .problems import Unfit
from .schema import Option

_BY_KEY: Final[dict[str, Any]] = {
    "character": "Anna", "path": "Path", "terrain": "Hills", "target": "Camera",
    "turn_to_object": "Camera", "partner": "Ben", "sound": "sound/010.wav",
    "film": "film/010.mp4", "person": "0.4,0.5",
    "partner_sound": "strip:Voice of Ben", "strip": "Voice", "channels": "sound/channels.json",
    "preset": "old", "provider": "CPU", "turn_to": 90.0, "arrive": 200, "frame": 1,
    "last_frame": 240, "stand": 5.0, "tempo": 120.0, "first_beat": 1.0,
    "eyes": ["BONES", "eye.L", "eye.R"], "eye_limits": [35.0, 25.0, 30.0],
    "at": ["4:lean=10", "8:stop=2"], "mark": ["4:trot", "8:stop=2", "12:sit=5"],
    "push": ["40:chest:0,30,0"],
}  # fmt: skip
_BY_METAVAR: Final[dict[str, Any]] = {
    "NAME:W": {"happy": 0.5}, "A:B": [1, 240], "FIRST:LAST": [1, 240], "M:M/S": [[3.0, 0.9]],
    "M:S": [[5.0, 2.0]], "X:Y": [2.0, -3.0], "R,G,B": [0.5, 0.3, 0.2], "NAME": "Name",
}  # fmt: skip
_ANY: Final[tuple[Any, ...]] = (1, 0.5, 1.0, 20.0, 170.0, "Name", ["Name"], [1.0, 2.0])


def sample_of(option: Option) -> Any:
    """What the option is without being given, where that is a value; else one that it takes.

    Args:
        option: any.

    Raises:
        Unfit: no value is known that it takes.
    """
    for value in _candidates(option):
        try:
            option.arguments(value)
        except Unfit:
            continue
        return value
    raise Unfit(f"{option.switch} takes none of the values that are known to be typical")


def is_usual(option: Option) -> bool:
    """Whether it has a value without being given."""
    return option.action.default not in (None, [])


def _candidates(option: Option) -> Iterator[Any]:
    if is_usual(option):
        yield option.action.default
    if option.action.choices is not None:
        yield from option.action.choices
    if option.declared is not None:
        setting = option.declared.setting
        yield 0.5 * (setting.minimum + setting.maximum)
    if option.key in _BY_KEY:
        yield _BY_KEY[option.key]
    if isinstance(option.action.metavar, str) and option.action.metavar in _BY_METAVAR:
        yield _BY_METAVAR[option.action.metavar]
    yield from _ANY
