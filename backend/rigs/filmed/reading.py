"""Reads films from files, for what measures without a scene."""

from __future__ import annotations

from pathlib import Path

from blender_addon.blender.film.movie_file import open_movie
from blender_addon.core.film.facts import FilmReader


def read_film(path: Path) -> FilmReader:
    """A reader of a movie file.

    Raises:
        FilmError: it is missing, no film, or has no pictures.
    """
    reader, _ = open_movie(path)
    return reader
