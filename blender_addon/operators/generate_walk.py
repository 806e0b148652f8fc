"""Generate Walk: on a worker thread with progress and Esc, or at once for scripts."""

from __future__ import annotations

import bpy

from ..core.errors import Cancelled, NeuralMotionError
from ..preferences import model_choice
from ..properties import reason_not_to_walk, walk_settings
from ..scene.walk import Walk, WalkJob, read_walk, write_walk
from .background import BackgroundTask

_TIMER_S = 0.05


class NEURALMOTION_OT_generate_walk(bpy.types.Operator):
    """Let the character walk along the path, as keyframes in a new action from this frame on"""

    bl_idname = "neural_motion.generate_walk"
    bl_label = "Generate Walk"
    bl_options = {"REGISTER", "UNDO"}

    _task: BackgroundTask[Walk] | None = None
    _timer: bpy.types.Timer | None = None
    _job: WalkJob | None = None

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = reason_not_to_walk(context)
        if reason is not None:
            cls.poll_message_set(reason)
        return reason is None

    def execute(self, context: bpy.types.Context) -> set[str]:
        """All at once: from scripts and in background mode."""
        try:
            job = self._read(context)
            self._write(context, job, job.run())
        except NeuralMotionError as error:
            return self._fail(error)
        return {"FINISHED"}

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """From the button: the work goes to a thread, and ``modal`` waits for it."""
        try:
            self._job = self._read(context)
        except NeuralMotionError as error:
            return self._fail(error)
        self._task = BackgroundTask(self._job.run)
        manager = context.window_manager
        self._timer = manager.event_timer_add(_TIMER_S, window=context.window)
        manager.modal_handler_add(self)
        manager.progress_begin(0.0, 1.0)
        manager.neural_motion.running = True
        context.workspace.status_text_set("Generating walk …   Esc: cancel")
        _redraw_sidebars(context)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Every event waits here until the walk is done: nothing may change under it."""
        if event.type == "ESC" and event.value == "PRESS":
            self.cancel(context)
            self.report({"INFO"}, "Cancelled; nothing was changed")
            return {"CANCELLED"}
        if event.type == "TIMER":
            self._show_progress(context)
            if self._task.finished:
                return self._finish(context)
        return {"RUNNING_MODAL"}

    def cancel(self, context: bpy.types.Context) -> None:
        """Esc, or Blender is about to close or load another file."""
        if self._task is not None:
            self._task.cancel()
        self._clean_up(context)

    def _finish(self, context: bpy.types.Context) -> set[str]:
        self._clean_up(context)
        try:
            self._write(context, self._job, self._task.result())
        except NeuralMotionError as error:
            return self._fail(error)
        return {"FINISHED"}

    def _clean_up(self, context: bpy.types.Context) -> None:
        manager = context.window_manager
        if self._timer is not None:
            manager.event_timer_remove(self._timer)
            self._timer = None
        manager.progress_end()
        manager.neural_motion.running = False
        manager.neural_motion.progress = 0.0
        if context.workspace is not None:
            context.workspace.status_text_set(None)
        _redraw_sidebars(context)

    def _show_progress(self, context: bpy.types.Context) -> None:
        part = self._task.progress
        context.window_manager.progress_update(part)
        context.window_manager.neural_motion.progress = part
        context.workspace.status_text_set(f"Generating walk: {part:.0%}   Esc: cancel")
        _redraw_sidebars(context)

    def _read(self, context: bpy.types.Context) -> WalkJob:
        job = read_walk(context, walk_settings(context.scene), model_choice(context))
        for warning in job.rig.warnings:
            self.report({"WARNING"}, warning)
        return job

    def _write(self, context: bpy.types.Context, job: WalkJob, walk: Walk) -> None:
        written = write_walk(context, job, walk)
        count = written.last_frame - written.first_frame + 1
        shown = context.scene.neural_motion
        shown.last_result = (
            f"{count} frames, {walk.clip.duration_s:.1f} s, {job.path.length_m:.1f} m"
        )
        shown.last_provider = _describe_provider(walk)
        self.report({"INFO"}, f"'{written.action_name}': {shown.last_result}")
        if not walk.result.reached_end:
            self.report({"WARNING"}, "The end of the path was not reached in the time expected")

    def _fail(self, error: NeuralMotionError) -> set[str]:
        self.report({"INFO"} if isinstance(error, Cancelled) else {"ERROR"}, str(error))
        return {"CANCELLED"}


def _describe_provider(walk: Walk) -> str:
    """What ran and how long, and after a semicolon each why something wanted did not."""
    reasons = walk.provider_report.split("; ")[1:]
    lines = [f"Ran on {walk.provider} in {walk.compute_s:.1f} s", *reasons]
    return "; ".join(lines).replace("ExecutionProvider", "")


def _redraw_sidebars(context: bpy.types.Context) -> None:
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()
