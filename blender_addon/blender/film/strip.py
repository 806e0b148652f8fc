"""Strips of the sequencer, as they are seen: trimmed, retimed, reversed, from others put together.

What a strip shows on a frame, Blender alone knows. It is played in a copy of the scene in which
everything else is muted; nothing of the user's is touched.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from math import ceil, floor
from pathlib import Path
from typing import Any, Final

import bpy

from ...core.errors import FilmError
from ...core.film.facts import FilmFacts
from ..compat import strip_end, strip_start
from ..sound.mixdown import all_inside, copy_with_only, every_strip, parents_of
from ..timeline import frame_rate_of
from .movie_file import checked_header, turn_left
from .reader import LONGEST_SIDE_PX, Reel, SequencerReader, turned_size
from .reading_scene import SMALLEST_PX, bounded_size, fit_strip, prepare_scene

_FILES: Final = frozenset({"MOVIE", "IMAGE"})
"""Strips that show files, in the files' own size."""


def film_strips(scene: bpy.types.Scene) -> list[Any]:
    """Strips of the sequencer that show something."""
    return [each for each in every_strip(scene) if each.type != "SOUND"]


def film_strip(scene: bpy.types.Scene, name: str) -> Any:
    """A strip of the sequencer by its name.

    Raises:
        FilmError: there is none, or it shows nothing.
    """
    strips = {each.name: each for each in film_strips(scene)}
    if name not in strips:
        listed = ", ".join(f"'{other}'" for other in strips) or "none"
        raise FilmError(
            f"the sequencer has no strip '{name}' that shows a film. Strips there: {listed}. "
            "Choose another, or a file"
        )
    return strips[name]


def open_strip(scene: bpy.types.Scene, strip: Any) -> tuple[SequencerReader, int, tuple[str, ...]]:
    """A reader of a strip, one picture for each frame of the scene.

    Args:
        scene: whose sequencer.
        strip: in it.

    Returns:
        The reader, the frame of the scene that shows its first picture, and what is good to know.

    Raises:
        FilmError: its film cannot be used, or it lies before frame 0.
    """
    first, last = ceil(strip_start(strip)), floor(strip_end(strip)) - 1
    told = ()
    if first < 0:
        told = (f"Blender plays nothing before frame 0: '{strip.name}' begins there",)
        first = 0
    if last < first:
        raise FilmError(f"the strip '{strip.name}' shows nothing from frame 0 on. Move it")
    size, turn = _size_of(scene, strip)
    shown = bounded_size(size, LONGEST_SIDE_PX)
    reel = Reel(
        partial(_strip_scene, scene.session_uid, strip.name, size, shown, first), shown, turn
    )
    facts = FilmFacts(strip.name, turned_size(shown, turn), frame_rate_of(scene), last - first + 1)
    return SequencerReader(facts, reel), first, told


def _size_of(scene: bpy.types.Scene, strip: Any) -> tuple[tuple[int, int], int]:
    """Width and height of what a strip shows, and by how much it is then to be turned."""
    if strip.type not in _FILES:
        percent = scene.render.resolution_percentage
        return (
            max(SMALLEST_PX, scene.render.resolution_x * percent // 100),
            max(SMALLEST_PX, scene.render.resolution_y * percent // 100),
        ), 0
    file = _file_of(strip)
    header = checked_header(file) if strip.type == "MOVIE" else None
    element = strip.elements[0] if len(strip.elements) else None
    size = (0, 0) if element is None else (element.orig_width, element.orig_height)
    if min(size) <= 0 and strip.type == "IMAGE":
        from .image_files import size_of

        size = size_of(file)
    if min(size) < SMALLEST_PX:
        raise FilmError(
            f"the strip '{strip.name}' shows {size[0]} × {size[1]} pixels: Blender cannot decode "
            f"{file.name}. Choose another strip"
        )
    return size, turn_left(header, size)


def _file_of(strip: Any) -> Path:
    path = strip.filepath if strip.type == "MOVIE" else strip.directory
    found = Path(bpy.path.abspath(path, library=strip.id_data.library))
    if strip.type == "IMAGE" and len(strip.elements):
        return found / strip.elements[0].filename
    return found


@contextmanager
def _strip_scene(
    scene_uid: int,
    name: str,
    size_px: tuple[int, int],
    shown_px: tuple[int, int],
    zero: int,
    _first: int,
    _last: int,
) -> Iterator[tuple[bpy.types.Scene, int]]:
    scene = next((each for each in bpy.data.scenes if each.session_uid == scene_uid), None)
    if scene is None:
        raise FilmError("the scene of the strip is gone. Choose the film again")
    with copy_with_only(film_strip(scene, name), scene) as copy:
        strip = film_strip(copy, name)
        for each in (strip, *parents_of(strip), *all_inside(strip)):
            each.mute = False
        for channel in copy.sequence_editor.channels:
            channel.mute = False
        if strip.type in _FILES:
            fit_strip(strip, size_px, shown_px)
        copy.render.frame_map_old = copy.render.frame_map_new = 100
        prepare_scene(copy, shown_px)
        yield copy, zero
