"""What the commands share: opening and saving files, names of objects, models."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import bpy

from ..blender.models.preferred import model_choice
from ..core.errors import InputError
from ..core.inference.choice import ModelChoice, parse_providers
from ..core.inference.model_list import tasks_of


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


def find_object(name: str, kind: str) -> bpy.types.Object:
    """The object of that name."""
    found = bpy.data.objects.get(name)
    if found is None:
        raise unknown_name("object", name, kind)
    return found


def unknown_name(what: str, name: str, kind: str) -> InputError:
    """An error that lists the names that would do."""
    fitting = [item.name for item in bpy.data.objects if item.type == kind]
    listed = ", ".join(f"'{item}'" for item in fitting) or "none"
    return InputError(f"there is no {what} named '{name}'. Fitting ones in this file: {listed}")


def choose_models(context: bpy.types.Context, chosen: argparse.Namespace) -> ModelChoice:
    """The preferences, with the providers and models of the command line."""
    choice = model_choice(context)
    if chosen.provider is not None:
        choice = replace(choice, providers=parse_providers(chosen.provider))
    return replace(choice, names={**choice.names, **tasks_of(chosen.model, choice)})
