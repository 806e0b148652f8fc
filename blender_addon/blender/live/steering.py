"""What every operator does that lets somebody be steered, by keys or towards the mouse."""

from __future__ import annotations

import time
from typing import Any, ClassVar, Final

import bpy
from bpy_extras import view3d_utils
from mathutils import Vector

from ...core.conventions import MODEL_FRAME_RATE_HZ
from ...core.errors import REPORTED, in_words
from ..timeline import stop_playback
from ..translation import translated
from ..ui.reporting import report
from ..units import metres_per_unit
from .driven import Driven, drive_profile
from .follow import Follower
from .overlay import DriveOverlay, Seen

_AHEAD: Final = {
    "W": (0, 1), "UP_ARROW": (0, 1), "S": (0, -1), "DOWN_ARROW": (0, -1),
    "A": (-1, 0), "LEFT_ARROW": (-1, 0), "D": (1, 0), "RIGHT_ARROW": (1, 0),
}  # fmt: skip
_KEYS: Final = {
    "UP_ARROW": "W", "DOWN_ARROW": "S", "LEFT_ARROW": "A", "RIGHT_ARROW": "D",
    "LEFT_SHIFT": "SHIFT", "RIGHT_SHIFT": "SHIFT",
}  # fmt: skip
_LIFT_M: Final = 0.006  # at a person's size: footprints lie so far above the ground
_FASTER: Final = ("LEFT_SHIFT", "RIGHT_SHIFT")
_KEEP: Final = ("RET", "NUMPAD_ENTER", "SPACE")
_VIEWING: Final = ("MIDDLEMOUSE", "WHEELUPMOUSE", "WHEELDOWNMOUSE", "TRACKPADPAN", "TRACKPADZOOM")
_MOST_AT_ONCE: Final = 30  # half a second: a viewport that draws slowly still keeps real time
_ARRIVED_M: Final = 0.25  # at a person's size


class DrivesLive:
    """Mix-in of an operator that lets somebody be driven; either it is kept, or taken back.

    Whoever uses it has a property ``profile`` and names ``reason``, ``begin``, ``keep``,
    ``settings`` and ``speeds``.
    """

    help_text: ClassVar[str]
    faster_text: ClassVar[str]

    profile: str
    _timer: bpy.types.Timer | None = None
    _drive: Driven

    @staticmethod
    def reason(context: bpy.types.Context) -> str | None:
        """Why it is greyed out, in the user's words; None if it is not."""
        raise NotImplementedError

    def begin(self, context: bpy.types.Context) -> Driven:
        """Who is driven from now on; raises an InputError, with nothing changed."""
        raise NotImplementedError

    def keep(self, context: bpy.types.Context, driven: Any) -> None:
        """Write what was driven, and tell of it."""
        raise NotImplementedError

    @staticmethod
    def settings(context: bpy.types.Context) -> Any:
        """A group with ``toward_mouse``, ``follow`` and ``footprints``."""
        raise NotImplementedError

    @staticmethod
    def speeds(context: bpy.types.Context) -> tuple[float, float]:
        """Without and with Shift, in Blender units a second."""
        raise NotImplementedError

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether it can be pressed; the button's tooltip says why not."""
        reason = cls.reason(context)
        if reason is not None:
            cls.poll_message_set(translated(reason))  # type: ignore[attr-defined]
        return reason is None

    def execute(self, context: bpy.types.Context) -> set[str]:
        """From scripts and in background mode: along a profile."""
        try:
            drive = self._started_drive(context)
        except REPORTED as error:
            report(self, {"ERROR"}, in_words(error))
            return {"CANCELLED"}
        try:
            drive_profile(drive, self.profile)
            self.keep(context, drive)
        except REPORTED as error:
            drive.revert()
            report(self, {"ERROR"}, in_words(error))
            return {"CANCELLED"}
        except Exception:
            drive.revert()
            raise
        return {"FINISHED"}

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """From the button: in the viewport, until it is kept or taken back."""
        if self.profile:
            return self.execute(context)
        if context.region_data is None and _view_of(context) is None:
            report(self, {"ERROR"}, "There is no 3D viewport to drive in. Open one")
            return {"CANCELLED"}
        try:
            self._drive = self._started_drive(context)
        except REPORTED as error:
            report(self, {"ERROR"}, in_words(error))
            return {"CANCELLED"}
        self._held: set[str] = set()
        self._target: Vector | None = None
        self._mouse_held = False
        self._started, self._done = time.perf_counter(), 0
        self._follower = Follower(self._drive.place)
        self._overlay = DriveOverlay(self._seen(context))
        manager = context.window_manager
        self._timer = manager.event_timer_add(1.0 / MODEL_FRAME_RATE_HZ, window=context.window)
        manager.modal_handler_add(self)
        manager.neural_motion.running = manager.neural_motion.driving = True
        context.workspace.status_text_set(translated(self.help_text))
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Each event, until it ends."""
        try:
            return self._take(context, event)
        except REPORTED as error:
            self.cancel(context)
            report(self, {"ERROR"}, in_words(error))
            return {"CANCELLED"}
        except Exception:
            self.cancel(context)  # whatever went wrong, the animation that was put aside comes back
            raise

    def cancel(self, context: bpy.types.Context) -> None:
        """Esc, or Blender is about to close or load another file."""
        self._clean_up(context)
        self._drive.revert()

    def _take(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if event.type in _VIEWING:
            return {"PASS_THROUGH"}
        if event.type == "ESC" and event.value == "PRESS":
            self.cancel(context)
            report(self, {"INFO"}, "Taken back; nothing was changed")
            return {"CANCELLED"}
        if event.type in _KEEP and event.value == "PRESS":
            self._clean_up(context)
            self.keep(context, self._drive)
            return {"FINISHED"}
        if event.type in _AHEAD or event.type in _FASTER:
            change = self._held.discard if event.value == "RELEASE" else self._held.add
            change(event.type)
        elif event.type in ("MOUSEMOVE", "LEFTMOUSE"):
            self._follow_mouse(context, event)
        elif event.type == "TIMER":
            self._catch_up(context)
        return {"RUNNING_MODAL"}

    def _started_drive(self, context: bpy.types.Context) -> Driven:
        stop_playback(context)
        return self.begin(context)

    def _follow_mouse(self, context: bpy.types.Context, event: bpy.types.Event) -> None:
        if event.type == "LEFTMOUSE":
            self._mouse_held = event.value == "PRESS"
        desired = self._mouse_held or self.settings(context).toward_mouse
        self._target = self._ground_under(context, event) if desired else None

    def _ground_under(self, context: bpy.types.Context, event: bpy.types.Event) -> Vector | None:
        """Where the ray of the mouse meets the level on which the character stands."""
        view = _view_of(context)
        if view is None:
            return None
        region, data = view
        at = (event.mouse_x - region.x, event.mouse_y - region.y)
        origin = view3d_utils.region_2d_to_origin_3d(region, data, at)
        way = view3d_utils.region_2d_to_vector_3d(region, data, at)
        if abs(way.z) < 1e-6:
            return None
        distance = (self._drive.place[2] - origin.z) / way.z
        return origin + distance * way if distance > 0 else None

    def _catch_up(self, context: bpy.types.Context) -> None:
        """As many steps as real time has gone on; what was missed in a long pause is let go."""
        due = int((time.perf_counter() - self._started) * MODEL_FRAME_RATE_HZ) - self._done
        if due <= 0:
            return
        self._done += due
        self._drive.advance(self._desired(context), min(due, _MOST_AT_ONCE))
        view = _view_of(context)
        if view is not None and self.settings(context).follow:
            self._follower.follow(view[1], self._drive.place, due / MODEL_FRAME_RATE_HZ)
        self._overlay.seen = self._seen(context)
        seconds, pace = self._drive.seconds, self._drive.steps_per_second
        told = translated(f"{seconds:.1f} s   {pace:.0f} steps/s"), translated(self.help_text)
        context.workspace.status_text_set("   ".join(told))
        for area in context.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()

    def _seen(self, context: bpy.types.Context) -> Seen:
        """What the viewport shows of driving now."""
        view, prints = _view_of(context), self.settings(context).footprints
        return Seen(
            region=None if view is None else view[0].as_pointer(),
            held=frozenset(_KEYS.get(key, key) for key in self._held),
            footprints=tuple(self._drive.footprints) if prints else (),
            lift=_LIFT_M * self._drive.units_per_metre,
            faster=self.faster_text,
        )

    def _desired(self, context: bpy.types.Context) -> tuple[float, float]:
        slow, fast = self.speeds(context)
        hurries = any(key in self._held for key in _FASTER)
        speed = (fast if hurries else slow) * metres_per_unit(context.scene)
        keys = Vector((0.0, 0.0))
        for key in self._held:
            keys += Vector(_AHEAD.get(key, (0, 0)))
        if keys.length:
            way = _in_view(context, keys)
        elif self._target is not None:
            off = self._target.xy - Vector(self._drive.place[:2])
            way = (
                off if off.length > _ARRIVED_M * self._drive.units_per_metre else Vector((0.0, 0.0))
            )
        else:
            return 0.0, 0.0
        way = way.normalized() * speed
        return way.x, way.y

    def _clean_up(self, context: bpy.types.Context) -> None:
        view = _view_of(context)
        if view is not None:
            self._follower.go_back(view[1])
        self._overlay.remove()
        manager = context.window_manager
        if self._timer is not None:
            manager.event_timer_remove(self._timer)
            self._timer = None
        manager.neural_motion.running = manager.neural_motion.driving = False
        if context.workspace is not None:
            context.workspace.status_text_set(None)


def _view_of(
    context: bpy.types.Context,
) -> tuple[bpy.types.Region, bpy.types.RegionView3D] | None:
    """The window region of the 3D viewport that is driven in, and its view."""
    areas = [context.area] if context.area and context.area.type == "VIEW_3D" else []
    areas += [a for a in context.screen.areas if a.type == "VIEW_3D"] if context.screen else []
    for area in areas:
        region = next((r for r in area.regions if r.type == "WINDOW"), None)
        if region is not None:
            return region, area.spaces.active.region_3d
    return None


def _in_view(context: bpy.types.Context, keys: Vector) -> Vector:
    """Direction on the ground that the keys mean in this view: W is away from the viewer."""
    view = _view_of(context)
    if view is None:
        return keys
    turn = view[1].view_rotation
    ahead = (turn @ Vector((0.0, 0.0, -1.0))).xy
    if ahead.length < 0.1:  # seen from above, up in the window is ahead
        ahead = (turn @ Vector((0.0, 1.0, 0.0))).xy
    ahead.normalize()
    right = Vector((ahead.y, -ahead.x))
    return ahead * keys.y + right * keys.x
