"""Image sequences: numbered pictures of a folder, with holes where some are missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import bpy

from ...core.errors import FilmError
from ...core.film.facts import FilmFacts
from ...core.film.numbered import NumberedPictures, numbered_pictures
from ..compat import sequence_strips, set_strip_end
from ..keys.keyframes import MAX_FRAME
from .reader import LONGEST_SIDE_PX, Reel, SequencerReader
from .reading_scene import (
    SMALLEST_PX,
    bounded_size,
    fit_strip,
    own_scene,
    play_at,
    prepare_scene,
)

_BLOCK: Final = 128
"""Pictures a strip; adding one more takes the longer, the more there are."""
_SHOWN: Final = 5


def open_images(
    path: Path, rate_hz: float, *, from_there: bool = False
) -> tuple[SequencerReader, tuple[str, ...]]:
    """A reader of numbered pictures, and what the user should know of them.

    Args:
        path: of one of them, or of their folder.
        rate_hz: pictures a second.
        from_there: those before the one that is named do not belong to the film.

    Raises:
        FilmError: there are none, or they cannot be read.
    """
    folder = path if path.is_dir() else path.parent
    found = _listed(path, folder)
    if from_there and path != folder:
        found = found.starting_at(path.name)
    first = next(name for name in found.names if name is not None)
    size = size_of(folder / first)
    shown = bounded_size(size, LONGEST_SIDE_PX)
    facts = FilmFacts(first, shown, rate_hz, len(found.names), missing=found.missing)
    reel = Reel(
        partial(_images_scene, folder, found.names, size, shown),
        shown,
        block=_BLOCK,
        fits=partial(_has_size, size),
    )
    return SequencerReader(facts, reel), _told(found)


def _listed(path: Path, folder: Path) -> NumberedPictures:
    try:
        images = bpy.path.extensions_image  # type: ignore[attr-defined]
        names = [each.name for each in folder.iterdir() if each.suffix.lower() in images]
    except OSError as error:
        raise FilmError(
            f"the folder {folder} cannot be read ({error}). Choose the pictures again"
        ) from error
    if path != folder and path.name not in names:
        raise FilmError(f"there is no picture {path}. Choose one of the numbered pictures again")
    found = numbered_pictures(names, None if path == folder else path.name)
    if len(found.names) > MAX_FRAME:
        raise FilmError(
            f"there are {len(found.names)} pictures; Blender counts to {MAX_FRAME}. Use fewer"
        )
    return found


def size_of(file: Path) -> tuple[int, int]:
    """Width and height of a picture.

    Raises:
        FilmError: Blender cannot read it, or it is too small.
    """
    try:
        image = bpy.data.images.load(str(file), check_existing=False)
    except RuntimeError as error:
        raise FilmError(f"{file.name} cannot be read ({error}). Choose other pictures") from error
    size = image.size[0], image.size[1]
    bpy.data.images.remove(image)
    if min(size) < SMALLEST_PX:
        raise FilmError(
            f"{file.name} is no picture that Blender can read, or shows nobody: {size[0]} × "
            f"{size[1]} pixels. Choose other pictures"
        )
    return size


def _told(found: NumberedPictures) -> tuple[str, ...]:
    missing = sorted(found.missing)
    if not missing:
        return ()
    numbers = ", ".join(str(found.first_number + n) for n in missing[:_SHOWN])
    more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
    return (f"pictures {numbers}{more} are missing: the motion is filled in there",)


def _has_size(size_px: tuple[int, int], scene: bpy.types.Scene, frame: int) -> bool:
    """Whether the picture of a frame that was rendered is as large as the first: others are cut."""
    strip = next(iter(sequence_strips(scene.sequence_editor)))
    element = strip.elements[frame - 1]
    return (element.orig_width, element.orig_height) == size_px


@contextmanager
def _images_scene(
    folder: Path,
    names: tuple[str | None, ...],
    size_px: tuple[int, int],
    shown_px: tuple[int, int],
    first: int,
    last: int,
) -> Iterator[tuple[bpy.types.Scene, int]]:
    """A scene that plays a part of the pictures; a hole keeps its place with its neighbour."""
    part = names[first : last + 1]
    there = next((name for name in part if name is not None), "")
    with own_scene() as scene:
        play_at(scene, 24.0)
        editor = scene.sequence_editor_create()
        if there:
            strip = sequence_strips(editor).new_image(
                "Film", str(folder / (part[0] or there)), 1, 1
            )
            for name in part[1:]:
                strip.elements.append(name or there)
            set_strip_end(strip, 1 + len(part))
            fit_strip(strip, size_px, shown_px)
        prepare_scene(scene, shown_px)
        yield scene, 1 - first
