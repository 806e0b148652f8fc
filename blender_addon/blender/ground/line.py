"""Reads a curve object as the line that Blender shows.

Rule for curves with several splines: the longest one is walked. A cyclic spline is walked around
once, from its first point.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.errors import PathError
from ...core.ground.steady import steady_line
from ...core.notes import Note
from ..axes import blender_to_core_points
from ..rig.evaluation import evaluated_apart
from ..units import SceneUnits, metres_per_unit
from ..vertices import coordinates

Array = NDArray[np.float64]

# Modifiers that only move a curve's points. Of the others some make surfaces, which have no line.
_DEFORMING: Final = {
    "ARMATURE", "CAST", "CURVE", "HOOK", "LATTICE", "MESH_DEFORM", "SHRINKWRAP", "SIMPLE_DEFORM",
    "SMOOTH", "WARP", "WAVE",
}  # fmt: skip
_KINDS: Final = {
    "MESH": "a mesh",
    "GPENCIL": "a Grease Pencil drawing",
    "GREASEPENCIL": "a Grease Pencil drawing",
    "CURVES": "hair curves",
    "FONT": "a text",
    "SURFACE": "a surface",
}
_TOLD_SHARE: Final = 0.03  # of the length by which a steadied line is shorter


@dataclass(frozen=True, eq=False)
class CurveLine:
    """The line of a curve object.

    Args:
        name: of the object.
        points: (N, 3) in the world, core axes, metres.
        closed: the spline is cyclic.
        spline_count: splines of the curve that have a length.
        notes: what is walked otherwise than it may look, in the user's words.
    """

    name: str
    points: Array
    closed: bool
    spline_count: int
    notes: tuple[str, ...] = ()

    @property
    def length_m(self) -> float:
        """Length on the ground."""
        return _length(self.points, self.closed)


def steadied(line: CurveLine, size: float, units: SceneUnits) -> CurveLine:
    """The same line without the trembling of a hand; says so where that makes it shorter.

    Args:
        line: as read.
        size: of who walks it, against a person.
        units: in which lengths are told.
    """
    points = steady_line(line.points, line.closed, size)
    steady = replace(line, points=points)
    if steady.length_m > (1.0 - _TOLD_SHARE) * line.length_m:
        return steady
    told = f"{units.length(steady.length_m)} instead of {units.length(line.length_m)}"
    note = Note(f"the line of '{line.name}' trembles; it is walked steadily, {told}")
    return replace(steady, notes=(*line.notes, note))


def read_line(
    context: bpy.types.Context,
    curve: bpy.types.Object | None,
    frame: float | None = None,
    *,
    while_edited: bool = False,
) -> CurveLine:
    """Read the line of a curve object as it is seen, without its bevel, extrusion or fill.

    Args:
        context: gives the scene's units and time.
        curve: hidden or not.
        frame: on which it is looked at; None for the current one.
        while_edited: it may be in Edit Mode, and is taken as it is shown there.

    Raises:
        PathError: no curve, in edit mode, or no length.
    """
    curve = _checked_curve(curve, may_be_edited=while_edited)
    if curve.mode == "EDIT":
        curve.update_from_editmode()  # as saving does; the mode and its undo stay
    scene = context.scene
    shown = scene.frame_current_final if frame is None else frame
    with _bare_copy(curve) as bare, evaluated_apart(context, [bare]) as set_frame:
        left_out: list[str] = []
        while (line := _line_of(scene, bare, curve.name, set_frame(shown))) is None:
            left_out.append(_without_last_surface(bare))
        notes: list[str] = [
            Note(
                f"the modifier '{name}' of '{curve.name}' makes a surface of the path; the line is "
                "walked as it is without"
            )
            for name in left_out
        ]
        if line.spline_count > 1:
            splines = f"of {line.spline_count} splines of '{curve.name}'"
            notes.append(Note(f"{splines} the longest is walked"))
        if _may_change(curve):
            own, *others = (
                _line_of(scene, bare, curve.name, set_frame(each), in_world=False)
                for each in (shown, shown + 50.0, 0.5 * (shown + scene.frame_end), scene.frame_end)
            )
            if not all(_same(each, own) for each in others):
                changes = f"the shape of '{curve.name}' changes"
                notes.append(Note(f"{changes}; the walk is on it as it is on frame {shown:g}"))
    return replace(line, notes=tuple(notes))


def _may_change(curve: bpy.types.Object) -> bool:
    """Whether its own shape could be another on another frame."""
    animated = (curve, curve.data, curve.data.shape_keys)
    moves = any(each is not None and each.animation_data is not None for each in animated)
    return moves or len(curve.modifiers) > 0


def _same(one: CurveLine | None, other: CurveLine | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.points.shape == other.points.shape and bool(
        np.allclose(one.points, other.points, rtol=1e-4, atol=1e-6)
    )


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
    if thick or filled:
        return None
    return _line_of(context.scene, curve, curve.name, context.evaluated_depsgraph_get())


def _line_of(
    scene: bpy.types.Scene,
    curve: bpy.types.Object,
    name: str,
    depsgraph: bpy.types.Depsgraph,
    *,
    in_world: bool = True,
) -> CurveLine | None:
    """The longest line of an evaluated curve, else in its own space; None if it is a surface."""
    evaluated = curve.evaluated_get(depsgraph)
    mesh = evaluated.to_mesh()
    points, edges = _read_mesh(mesh)
    surface = mesh is not None and len(mesh.polygons) > 0
    world = np.array(evaluated.matrix_world, np.float64) if in_world else np.eye(4)
    evaluated.to_mesh_clear()
    chains = None if surface else _chains(len(points), edges)
    if chains is None or (not chains and _makes_surface(curve)):
        return None
    points = points @ world[:3, :3].T + world[:3, 3]
    points = blender_to_core_points(points) * metres_per_unit(scene)
    if not np.isfinite(points).all():
        raise PathError(
            f"the curve '{name}' has a point or a transform that is not a number. Clear it with "
            "Alt G, Alt R and Alt S, or move the point in Edit Mode"
        )
    lines = [(points[chain], closed) for chain, closed in chains]
    lines = [line for line in lines if _length(*line) > 0]
    if not lines:
        raise PathError(
            f"the curve '{name}' has no length on the ground. Give it at least two points in Edit "
            "Mode that are apart seen from above"
        )
    longest, closed = max(lines, key=lambda line: _length(*line))
    return CurveLine(name, longest, closed, len(lines))


def _makes_surface(curve: bpy.types.Object) -> bool:
    """Whether a modifier may have taken the line away."""
    return any(m.type not in _DEFORMING and m.show_viewport for m in curve.modifiers)


def _without_last_surface(curve: bpy.types.Object) -> str:
    """Take off the last modifier that does more than to move points; its name."""
    last = [m for m in curve.modifiers if m.type not in _DEFORMING and m.show_viewport]
    if not last:
        raise PathError(
            f"the line of '{curve.name}' branches or is a surface. Choose a curve under Path"
        )
    name = last[-1].name
    curve.modifiers.remove(last[-1])
    return name


def _checked_curve(
    curve: bpy.types.Object | None, *, may_be_edited: bool = False
) -> bpy.types.Object:
    if curve is None:
        raise PathError("no path is chosen. Choose a curve under Path")
    if curve.type != "CURVE":
        convert = "Convert it with Object ▸ Convert ▸ Curve, or choose"
        raise PathError(
            f"'{curve.name}' is not a curve but {_KINDS.get(curve.type, curve.type.lower())}. "
            f"{convert if curve.type in _KINDS else 'Choose'} a curve under Path"
        )
    if curve.mode == "EDIT" and not may_be_edited:
        raise PathError(f"the curve '{curve.name}' is in Edit Mode. Leave it with Tab first")
    return curve


@contextmanager
def _bare_copy(curve: bpy.types.Object) -> Iterator[bpy.types.Object]:
    """A copy of the curve, in no scene, that is a line and nothing else; gone afterwards.

    With a bevel, an extrusion or a fill Blender evaluates a curve to a tube or a face, and the
    line in it is lost. The user's own curve must not be touched.
    """
    data = curve.data.copy()
    bare = curve.copy()
    try:
        bare.data = data
        _strip_surface(data)
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
    edges = np.empty(2 * len(mesh.edges), np.int32)
    mesh.edges.foreach_get("vertices", edges)
    return coordinates(mesh.vertices), edges.reshape(-1, 2)


def _chains(count: int, edges: NDArray[np.int32]) -> list[tuple[NDArray[np.int64], bool]] | None:
    """Vertices of each line in order, and whether it is closed; None if lines branch.

    A line begins at its lower end, a closed one at its lowest vertex, towards the next higher one:
    so a curve is walked from its first point.
    """
    beside: list[list[int]] = [[] for _ in range(count)]
    for a, b in edges.tolist():
        beside[a].append(b)
        beside[b].append(a)
    if any(len(each) > 2 for each in beside):
        return None
    ends = [n for n, each in enumerate(beside) if len(each) == 1]
    seen = np.zeros(count, bool)
    chains = []
    for start in (*ends, *range(count)):
        if seen[start] or not beside[start]:
            continue
        chain, follow = [start], min(beside[start])
        while follow != start and not seen[follow]:
            chain.append(follow)
            seen[[chain[-2], follow]] = True
            follow = next((n for n in beside[follow] if n != chain[-2]), start)
        seen[chain] = True
        chains.append((np.array(chain), len(beside[start]) == 2))
    return chains


def _length(points: Array, closed: bool) -> float:
    """Length on the ground."""
    if closed:
        points = np.vstack((points, points[:1]))
    return float(np.linalg.norm(np.diff(points[:, [0, 2]], axis=0), axis=1).sum())
