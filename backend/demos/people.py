"""The people demo: contact sheets of people as they are added by number.

Writes people_bodies.png (eight from the front and the side), people_shapes.png (the 52 shapes on
two faces), people_hands.png, people_walking.png (silhouettes of three who walk), people_vowels.png
and people.json.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

import bpy

from blender_addon.core.errors import NeuralMotionError
from blender_addon.core.inference.choice import ModelChoice
from blender_addon.demo_character.builder import add_person
from blender_addon.demo_character.person import Person, draw_person

from . import people_faces, people_sheets
from .common import make_files, tell
from .film import use_workbench
from .people_sheets import Member
from .pixels import save_pixels

SHEETS: Final = {
    "people_bodies.png": people_sheets.bodies,
    "people_shapes.png": people_faces.shapes,
    "people_hands.png": people_sheets.hands,
    "people_walking.png": people_sheets.walking,
    "people_vowels.png": people_faces.vowels,
}
FILES: Final = ("people.json", *SHEETS)
PEOPLE: Final = 8
_PAPER: Final = (0.82, 0.84, 0.86)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which people."""
    parser.add_argument("--seed", type=int, default=0, help="number of the first of the eight")


def run(out: Path, models: ModelChoice | None = None, seed: int = 0) -> dict[str, Any]:
    """Make the sheets.

    Args:
        out: folder for them; made if it is missing. Files of an earlier demo are replaced.
        models: where the model lies that walks, and how to run it.
        seed: of the first of eight people; the others have the numbers after it.

    Returns:
        What people.json holds.

    Raises:
        InputError: files of the same names that the demo did not make are in the way.
        SettingsError: the seed is below 0.
        NeuralMotionError: the model is missing, or a picture could not be rendered.
    """
    persons = [draw_person(seed + number) for number in range(PEOPLE)]
    report = make_files(out, FILES, lambda folder: _make(folder, models or ModelChoice(), persons))
    tell("%s in %s", ", ".join(FILES), out)
    return report


def _make(folder: Path, models: ModelChoice, persons: list[Person]) -> dict[str, Any]:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    context = bpy.context
    use_workbench(context.scene, 100, 100, close_up=True)
    world = bpy.data.worlds.new("Paper")
    world.color = _PAPER
    context.scene.world = world
    members = [Member(person, add_person(context, "", person)) for person in persons]
    tell("%d people added", len(members))
    for name, make in SHEETS.items():
        try:
            sheet = make(context, members, models, folder)
        except RuntimeError as error:  # how an operator reports an error
            raise NeuralMotionError(f"{name} could not be rendered: {error}") from error
        save_pixels(sheet, folder / name)
        tell("%s", name)
    return {
        "people": {str(each.person.seed): _about(each.person) for each in members},
        "blender": bpy.app.version_string,
    }


def _about(person: Person) -> dict[str, Any]:
    return {
        "sex": round(person.sex, 2),
        "age_years": round(person.age_years),
        "weight": round(person.weight, 2),
        "height_m": round(person.height_m, 2),
        "ancestry": [round(share, 2) for share in person.ancestry],
        "hair": person.look.hair,
        "beard": person.look.beard,
        "clothes": [person.look.shirt, person.look.trousers, person.look.shoes],
    }
