"""Opens the film that is meant, at its place on the timeline."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from math import ceil, floor
from pathlib import Path
from typing import Final

import bpy

from ...core.errors import FilmError, SettingsError
from ...core.notes import Note
from ..timeline import frame_rate_of
from .choice import FilmChoice, FilmSource
from .image_files import open_images
from .looks import look_of, stamp_of, stamp_of_folder
from .movie_file import open_movie
from .reader import SequencerReader
from .strip import film_strip, open_strip

_SAME_RATE: Final = 0.01
_SHORTEST: Final = 2
"""Pictures; fewer are no motion."""


@dataclass(frozen=True, eq=False)
class SceneFilm:
    """A film at its place on the timeline.

    Args:
        reader: of its pictures; only on Blender's own thread.
        start_frame: of the scene, which shows picture 0.
        frames_per_picture: of the scene.
        key: changes with whatever its pictures depend on.
        notes: what the user should know.
    """

    reader: SequencerReader
    start_frame: float
    frames_per_picture: float
    key: Hashable
    notes: tuple[str, ...] = ()

    def picture_at(self, frame: float) -> float:
        """Which picture a frame of the scene shows."""
        return (frame - self.start_frame) / self.frames_per_picture

    def frame_of(self, picture: float) -> float:
        """The frame of the scene that shows a picture."""
        return self.start_frame + picture * self.frames_per_picture

    def part(self, frame_range: tuple[int, int] | None) -> tuple[int, int]:
        """First and last picture of a part, both included.

        Args:
            frame_range: frames of the scene, both included; None for all of the film.

        Raises:
            SettingsError: nothing of the film is there.
        """
        last = self.reader.facts.frame_count - 1
        if frame_range is None:
            first = 0
        else:
            asked = self.picture_at(frame_range[0]), self.picture_at(frame_range[1])
            first, last = max(floor(asked[0] + 1e-6), 0), min(ceil(asked[1] - 1e-6), last)
        if last - first + 1 < _SHORTEST:
            begin, end = self.frame_of(0), self.frame_of(self.reader.facts.frame_count - 1)
            raise SettingsError(
                f"the film {self.reader.facts.name} lies from frame {begin:.0f} to {end:.0f}; "
                f"fewer than {_SHORTEST} pictures of it are asked for. Choose another part, or a "
                "longer film"
            )
        return first, last


def open_film(scene: bpy.types.Scene, choice: FilmChoice) -> SceneFilm:
    """Open the film that is meant, on Blender's own thread; it changes nothing.

    Args:
        scene: whose time and sequencer.
        choice: which film.

    Raises:
        FilmError: it is missing, unreadable or has no pictures; says what to do.
    """
    opened = {
        FilmSource.FILE: _opened_file,
        FilmSource.SEQUENCE: _opened_images,
        FilmSource.CLIP: _opened_clip,
        FilmSource.STRIP: _opened_strip,
    }
    return opened[choice.source](scene, choice)


def _opened_file(scene: bpy.types.Scene, choice: FilmChoice) -> SceneFilm:
    path = _path(choice.path, "no film is chosen. Choose a movie file")
    reader, told = open_movie(path)
    stretch = frame_rate_of(scene) / reader.facts.frame_rate_hz
    return SceneFilm(reader, choice.start_frame, stretch, stamp_of(path), told)


def _opened_images(scene: bpy.types.Scene, choice: FilmChoice) -> SceneFilm:
    path = _path(choice.path, "no pictures are chosen. Choose one of the numbered pictures")
    rate = choice.sequence_rate_hz or frame_rate_of(scene)
    reader, told = open_images(path, rate)
    stretch = frame_rate_of(scene) / rate
    return SceneFilm(reader, choice.start_frame, stretch, (stamp_of_folder(path), rate), told)


def _opened_clip(scene: bpy.types.Scene, choice: FilmChoice) -> SceneFilm:
    """A movie clip, one picture for each frame of the scene, as Blender shows it everywhere."""
    clip = bpy.data.movieclips.get((choice.clip, None)) or bpy.data.movieclips.get(choice.clip)
    if clip is None:
        known = ", ".join(f"'{each.name}'" for each in bpy.data.movieclips) or "none"
        raise FilmError(
            f"there is no movie clip '{choice.clip}'. Clips of this file: {known}. Choose another"
        )
    path = Path(bpy.path.abspath(clip.filepath, library=clip.library))
    rate = frame_rate_of(scene)
    if clip.source == "SEQUENCE":
        stamp = stamp_of_folder(path)
        reader, told = open_images(path, rate, from_there=True)
    else:
        stamp = stamp_of(path)
        reader, told = open_movie(path)
        filmed = reader.facts.frame_rate_hz
        if abs(filmed / rate - 1.0) > _SAME_RATE:
            note = Note(
                f"the clip was filmed at {filmed:.2f} pictures/s and the scene plays {rate:.2f}: "
                "Blender shows a clip's pictures one a frame, and so the motion is played"
            )
            told = (*told, note)
    start = clip.frame_start - clip.frame_offset
    return SceneFilm(reader, start, 1.0, (stamp, clip.source), told)


def _opened_strip(scene: bpy.types.Scene, choice: FilmChoice) -> SceneFilm:
    if not choice.strip:
        raise FilmError("no strip is chosen. Choose a strip of the sequencer that shows a film")
    strip = film_strip(scene, choice.strip)
    reader, first, told = open_strip(scene, strip)
    facts = reader.facts
    key = first, facts.frame_count, facts.frame_rate_hz, facts.size_px, look_of(strip)
    return SceneFilm(reader, first, 1.0, key, told)


def _path(text: str, if_none: str) -> Path:
    if not text.strip():
        raise FilmError(if_none)
    return Path(bpy.path.abspath(text))
