"""What was given on the command line of how, where to, until when, and of changes on the way."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import bpy

from ....blender.ground.path import SpeedChange
from ....blender.units import metres_per_unit
from ....core.errors import SettingsError
from ....core.ground.path import Stop
from ....core.settings import declared
from ....core.walk.direction import DirectionChange, Directions, StyleChange, StyleChoice
from ....core.walk.settings import Direction
from .going import Going, GoKind
from .presets import find_preset, with_preset

_SLIDERS: Final = {each.name: each for each in declared(Direction)}
_CHANGES: Final = ("speed", "stop", "style", *_SLIDERS)
_ENDS: Final = ("path", "target", "target_at", "stand")


def path_change(text: str) -> tuple[float, str, float | StyleChoice]:
    """What changes at a place along the path, as in "4:lean=10" or "6:style=brisk+wide*0.3"."""
    at, _, change = text.partition(":")
    name, sign, value = change.partition("=")
    name = name.strip().replace("-", "_")
    at_m, new = _finite(at), _style_mixed(value) if name == "style" else _finite(value)
    if at_m is None or not sign or name not in _CHANGES or new is None:
        names = ", ".join(_CHANGES)
        raise argparse.ArgumentTypeError(
            f"expected M:NAME=VALUE, such as 4:lean=10 or 6:style=brisk+wide*0.3, with one of "
            f"{names}; found '{text[:60]}'"
        )
    return at_m, name, new


def _style_mixed(text: str) -> StyleChoice | None:
    """A style, or two with how much of the second, "brisk+wide*0.3"; half if nothing is said."""
    name, plus, second = (part.strip() for part in text.partition("+"))
    other, times, share = (part.strip() for part in second.partition("*"))
    blend = _finite(share) if times else 0.5
    if not plus:
        return None if "*" in name else StyleChoice(name)
    if not other or blend is None or not 0 <= blend <= 1:
        return None
    return StyleChoice(name, other, blend)


def _finite(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def directions_given(chosen: argparse.Namespace, sliders: Mapping[str, float]) -> Directions:
    """How to walk.

    Args:
        chosen: the options.
        sliders: those of Direction as they are with or without an option, by field.

    Raises:
        SettingsError: a number is out of range, or there is no such preset.
    """
    given, directions = dict(sliders), Directions()
    if chosen.preset is not None:
        directions = with_preset(directions, find_preset(chosen.preset))
        named = getattr(chosen, "given", ())
        given = {s.field: given[s.field] for s in _SLIDERS.values() if s.name in named}
    changes = [
        DirectionChange(at_m, _SLIDERS[name].field, float(value))
        for at_m, name, value in chosen.at
        if name in _SLIDERS
    ]
    styles = [StyleChange(at_m, value) for at_m, name, value in chosen.at if name == "style"]
    return Directions(
        replace(directions.start, **given), tuple(changes), _style(chosen, directions.style),
        tuple(styles),
    )  # fmt: skip


def _style(chosen: argparse.Namespace, usual: StyleChoice) -> StyleChoice:
    if chosen.style_blend is not None and not 0 <= chosen.style_blend <= 1:
        raise SettingsError(f"--style-blend is {chosen.style_blend:g}; give 0 to 1")
    other = usual.other if chosen.second_style is None else chosen.second_style
    if chosen.style_blend is not None and not other:
        raise SettingsError("--style-blend needs a style to blend with. Give --second-style, too")
    blend = (usual.blend or 0.5) if chosen.style_blend is None else chosen.style_blend
    name = usual.name if chosen.style is None else chosen.style
    return StyleChoice(name, other, blend if other else 0.0)


def speeds_given(chosen: argparse.Namespace) -> dict[str, Any]:
    """Changes of speed and stops, from ``--speed-at``, ``--stop-at`` and ``--at``."""
    speeds = [*chosen.speed_at, *((at, v) for at, name, v in chosen.at if name == "speed")]
    stops = [*chosen.stop_at, *((at, v) for at, name, v in chosen.at if name == "stop")]
    return {
        "speed_changes": tuple(SpeedChange(*pair) for pair in speeds),
        "stops": tuple(Stop(*pair) for pair in stops),
    }


def going_given(
    chosen: argparse.Namespace,
    scene: bpy.types.Scene,
    find_object: Callable[[str], bpy.types.Object],
) -> Going:
    """Where to go.

    Args:
        chosen: the options.
        scene: whose units hold.
        find_object: gives the object of a name, or says which names there are.

    Raises:
        InputError: the options do not fit together, or there is no such object.
    """
    kind = _kind(chosen)
    _check_ends(chosen, kind)
    unit_m = metres_per_unit(scene)
    place = (0.0, 0.0) if chosen.target_at is None else chosen.target_at
    toward = chosen.turn_to_object
    return Going(
        kind=kind,
        target=None if chosen.target is None else find_object(chosen.target),
        place=(place[0] / unit_m, place[1] / unit_m, 0.0),
        stop_short_m=chosen.stop_short,
        stand_s=Going.stand_s if chosen.stand is None else chosen.stand,
        end_heading_rad=None if chosen.turn_to is None else math.radians(chosen.turn_to),
        end_toward=None if toward is None else find_object(toward),
        arrive_frame=chosen.arrive,
    )


def _kind(chosen: argparse.Namespace) -> GoKind:
    named = [f"--{each.replace('_', '-')}" for each in _ENDS if getattr(chosen, each) is not None]
    if len(named) != 1:
        found = " and ".join(named) or "none of them"
        raise SettingsError(f"give one of --path, --target, --target-at and --stand; found {found}")
    if chosen.path is not None:
        return GoKind.PATH
    return GoKind.TARGET if chosen.stand is None else GoKind.STAND


def _check_ends(chosen: argparse.Namespace, kind: GoKind) -> None:
    """Refuse options that say nothing for where one goes."""
    along = bool(chosen.at or chosen.speed_at or chosen.stop_at)
    for wrong, says in (
        (
            chosen.turn_to is not None and chosen.turn_to_object is not None,
            "give --turn-to or --turn-to-object, not both",
        ),
        (
            chosen.turn_to is not None and not math.isfinite(chosen.turn_to),
            "--turn-to is no number of degrees",
        ),
        (
            not 0 <= chosen.stop_short < math.inf,
            f"--stop-short is {chosen.stop_short:g}; give 0 or more metres",
        ),
        (
            chosen.stop_short > 0 and kind is not GoKind.TARGET,
            "--stop-short goes with --target or --target-at",
        ),
        (
            chosen.arrive is not None and kind is GoKind.STAND,
            "--arrive goes with a way to go: who stands does not arrive",
        ),
        (
            along and kind is GoKind.STAND,
            "--at, --speed-at and --stop-at go with a way to go: who stands has none",
        ),
    ):
        if wrong:
            raise SettingsError(says)
