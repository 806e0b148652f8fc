"""What a walk along the chosen path will be, worked out before it is generated.

Touches nothing in the file, so that it can be kept up to date while the path is edited. The
timetable is the pipeline's own.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...blender.axes import core_to_blender_points
from ...blender.ground.below import ground_below
from ...blender.ground.line import peek_line, steadied
from ...blender.ground.path import path_along
from ...blender.ground.terrain import meshes_of
from ...blender.rig.joint_map import kept_joints
from ...blender.rig.skeleton import RigSkeleton, read_skeleton
from ...blender.timeline import animation_frame, animation_rate_of, scene_frame
from ...blender.units import SceneUnits, metres_per_unit, units_of
from ...core.errors import NeuralMotionError
from ...core.ground.path import Path
from ...core.ground.terrain import FlatTerrain, Terrain
from ...core.inference.choice import ModelChoice
from ...core.motion.common_skeleton import COMMON_SKELETON
from ...core.walk.request import WalkRequest
from .direction.arrival import arrival_problem, timetable_of
from .direction.going import GoKind
from .direction.model_styles import style_problem
from .direction.told import (
    going_key,
    mark_problem,
    mark_texts,
    standing_problem,
    standing_summary,
)
from .direction.ways import Way, along
from .job import size_of
from .pace import slow_notes, speed_notes, speed_problem
from .previews import PathPreview
from .scene import WalkSettings, first_frame, way_of

Array = NDArray[np.float64]

_SPACING_M: Final = 0.1  # at a person's size
_MOST_POINTS: Final = 2000
_MOST_TICKS: Final = 120
_LONGEST_M: Final = 300.0
"""At a person's size, along which the ground is looked at while a path is edited."""


def preview_key(context: bpy.types.Context, settings: WalkSettings) -> Hashable:
    """Changes whenever the preview might; quick, for it is asked for several times a second."""
    curve, rig, scene = settings.curve, settings.armature, context.scene
    render = scene.render
    own = (
        settings.speed_m_s, settings.speed_changes, settings.stops, settings.stand_before_s,
        settings.start_frame, settings.replaces, settings.directions, going_key(settings),
        scene.frame_current,
        render.fps, render.fps_base, render.frame_map_old, render.frame_map_new, units_of(scene),
    )  # fmt: skip
    rig_key: Hashable = None
    if rig is not None:
        joints = tuple(kept_joints(rig).items())
        place, sizes = _flat(rig.matrix_world), tuple(tuple(bone.scale) for bone in rig.pose.bones)
        kept = rig.name_full, len(rig.data.bones), rig.mode, joints, _takes_key(rig)
        rig_key = kept, place, sizes
    return own, rig_key, _curve_key(curve), _ground_key(settings)


def _ground_key(settings: WalkSettings) -> Hashable:
    collection = settings.ground_collection
    meshes = [settings.ground] if settings.ground is not None else []
    meshes += collection.all_objects if collection is not None else []
    return tuple(
        (each.name_full, _flat(each.matrix_world), len(each.data.vertices), each.mode)
        for each in meshes
        if each.type == "MESH"
    )


def _takes_key(rig: bpy.types.Object) -> Hashable:
    """What tells which walk a new one would replace, as far as that is quick to say."""
    data = rig.animation_data
    if data is None:
        return None
    strips = [
        (t.lock, t.mute, s.name, s.frame_start, s.mute) for t in data.nla_tracks for s in t.strips
    ]
    action = data.action
    return tuple(strips), action and (action.name, action.users, action.use_fake_user)


def _curve_key(curve: bpy.types.Object | None) -> Hashable:
    if curve is None or curve.type != "CURVE":
        return None
    data, parts = curve.data, []
    for spline in data.splines:
        points = spline.bezier_points if spline.type == "BEZIER" else spline.points
        names = ("co", "handle_left", "handle_right") if spline.type == "BEZIER" else ("co",)
        for name in names:
            values = np.empty(len(points) * (3 if spline.type == "BEZIER" else 4), np.float32)
            points.foreach_get(name, values)
            parts.append(values.tobytes())
        parts.append((spline.use_cyclic_u, spline.resolution_u, spline.order_u))
    looks = data.bevel_depth, data.extrude, data.dimensions, curve.mode, _modifiers_key(curve)
    return curve.name_full, _flat(curve.matrix_world), looks, tuple(parts)


def _modifiers_key(curve: bpy.types.Object) -> Hashable:
    """Which modifiers act, and their numbers."""
    return tuple(
        (each.name, each.type, each.show_viewport, *map(str, _settings_of(each)))
        for each in curve.modifiers
    )


def _settings_of(modifier: bpy.types.Modifier) -> list[Any]:
    return [
        getattr(modifier, prop.identifier)
        for prop in modifier.bl_rna.properties
        if prop.type in ("FLOAT", "INT", "BOOLEAN", "ENUM")
    ]


def _flat(matrix: Any) -> tuple[float, ...]:
    return tuple(value for row in matrix for value in row)


def make_preview(
    context: bpy.types.Context, settings: WalkSettings, models: ModelChoice | None = None
) -> PathPreview:
    """Preview a walk; what stands in its way becomes the preview's problem."""
    models = models or ModelChoice()
    try:
        if settings.going.kind is not GoKind.PATH:
            return _from_there(context, settings, models)
        if settings.curve is None or (line := peek_line(context, settings.curve)) is None:
            return PathPreview()
        scale, units = 1.0, units_of(context.scene)
        if settings.armature is not None:
            scale = _size(read_skeleton(context, settings.armature))
        path = path_along(
            steadied(line, scale, units),
            settings.speed_m_s, settings.speed_changes, settings.stops, scale, units,
        )  # fmt: skip
        start = first_frame(context, settings, path)
        return _estimate(context, settings, along(path), start, scale, models)
    except NeuralMotionError as error:
        return PathPreview(problem=str(error))


def _size(rig: RigSkeleton) -> float:
    return size_of(rig.skeleton, rig.joint_map) / size_of(COMMON_SKELETON)


def _from_there(
    context: bpy.types.Context, settings: WalkSettings, models: ModelChoice
) -> PathPreview:
    """Of who stands, or walks from where they stand."""
    if settings.armature is None:
        return PathPreview()
    rig = read_skeleton(context, settings.armature)
    way, start = way_of(context, settings, rig, _size(rig))
    if way.path is not None:
        return _estimate(context, settings, way, start, _size(rig), models)
    return PathPreview(
        summary=standing_summary(context, settings, way, start),
        problem=style_problem(settings.directions, models) or standing_problem(settings, way),
    )


def _estimate(
    context: bpy.types.Context,
    settings: WalkSettings,
    way: Way,
    start: int,
    scale: float,
    models: ModelChoice,
) -> PathPreview:
    path, units = way.path, units_of(context.scene)
    rate = animation_rate_of(context.scene)
    request = _request(context, settings, way, start, scale)
    length = units.length(path.length_m, 1)
    problem = style_problem(settings.directions, models)
    problem = problem or mark_problem(settings.directions, path.length_m, units)
    if settings.armature is not None and not problem:
        problem = speed_problem(path, scale, units, models)
        problem = problem or arrival_problem(context.scene, request, start, length, models)
        if problem and request.arrive_s is not None:
            request = replace(request, arrive_s=None)
        if settings.going.arrive_frame is None:
            problem = problem or "; ".join(speed_notes(path, scale, units))
    table = timetable_of(request, models)
    count = min(int(path.length_m / (_SPACING_M * scale)) + 2, _MOST_POINTS)
    distances = np.linspace(0.0, path.length_m, count)
    times = table.times_at(distances / scale)
    speeds = path.speeds(distances) * table.speed_factor
    unit_m = metres_per_unit(context.scene)
    points = _places(path, distances, unit_m)
    in_time = request.arrive_s is not None
    return PathPreview(
        length_m=path.length_m,
        start_frame=round(scene_frame(context.scene, start)),
        arrival_s=float(times[-1]),
        arrival_frame=int(np.ceil(scene_frame(context.scene, start + times[-1] * rate) - 0.05)),
        length=length.replace(" ", "\u00a0"),
        size=scale,
        problem=problem,
        slow="; ".join(slow_notes(table, scale, units)),
        points=points,
        speeds_m_s=speeds,
        ticks=tuple(_ticks(times, points)),
        marks=tuple(_marks(settings, path, units, models)),
        pace=units.speed(float(speeds.max())).replace(" ", "\u00a0") if in_time else "",
    )


def _request(
    context: bpy.types.Context, settings: WalkSettings, way: Way, start: int, scale: float
) -> WalkRequest:
    """What will be asked of the pipeline, as far as it says when one is where."""
    sized, arrive_s = way.path.scaled(1.0 / scale), None
    if settings.going.arrive_frame is not None:
        frames = animation_frame(context.scene, settings.going.arrive_frame) - start
        arrive_s = frames / animation_rate_of(context.scene) - settings.stand_before_s
    return WalkRequest(
        path=sized,
        terrain=_ground(context, settings, sized, scale),
        directions=settings.directions.scaled(1.0 / scale),
        stand_before_s=settings.stand_before_s,
        arrive_s=arrive_s,
        start_heading_rad=None if way.stands is None else way.stands.heading_rad,
        end_heading_rad=way.end_heading_rad,
    )


def _ground(
    context: bpy.types.Context, settings: WalkSettings, sized: Path, scale: float
) -> Terrain:
    """What is walked on, at a person's size."""
    meshes = meshes_of(settings.ground, settings.ground_collection, settings.armature)
    if not meshes or sized.length_m > _LONGEST_M:
        return FlatTerrain()
    return ground_below(context, meshes, scale)


def _places(path: Path, distances: Array, unit_m: float) -> Array:
    columns = [np.interp(distances, path.arc_lengths_m, path.points[:, n]) for n in range(3)]
    return core_to_blender_points(np.stack(columns, axis=1)) / unit_m


def _ticks(times: Array, points: Array) -> list[tuple[tuple[float, float, float], str]]:
    """A tick each second, or each few where there would be too many; the last is the arrival."""
    step = max(1, int(np.ceil((times[-1] - times[0]) / _MOST_TICKS)))
    found = []
    for second in range(int(np.ceil(times[0])), int(np.ceil(times[-1])), step):
        place = [float(np.interp(second, times, points[:, n])) for n in range(3)]
        found.append(((place[0], place[1], place[2]), f"{second} s"))
    end = points[-1]
    arrival = ((float(end[0]), float(end[1]), float(end[2])), f"arrives {times[-1]:.1f} s")
    return [*found, arrival]


def _marks(
    settings: WalkSettings, path: Path, units: SceneUnits, models: ModelChoice
) -> list[tuple[tuple[float, float, float], str]]:
    told = [(change.at_m, units.speed(change.speed_m_s)) for change in settings.speed_changes]
    told += [(stop.at_m, f"stop {stop.seconds:g} s") for stop in settings.stops]
    told += mark_texts(settings.directions, models)
    places = _places(path, np.array([at for at, _ in told]), units.metres) if told else []
    return [(tuple(map(float, p)), text) for p, (_, text) in zip(places, told, strict=True)]  # type: ignore[misc]
