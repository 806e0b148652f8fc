"""Where the mouse is over the film: shared by what is clicked and dragged there."""

from __future__ import annotations

from dataclasses import dataclass

import bpy

from .camera import preview_camera, whose_preview
from .film import ShownFilm, number_shown, shown_film
from .overlay import frame_of
from .placing import Frame


@dataclass(frozen=True)
class OverFilm:
    """The picture under the mouse.

    Args:
        armature: whose film.
        film: which.
        frame: where its picture lies in the region.
        number: of the picture, counted from 0.
        mouse: in pixels of the region.
    """

    armature: bpy.types.Object
    film: ShownFilm
    frame: Frame
    number: int
    mouse: tuple[float, float]

    @property
    def place(self) -> tuple[float, float]:
        """Where the mouse is, 0 … 1 right and down the picture; beyond it outside."""
        return self.frame.to_picture(*self.mouse)


def over_film(context: bpy.types.Context, event: bpy.types.Event) -> OverFilm | None:
    """What film is under the mouse; None where it is over something else.

    Args:
        context: whose window.
        event: of the mouse.
    """
    camera = preview_camera(context.scene)
    armature = None if camera is None else whose_preview(camera)
    film = None if armature is None else shown_film(context.scene, armature)
    if film is None or context.window is None:
        return None
    for area in context.window.screen.areas:
        region = _region_under(area, event)
        if region is None:
            continue
        frame = frame_of(context, area, film)
        if frame is None:
            return None
        mouse = (event.mouse_x - region.x, event.mouse_y - region.y)
        return OverFilm(armature, film, frame, number_shown(context.scene, armature, film), mouse)
    return None


def _region_under(area: bpy.types.Area, event: bpy.types.Event) -> bpy.types.Region | None:
    """The area's main region if the mouse is over that and over no sidebar on it."""
    if area.type != "VIEW_3D":
        return None
    over = [each for each in area.regions if _is_over(each, event)]
    main = [each for each in over if each.type == "WINDOW"]
    return main[0] if main and len(over) == 1 else None


def _is_over(region: bpy.types.Region, event: bpy.types.Event) -> bool:
    across = region.x <= event.mouse_x < region.x + region.width
    return across and region.y <= event.mouse_y < region.y + region.height and region.width > 1
