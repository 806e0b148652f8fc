"""A character's film as it is shown: its size, its length, which picture belongs to which frame."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import bpy

from ....blender.film import opening
from ....blender.film.choice import FilmChoice
from ....blender.jobs.stale import settings_of_group
from ....blender.timeline import frame_rate_of
from ....core.errors import FilmError, InputError
from ..choice import film_choice
from ..film_properties import what_film_lacks

_SOON_S: Final = 0.1
_MOST_REMEMBERED: Final = 32


@dataclass(frozen=True)
class ShownFilm:
    """What the interface knows of a film.

    Args:
        size_px: width and height of a picture as it is seen.
        frame_rate_hz: pictures a second.
        frame_count: how many pictures there are.
        start_frame: of the scene, on which picture 0 is shown.
        pictures_per_frame: of the scene.
        notes: what the user should know.
    """

    size_px: tuple[int, int]
    frame_rate_hz: float
    frame_count: int
    start_frame: float
    pictures_per_frame: float
    notes: tuple[str, ...] = ()

    @property
    def frames(self) -> tuple[float, float]:
        """First and last frame of the scene that show the film."""
        length = (self.frame_count - 1) / self.pictures_per_frame
        return self.start_frame, self.start_frame + length

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.frame_count / self.frame_rate_hz

    def number_at(self, frame: float) -> int:
        """The picture on a frame of the scene, counted from 0; the first or last beyond these."""
        at = math.floor((frame - self.start_frame) * self.pictures_per_frame + 1e-6)
        return min(max(at, 0), self.frame_count - 1)

    def frame_at(self, number: int) -> int:
        """The first whole frame of the scene that shows a picture."""
        return math.ceil(self.start_frame + number / self.pictures_per_frame - 1e-6)


_read: Final[dict[Any, ShownFilm | str]] = {}
"""What is known of films, by what was chosen; a text says why one cannot be read."""
_asked: Final[set[Any]] = set()


def open_film(scene: bpy.types.Scene, armature: bpy.types.Object) -> ShownFilm:
    """What is known of a character's film; reads it anew.

    Raises:
        FilmError: it cannot be read.
    """
    film = armature.neural_motion.video.film
    if (lacking := what_film_lacks(film)) is not None:
        raise FilmError(f"there is no film. {lacking}")
    shown = _facts(scene, film_choice(film))
    _remember(_key(scene, film), shown)
    return shown


def shown_film(scene: bpy.types.Scene, armature: bpy.types.Object) -> ShownFilm | None:
    """What is known of a character's film so far; quick, as panels and views ask while drawn.

    What is not known yet is read a moment later, and everything drawn again then.
    """
    found = _look_up(scene, armature)
    return found if isinstance(found, ShownFilm) else None


def film_problem(scene: bpy.types.Scene, armature: bpy.types.Object) -> str:
    """Why a character's film cannot be read; empty if it can, or is not known yet."""
    found = _look_up(scene, armature)
    return found if isinstance(found, str) else ""


def _look_up(scene: bpy.types.Scene, armature: bpy.types.Object) -> ShownFilm | str | None:
    film = armature.neural_motion.video.film
    if what_film_lacks(film) is not None:
        return None
    key = _key(scene, film)
    found = _read.get(key)
    if found is None and key not in _asked and not bpy.app.background:
        _asked.add(key)
        soon = partial(_read_soon, scene.name, armature.name, key)
        bpy.app.timers.register(soon, first_interval=_SOON_S)
    return found


def _read_soon(scene_name: str, armature_name: str, key: Any) -> float | None:
    """Read a film once nothing else goes on; Blender's timer calls it."""
    scene, armature = bpy.data.scenes.get(scene_name), bpy.data.objects.get(armature_name)
    if bpy.context.window_manager.neural_motion.running:
        return 5.0 * _SOON_S
    _asked.discard(key)
    if scene is None or armature is None:
        return None
    try:
        _remember(key, _facts(scene, film_choice(armature.neural_motion.video.film)))
    except InputError as error:
        _remember(key, str(error))
    from .overlay import redraw

    redraw()
    return None


def _remember(key: Any, found: ShownFilm | str) -> None:
    if len(_read) >= _MOST_REMEMBERED:
        _read.clear()
    _read[key] = found


def _key(scene: bpy.types.Scene, film: Any) -> Any:
    """Changes with whatever the facts of a film depend on; quick."""
    return (settings_of_group(film), frame_rate_of(scene))


def number_shown(scene: bpy.types.Scene, armature: bpy.types.Object, film: ShownFilm) -> int:
    """The picture that is shown now: at the playhead, or the last that a tracker looked at."""
    from .watched import watched

    running = watched(armature)
    if running is not None and running.last is not None:
        return running.last
    return film.number_at(scene.frame_current_final)


def _facts(scene: bpy.types.Scene, film: FilmChoice) -> ShownFilm:
    opened = opening.open_film(scene, film)
    facts = opened.reader.facts
    return ShownFilm(
        facts.size_px,
        facts.frame_rate_hz,
        facts.frame_count,
        opened.start_frame,
        1.0 / opened.frames_per_picture,
        opened.notes,
    )
