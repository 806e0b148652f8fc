"""Films rendered from motion that is known: to train with, and to judge by.

``render_film`` writes a film with its truth beside it; ``film_pictures`` gives the pictures without
a file. A film's truth has the layout

* ``joints`` (14,) names, those of ``core.video.points.JOINTS``
* ``positions_m`` (T, 14, 3) Blender's world, metres
* ``camera_to_world`` (T, 4, 4) of a camera that looks along its own -Z, +Y up
* ``lens_mm``, ``sensor_mm`` (of the picture's longer side), ``fps``
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from backend.rigs.filmed.shooting import RenderedTruth, Shot, pictures, save_film, set_stage
from blender_addon.core.film.facts import Picture

__all__ = ["RenderedTruth", "Shot", "film_pictures", "render_film"]


def render_film(shot: Shot, film: Path) -> RenderedTruth:
    """Render a shot as ``film`` (.mp4), with its truth as .npz beside it.

    Args:
        shot: who does what, before which camera, where.
        film: written over; its folder is made.

    Raises:
        InputError: a model has no armature.
        NeuralMotionError: it could not be rendered.
    """
    stage = set_stage(shot)
    save_film(stage, film)
    return stage.truth


@contextmanager
def film_pictures(shot: Shot) -> Iterator[tuple[RenderedTruth, Iterator[Picture]]]:
    """A shot's truth and its pictures, rendered as they are asked for, without a film on disk."""
    with TemporaryDirectory(prefix="film-") as folder:
        stage = set_stage(shot)
        yield stage.truth, pictures(stage, Path(folder))
