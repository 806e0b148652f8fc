"""What the commands share: opening and saving files, names of objects, models."""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import bpy

from ..blender.keys.density import KeyDensity
from ..blender.keys.options import ResultKind, ResultOptions
from ..blender.models.preferred import model_choice
from ..core.errors import InputError, SettingsError
from ..core.inference.choice import ModelChoice, parse_providers
from ..core.inference.model_list import tasks_of
from ..core.settings import Declared, Setting, Unit, declared
from .found import Found as Found
from .report import Report as Report  # capabilities find all they need here
from .report import gathered as gathered
from .values import finite as finite
from .values import frame as frame
from .values import frame_range as frame_range
from .values import named_weight as named_weight
from .values import pair_of_numbers as pair_of_numbers

MAX_BLEND_S: Final = 60.0
_MOST_NAMES: Final = 20
_METAVARS: Final = {Unit.NONE: "N", Unit.DEGREES: "DEG", Unit.PERCENT: "PERCENT"}


def add_file_options(parser: argparse.ArgumentParser) -> None:
    """Which file to open, where to save, what to run on."""
    parser.add_argument(
        "--frame", type=frame, metavar="N", help="first frame (the file's current frame)"
    )
    add_model_options(parser)
    add_place_options(parser)


def add_model_options(parser: argparse.ArgumentParser) -> None:
    """Which models to run, and on what."""
    add = parser.add_argument
    add("--provider", help="execution providers in order, such as CUDA,CPU")
    add("--model", action="append", default=[], metavar="NAME",
        help="a model instead of the usual one of its task; may be repeated")  # fmt: skip


def add_place_options(parser: argparse.ArgumentParser) -> None:
    """Which file to open, and where to save."""
    add = parser.add_argument
    add("--blend", type=Path, help="open this file first")
    add("--out", type=Path, help="save here (the opened file)")
    add("--overwrite", action="store_true", help="replace the file to be saved")
    add("--log", choices=("text", "json"), default="text",
        help="a sentence for people, or a line of JSON for machines (%(default)s)")  # fmt: skip


def add_key_options(
    parser: argparse.ArgumentParser,
    usual: ResultOptions,
    chosen_frames: Mapping[str, KeyDensity] = MappingProxyType({}),
) -> None:
    """How dense the keys are, and how their ends blend.

    Args:
        parser: of a command.
        usual: what holds where an option is not given.
        chosen_frames: further densities by the word for them.
    """
    add = parser.add_argument
    words = {"every": KeyDensity.EVERY_FRAME, "reduced": KeyDensity.REDUCED, **chosen_frames}
    add("--keys", choices=words, default="every", help="on which frames (%(default)s)")
    parser.set_defaults(densities=words)
    degrees, mm = math.degrees(usual.turn_bound_rad), 1000.0 * usual.shift_bound_m
    of_reduced = "of reduced keys (%(default)s)"
    add("--max-error-deg", type=float, default=round(degrees, 6), metavar="DEG", help=of_reduced)
    add("--max-error-mm", type=float, default=round(mm, 6), metavar="MM", help=of_reduced)
    if usual.kind is ResultKind.LAYER:
        add("--max-error-shape", type=float, default=usual.weight_bound, metavar="W",
            help=of_reduced)  # fmt: skip
        add("--replace-last", action="store_true", help="an untouched earlier layer makes room")
    blends = (
        add("--blend-in", type=float, default=usual.blend_in_s, metavar="S",
            help="out of the pose that is there (%(default)s)"),
        add("--blend-out", type=float, default=usual.blend_out_s, metavar="S",
            help="into the pose that is there (%(default)s)"),
    )  # fmt: skip
    for action in blends:
        keeps_within(action, 0.0, MAX_BLEND_S, Unit.SECONDS)


def key_options(chosen: argparse.Namespace, usual: ResultOptions) -> ResultOptions:
    """What ``add_key_options`` asked for.

    Raises:
        SettingsError: a number is out of range.
    """
    for name, what in (("blend_in", "--blend-in"), ("blend_out", "--blend-out")):
        if not 0 <= getattr(chosen, name) <= MAX_BLEND_S:
            raise SettingsError(
                f"{what} is {getattr(chosen, name):g}; give 0 to {MAX_BLEND_S:g} seconds"
            )
    for name in ("max_error_deg", "max_error_mm", "max_error_shape"):
        if not 0 <= getattr(chosen, name, 0.0) < math.inf:
            option = f"--{name.replace('_', '-')}"
            raise SettingsError(f"{option} is {getattr(chosen, name):g}; give a number above 0")
    options = replace(
        usual,
        blend_in_s=chosen.blend_in,
        blend_out_s=chosen.blend_out,
        density=chosen.densities[chosen.keys],
        turn_bound_rad=math.radians(chosen.max_error_deg),
        shift_bound_m=chosen.max_error_mm / 1000.0,
    )
    if usual.kind is not ResultKind.LAYER:
        return options
    return replace(options, weight_bound=chosen.max_error_shape, replace_last=chosen.replace_last)


class Given(argparse.Action):
    """Takes a value, and notes in ``given`` of the result that it was given at all."""

    def __call__(
        self,
        _parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        _option: str | None = None,
    ) -> None:
        setattr(namespace, self.dest, values)
        namespace.given = {*getattr(namespace, "given", ()), self.dest}


def add_settings(
    parser: argparse.ArgumentParser,
    *sources: type,
    instead: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """An option for each setting that these dataclasses declare.

    Args:
        parser: of a command.
        sources: the dataclasses.
        instead: what the option of a setting is called whose usual one means something else.
    """
    for each in (setting for source in sources for setting in declared(source)):
        told: dict[str, Any] = {"dest": each.name, "default": each.default, "help": help_of(each)}
        option = instead.get(each.name, each.option)
        if isinstance(each.default, bool):
            action = parser.add_argument(
                option, action="store_false" if each.default else "store_true", **told
            )
        else:
            unit = _METAVARS.get(each.setting.unit, each.setting.unit.value[1].upper())
            kind = type(each.default)
            action = parser.add_argument(option, type=kind, metavar=unit, action=Given, **told)
        stands_for(action, each)


def stands_for(action: argparse.Action, setting: Declared) -> None:
    """Let an option be known by its setting, so that jobs files are checked against its range."""
    vars(action)["declared"] = setting


def keeps_within(
    action: argparse.Action, minimum: float, maximum: float, unit: Unit = Unit.NONE
) -> None:
    """Likewise for an option that is no setting: its range.

    Args:
        action: of a number.
        minimum, maximum: beyond which it is refused.
        unit: of the number.
    """
    bounds = Setting("", "", unit, minimum, maximum)
    stands_for(action, Declared(action.dest, action.dest, 0.0, bounds))


def needs_one_of(parser: argparse.ArgumentParser, *keys: str) -> None:
    """Let a jobs file be told what it lacks: a command needs one of these options.

    Args:
        parser: of the command.
        keys: options as they are written in a jobs file.
    """
    vars(parser).setdefault("needs", []).append(keys)


def takes_one_of(parser: argparse.ArgumentParser, *keys: str) -> None:
    """Likewise: of these options at most one can be given."""
    vars(parser).setdefault("excludes", []).append(keys)


def help_of(each: Declared) -> str:
    """What the panel's tooltip says, what is switched off, the range and the default."""
    text = each.setting.description.replace("%", "%%")
    if isinstance(each.default, bool):
        return f"switches off: {text}" if each.default else text
    return f"{text}; {each.range_text.replace('%', '%%')} (%(default)s)"


def settings_of(chosen: argparse.Namespace, *sources: type) -> dict[str, Any]:
    """What was given of these dataclasses' settings, by field.

    Raises:
        SettingsError: a number is out of its range.
    """
    values = {}
    for each in (setting for source in sources for setting in declared(source)):
        values[each.field] = getattr(chosen, each.name)
        each.check(values[each.field])
    return values


def find_object(name: str, *kinds: str) -> bpy.types.Object:
    """The object of that name; the error lists those of the kinds that would do.

    Args:
        name: as given.
        kinds: of object, such as "ARMATURE"; without any, every object will do.

    Raises:
        InputError: there is none, or it is of another kind.
    """
    found = named(bpy.data.objects, name)
    if found is None:
        raise unknown_name("object", name, fitting_names(*kinds))
    if kinds and found.type not in kinds:
        raise InputError(
            f"'{name}' is {_word(found.type)}, not {' or '.join(map(_word, kinds))}. "
            f"{_listed(name, fitting_names(*kinds))}"
        )
    return found


def named(collection: Any, name: str) -> Any:
    """What has this name, or None; Blender's own ``get`` breaks on a name that is no Unicode."""
    return next((item for item in collection if item.name == name), None)


def fitting_names(*kinds: str) -> list[str]:
    """Names of the objects of these kinds, those of the first kind first; of all without any."""
    if not kinds:
        return [item.name for item in bpy.data.objects]
    return [item.name for kind in kinds for item in bpy.data.objects if item.type == kind]


def unknown_name(what: str, name: str, fitting: Sequence[str]) -> InputError:
    """An error that lists the names that would do, the most similar first."""
    return InputError(f"there is no {what} named '{name}'. {_listed(name, fitting)}")


def similar_names(name: str, among: Sequence[str]) -> list[str]:
    """Those of these names that look like a misspelt one, the most similar first."""
    lower = {each.lower(): each for each in among}
    return [lower[each] for each in get_close_matches(name.lower(), lower, 3)]


def _listed(name: str, fitting: Sequence[str]) -> str:
    close = similar_names(name, fitting)
    shown = [*close, *(each for each in fitting if each not in close)][:_MOST_NAMES]
    text = ", ".join(f"'{each}'" for each in shown) or "none"
    rest = len(fitting) - len(shown)
    hint = f"Did you mean '{close[0]}'? " if close else ""
    return f"{hint}Fitting ones in this file: {text}" + (f" and {rest} more" if rest else "")


def _word(kind: str) -> str:
    word = kind.lower().replace("_", " ")
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"


def choose_models(context: bpy.types.Context, chosen: argparse.Namespace) -> ModelChoice:
    """The preferences, with the providers and models of the command line."""
    choice = model_choice(context)
    if chosen.provider is not None:
        choice = replace(choice, providers=parse_providers(chosen.provider))
    return replace(choice, names={**choice.names, **tasks_of(chosen.model, choice)})


def without_file(parser: argparse.ArgumentParser) -> None:
    """Take Blender's own FILE out of the usage of a command that opens its files itself."""
    parser.prog = parser.prog.replace("-b FILE ", "-b ")
