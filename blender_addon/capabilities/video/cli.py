"""``blender -b scene.blend --command neural_motion video …``."""

from __future__ import annotations

import argparse
from typing import Any

from ...cli.common import Report, add_file_options
from ...core.errors import FilmError
from ...core.jobs import Progress


def generate(chosen: argparse.Namespace, progress: Progress) -> Report:
    """Let a character do what a person in a film does, and say what was done."""
    raise FilmError("films cannot be read yet")


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """The options of ``video``."""
    video = commands.add_parser("video", help="let a body do what a person in a film does")
    add = video.add_argument
    add("--rig", "--character", required=True, help="name of the armature")
    add("--film", required=True, help="movie file, one of numbered pictures, or a strip's name")
    add_file_options(video)
    return video
