"""A bank of films and of what the tracker saw in them: ``python -m backend films bank``.

``FOLDER/films/NNNNN.npz`` is a film: ``jpeg`` (B,) its pictures one after the other and ``ends``
(T,) where each ends in it, with its truth. ``FOLDER/NNNNN.npz`` is what was seen in it, T frames:

* ``points_px`` (T, 33, 2), ``visibility`` (T, 33), ``presence`` (T,), ``world_m`` (T, 33, 3),
  ``seen`` (T,), ``crops_px`` (T, 4): those of ``core.video.tracked.TrackedPerson``
* ``truth_px`` (T, 14, 2), ``truth_camera_m`` (T, 14, 3): the joints in the picture, and in the
  camera's axes (x right, y down, z ahead, metres, origin in the camera)
* ``size_px`` (2,), ``focal_px``, ``fps``: camera and rate
* ``camera_to_world`` (T, 4, 4), ``positions_m`` (T, 14, 3): Blender's world
* ``azimuth_deg`` (T,): from where the camera looks, 0 from ahead of the person, 90 from the
  person's left; ``elevation_deg`` (T,)
* ``error_torso``: median distance of the joints seen from the true ones, in torso lengths; NaN
  where nobody was seen. Above 0.5 somebody else was tracked, or nobody: leave it out.
* ``person``, ``clip``, ``label``: texts
"""

from __future__ import annotations

import io
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image  # comes with matplotlib

from blender_addon.core.errors import FilmError
from blender_addon.core.film.facts import FilmFacts, Picture
from blender_addon.core.video.points import JOINTS, joints_of, torso_length
from blender_addon.core.video.request import TrackRequest
from blender_addon.core.video.tracking.tracker import BodyTracker

from ..judging.kept import ARRAYS
from . import film_pictures
from .training import Drawn, Motions, draw_shot

Array = NDArray[np.float64]
Arrays = dict[str, Any]

WRONG_PERSON: Final = 0.5
"""In torso lengths: who is farther off the truth than this is somebody else."""
_WORST_JPEG, _BEST_JPEG = 55, 95

_log = logging.getLogger(__name__)


class StoredFilm:
    """Reads the pictures of a film of the bank.

    Args:
        film: what ``make_film`` gave.
        name: for messages.
    """

    def __init__(self, film: Arrays, name: str) -> None:
        self._jpeg, self._ends = film["jpeg"], film["ends"]
        width, height = (int(side) for side in film["size_px"])
        self.facts = FilmFacts(name, (width, height), float(film["fps"]), len(self._ends))

    def pictures(self, first: int, last: int) -> Iterator[Picture | None]:
        """Pictures from one to another, both included."""
        starts = np.concatenate(([0], self._ends[:-1]))
        for start, end in zip(starts[first : last + 1], self._ends[first : last + 1], strict=True):
            with Image.open(io.BytesIO(self._jpeg[start:end].tobytes())) as picture:
                yield np.asarray(picture.convert("RGB"))


def make_film(drawn: Drawn, number: int) -> Arrays:
    """Render a film as a camera would have stored it: tinted, with noise, compressed."""
    rng = np.random.default_rng([number, 12])
    quality = int(rng.integers(_WORST_JPEG, _BEST_JPEG))
    tint, noise = rng.normal(1.0, 0.08, 3), rng.uniform(0.0, 6.0)
    parts: list[bytes] = []
    with film_pictures(drawn.shot) as (truth, pictures):
        for picture in pictures:
            seen = picture * tint + noise * rng.standard_normal(picture.shape, np.float32)
            stream = io.BytesIO()
            kept = Image.fromarray(np.clip(seen, 0, 255).astype(np.uint8))
            kept.save(stream, "JPEG", quality=quality)
            parts.append(stream.getvalue())
    return {
        "jpeg": np.frombuffer(b"".join(parts), np.uint8),
        "ends": np.cumsum([len(part) for part in parts]),
        "size_px": np.array(truth.size_px),
        "focal_px": truth.focal_px,
        "fps": truth.fps,
        "positions_m": truth.positions_m.astype(np.float32),
        "camera_to_world": truth.camera_to_world,
        "truth_px": truth.points_px().astype(np.float32),
        "truth_camera_m": truth.in_camera().astype(np.float32),
        **_views(truth.positions_m, truth.camera_to_world),
        "person": drawn.shot.figure.name,
        "clip": drawn.clip,
        "label": drawn.label,
    }


def _views(joints: Array, cameras: Array) -> Arrays:
    """From where the person is seen on each frame."""
    left, right = (joints[:, JOINTS.index(f"{side}UpLeg")] for side in ("Left", "Right"))
    toward = cameras[:, :3, 3] - 0.5 * (left + right)
    across = left - right
    facing = np.arctan2(-across[:, 0], across[:, 1])  # of a person whose left is at +X: -Y
    seen = np.arctan2(toward[:, 1], toward[:, 0])
    azimuth = np.degrees(np.angle(np.exp(1j * (seen - facing))))
    away = np.linalg.norm(toward, axis=1)
    return {
        "azimuth_deg": azimuth.astype(np.float32),
        "elevation_deg": np.degrees(np.arcsin(toward[:, 2] / away)).astype(np.float32),
    }


def detect(film: Arrays, tracker: BodyTracker, name: str) -> Arrays:
    """What a tracker sees in a film of the bank, beside its truth."""
    reader = StoredFilm(film, name)
    request = TrackRequest(first=0, last=reader.facts.frame_count - 1)
    tracked = tracker.track(reader, request)
    kept = {key: value for key, value in film.items() if key not in ("jpeg", "ends")}
    seen = {field: getattr(tracked, field) for field in ARRAYS}
    off = torso_error(np.asarray(tracked.points_px, np.float64), film["truth_px"])
    return {**kept, **seen, "error_torso": off}


def torso_error(points_px: Array, truth_px: Array) -> float:
    """Median distance of (T, 33, 2) landmarks' joints from the true (T, 14, 2), torso lengths."""
    off = np.linalg.norm(joints_of(points_px) - truth_px, axis=-1)
    off = off / torso_length(truth_px)[:, None]
    return float(np.nanmedian(off)) if np.isfinite(off).any() else np.nan


def fill_bank(
    folder: Path, motions: Motions, tracker: BodyTracker, count: int, first: int = 0
) -> int:
    """Render and track what the bank lacks; it may be stopped and run again.

    Args:
        folder: of the bank; made if it is missing.
        motions: what may be filmed.
        tracker: what looks.
        count: how many films.
        first: number of the first.

    Returns:
        How many sequences were added.
    """
    (folder / "films").mkdir(parents=True, exist_ok=True)
    added = 0
    for number in range(first, first + count):
        out, film_file = folder / f"{number:05d}.npz", folder / "films" / f"{number:05d}.npz"
        if out.is_file():
            continue
        if not film_file.is_file():
            _write(film_file, make_film(draw_shot(motions, number), number))
        try:
            found = detect(_read(film_file), tracker, film_file.stem)
        except FilmError as error:
            _log.info("%s is left out: %s", out.name, error)
            continue
        _write(out, found)
        added += 1
        _log.info(
            "%s: %s does %s, off by %.3f of the torso",
            out.name, found["person"], found["clip"], found["error_torso"],
        )  # fmt: skip
    return added


def _read(file: Path) -> Arrays:
    with np.load(file, allow_pickle=False) as stored:
        return dict(stored)


def _write(file: Path, arrays: Arrays) -> None:
    """A file is there whole or not at all."""
    part = file.with_suffix(f".{os.getpid()}.part")
    with part.open("wb") as stream:
        np.savez(stream, **arrays)
    part.replace(file)
