"""Reads a curve object as a path on the ground.

Rule for curves with several splines: the longest one is walked. A cyclic spline is walked around
once, from its first point.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.errors import PathError, SettingsError
from ...core.ground.path import Path, Stop
from ..axes import blender_to_core_points
from ..rig.skeleton import metres_per_unit

Array = NDArray[np.float64]

MAX_SPEED_M_S: Final = 12.0
"""No person runs faster; what a model can do is in its contract."""

# Modifiers that only move a curve's points; the others make surfaces, which have no one line.
_DEFORMING: Final = {
    "ARMATURE", "CAST", "CURVE", "HOOK", "LATTICE", "MESH_DEFORM", "SHRINKWRAP", "SIMPLE_DEFORM",
    "SMOOTH", "WARP", "WAVE",
}  # fmt: skip


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
class CurveLine:
    """The line of a curve object.

    Args:
        points: (N, 3) in the world, core axes, metres.
        closed: the spline is cyclic.
        spline_count: splines of the curve that have a length.
    """

    points: Array
    closed: bool
    spline_count: int


def read_path(
    context: bpy.types.Context,
    curve: bpy.types.Object | None,
    speed_m_s: float,
    changes: Sequence[SpeedChange] = (),
    stops: Sequence[Stop] = (),
) -> Path:
    """Read a curve object as a path with speeds.

    Args:
        context: gives the scene's units and the evaluated curve.
        curve: any spline type, cyclic or not, with any transform.
        speed_m_s: desired from the start.
        changes: other speeds from some place on, in any order.
        stops: pauses, in any order.

    Returns:
        The path in the world, core axes, metres.

    Raises:
        PathError: no curve, no length, or a change beyond its end.
        SettingsError: a speed that nobody walks or runs.
    """
    for speed in (speed_m_s, *(change.speed_m_s for change in changes)):
        _check_speed(speed)
    return path_along(read_line(context, curve), speed_m_s, changes, stops)


def path_along(
    line: CurveLine,
    speed_m_s: float,
    changes: Sequence[SpeedChange] = (),
    stops: Sequence[Stop] = (),
) -> Path:
    """A line with speeds; arguments and errors as for ``read_path``."""
    flat = Path.from_points(line.points, speed_m_s, closed=line.closed)
    if not changes:
        return Path(flat.points, flat.speeds_m_s, tuple(stops))
    _check_changes(changes, flat.length_m)
    points, distances = _refine(flat, 0.1)
    speeds = _speeds_along(distances, speed_m_s, changes)
    return Path(points, speeds, tuple(stops))


def _check_speed(speed_m_s: float) -> None:
    if not (np.isfinite(speed_m_s) and 0 < speed_m_s <= MAX_SPEED_M_S):
        raise SettingsError(
            f"a speed of {speed_m_s:g} m/s cannot be walked or run; set one above 0 and up to "
            f"{MAX_SPEED_M_S:g} m/s. To wait, add a stop"
        )


def _check_changes(changes: Sequence[SpeedChange], length_m: float) -> None:
    for change in changes:
        if not 0 <= change.at_m <= length_m:
            raise PathError(
                f"the speed change at {change.at_m:g} m does not lie on the path, which is "
                f"{length_m:.2f} m long. Move it or remove it"
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


def read_line(context: bpy.types.Context, curve: bpy.types.Object | None) -> CurveLine:
    """Read the line of a curve object, without its bevel, extrusion or fill.

    Raises:
        PathError: no curve, in edit mode, or no length.
    """
    curve = _checked_curve(curve)
    with _bare_copy(context, curve) as bare:
        return _line_of(context, bare, curve.name)


def peek_line(context: bpy.types.Context, curve: bpy.types.Object | None) -> CurveLine | None:
    """The line of a curve as it stands in the scene, even while it is edited, touching nothing.

    Returns:
        None where a bevel, an extrusion, a fill or a modifier hides the line.

    Raises:
        PathError: no curve, or no length.
    """
    curve = _checked_curve(curve, may_be_edited=True)
    data = curve.data
    thick = data.bevel_depth > 0 or data.extrude > 0 or data.bevel_object is not None
    filled = data.dimensions == "2D" and data.fill_mode != "NONE"
    if thick or filled or any(m.type not in _DEFORMING for m in curve.modifiers):
        return None
    return _line_of(context, curve, curve.name)


def _line_of(context: bpy.types.Context, curve: bpy.types.Object, name: str) -> CurveLine:
    evaluated = curve.evaluated_get(context.evaluated_depsgraph_get())
    points, edges = _read_mesh(evaluated.to_mesh())
    world = np.array(evaluated.matrix_world, np.float64)
    evaluated.to_mesh_clear()
    points = points @ world[:3, :3].T + world[:3, 3]
    points = blender_to_core_points(points) * metres_per_unit(context.scene)
    if not np.isfinite(points).all():
        raise PathError(
            f"the curve '{name}' has a point or a transform that is not a number. Clear it with "
            "Alt G, Alt R and Alt S, or move the point in Edit Mode"
        )
    lines = [line for line in _split(points, edges) if _length(*line) > 0]
    if not lines:
        raise PathError(
            f"the curve '{name}' has no length. Give it at least two points apart in Edit Mode"
        )
    longest, closed = max(lines, key=lambda line: _length(*line))
    return CurveLine(longest, closed, len(lines))


def _checked_curve(
    curve: bpy.types.Object | None, *, may_be_edited: bool = False
) -> bpy.types.Object:
    if curve is None:
        raise PathError("no path is chosen. Choose a curve under Path")
    if curve.type != "CURVE":
        raise PathError(f"'{curve.name}' is not a curve. Choose a curve under Path")
    if curve.mode == "EDIT" and not may_be_edited:
        raise PathError(f"the curve '{curve.name}' is in Edit Mode. Leave it with Tab first")
    return curve


@contextmanager
def _bare_copy(context: bpy.types.Context, curve: bpy.types.Object) -> Iterator[bpy.types.Object]:
    """A copy of the curve in the scene that is a line and nothing else; gone afterwards.

    With a bevel, an extrusion or a fill Blender evaluates a curve to a tube or a face, and the
    line in it is lost. The user's own curve must not be touched.
    """
    data = curve.data.copy()
    bare = curve.copy()
    try:
        bare.data = data
        _strip_surface(data)
        for modifier in [m for m in bare.modifiers if m.type not in _DEFORMING]:
            bare.modifiers.remove(modifier)
        context.scene.collection.objects.link(bare)
        bare.hide_viewport = False
        yield bare
    finally:
        bpy.data.objects.remove(bare)
        if data.users == 0:
            bpy.data.curves.remove(data)


def _strip_surface(data: bpy.types.Curve) -> None:
    data.dimensions = "3D"
    data.bevel_object = data.taper_object = None
    data.bevel_mode = "ROUND"
    data.bevel_depth = data.extrude = data.offset = 0.0
    data.bevel_factor_start, data.bevel_factor_end = 0.0, 1.0


def _read_mesh(mesh: bpy.types.Mesh | None) -> tuple[Array, NDArray[np.int32]]:
    if mesh is None:  # a curve without splines
        return np.empty((0, 3)), np.empty((0, 2), np.int32)
    points = np.empty(3 * len(mesh.vertices), np.float32)
    edges = np.empty(2 * len(mesh.edges), np.int32)
    mesh.vertices.foreach_get("co", points)
    mesh.edges.foreach_get("vertices", edges)
    return points.reshape(-1, 3).astype(np.float64), edges.reshape(-1, 2)


def _split(points: Array, edges: NDArray[np.int32]) -> list[tuple[Array, bool]]:
    """One line a spline. Vertices of a spline are consecutive, joined by an edge each; a cyclic
    spline has one edge more, back to its first vertex."""
    forward = edges[edges[:, 1] - edges[:, 0] == 1][:, 0]
    joined = np.zeros(len(points), bool)
    joined[forward] = True
    starts = np.flatnonzero(~np.concatenate(([False], joined[:-1])))
    stops = np.append(starts[1:], len(points))
    closing = {(int(max(edge)), int(min(edge))) for edge in edges if abs(edge[1] - edge[0]) != 1}
    return [
        (points[a:b], (int(b) - 1, int(a)) in closing)
        for a, b in zip(starts, stops, strict=True)
        if b - a > 1
    ]


def _length(points: Array, closed: bool) -> float:
    """Length on the ground."""
    if closed:
        points = np.vstack((points, points[:1]))
    return float(np.linalg.norm(np.diff(points[:, [0, 2]], axis=0), axis=1).sum())


def add_curve(context: bpy.types.Context, name: str = "Walk Path") -> bpy.types.Object:
    """Add a gentle S of about 8 m at the 3D cursor and make it the active object."""
    data = bpy.data.curves.new(name, "CURVE")
    data.dimensions = "3D"
    spline = data.splines.new("BEZIER")
    places = ((0.0, 0.0), (1.2, -2.5), (-1.2, -5.5), (0.0, -8.0))
    spline.bezier_points.add(len(places) - 1)
    for point, (x, y) in zip(spline.bezier_points, places, strict=True):
        point.co = (x, y, 0.0)
        point.handle_left_type = point.handle_right_type = "AUTO"
    curve = bpy.data.objects.new(name, data)
    context.collection.objects.link(curve)
    curve.location = context.scene.cursor.location
    for other in context.selected_objects:
        other.select_set(False)
    curve.select_set(True)
    context.view_layer.objects.active = curve
    return curve
