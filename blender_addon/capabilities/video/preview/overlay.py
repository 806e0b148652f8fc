"""Draws what was found in the film over it: points, skeleton, pins, the person picked."""

from __future__ import annotations

from typing import Any, Final

import blf
import bpy
import numpy as np

from ....blender.translation import translated
from ....core.video.points import BONES, JOINTS
from ....core.video.tracked import Seen
from .camera import looks_through, preview_camera, whose_preview
from .film import ShownFilm, number_shown, shown_film
from .placing import Frame, frame_in
from .watched import SeenPicture, picture_of

_BONES: Final = np.array([[JOINTS.index(a), JOINTS.index(b)] for a, b in BONES])
_LEFT: Final = (1.0, 0.58, 0.16, 1.0)
_RIGHT: Final = (0.20, 0.70, 1.0, 1.0)
_MIDDLE: Final = (1.0, 1.0, 1.0, 1.0)
_PIN: Final = (1.0, 0.92, 0.23, 1.0)
_SHADE: Final = (0.0, 0.0, 0.0, 0.55)
_POINT_PX: Final = 4.5
_LINE_PX: Final = 2.0
_TALL_PX: Final = 220.0
"""Who is smaller than this in the view is drawn with smaller points, which would hide it."""
_SMALLEST: Final = 0.45
_GUESSED: Final = 0.45
"""Opacity of a bone that leads to a joint which is guessed."""
_TEXT_PX: Final = 12.0
_MARGIN_PX: Final = 8.0
SEEN_WORDS: Final = {
    Seen.FOUND: "found", Seen.GUESSED: "guessed: hidden, cut off or in doubt",
    Seen.EMPTY: "nobody here",
}  # fmt: skip
_handlers: Final[list[Any]] = []
editing: Final[dict[str, Any]] = {"joint": None, "point": None}
"""The joint under the mouse while pins are edited, and where it is dragged, in the picture."""


def register() -> None:
    """Draw over every 3D view that looks through a preview's camera; none in background mode."""
    if not bpy.app.background:
        handler = bpy.types.SpaceView3D.draw_handler_add(_draw, (), "WINDOW", "POST_PIXEL")
        _handlers.append(handler)


def unregister() -> None:
    """Draw no more."""
    while _handlers:
        bpy.types.SpaceView3D.draw_handler_remove(_handlers.pop(), "WINDOW")


def redraw() -> None:
    """Let every 3D view be drawn anew."""
    for window in bpy.context.window_manager.windows if bpy.context.window_manager else ():
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()


def frame_of(context: bpy.types.Context, area: bpy.types.Area, film: ShownFilm) -> Frame | None:
    """Where the film's picture lies in a 3D view; None where the view does not show it."""
    camera, space = preview_camera(context.scene), area.spaces.active
    if camera is None or not looks_through(space, camera):
        return None
    region = next((each for each in area.regions if each.type == "WINDOW"), None)
    if region is None:
        return None
    return frame_in(context.scene, region, space.region_3d, camera, film.size_px)


def joints_shown(picture: SeenPicture, film: ShownFilm, pins: Any, number: int) -> np.ndarray:
    """(14, 2) where joints are drawn, 0 … 1 right and down; NaN where none is; pins count."""
    places = np.asarray(picture.joints_px, np.float64) / np.asarray(film.size_px)
    for pin in pins:
        if pin.frame == number:
            places[JOINTS.index(pin.joint)] = pin.x, pin.y
    if editing["joint"] is not None and editing["point"] is not None:
        places[editing["joint"]] = editing["point"]
    return places


def _draw() -> None:
    context = bpy.context
    if context.area is None or not hasattr(context.scene, "neural_motion"):
        return
    camera = preview_camera(context.scene)
    if camera is None or not looks_through(context.space_data, camera):
        return
    armature = whose_preview(camera)
    film = None if armature is None else shown_film(context.scene, armature)
    if film is None:
        return
    frame = frame_of(context, context.area, film)
    if frame is not None:
        _draw_film(context, armature, film, frame)


def _draw_film(
    context: bpy.types.Context, armature: bpy.types.Object, film: ShownFilm, frame: Frame
) -> None:
    import gpu

    video, number = armature.neural_motion.video, number_shown(context.scene, armature, film)
    picture = picture_of(armature, number)
    scale = context.preferences.system.ui_scale
    gpu.state.blend_set("ALPHA")
    if picture is not None and picture.seen != Seen.EMPTY:
        _draw_body(picture, joints_shown(picture, film, video.pins, number), frame, scale)
    _draw_pins(video.pins, number, frame, scale)
    _draw_person(video.person, number, frame, scale)
    gpu.state.blend_set("NONE")
    _draw_words(number, film, picture, frame, scale)


def _draw_body(picture: SeenPicture, places: np.ndarray, frame: Frame, scale: float) -> None:
    from .shapes import draw_discs, draw_lines, draw_rings

    points = frame.to_region(places)
    known = np.isfinite(points).all(axis=-1)
    scale *= _share_of_size(points[known])
    for (first, second), ends in zip(_BONES, points[_BONES], strict=True):
        if known[first] and known[second]:
            red, green, blue, _ = _colour(JOINTS[first], JOINTS[second])
            unsure = picture.guessed[first] or picture.guessed[second]
            draw_lines(ends, (_LINE_PX + 2.0) * scale, (0.0, 0.0, 0.0, 0.25))
            opacity = _GUESSED if unsure else 1.0
            draw_lines(ends, _LINE_PX * scale, (red, green, blue, opacity))
    for joint, point in enumerate(points):
        if not known[joint]:
            continue
        radius = _POINT_PX * scale * (1.5 if joint == editing["joint"] else 1.0)
        colour = _colour(JOINTS[joint], JOINTS[joint])
        draw_discs(point, radius + 1.0 * scale, _SHADE)
        if picture.guessed[joint]:
            draw_rings(point, radius, 1.5 * scale, colour)
        else:
            draw_discs(point, radius, colour)


def _share_of_size(points: np.ndarray) -> float:
    """How large points and lines are drawn on a body of (K, 2) points in the view."""
    tall = np.ptp(points, axis=0).max() if len(points) else 0.0
    return float(np.clip(tall / _TALL_PX, _SMALLEST, 1.0))


def _colour(first: str, second: str) -> tuple[float, float, float, float]:
    """Of the side that both joints are on."""
    for side, colour in (("Left", _LEFT), ("Right", _RIGHT)):
        if first.startswith(side) and second.startswith(side):
            return colour
    return _MIDDLE


def _draw_pins(pins: Any, number: int, frame: Frame, scale: float) -> None:
    from .shapes import draw_rings

    here = [(pin.x, pin.y) for pin in pins if pin.frame == number]
    if here:
        points = frame.to_region(np.array(here))
        draw_rings(points, (_POINT_PX + 4.5) * scale, 2.0 * scale, _PIN)


def _draw_person(person: Any, number: int, frame: Frame, scale: float) -> None:
    from .shapes import draw_lines

    if not person.is_chosen or person.frame != number:
        return
    x, y = frame.to_region(np.array((person.x, person.y)))
    reach = 9.0 * scale
    cross = [((x - reach, y), (x + reach, y)), ((x, y - reach), (x, y + reach))]
    draw_lines(np.array(cross), 4.0 * scale, _SHADE)
    draw_lines(np.array(cross), 2.0 * scale, _PIN)


def _draw_words(
    number: int, film: ShownFilm, picture: SeenPicture | None, frame: Frame, scale: float
) -> None:
    """Which picture it is, and whether somebody was found there."""
    words = translated(f"Picture {number + 1} of {film.frame_count}")
    if picture is not None:
        words = f"{words}   {translated(SEEN_WORDS[picture.seen])}"
    blf.size(0, _TEXT_PX * scale)
    blf.enable(0, blf.SHADOW)
    blf.shadow(0, 3, 0.0, 0.0, 0.0, 0.9)
    blf.color(0, 1.0, 1.0, 1.0, 1.0)
    blf.position(0, frame.left + _MARGIN_PX * scale, frame.bottom + _MARGIN_PX * scale, 0.0)
    blf.draw(0, words)
    blf.disable(0, blf.SHADOW)
