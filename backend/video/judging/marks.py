"""What was marked by hand in films of real people: when nobody is there, and joints in the picture.

A file of marks is JSON: ``film``, ``size_px``, ``frame_count``, ``how`` (in words), ``empty`` and
``unsure`` (lists of first and last frame, both included, counted from 0; nobody, and where it
cannot be told or somebody is cut off by the edge), ``halves`` (``tune`` and ``judge``, first and
last frame: settings may be chosen by the first and only be judged by the second), and ``points``:
``frame``, ``joints`` (name: x, y in pixels from the upper left corner, visible ones only) and,
where the torso cannot be seen whole, ``torso_px``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from blender_addon.core.conventions import Bools
from blender_addon.core.errors import InputError
from blender_addon.core.video.points import JOINTS

from .truth import Reals

FOLDER: Final = Path(__file__).resolve().parents[1] / "marks"
_KEYS: Final = ("film", "size_px", "frame_count", "how", "empty", "unsure", "halves", "points")


@dataclass(frozen=True, eq=False)
class Marks:
    """Marks of a film of T pictures.

    Args:
        film: its name.
        size_px: width and height of its pictures.
        empty: (T,) 1 where nobody is, 0 where somebody is, NaN where it is not sure.
        points_px: (T, 14, 2); NaN where nothing was marked.
        torso_px: (T,) length of the torso where it was marked apart; NaN elsewhere.
        halves: frames (T,) to choose settings by, and frames to judge by.
    """

    film: str
    size_px: tuple[int, int]
    empty: Reals
    points_px: Reals
    torso_px: Reals
    halves: Mapping[str, Bools]


def read_marks(path: Path) -> Marks:
    """Marks of a film.

    Raises:
        InputError: a key is missing, a joint is unknown, or a frame is outside of the film.
    """
    text: dict[str, Any] = json.loads(path.read_text("utf-8"))
    if missing := [key for key in _KEYS if key not in text]:
        raise InputError(f"{path} lacks {', '.join(missing)}; marks have {', '.join(_KEYS)}")
    count = int(text["frame_count"])
    empty = np.zeros(count)
    empty[_spans(text["empty"], count, path)] = 1.0
    empty[_spans(text["unsure"], count, path)] = np.nan
    halves = {name: _spans([span], count, path) for name, span in text["halves"].items()}
    width, height = text["size_px"]
    points, torso = _points(text["points"], count, path)
    return Marks(text["film"], (int(width), int(height)), empty, points, torso, halves)


def _spans(spans: Sequence[Sequence[int]], count: int, path: Path) -> Bools:
    inside: NDArray[np.bool_] = np.zeros(count, np.bool_)
    for first, last in spans:
        if not 0 <= first <= last < count:
            raise InputError(f"{path}: frames {first} to {last} are not within 0 to {count - 1}")
        inside[first : last + 1] = True
    return inside


def _points(marked: Sequence[Any], count: int, path: Path) -> tuple[Reals, Reals]:
    points, torso = np.full((count, len(JOINTS), 2), np.nan), np.full(count, np.nan)
    for each in marked:
        frame = int(each["frame"])
        if not 0 <= frame < count:
            raise InputError(f"{path}: frame {frame} is not within 0 to {count - 1}")
        if unknown := [name for name in each["joints"] if name not in JOINTS]:
            raise InputError(f"{path}: {unknown[0]} is none of the fourteen joints")
        for name, place in each["joints"].items():
            points[frame, JOINTS.index(name)] = place
        torso[frame] = each.get("torso_px", np.nan)
    return points, torso
