"""A new path at the 3D cursor: straight, a gentle S, a circle, a square, or along a wall."""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum
from typing import Final

import bpy
from mathutils import Vector

from ...core.ground.path_shapes import Outline, square
from ..adding import open_collection, show_in_local_view
from .walls import along_wall, find_wall

LENGTH_M: Final = 10.0
"""Of a path for a person."""
_CORNER: Final = 1.0
"""Radius of a square's corners for a person: walked at about a metre a second."""


class PathShape(Enum):
    """What a new path looks like from above."""

    STRAIGHT = "STRAIGHT"
    S_CURVE = "S_CURVE"
    CIRCLE = "CIRCLE"
    SQUARE = "SQUARE"
    WALL = "WALL"


_POINTS: Final = {
    PathShape.STRAIGHT: ((0.0, 0.0), (0.0, -1.0)),
    PathShape.S_CURVE: ((0.0, 0.0), (1.2, -2.5), (-1.2, -5.5), (0.0, -8.0)),
    PathShape.CIRCLE: ((0.0, 0.0), (-1.0, -1.0), (-2.0, 0.0), (-1.0, 1.0)),
}
"""Of what is drawn with handles that set themselves, at any size."""

SHAPE_ITEMS: Final = (
    (PathShape.STRAIGHT.value, "Straight", "A straight line along −Y"),
    (PathShape.S_CURVE.value, "S Curve", "A gentle bend to one side, then to the other"),
    (PathShape.CIRCLE.value, "Circle", "Around once, back to where it begins"),
    (PathShape.SQUARE.value, "Square", "Around once, with corners as round as people take them"),
    (
        PathShape.WALL.value,
        "Along a Wall",
        "At arm's length around the selected meshes, or the nearest that stands in the way",
    ),
)


def add_path_curve(
    context: bpy.types.Context,
    shape: PathShape = PathShape.S_CURVE,
    length: float = LENGTH_M,
    *,
    place: Vector | None = None,
    size: float = 1.0,
    grounds: Collection[bpy.types.Object] = (),
    name: str = "Walk Path",
) -> bpy.types.Object:
    """Add a path and make it the active object.

    Args:
        context: whose collection receives it.
        shape: from above.
        length: along it, in Blender units. Along a wall it is once around at the most.
        place: where it begins; the 3D cursor for None.
        size: Blender units that are to who walks what a metre is to a person.
        grounds: what is walked on, so no walls.
        name: of the object.

    Raises:
        PathError: there is no wall, or it cannot be walked along; nothing is added then.
    """
    place, outline = (place or context.scene.cursor.location).copy(), None
    if shape is PathShape.WALL:
        outline = along_wall(context, find_wall(context, grounds, size), length, size)
        place.xy = outline.pieces[0, 0]
        outline = Outline(outline.pieces - outline.pieces[0, 0], outline.closed)
    elif shape is PathShape.SQUARE:
        outline = square(length, _CORNER * size)
    data = bpy.data.curves.new(name, "CURVE")
    data.dimensions = "3D"
    if outline is not None:
        _write_outline(data.splines.new("BEZIER"), outline)
    else:
        _write_smooth(data.splines.new("BEZIER"), shape, length)
    curve = bpy.data.objects.new(name, data)
    open_collection(context).objects.link(curve)
    curve.location = place
    for other in context.selected_objects:
        other.select_set(False)
    curve.select_set(True)
    context.view_layer.objects.active = curve
    show_in_local_view(context.space_data, (curve,))
    return curve


def _write_smooth(spline: bpy.types.Spline, shape: PathShape, length: float) -> None:
    """Few points whose handles set themselves, so that each can be moved and the rest follows."""
    places = _POINTS[shape]
    spline.bezier_points.add(len(places) - 1)
    spline.use_cyclic_u = shape is PathShape.CIRCLE
    for size in (1.0, None):
        factor = size or length / spline.calc_length()
        for point, (x, y) in zip(spline.bezier_points, places, strict=True):
            point.co = (factor * x, factor * y, 0.0)
            point.handle_left_type = point.handle_right_type = "AUTO"


def _write_outline(spline: bpy.types.Spline, outline: Outline) -> None:
    """Lines and arcs with the handles that they need."""
    pieces, closed = outline.pieces, outline.closed
    count = len(pieces) + (not closed)
    spline.bezier_points.add(count - 1)
    spline.use_cyclic_u = closed
    for n, point in enumerate(spline.bezier_points):
        behind = pieces[n] if n < len(pieces) else None
        before = pieces[n - 1] if n or closed else None
        place = before[3] if behind is None else behind[0]
        left = place if before is None else before[2]
        right = place if behind is None else behind[1]
        point.handle_left_type = point.handle_right_type = "FREE"
        point.co = (*place, 0.0)
        point.handle_left, point.handle_right = (*left, 0.0), (*right, 0.0)
        point.handle_left_type = point.handle_right_type = "ALIGNED"
