"""Movie files: what they are, and how Blender's sequencer plays them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import bpy

from ...core.errors import FilmError
from ...core.film.container import FilmHeader, read_header
from ...core.film.facts import FilmFacts
from ...core.notes import Note
from ..compat import sequence_strips, strip_end, strip_start
from ..keys.keyframes import MAX_FRAME
from .reader import LONGEST_SIDE_PX, Reel, SequencerReader, turned_size
from .reading_scene import (
    SMALLEST_PX,
    bounded_size,
    fit_strip,
    own_scene,
    play_at,
    prepare_scene,
)

TURNS_ITSELF: Final = bpy.app.version >= (4, 4, 0)
"""Whether this Blender turns films that say how they are to be turned."""
CONVERT: Final = "Convert it to an MP4 file with H.264, or choose another"
_FASTEST_HZ: Final = 1000.0
_TOLERANCE_S: Final = 0.2


def open_movie(path: Path) -> tuple[SequencerReader, tuple[str, ...]]:
    """A reader of a movie file, and what the user should know of the file.

    Args:
        path: of the file.

    Raises:
        FilmError: it is missing, no film, has no pictures or is damaged from its beginning on.
    """
    header = checked_header(path)
    size, rate, count = _as_decoded(path, header)
    turn = turn_left(header, size)
    shown = bounded_size(size, LONGEST_SIDE_PX)
    reel = Reel(
        partial(_movie_scene, path, size, shown),
        size_px=shown,
        turn_deg=turn,
        is_cut_off=header is not None and header.is_cut_off,
    )
    facts = FilmFacts(path.name, turned_size(shown, turn), rate, count)
    return SequencerReader(facts, reel), _told(facts, header)


def checked_header(path: Path) -> FilmHeader | None:
    """The header of a file that exists, has pictures and something to find them by."""
    try:
        if path.is_dir():
            raise FilmError(f"{path.name} is a folder. Choose a movie file in it")
        if path.stat().st_size == 0:
            raise FilmError(f"{path.name} is empty: 0 bytes. Choose another film")
        header = read_header(path)
    except FileNotFoundError:
        raise FilmError(f"there is no film {path}. Choose the file again") from None
    except (OSError, ValueError) as error:
        raise FilmError(
            f"{path} cannot be read ({error}). Check the file and your rights to it"
        ) from error
    if header is None:
        return None
    if not header.has_index:
        raise FilmError(
            f"{path.name} breaks off before the table of its pictures, so none can be found. Copy "
            "it anew from the camera, or repair it"
        )
    if not header.has_picture and header.has_sound:
        raise FilmError(f"{path.name} holds sound, but no pictures. Choose a film")
    return header


def _as_decoded(path: Path, header: FilmHeader | None) -> tuple[tuple[int, int], float, int]:
    """Size, pictures a second and their number, as Blender decodes them.

    Raises:
        FilmError: it cannot.
    """
    with own_scene() as scene:
        strip = _movie_strip(scene, path)
        element = strip.elements[0] if len(strip.elements) else None
        size = (0, 0) if element is None else (element.orig_width, element.orig_height)
        rate = 0.0 if element is None else float(element.orig_fps)
        count = round(strip_end(strip) - strip_start(strip))
    if min(size) <= 0 or not 0.0 < rate <= _FASTEST_HZ or count < 1:
        what = "is no film" if header is None else f"is a {header.container} film"
        raise FilmError(f"{path.name} {what} that Blender can decode. {CONVERT}")
    if min(size) < SMALLEST_PX:
        raise FilmError(
            f"the pictures of {path.name} are {size[0]} × {size[1]} pixels, which shows nobody. "
            "Choose another film"
        )
    if count > MAX_FRAME:
        raise FilmError(
            f"{path.name} has {count} pictures; Blender counts to {MAX_FRAME}. Cut the film"
        )
    return size, rate, count


def turn_left(header: FilmHeader | None, decoded_px: tuple[int, int]) -> int:
    """By how much pictures are still to be turned clockwise, degrees."""
    if header is None or header.turn_deg == 0:
        return 0
    coded = header.size_px
    if coded is not None and coded[0] != coded[1] and header.turn_deg % 180 == 90:
        return 0 if decoded_px == (coded[1], coded[0]) else header.turn_deg
    return 0 if TURNS_ITSELF else header.turn_deg


def _told(facts: FilmFacts, header: FilmHeader | None) -> tuple[str, ...]:
    if header is None:
        return ()
    told: list[str] = []
    if header.is_cut_off:
        told.append(f"{facts.name} is cut off: what is left of it is used")
    if header.rate_varies:
        rate = facts.frame_rate_hz
        told.append(
            Note(f"{facts.name} was filmed at a varying rate: it is read at {rate:.2f} pictures/s")
        )
    found_s = facts.frame_count / facts.frame_rate_hz
    lasts_s = 0.0 if header.durations_s is None else float(header.durations_s.sum())
    if lasts_s > found_s + max(_TOLERANCE_S, 2.0 / facts.frame_rate_hz):
        told.append(
            f"{facts.name} lasts {lasts_s:.1f} s and Blender finds the first {found_s:.1f} s of "
            "it. Convert it to a steady frame rate to use all of it"
        )
    return tuple(told)


@contextmanager
def _movie_scene(
    path: Path, size_px: tuple[int, int], shown_px: tuple[int, int], _first: int, _last: int
) -> Iterator[tuple[bpy.types.Scene, int]]:
    with own_scene() as scene:
        strip = _movie_strip(scene, path)
        rate = float(strip.elements[0].orig_fps) if len(strip.elements) else 0.0
        if rate <= 0.0:
            raise FilmError(f"{path} cannot be read any more. Check that it is still there")
        play_at(scene, rate)
        fit_strip(strip, size_px, shown_px)
        prepare_scene(scene, shown_px)
        yield scene, 1


def _movie_strip(scene: bpy.types.Scene, path: Path) -> Any:
    editor = scene.sequence_editor_create()
    try:
        return sequence_strips(editor).new_movie("Film", str(path), 1, 1)
    except RuntimeError as error:
        raise FilmError(f"{path.name} is no film that Blender can decode. {CONVERT}") from error
