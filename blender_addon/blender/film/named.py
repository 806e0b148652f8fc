"""The film that a command line names."""

from __future__ import annotations

from pathlib import Path

import bpy

from ...core.batch.jobs_file import CLIP, STRIP
from .choice import FilmChoice, FilmSource
from .strip import film_strips


def film_named(scene: bpy.types.Scene, text: str) -> FilmChoice:
    """A strip or a movie clip of that name, else numbered pictures or a movie file.

    Args:
        scene: whose sequencer.
        text: what was given; ``strip:NAME`` and ``clip:NAME`` are never files.
    """
    if text.startswith(STRIP):
        return FilmChoice(FilmSource.STRIP, strip=text.removeprefix(STRIP))
    if text.startswith(CLIP):
        return FilmChoice(FilmSource.CLIP, clip=text.removeprefix(CLIP))
    if text in {each.name for each in film_strips(scene)}:
        return FilmChoice(FilmSource.STRIP, strip=text)
    if text in bpy.data.movieclips:
        return FilmChoice(FilmSource.CLIP, clip=text)
    path = Path(bpy.path.abspath(text))
    images = bpy.path.extensions_image  # type: ignore[attr-defined]
    if path.is_dir() or path.suffix.lower() in images:
        return FilmChoice(FilmSource.SEQUENCE, path=text)
    return FilmChoice(FilmSource.FILE, path=text)
