"""``jobs scan``: a jobs file of a folder of shots and the sounds beside them."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import bpy

from ...blender.face.shape_keys import armature_of
from ...blender.rig.joint_map import judge_joints
from ...capabilities.character.chosen import chosen_character
from ...core.batch.allowed import is_device
from ...core.batch.jobs_file import SOUND_SUFFIXES
from ...core.batch.schema import step_schema
from ...core.errors import REPORTED, InputError, in_words
from ...core.notes import Note
from ..commands import Generator
from ..files import open_blend
from ..found import Found
from .scan_text import Shot, jobs_text

OUT: Final = "out"
"""Folder of the outputs, beside the jobs file."""
_SOUND_FOLDERS: Final = ("", "sound", "audio", "../sound", "../audio")


def scan_folder(
    folder: Path,
    target: Path,
    generators: Mapping[str, Generator],
    parsers: Mapping[str, argparse.ArgumentParser],
) -> tuple[str, tuple[str, ...]]:
    """Look into each .blend file of a folder, and write down what could be done with it.

    Args:
        folder: absolute; it is looked through with all folders within it.
        target: the jobs file that is to be, absolute; its paths begin at its folder.
        generators: the commands, which may suggest a step each.
        parsers: of them.

    Returns:
        The jobs file's text, and a warning for each shot that is commented out in it.

    Raises:
        InputError: the folder holds no shots, or there can be no such file.
    """
    _check(folder, target)
    blends = list(_blends(folder, target.parent / OUT))
    if not blends:
        raise InputError(f"{folder} holds no .blend files. Give the folder of the shots")
    hears = [n for n, each in parsers.items() if "sound" in step_schema(n, each).options]
    looker = _Looker(target.parent.resolve(), generators, frozenset(hears))
    shots = [looker.look(each) for each in blends]
    told = [f"{each.name} is commented out: {each.unclear}" for each in shots if each.unclear]
    if looker.outside:
        roots = " ".join(f"--root {each}" for each in sorted(looker.outside))
        told.append(Note(f"files lie outside the jobs file's folder: run it with {roots}"))
    return jobs_text(shots), tuple(told)


def write_new(target: Path, text: str) -> None:
    """Write a file that is not there yet.

    Raises:
        InputError: there is one, or it cannot be written.
    """
    try:
        with target.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as error:
        raise _exists(target) from error
    except OSError as error:
        raise InputError(in_words(error)) from error


def _check(folder: Path, target: Path) -> None:
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder. Give the folder of the shots")
    if target.suffix.lower() != ".toml":
        raise InputError(f"{target} does not end in .toml. Give such a name as --out")
    if target.exists() or target.is_symlink():
        raise _exists(target)
    if not target.parent.is_dir():
        raise InputError(
            f"the folder {target.parent} does not exist. Make it, or give another --out"
        )


def _exists(target: Path) -> InputError:
    return InputError(f"{target} exists and is kept. Give another file as --out")


def _blends(folder: Path, outputs: Path) -> Iterator[Path]:
    """Every .blend file, by folder and name; earlier outputs and hidden folders are left out."""
    for place, folders, files in os.walk(folder):
        here = Path(place)
        folders[:] = sorted(n for n in folders if n[0] != "." and here / n != outputs)
        for name in sorted(files):
            if name.lower().endswith(".blend") and not name.startswith("."):
                yield here / name


@dataclass
class _Looker:
    """Looks into shots.

    Args:
        base: folder of the jobs file.
        generators: the commands.
        hears: those that take a sound.
        names: of the jobs so far.
        outside: folders of files that do not lie in ``base``.
        sounds: of each folder, by the name without its ending, in one case.
    """

    base: Path
    generators: Mapping[str, Generator]
    hears: frozenset[str]
    names: set[str] = field(default_factory=set)
    outside: set[Path] = field(default_factory=set)
    sounds: dict[Path, dict[str, Path]] = field(default_factory=dict)

    def look(self, blend: Path) -> Shot:
        """One shot; what is not clear becomes the reason why it is commented out."""
        shown = self._shown(blend)
        name = self._name(shown)
        shot = Shot(name, shown, f"{OUT}/{name}.blend")
        try:
            blend.as_posix().encode()
            open_blend(blend)
            character = _character()
            sound = self._sound_of(blend, character.name)
            return self._filled(shot, Found(character, sound, _only_curve()))
        except REPORTED as error:
            if not blend.is_file():
                self.outside.discard(blend.resolve().parent)  # a link that leads nowhere
            return Shot(name, shown, shot.out, unclear=in_words(error))

    def _filled(self, shot: Shot, found: Found) -> Shot:
        steps: list[Mapping[str, Any]] = []
        for command, each in self.generators.items():
            suggest = getattr(each, "suggest", None)
            settings = None if suggest is None else suggest(found)
            if settings is not None:
                steps.append({command: settings})
        unclear = "" if steps else _nothing_to_do(found)
        heard = found.sound is not None and any(set(each) & self.hears for each in steps)
        sound = self._shown(found.sound) if heard and found.sound else ""
        return Shot(shot.name, shot.blend, shot.out, found.character.name, sound, steps, unclear)

    def _sound_of(self, blend: Path, character: str) -> Path | None:
        """A sound with the shot's name, beside it or in a folder of sounds; the character's first.

        Each folder is read once: it may hold thousands.
        """
        for stem in (f"{blend.stem}_{character}".casefold(), blend.stem.casefold()):
            for folder in (blend.parent / each for each in _SOUND_FOLDERS):
                if folder not in self.sounds:
                    self.sounds[folder] = _sounds_in(folder)
                if stem in self.sounds[folder]:
                    return self.sounds[folder][stem]
        return None

    def _shown(self, path: Path) -> str:
        """As the jobs file names it: from its folder on, if it lies there."""
        real = path.resolve()
        if real.is_relative_to(self.base):
            return real.relative_to(self.base).as_posix()
        self.outside.add(real.parent)
        return real.as_posix()

    def _name(self, shown: str) -> str:
        """Of the job: folders and name, and a number where that is not one shot's alone."""
        stem = shown.rpartition(".")[0]
        fit = "".join(each if each.isascii() and each.isalnum() else "_" for each in stem)
        fit = fit.strip("_")[-90:].lstrip("_") or "shot"
        fit = f"shot_{fit}" if is_device(fit) else fit
        name, number = fit, 1
        while name.casefold() in self.names:
            number += 1
            name = f"{fit}_{number}"
        self.names.add(name.casefold())
        return name


def _character() -> bpy.types.Object:
    """The chosen character, else the only one there is.

    Raises:
        InputError: there is none, or nobody says which.
    """
    chosen = chosen_character(bpy.context)
    if chosen is not None:
        return chosen
    objects = list(bpy.context.scene.objects)
    armatures = [each for each in objects if each.type == "ARMATURE"]
    people = [each for each in armatures if judge_joints(each)[1] is None] or armatures
    faces = [each for each in objects if each.type == "MESH" and each.data.shape_keys]
    found = people or [each for each in faces if armature_of(each) is None]
    if len(found) == 1:
        return found[0]
    names = ", ".join(f"'{each.name}'" for each in found[:5])
    if not found:
        raise InputError("there is no armature and no face in it")
    raise InputError(f"there are several characters: {names}. Give one as character")


def _only_curve() -> bpy.types.Object | None:
    """The curve object that could be a path: a line, not a thing made of one."""
    objects = [each for each in bpy.context.scene.objects if each.type == "CURVE"]
    used = {each.data.bevel_object for each in objects} | {
        each.data.taper_object for each in objects
    }
    lines = [
        each
        for each in objects
        if each not in used and not (each.data.bevel_depth or each.data.extrude)
    ]
    return lines[0] if len(lines) == 1 else None


def _sounds_in(folder: Path) -> dict[str, Path]:
    try:
        files = sorted(folder.iterdir(), reverse=True)  # of several with one name the first stays
    except OSError:
        return {}
    sounds = (each for each in files if each.suffix.lower() in SOUND_SUFFIXES and each.is_file())
    return {each.stem.casefold(): each for each in sounds}


def _nothing_to_do(found: Found) -> str:
    what = "no sound with its name" if found.sound is None else "nothing that could be done with it"
    curve = (
        "and no single curve to walk along" if found.curve is None else "and nobody who can walk"
    )
    return f"there is {what} {curve}. Give do, a list of steps"
