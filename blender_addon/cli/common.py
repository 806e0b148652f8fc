"""What the commands share: opening and saving files, names of objects, models."""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
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
from ..core.settings import Declared, declared

MAX_BLEND_S: Final = 60.0
_MOST_NAMES: Final = 20


@dataclass(frozen=True)
class Report:
    """What a command says once its file is saved.

    Args:
        text: what was done.
        told: warnings and notes (core/notes.py); a warning makes the exit code 3.
    """

    text: str
    told: tuple[str, ...] = ()


def add_file_options(parser: argparse.ArgumentParser) -> None:
    """Which file to open, where to save, what to run on."""
    add = parser.add_argument
    add("--frame", type=int, help="first frame (the file's current frame)")
    add("--provider", help="execution providers in order, such as CUDA,CPU")
    add("--model", action="append", default=[], metavar="NAME",
        help="a model instead of the usual one of its task; may be repeated")  # fmt: skip
    add("--blend", type=Path, help="open this file first")
    add("--out", type=Path, help="save here (the opened file)")
    add("--overwrite", action="store_true", help="replace the file to be saved")


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
    add("--blend-in", type=float, default=usual.blend_in_s, metavar="S",
        help="out of the pose that is there (%(default)s)")  # fmt: skip
    add("--blend-out", type=float, default=usual.blend_out_s, metavar="S",
        help="into the pose that is there (%(default)s)")  # fmt: skip


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


def add_settings(parser: argparse.ArgumentParser, *sources: type) -> None:
    """An option for each setting that these dataclasses declare."""
    for each in (setting for source in sources for setting in declared(source)):
        told: dict[str, Any] = {"dest": each.name, "default": each.default, "help": help_of(each)}
        if isinstance(each.default, bool):
            parser.add_argument(
                each.option, action="store_false" if each.default else "store_true", **told
            )
        else:
            unit = each.setting.unit.value[1].upper() or "N"
            parser.add_argument(each.option, type=type(each.default), metavar=unit, **told)


def help_of(each: Declared) -> str:
    """What the panel's tooltip says, what is switched off, the range and the default."""
    text = each.setting.description.replace("%", "%%")
    if isinstance(each.default, bool):
        return f"switches off: {text}" if each.default else text
    return f"{text}; {each.range_text} (%(default)s)"


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


def open_blend(path: Path | None) -> None:
    """Open the file that --blend names, if it does."""
    if path is None:
        return
    if not path.is_file():
        raise InputError(f"{path} does not exist. Give the .blend file to work in")
    bpy.ops.wm.open_mainfile(filepath=str(path.resolve()), load_ui=False)


def output_file(chosen: argparse.Namespace) -> Path:
    """Where to save; an existing file only on demand."""
    if chosen.out is None and not bpy.data.filepath:
        raise InputError("no .blend file is open. Say with --out where to save the result")
    target = (chosen.out or Path(bpy.data.filepath)).absolute()
    if target.exists() and not chosen.overwrite:
        raise InputError(f"{target} exists. Give another --out, or add --overwrite")
    if not target.parent.is_dir():
        raise InputError(
            f"the folder {target.parent} does not exist. Make it, or give another --out"
        )
    return target


def save_blend(target: Path) -> None:
    """Save what was made."""
    bpy.ops.wm.save_as_mainfile(filepath=str(target), check_existing=False, copy=False)


def find_object(name: str, *kinds: str) -> bpy.types.Object:
    """The object of that name; the error lists those of the kinds that would do."""
    found = bpy.data.objects.get(name)
    if found is None:
        raise unknown_name("object", name, *kinds)
    return found


def unknown_name(what: str, name: str, *kinds: str) -> InputError:
    """An error that lists the names that would do, those of the first kind first."""
    fitting = [item.name for kind in kinds for item in bpy.data.objects if item.type == kind]
    listed = ", ".join(f"'{item}'" for item in fitting[:_MOST_NAMES]) or "none"
    if len(fitting) > _MOST_NAMES:
        listed += f" and {len(fitting) - _MOST_NAMES} more"
    return InputError(f"there is no {what} named '{name}'. Fitting ones in this file: {listed}")


def choose_models(context: bpy.types.Context, chosen: argparse.Namespace) -> ModelChoice:
    """The preferences, with the providers and models of the command line."""
    choice = model_choice(context)
    if chosen.provider is not None:
        choice = replace(choice, providers=parse_providers(chosen.provider))
    return replace(choice, names={**choice.names, **tasks_of(chosen.model, choice)})
