"""The film as an image datablock: what the preview's camera has behind it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import bpy

from ....blender.film.choice import FilmChoice, FilmSource
from ....blender.film.strip import film_strips
from ....core.errors import FilmError
from ..choice import film_choice
from .camera import NAME

FIRST: Final = "neural_motion_first_image"
"""Custom property of the image: the number that picture 0 of the film has in Blender's counting."""
_NUMBER: Final = re.compile(r"(\d+)(?=\D*$)")
_PICTURES: Final = frozenset(
    {".png", ".jpg", ".jpeg", ".tga", ".tif", ".tiff", ".exr", ".bmp", ".webp"}
)


@dataclass(frozen=True)
class _Source:
    path: Path
    is_sequence: bool


def film_image(scene: bpy.types.Scene, armature: bpy.types.Object) -> bpy.types.Image:
    """Load a character's film as an image of the preview's own.

    Raises:
        FilmError: it is not there.
    """
    source = _source(scene, film_choice(armature.neural_motion.video.film))
    try:
        image = bpy.data.images.load(str(source.path), check_existing=False)
    except RuntimeError as error:
        raise FilmError(
            f"{source.path} cannot be shown. Check the file, or choose another film"
        ) from error
    image.name = NAME
    if source.is_sequence:
        image.source = "SEQUENCE"
    number = _NUMBER.search(source.path.stem)
    image[FIRST] = int(number.group(1)) if source.is_sequence and number else 1
    return image


def shows_film(scene: bpy.types.Scene, camera: Any, armature: bpy.types.Object) -> bool:
    """Whether the preview's camera has a character's film, as it is chosen now, behind it."""
    source = _source(scene, film_choice(armature.neural_motion.video.film))
    images = [each.image for each in camera.data.background_images if each.image is not None]
    return any(Path(bpy.path.abspath(each.filepath)) == source.path for each in images)


def _source(scene: bpy.types.Scene, film: FilmChoice) -> _Source:
    if film.source is FilmSource.CLIP:
        return _of_clip(bpy.data.movieclips.get(film.clip))
    if film.source is FilmSource.STRIP:
        return _of_strip(scene, film.strip)
    path = Path(bpy.path.abspath(film.path))
    if film.source is FilmSource.SEQUENCE:
        return _Source(_first_beside(path), is_sequence=True)
    return _Source(path, is_sequence=False)


def _of_clip(clip: Any) -> _Source:
    if clip is None:
        raise FilmError("the movie clip is gone. Choose another film")
    path = Path(bpy.path.abspath(clip.filepath))
    is_sequence = clip.source == "SEQUENCE"
    return _Source(_first_beside(path) if is_sequence else path, is_sequence)


def _of_strip(scene: bpy.types.Scene, name: str) -> _Source:
    strip = next((each for each in film_strips(scene) if each.name == name), None)
    if strip is None:
        raise FilmError(f"there is no strip '{name}' in the sequencer. Choose another film")
    if strip.type == "MOVIECLIP":
        return _of_clip(strip.clip)
    if strip.type == "IMAGE":
        folder = Path(bpy.path.abspath(strip.directory))
        return _Source(folder / strip.elements[0].filename, is_sequence=True)
    return _Source(Path(bpy.path.abspath(strip.filepath)), is_sequence=False)


def _first_beside(path: Path) -> Path:
    """The first of the numbered pictures that one belongs to; of a folder, the first in it."""
    if path.is_dir():
        found = sorted(each for each in path.iterdir() if each.suffix.lower() in _PICTURES)
        if not found:
            raise FilmError(f"there are no pictures in {path}. Choose another folder")
        return found[0]
    number = _NUMBER.search(path.stem)
    if number is None:
        return path
    head, tail = path.stem[: number.start()], path.stem[number.end() :]
    alike = re.compile(re.escape(head) + r"\d+" + re.escape(tail))
    beside = [each for each in path.parent.glob(f"*{path.suffix}") if alike.fullmatch(each.stem)]
    return min(beside, key=_number_of, default=path)


def _number_of(path: Path) -> int:
    number = _NUMBER.search(path.stem)
    return int(number.group(1)) if number else 0
