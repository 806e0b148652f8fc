"""Reads from the scene where a walk goes: along its curve, straight to a target, or nowhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ....blender.axes import blender_to_core_points
from ....blender.ground.line import CurveLine
from ....blender.ground.path import path_along, read_path
from ....blender.rig.skeleton import RigSkeleton
from ....blender.timeline import animation_frame
from ....blender.units import units_of
from ....core.errors import PathError, SettingsError
from ....core.ground.path import MIN_LENGTH_M, Path
from ....core.ground.standing import MAX_STAND_S
from .going import Going, GoKind
from .remembered import remembered_standing
from .standing import Standing, level_notes, place_of, read_standing

if TYPE_CHECKING:
    from ..scene import WalkSettings

Array = NDArray[np.float64]

_TOO_NEAR_M: Final = 1e-3
"""At a person's size: nobody can face what is where they stand."""


@dataclass(frozen=True, eq=False)
class Way:
    """Where a walk goes, in the world, core axes, metres.

    Args:
        path: None for who stands.
        start_xz, end_xz: (2,) where it begins and ends.
        stands: where it begins, if it does where the character stands.
        end_heading_rad: where to face in the end; None for as it comes.
        notes: in the user's words.
    """

    path: Path | None
    start_xz: Array
    end_xz: Array
    stands: Standing | None = None
    end_heading_rad: float | None = None
    notes: tuple[str, ...] = ()


def read_way(
    context: bpy.types.Context,
    settings: WalkSettings,
    rig: RigSkeleton,
    size: float,
    frame: int,
) -> Way:
    """Where a walk goes that begins on a frame.

    Args:
        context: whose scene it is.
        settings: what the user chose.
        rig: who walks.
        size: of it, against a person.
        frame: of animation.

    Raises:
        InputError: there is no path, or it cannot be walked.
    """
    going = settings.going
    if going.kind is GoKind.PATH:
        found = read_path(
            context, settings.curve, settings.speed_m_s, settings.speed_changes, settings.stops,
            size=size, frame=frame, while_edited=settings.while_edited,
        )  # fmt: skip
        way = along(found.path, notes=found.notes)
    else:
        stands = standing_on(context, rig, size, frame)
        way = _from_there(context, settings, stands, size, frame)
    return _facing_in_the_end(context, way, going, size, frame)


def standing_on(context: bpy.types.Context, rig: RigSkeleton, size: float, frame: int) -> Standing:
    """Where a character stands on a frame of animation.

    A walk that begins there and is about to be replaced was asked to begin in a place of which its
    first pose is a little off; generated again and again, a character must not creep away.
    """
    shown = animation_frame(context.scene, context.scene.frame_current)
    seen = read_standing(context, rig, size, None if frame == shown else frame)
    asked = remembered_standing(bpy.data.objects[(rig.object_name, None)], frame, seen, size)
    return seen if asked is None else asked


def _from_there(
    context: bpy.types.Context, settings: WalkSettings, stands: Standing, size: float, frame: int
) -> Way:
    going, units = settings.going, units_of(context.scene)
    notes: tuple[str, ...] = ()
    if settings.ground is None and settings.ground_collection is None:
        notes = level_notes(stands, units)
    if going.kind is GoKind.STAND:
        _check_stand(going)
        place = np.array([stands.x, stands.z])
        return Way(None, place, place, stands, notes=notes)
    if size * MIN_LENGTH_M > (length := _distance(context, going, stands, frame)):
        raise PathError(
            f"the target is {units.length(max(length, 0.0))} from where the character stands, with "
            f"what Stop Short takes off. Move one of them, or choose Stand"
        )
    path = path_along(
        _line(context, going, stands, frame), settings.speed_m_s, settings.speed_changes,
        settings.stops, size, units,
    )  # fmt: skip
    return along(path, stands, notes)


def along(path: Path, stands: Standing | None = None, notes: tuple[str, ...] = ()) -> Way:
    """The way along a path."""
    start, end = path.points[[0, -1]][:, [0, 2]]
    return Way(path, start, end, stands, notes=notes)


def _target(context: bpy.types.Context, going: Going, frame: int) -> Array:
    """(3,) the target, core axes, metres."""
    place = going.place if going.target is None else place_of(context, going.target, frame)
    core = blender_to_core_points(np.asarray(place, np.float64)) * units_of(context.scene).metres
    if not np.isfinite(core).all():
        raise PathError("the place of the target is not a number. Clear its location with Alt G")
    return np.asarray(core)


def _distance(context: bpy.types.Context, going: Going, stands: Standing, frame: int) -> float:
    target = _target(context, going, frame)
    away = float(np.hypot(target[0] - stands.x, target[2] - stands.z))
    return away - going.stop_short_m


def _line(context: bpy.types.Context, going: Going, stands: Standing, frame: int) -> CurveLine:
    """Straight from where the character stands, as far as it is to go."""
    target = _target(context, going, frame)
    start = np.array([stands.x, stands.floor_m, stands.z])
    end = np.array([target[0], stands.floor_m, target[2]])
    away = float(np.linalg.norm(end - start))
    end = start + (end - start) * (1.0 - going.stop_short_m / away)
    return CurveLine("", np.stack((start, end)), closed=False, spline_count=1)


def _check_stand(going: Going) -> None:
    if not 0 < going.stand_s <= MAX_STAND_S:
        raise SettingsError(
            f"standing for {going.stand_s:g} s is not possible; set a time above 0 and up to "
            f"{MAX_STAND_S:g} seconds"
        )


def _facing_in_the_end(
    context: bpy.types.Context, way: Way, going: Going, size: float, frame: int
) -> Way:
    if going.end_toward is None:
        return replace(way, end_heading_rad=going.end_heading_rad)
    place = blender_to_core_points(np.asarray(place_of(context, going.end_toward, frame)))
    place = place * units_of(context.scene).metres
    if not np.isfinite(place).all():
        raise SettingsError(
            f"the place of '{going.end_toward.name}', to be faced in the end, is not a number. "
            "Clear its location with Alt G"
        )
    across, ahead = place[[0, 2]] - way.end_xz
    if not np.hypot(across, ahead) > _TOO_NEAR_M * size:
        raise SettingsError(
            f"'{going.end_toward.name}' is where the walk ends, so nobody can face it there. "
            "Choose another object under End Facing, or a heading"
        )
    return replace(way, end_heading_rad=float(np.arctan2(across, ahead)))
