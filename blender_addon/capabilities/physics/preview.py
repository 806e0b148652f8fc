"""Draws the simulated figure in the 3D views while it is simulated, where the character will be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy
import numpy as np

from ...blender.axes import core_to_blender_points
from ...core.conventions import Floats
from ...core.maths.rotations import quaternion_rotate
from ...core.physics.clip_poses import body_positions, body_rotations
from ...core.physics.figure import BODY_NAMES, PARTS

if TYPE_CHECKING:
    from .obstacles import IntoFigure

_LINE_PX: Final = 5.0
_RIM_PX: Final = 8.0
_COLOUR: Final = (1.0, 0.62, 0.15, 1.0)
_RIM: Final = (0.05, 0.05, 0.05, 0.55)
_TRAIL: Final = (1.0, 0.62, 0.15, 0.5)
_EVERY: Final = 6
"""Frames from one point of the hips' trail to the next."""
_ENDS: Final = {
    "head": (0.0, 0.27, 0.03), "left_forearm": (0.0, -0.33, 0.0),
    "right_forearm": (0.0, -0.33, 0.0), "left_toe": (0.0, -0.01, 0.07),
    "right_toe": (0.0, -0.01, 0.07),
}  # fmt: skip
"""Where limbs end, in their last body."""


def limbs_of(pose: Floats) -> Floats:
    """(L, 2, 3) ends of the lines that show a pose (45,) of the figure, core axes, its metres."""
    turns = body_rotations(pose)
    places = body_positions(pose, turns)
    lines = [(places[BODY_NAMES.index(each.parent)], places[n]) for n, each in enumerate(PARTS, 1)]
    for name, end in _ENDS.items():
        body = BODY_NAMES.index(name)
        lines.append((places[body], places[body] + quaternion_rotate(turns[body], np.array(end))))
    return np.array(lines)


class Preview:
    """Shows the latest pose until it is removed.

    Args:
        into: the way from the scene into the figure's size.
    """

    def __init__(self, into: IntoFigure) -> None:
        self._into = into
        self._latest: tuple[int, Floats] | None = None
        self._trail: list[Floats] = []
        self._drawn: int | None = None
        self._handler: Any = None
        if not bpy.app.background:
            add = bpy.types.SpaceView3D.draw_handler_add
            self._handler = add(self._draw, (), "WINDOW", "POST_VIEW")

    def tell(self, frame: int, pose: Floats) -> None:
        """Keep a pose that became final; any thread may call it."""
        if frame % _EVERY == 0:
            self._trail.append(np.array(pose[:3], np.float64))
        self._latest = frame, np.array(pose, np.float64)

    def redraw(self) -> None:
        """Let every 3D view be drawn anew, if there is a pose that was not drawn yet."""
        latest = self._latest
        if latest is None or latest[0] == self._drawn:
            return
        self._drawn = latest[0]
        _redraw_views()

    def remove(self) -> None:
        """Draw no more."""
        if self._handler is not None:
            bpy.types.SpaceView3D.draw_handler_remove(self._handler, "WINDOW")
            self._handler = None
            _redraw_views()

    def lines(self) -> tuple[Floats, Floats]:
        """(L, 2, 3) the figure and (N, 3) the way of its hips, in the scene; empty before any."""
        latest = self._latest
        if latest is None:
            return np.zeros((0, 2, 3)), np.zeros((0, 3))
        trail = np.array([*self._trail, latest[1][:3]])
        return self._in_scene(limbs_of(latest[1])), self._in_scene(trail)

    def _in_scene(self, places: Floats) -> Floats:
        there = self._into.origin + self._into.ratio * places
        return np.asarray(core_to_blender_points(there) / self._into.unit_m)

    def _draw(self) -> None:
        import gpu

        figure, trail = self.lines()
        if not len(figure):
            return
        gpu.state.depth_test_set("NONE")
        gpu.state.blend_set("ALPHA")
        steps = np.stack((trail[:-1], trail[1:]), axis=1)
        for lines, width, colour in (
            (steps, 2.0, _TRAIL), (figure, _RIM_PX, _RIM), (figure, _LINE_PX, _COLOUR),
        ):  # fmt: skip
            draw_lines(lines, width, colour)
        gpu.state.blend_set("NONE")


def draw_lines(lines: Floats, width_px: float, colour: tuple[float, ...]) -> None:
    """Draw lines (L, 2, 3) of the scene in the 3D view that is drawn."""
    import gpu
    from gpu_extras.batch import batch_for_shader

    if not len(lines):
        return
    region, scale = bpy.context.region, bpy.context.preferences.system.ui_scale
    shader = gpu.shader.from_builtin("POLYLINE_UNIFORM_COLOR")
    places = np.asarray(lines, np.float32).reshape(-1, 3)
    batch = batch_for_shader(shader, "LINES", {"pos": places})
    shader.bind()
    shader.uniform_float("viewportSize", (region.width, region.height))
    shader.uniform_float("lineWidth", width_px * scale)
    shader.uniform_float("color", colour)
    batch.draw(shader)


def _redraw_views() -> None:
    for window in bpy.context.window_manager.windows if bpy.context.window_manager else ():
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                for region in area.regions:
                    if region.type == "WINDOW":
                        region.tag_redraw()
