"""``blender -b --command neural_motion character …``: people, without a window."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any, Final

import bpy

from ...cli.common import Report, add_place_options, stands_for
from ...core.jobs import Progress
from ...core.settings import Declared, declared
from ...demo_character.bones import NAMINGS
from ...demo_character.traits import (
    COLOURS,
    STYLES,
    CrowdSettings,
    Numbered,
    Traits,
    gather_ancestry,
)

_TRAITS: Final = tuple(declared(Traits))
_SEED: Final = declared(Numbered)[0]
_SPACING: Final = declared(CrowdSettings)[1]


def generate(chosen: argparse.Namespace, progress: Progress) -> Report:
    """Add people, and say who came."""
    from ...demo_character.crowd import add_crowd  # builds people; other commands never wait

    _SEED.check(chosen.seed)
    settings = CrowdSettings(count=chosen.count, spacing_m=chosen.spacing, bodies=chosen.bodies)
    context = bpy.context
    naming = chosen.bone_names.upper()
    added = list(add_crowd(context, chosen.seed, settings, naming, _chosen(chosen)))
    kept = context.scene.neural_motion
    kept.character = kept.character or added[0]
    names = ", ".join(f"'{each.name}'" for each in added[:5])
    more = f" and {len(added) - 5} more" if len(added) > 5 else ""
    return Report(f"added {names}{more}", written=tuple(each.name for each in added))


def _chosen(chosen: argparse.Namespace) -> Callable[[tuple[float, ...]], dict[str, Any]]:
    """What was given of the people, once it is known which ancestry the others have."""
    given = {each: getattr(chosen, each.name) for each in _TRAITS}
    for each, value in given.items():
        if value is not None:
            each.check(value)
    fields = {each.field: value for each, value in given.items()}
    fields |= {name: getattr(chosen, name) for name in (*STYLES, *COLOURS)}
    known = {field: value for field, value in fields.items() if value is not None}
    return lambda ancestry: gather_ancestry(known, ancestry)


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """The options of ``character``."""
    character = commands.add_parser("character", help="add people to the scene")
    add = character.add_argument
    add("--seed", type=int, default=0, metavar="N",
        help="of the first person; the next has the next number (%(default)s)")  # fmt: skip
    add("--count", type=int, default=1, metavar="N", help="how many people (%(default)s)")
    add("--spacing", type=float, default=_SPACING.default, metavar="M",
        help="between two people, metres (%(default)s)")  # fmt: skip
    add("--bodies", type=int, default=0, metavar="N",
        help="how many different bodies; 0 for one each (%(default)s)")  # fmt: skip
    words = [key.lower() for key in NAMINGS]
    add("--bone-names", choices=words, default=words[0], help="whose (%(default)s)")
    for each in _TRAITS:
        unit = each.setting.unit.value[1].upper() or "N"
        action = add(each.option, dest=each.name, type=float, metavar=unit, help=_help(each))
        stands_for(action, each)
    for name, styles in STYLES.items():
        add(f"--{name}", choices=styles, help="by the seed")
    for name in COLOURS:
        add(f"--{name.replace('_', '-')}", dest=name, type=_colour, metavar="R,G,B",
            help="linear, 0 to 1 each (by the seed)")  # fmt: skip
    add_place_options(character)
    return character


def _help(each: Declared) -> str:
    return f"{each.setting.description}; {each.range_text} (by the seed)"


def _colour(text: str) -> tuple[float, ...]:
    try:
        values = tuple(float(part) for part in text.split(","))
    except ValueError:
        values = ()
    if len(values) != 3 or not all(0.0 <= value <= 1.0 for value in values):
        raise argparse.ArgumentTypeError(f"'{text}' is no colour; expected R,G,B from 0 to 1")
    return values
