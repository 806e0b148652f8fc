"""A desk whose pictures are for the manual: tidy, cropped, kept under stable names."""

from __future__ import annotations

import math
import shutil
import subprocess
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import bpy
import clicks
from mathutils import Euler, Quaternion, Vector

ADDON = "bl_ext.user_default.neural_motion"
_WIDER = 90  # pixels: room for names that the usual sidebar cuts off
_SENSOR_BY_LENS = 2.0 * 36.0 / 50.0  # millimetres; the 3D view's own: twice a camera's sensor
_SOUNDS = Path(__file__).resolve().parents[1] / "demos" / "sounds"
_UNDER_EYES = 0.03  # metres: the middle of a face
_FROM_AHEAD = Euler((1.5, 0.0, 0.35))
_ROUND_CORNER = 4  # pixels at the bottom of every area

Waits = clicks.Waits


class Album(clicks.Desk):
    """One window for pictures.

    Args:
        ui: what drives the window.
        name: of the script.
        opened: panels, as in NEURALMOTION_PT_…, that are open from the start, all others closed;
            None leaves each as the add-on wants it.
    """

    def __init__(self, ui: Any, name: str, opened: Collection[str] | None) -> None:
        # Translucent regions would show the scene through the panels.
        bpy.context.preferences.system.use_region_overlap = False
        if opened is not None:
            _open_from_the_start(opened)
        for unwanted in ("Cube", "Light", "Camera"):
            bpy.data.objects.remove(bpy.data.objects[unwanted])
        super().__init__(ui, name)

    def open_wide_tab(self) -> Waits:
        """Show the add-on's tab in a sidebar in which names fit."""
        yield from self.open_tab()
        region = self.ui.region(self.ui.area())
        y = self.ui.window.height - region.y - region.height // 3
        yield from self._drag(region.x - 1, y, region.x - _WIDER, y)
        view = self.ui.area().spaces.active
        view.show_region_toolbar = False
        view.overlay.show_bones = False  # from afar those of fingers and face are black hands
        self.leave()
        yield 0.5

    def panel(self, title: str) -> Waits:
        """Keep a picture of the sidebar; what is empty below the panels is cut off later."""
        yield from self._settle()
        self.keep(title, self.ui.region(self.ui.area()))

    def view(self, title: str, height: int) -> Waits:
        """Keep a picture of the middle of the 3D view, without its sidebar."""
        yield from self._settle()
        region = self.ui.region(self.ui.area(), "WINDOW")
        self.keep(title, region, height, (region.height - height) // 2)

    def area(self, title: str, height: int, *, is_lower: bool = False) -> Waits:
        """Keep a picture of the upper part of the 3D view with its sidebar, or of the lower."""
        yield from self._settle()
        area = self.ui.area()
        below = area.height - _ROUND_CORNER - height if is_lower else 0
        self.keep(title, area, height, below)

    def look(
        self,
        at: tuple[float, float, float],
        distance: float,
        euler: Euler,
        height: int | None = None,
    ) -> None:
        """Turn the 3D view so that this place is in the middle of its upper rows (of all)."""
        area = self.ui.area()
        region, view = self.ui.region(area, "WINDOW"), area.spaces.active.region_3d
        turn = euler.to_quaternion()
        back = Vector((0.0, 0.0, distance))
        eye = Vector(at) + turn @ back
        if height is not None:
            below = 0.5 * (area.height - height) / max(region.width, region.height)
            turn @= Quaternion((1.0, 0.0, 0.0), -math.atan(below * _SENSOR_BY_LENS))
        view.view_rotation, view.view_distance = turn, distance
        view.view_location = eye - turn @ back

    def look_at_face(self, distance: float) -> None:
        """Turn the 3D view to the face of who was added first, with nothing lit up in it."""
        for each in bpy.data.objects:
            each.select_set(False)
        eyes = [bpy.data.objects[clicks.CHARACTER].pose.bones[f"eye.{side}"] for side in "LR"]
        middle = 0.5 * (eyes[0].head + eyes[1].head)
        self.look((middle.x, middle.y, middle.z - _UNDER_EYES), distance, _FROM_AHEAD)

    def run(self, operator: str, **values: Any) -> Waits:
        """Do at once what an operator's button does, with these values of its properties."""
        area = self.ui.area()
        with bpy.context.temp_override(
            window=self.ui.window, area=area, region=self.ui.region(area, "WINDOW")
        ):
            group, name = operator.split(".")
            getattr(getattr(bpy.ops, group), name)("EXEC_DEFAULT", **values)
        yield 0.5

    def sound_beside_file(self, name: str) -> str:
        """Save the file with a sound of the demo beside it; its path fits in a field then."""
        folder = Path(bpy.app.tempdir)
        shutil.copy(_SOUNDS / name, folder)
        bpy.ops.wm.save_as_mainfile(filepath=str(folder / "scene.blend"))
        return f"//{name}"

    def _drag(self, x: int, y: int, to_x: int, to_y: int) -> Waits:
        """So slowly that Blender sees each step: it takes hold of an edge only then."""
        self.ui.move(x, y)
        yield 0.3
        subprocess.run(("xdotool", "mousedown", "1"), check=True, timeout=60)
        for part in (0.7, 1.0):
            yield 0.2
            self.ui.move(x + part * (to_x - x), y + part * (to_y - y))
        yield 0.2
        subprocess.run(("xdotool", "mouseup", "1"), check=True, timeout=60)
        yield 0.6

    def _settle(self) -> Waits:
        """No button is lit up under the mouse, and all is drawn."""
        self.leave()
        yield 0.4
        self.ui.area().tag_redraw()
        yield 0.6

    def keep(
        self,
        title: str,
        part: bpy.types.Region | bpy.types.Area,
        height: int | None = None,
        below: int = 0,
        beside: int = 0,
    ) -> None:
        """Keep a picture of a part of the window.

        Args:
            title: its name.
            part: of the window.
            height: rows; None for all.
            below, beside: rows and columns that are left out before.
        """
        top = self.ui.window.height - part.y - part.height
        corner = (part.x + beside, top + below)
        size = (part.width - beside, height or part.height - _ROUND_CORNER)
        self.ui.shot(str(clicks.SHOTS / "pictures" / f"{title}.png"), (*corner, *size))


def _open_from_the_start(opened: Collection[str]) -> None:
    """Register the panels again with other defaults: Blender asks for them once."""
    panels = sys.modules[f"{ADDON}.capabilities"]
    names = [name for name in dir(bpy.types) if name.startswith("NEURALMOTION_PT_")]
    classes = [getattr(bpy.types, name) for name in names]
    panels.unregister()
    for each in classes:
        options = set(getattr(each, "bl_options", ())) - {"DEFAULT_CLOSED"}
        each.bl_options = options if each.__name__ in opened else options | {"DEFAULT_CLOSED"}
    panels.register()


def start(
    steps: Callable[[Album], Waits], name: str, opened: Collection[str] | None = None
) -> None:
    """Run the steps in the window, then end Blender."""
    import rbgui

    rbgui.drive(lambda ui: steps(Album(ui, name, opened)))
