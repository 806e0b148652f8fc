"""``blender -b --command neural_motion models add FOLDER``: models that others have trained."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import bpy

from ..blender.models.preferred import folder_for_own_models
from ..capabilities import offers
from ..core.notes import Note
from .common import Report


def run(chosen: argparse.Namespace) -> Report:
    """Add a model to the user's own, and say under which licence it is."""
    target = (chosen.to or folder_for_own_models(bpy.context)).absolute()
    add_model = next(offer.add_model for offer in offers() if offer.add_model is not None)
    added, licence = add_model(chosen.folder.absolute(), target, chosen.name, chosen.replace)
    return Report(added, (Note(licence),))


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """The options of ``models``."""
    models = commands.add_parser("models", help="add models that you have downloaded")
    actions = models.add_subparsers(required=True, metavar="ACTION")
    add = actions.add_parser(
        "add", help="a folder of NVIDIA Audio2Face-3D v2.3, as downloaded, becomes a speech model"
    )
    add.add_argument("folder", type=Path, metavar="FOLDER", help="that was downloaded")
    add.add_argument(
        "--to", type=Path, metavar="FOLDER", help="of your own models (that of the preferences)"
    )
    add.add_argument("--name", default="", help="of the model (audio2face_ and the actor's)")
    add.add_argument("--replace", action="store_true", help="a model of this name may go")
    return models
