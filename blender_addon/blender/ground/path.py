"""A curve's line with speeds and stops: the path that is walked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.errors import PathError, SettingsError
from ...core.ground.path import MIN_LENGTH_M, Path, Stop
from ..units import IN_METRES, SceneUnits, units_of
from .line import CurveLine, read_line, steadied

Array = NDArray[np.float64]

MAX_SPEED_M_S: Final = 12.0
"""No person runs faster, nor anybody else at a person's size; what a model can do is in its
contract."""

_SPACING_M: Final = 0.1  # at a person's size


@dataclass(frozen=True)
class SpeedChange:
    """From a place on, another speed.

    Args:
        at_m: distance along the path.
        speed_m_s: desired from there.
    """

    at_m: float
    speed_m_s: float


@dataclass(frozen=True, eq=False)
class FoundPath:
    """A path as read.

    Args:
        path: in the world, core axes, metres.
        notes: what of the curve is walked otherwise than it may look, in the user's words.
    """

    path: Path
    notes: tuple[str, ...]


def read_path(
    context: bpy.types.Context,
    curve: bpy.types.Object | None,
    speed_m_s: float,
    changes: Sequence[SpeedChange] = (),
    stops: Sequence[Stop] = (),
    *,
    size: float = 1.0,
    fastest_m_s: float | None = None,
    frame: float | None = None,
    while_edited: bool = False,
) -> FoundPath:
    """Read a curve object as a path with speeds.

    Args:
        context: gives the scene's units and the evaluated curve.
        curve: any spline type, cyclic or not, with any transform.
        speed_m_s: desired from the start.
        changes: other speeds from some place on, in any order.
        stops: pauses, in any order.
        size: of who walks, against a person.
        fastest_m_s: above which nobody of that kind goes; None for a person of this size.
        frame: on which the curve is looked at; None for the current one.
        while_edited: it may be in Edit Mode, and is taken as it is shown there.

    Raises:
        PathError: no curve, no length, or a change or stop beyond its end.
        SettingsError: a speed that nobody of this size walks or runs.
    """
    units = units_of(context.scene)
    line = steadied(read_line(context, curve, frame, while_edited=while_edited), size, units)
    path = path_along(line, speed_m_s, changes, stops, size, units, fastest_m_s)
    return FoundPath(path, line.notes)


def path_along(
    line: CurveLine,
    speed_m_s: float,
    changes: Sequence[SpeedChange] = (),
    stops: Sequence[Stop] = (),
    size: float = 1.0,
    units: SceneUnits = IN_METRES,
    fastest_m_s: float | None = None,
) -> Path:
    """A line with speeds; arguments and errors as for ``read_path``."""
    fastest = MAX_SPEED_M_S * size if fastest_m_s is None else fastest_m_s
    for speed in (speed_m_s, *(change.speed_m_s for change in changes)):
        _check_speed(speed, fastest, units)
    flat = Path.from_points(line.points, speed_m_s, closed=line.closed)
    _check_length(flat.length_m, size, units)
    check_places("speed change", [change.at_m for change in changes], flat.length_m, units)
    check_places("stop", [stop.at_m for stop in stops], flat.length_m, units)
    if not changes:
        return Path(flat.points, flat.speeds_m_s, tuple(stops))
    points, distances = _refine(flat, _SPACING_M * size)
    speeds = _speeds_along(distances, speed_m_s, changes)
    return Path(points, speeds, tuple(stops))


def _check_speed(speed_m_s: float, fastest: float, units: SceneUnits) -> None:
    if not (np.isfinite(speed_m_s) and 0 < speed_m_s <= fastest):
        raise SettingsError(
            f"a speed of {units.speed(speed_m_s)} cannot be walked or run by a character of this "
            f"size; set one above 0 and up to {units.speed(fastest)}. To wait, add a stop"
        )


def _check_length(length_m: float, size: float, units: SceneUnits) -> None:
    shortest = MIN_LENGTH_M * size
    if length_m < shortest:
        raise PathError(
            f"the path is {units.length(length_m)} long on the ground; at least "
            f"{units.length(shortest)} is needed for a character of this size. Draw a longer curve"
        )


def check_places(what: str, places: Sequence[float], length_m: float, units: SceneUnits) -> None:
    """Refuse what is meant for a place that no path of this length has.

    Args:
        what: is there, in the user's words.
        places: metres along the path.
        length_m: of the path.
        units: of the scene.

    Raises:
        PathError: says where it is.
    """
    for at_m in places:
        if not 0 <= at_m <= length_m:
            raise PathError(
                f"the {what} at {units.length(at_m)} does not lie on the path, which is "
                f"{units.length(length_m)} long. Move it or remove it"
            )


def _refine(path: Path, spacing_m: float) -> tuple[Array, Array]:
    """The path's points with more between them, and their distances."""
    count = min(int(path.length_m / spacing_m) + 2, 100_000)
    extra = np.linspace(0.0, path.length_m, count)
    distances = np.union1d(path.arc_lengths_m, extra)
    columns = [np.interp(distances, path.arc_lengths_m, path.points[:, n]) for n in range(3)]
    return np.stack(columns, axis=1), distances


def _speeds_along(distances: Array, start: float, changes: Sequence[SpeedChange]) -> Array:
    """Speed at each distance; how gently it is taken up is the pipeline's business."""
    speeds = np.full(len(distances), start)
    for change in sorted(changes, key=lambda change: change.at_m):
        speeds[distances >= change.at_m] = change.speed_m_s
    return speeds
