"""Watches the characters whose walk is to follow, a few dozen times a second.

A timer looks, for panels may only read. In background mode no timer runs: scripts call ``tick``.
"""

from __future__ import annotations

import logging
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Final

import bpy

from .states import clear_states, set_state

if TYPE_CHECKING:
    from ..job import Pipeline
    from .follower import Follower

_EVERY_S: Final = 0.05
_RUNNING_EVERY_S: Final = 0.01
_NOBODY_EVERY_S: Final = 0.25
_LIST_EVERY_S: Final = 1.0
_REST: Final = 4.0
"""Idle looks take a fifth of the time at the most, however large the ground is …"""
_LONGEST_REST_S: Final = 0.2
"""… and are never further apart than this."""
_STEP: Final = "Auto Update Walk"

_logger = logging.getLogger(__name__)


class Watch:
    """Everybody who is followed.

    Args:
        threaded: whether runs go on threads of their own.
        pipeline: another than the one of the chosen model.
    """

    def __init__(self, *, threaded: bool = True, pipeline: Pipeline | None = None) -> None:
        self._threaded, self._pipeline = threaded, pipeline
        self._followers: dict[int, Follower] = {}
        self._names: list[str] = []
        self._listed_s = self._looked_s = float("-inf")
        self.steps = 0

    def tick(self, context: bpy.types.Context, now_s: float) -> float:
        """Look at everybody, begin, cancel and write; seconds until the next look.

        Args:
            context: of the window that is worked in.
            now_s: any clock that does not go back.
        """
        from . import hindrances
        from .machine import Do

        running = [each for each in self._followers.values() if each.machine.is_running]
        if running and now_s - self._looked_s < _EVERY_S and not all(f.finished for f in running):
            return _RUNNING_EVERY_S
        self._looked_s = now_s
        armatures = self._armatures(now_s)
        self._forget(armatures)
        if not armatures:
            return _NOBODY_EVERY_S
        moving, own_undo = hindrances.is_moving(context), hindrances.has_own_undo(context)
        due = []
        for armature in armatures:
            follower = self._follower(armature)
            waits = hindrances.hindrance(context, armature)
            done = follower.look(context, armature, now_s, waits, moving, own_undo)
            if done is Do.WRITE:
                due.append((armature, follower))
            set_state(armature, follower.machine.state, follower.machine.is_waiting)
        running = [f for f in self._followers.values() if f.machine.is_running]
        if due and len(due) == len(running):  # all of one pause together: one step
            self._write(context, due, now_s, own_undo)
            return _EVERY_S
        return _RUNNING_EVERY_S if running else _EVERY_S

    def undone(self) -> None:
        """Something was undone or redone."""
        self._listed_s = float("-inf")
        for follower in self._followers.values():
            follower.machine.undone()

    def stop(self) -> None:
        """Let go of everybody."""
        for follower in self._followers.values():
            follower.cancel()
        self._followers.clear()
        self._names, self._listed_s = [], float("-inf")
        clear_states()

    def _write(
        self, context: bpy.types.Context, due: list[Any], now_s: float, own_undo: bool
    ) -> None:
        written = [follower.write(context, armature, now_s) for armature, follower in due]
        for armature, follower in due:
            set_state(armature, follower.machine.state, follower.machine.is_waiting)
        if any(written) and not own_undo:
            bpy.ops.ed.undo_push(message=_STEP)
            self.steps += 1
        _redraw(context)

    def _follower(self, armature: bpy.types.Object) -> Follower:
        from .follower import Follower

        uid = armature.session_uid
        if uid not in self._followers:
            self._followers[uid] = Follower(threaded=self._threaded, pipeline=self._pipeline)
        return self._followers[uid]

    def _armatures(self, now_s: float) -> list[bpy.types.Object]:
        """Who is to be followed. All objects are looked through only now and then."""
        scene = bpy.context.scene
        if now_s - self._listed_s >= _LIST_EVERY_S:
            self._listed_s = now_s
            self._names = [each.name for each in scene.objects if each.type == "ARMATURE"]
        found = (scene.objects.get(name) for name in self._names)
        return [
            each
            for each in found
            if each is not None and each.type == "ARMATURE" and each.neural_motion.walk.auto_update
        ]

    def _forget(self, armatures: list[bpy.types.Object]) -> None:
        present = {each.session_uid for each in armatures}
        for uid in self._followers.keys() - present:
            self._followers.pop(uid).cancel()


_watch = Watch()
_warned: set[str] = set()


def look() -> float:
    """The timer's function."""
    context = bpy.context
    manager = context.window_manager
    if manager is None or context.scene is None or not len(manager.windows):  # a file is loading
        return _NOBODY_EVERY_S
    try:
        window = next((w for w in manager.windows if w.scene == context.scene), manager.windows[0])
        with context.temp_override(window=window) if window is not None else nullcontext():
            began_s = time.monotonic()
            wait_s = _watch.tick(context, began_s)
            return next_look(wait_s, time.monotonic() - began_s)
    except Exception as error:  # noqa: BLE001 - a timer that raises is never called again
        _warn_once(error)
    return _NOBODY_EVERY_S


def next_look(wait_s: float, took_s: float) -> float:
    """Seconds until the next look, where one was to come after some and the last took others."""
    if wait_s < _EVERY_S:  # somebody waits for a run
        return wait_s
    return max(wait_s, min(_REST * took_s, _LONGEST_REST_S))


def _warn_once(error: Exception) -> None:
    if str(error) not in _warned:
        _warned.add(str(error))
        expected = isinstance(error, ReferenceError)  # something went away, as when a file loads
        _logger.warning("Auto Update waits: %s", error, exc_info=not expected)


@bpy.app.handlers.persistent
def _on_undo(*_given: Any) -> None:
    _watch.undone()


@bpy.app.handlers.persistent
def _on_load(*_given: Any) -> None:
    _watch.stop()


def _redraw(context: bpy.types.Context) -> None:
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            area.tag_redraw()


def register() -> None:
    """Begin to watch, where there is somebody to see it."""
    handlers = bpy.app.handlers
    for each, function in (
        (handlers.undo_post, _on_undo),
        (handlers.redo_post, _on_undo),
        (handlers.load_pre, _on_load),
    ):
        each.append(function)
    if not bpy.app.background:
        bpy.app.timers.register(look, first_interval=_NOBODY_EVERY_S, persistent=True)


def unregister() -> None:
    """Watch no more."""
    if bpy.app.timers.is_registered(look):
        bpy.app.timers.unregister(look)
    handlers = bpy.app.handlers
    for each, function in (
        (handlers.undo_post, _on_undo),
        (handlers.redo_post, _on_undo),
        (handlers.load_pre, _on_load),
    ):
        if function in each:
            each.remove(function)
    _watch.stop()
