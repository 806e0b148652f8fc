"""What every Generate button does: a thread with progress and Esc, or at once for scripts."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable
from typing import Any, ClassVar, Final

import bpy

from ...core.errors import REPORTED, Cancelled, in_words
from ...core.jobs import Outcome
from ...core.notes import Note
from ..timeline import stop_playback
from ..translation import translated
from ..ui.reporting import report
from .background import BackgroundTask
from .state import tell_progress

_TIMER_S: Final = 0.05
_SLICE_S: Final = 0.04
"""So long the main thread prepares at a time, before Blender may draw."""


class ModalGenerate:
    """Mix-in for an operator that reads the scene, runs a job without Blender, writes the scene.

    The operator sets ``subject`` and offers ``reason``, ``read`` and ``write``, which report what
    the user should know. A job's ``run`` takes its progress and returns an outcome. One whose
    reading takes long does it bit by bit in ``prepare``, and says in ``prepares`` how much of the
    whole that is. One that goes on needing Blender while it runs gets it in ``attend``.
    """

    subject = "motion"
    prepares: ClassVar[float] = 0.0

    _task: BackgroundTask[Any] | None = None
    _bits: Generator[float, None, None] | None = None
    _prepared = 0.0
    _timer: bpy.types.Timer | None = None
    _shown = ""
    _job: Any = None

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether it can be pressed; the button's tooltip says why not."""
        reason = cls.reason(context)
        if reason is not None:
            cls.poll_message_set(translated(reason))  # type: ignore[attr-defined]
        return reason is None

    @staticmethod
    def reason(context: bpy.types.Context) -> str | None:
        """Why it is greyed out, in the user's words; None if it is not."""
        raise NotImplementedError

    def prepare(self, context: bpy.types.Context) -> Generator[float, None, None]:
        """Read what takes long, before ``read``; yields now and then how much is done, 0 … 1."""
        yield from ()

    def read(self, context: bpy.types.Context) -> Any:
        """The job, with everything it needs from the scene."""
        raise NotImplementedError

    def write(self, context: bpy.types.Context, job: Any, outcome: Outcome[Any]) -> None:
        """Put what came of the job into the scene."""
        raise NotImplementedError

    def attend(self, job: Any) -> None:
        """What a job under way needs of this thread: at each tick, for no longer than a moment."""

    def dismiss(self, job: Any) -> None:
        """A job has ended, or is to end at once: nobody attends to it any more."""

    def tell(self, texts: Iterable[str]) -> None:
        """Report warnings and notes, each at its level."""
        tell(self, texts)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """All at once: from scripts and in background mode."""
        stop_playback(context)
        try:
            for _ in self.prepare(context):
                pass
            job = self.read(context)
            self.write(context, job, job.run())
        except REPORTED as error:
            return self._fail(error)
        return {"FINISHED"}

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """From the button: the work goes to a thread, and ``modal`` waits for it."""
        stop_playback(context)
        try:
            self._bits = self.prepare(context)
            self._go_on(context)
        except REPORTED as error:
            return self._fail(error)
        manager = context.window_manager
        self._timer = manager.event_timer_add(_TIMER_S, window=context.window)
        manager.modal_handler_add(self)
        manager.progress_begin(0.0, 1.0)
        manager.neural_motion.running = True
        context.workspace.status_text_set(translated(f"Generating {self.subject} …   Esc: cancel"))
        _redraw_sidebars(context)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Every event waits here until the job is done: nothing may change under it."""
        if event.type == "ESC" and event.value == "PRESS":
            self.cancel(context)
            report(self, {"INFO"}, "Cancelled; nothing was changed")
            return {"CANCELLED"}
        if event.type == "TIMER":
            self._show_progress(context)
            if self._task is None:
                return self._prepare_on(context)
            if self._task.finished:
                return self._finish(context)
            self.attend(self._job)
        return {"RUNNING_MODAL"}

    def _prepare_on(self, context: bpy.types.Context) -> set[str]:
        try:
            self._go_on(context)
        except REPORTED as error:
            self._clean_up(context)
            return self._fail(error)
        return {"RUNNING_MODAL"}

    def _go_on(self, context: bpy.types.Context) -> None:
        """Prepare for a moment; once that is done, read, and begin the job."""
        until_s = time.monotonic() + _SLICE_S
        for part in self._bits or ():
            self._prepared = part
            if time.monotonic() > until_s:
                return
        self._job = self.read(context)
        self._task = BackgroundTask(self._job.run)

    def cancel(self, context: bpy.types.Context) -> None:
        """Esc, or Blender is about to close or load another file."""
        if self._task is not None:
            self.dismiss(self._job)
            self._task.cancel()
        if self._bits is not None:
            self._bits.close()
        self._clean_up(context)

    def _finish(self, context: bpy.types.Context) -> set[str]:
        self._clean_up(context)
        self.dismiss(self._job)
        try:
            self.write(context, self._job, self._task.result())
        except REPORTED as error:
            return self._fail(error)
        return {"FINISHED"}

    def _clean_up(self, context: bpy.types.Context) -> None:
        manager = context.window_manager
        if self._timer is not None:
            manager.event_timer_remove(self._timer)
            self._timer = None
        manager.progress_end()
        manager.neural_motion.running = False
        tell_progress(0.0)
        if context.workspace is not None:
            context.workspace.status_text_set(None)
        _redraw_sidebars(context)

    def _show_progress(self, context: bpy.types.Context) -> None:
        part = self.prepares * self._prepared
        if self._task is not None:
            part = self.prepares + (1.0 - self.prepares) * self._task.progress
        tell_progress(part)
        if self._shown == (shown := f"{part:.0%}"):
            return
        self._shown = shown
        context.window_manager.progress_update(part)
        context.workspace.status_text_set(
            translated(f"Generating {self.subject}: {shown}   Esc: cancel")
        )
        _redraw_sidebars(context)

    def _fail(self, error: BaseException) -> set[str]:
        report(self, {"INFO"} if isinstance(error, Cancelled) else {"ERROR"}, in_words(error))
        return {"CANCELLED"}


def tell(operator: Any, texts: Iterable[str]) -> None:
    """Let an operator report warnings and notes, each at its level."""
    for text in texts:
        report(operator, {"INFO" if isinstance(text, Note) else "WARNING"}, str(text))


def _redraw_sidebars(context: bpy.types.Context) -> None:
    """Not the views beside them: a heavy scene, drawn each time, would leave no time to work."""
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            for region in area.regions if area.type == "VIEW_3D" else ():
                if region.type == "UI":
                    region.tag_redraw()
