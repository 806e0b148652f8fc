"""One character that is followed: its runs, read and written on the main thread."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import bpy

from ....blender.jobs.background import BackgroundTask
from ....blender.keys.result_properties import action_options
from ....blender.models.preferred import model_choice
from ....core.errors import REPORTED, in_words, shortened
from ....core.jobs import Outcome
from .. import scene as walk_scene
from ..applying import tell_walk, write_walk
from ..job import Pipeline, Walk, WalkJob
from ..properties import walk_settings_of
from .machine import AutoUpdate, Do, Seen
from .take import followed, key_now, start_of_followed, why_kept

MEASURED_AFTER_S = 0.6
"""How long nothing may happen before the rig is looked at on many frames: it takes a moment."""


class Follower:
    """Keeps the walk of one armature up to date.

    Args:
        threaded: whether runs go on a thread of their own; else they are done at once.
        pipeline: another than the one of the chosen model.
    """

    def __init__(self, *, threaded: bool = True, pipeline: Pipeline | None = None) -> None:
        self.machine = AutoUpdate()
        self._threaded, self._pipeline = threaded, pipeline
        self._job: WalkJob | None = None
        self._task: BackgroundTask[Outcome[Walk]] | None = None
        self._ending: list[BackgroundTask[Outcome[Walk]]] = []
        self._outcome: Outcome[Walk] | None = None
        self._unmeasured: tuple[WalkJob, Outcome[Walk], Any] | None = None
        self._written_s = 0.0

    def look(
        self,
        context: bpy.types.Context,
        armature: bpy.types.Object,
        now_s: float,
        waits: str,
        moving: bool,
        own_undo: bool,
    ) -> Do:
        """What is to be done; a run that is due has been begun, one that is outdated is told to
        stop. What is to be written is left to ``write``.
        """
        made, why_not = followed(armature)
        seen = Seen(
            key_now(context, armature), made, why_not or waits, moving, self.finished, own_undo
        )
        if made is not None and seen.key == made:
            seen = replace(seen, waits="")
        done = self.machine.look(now_s, seen)
        if done is Do.CANCEL:
            self.cancel()
        elif done is Do.START:
            self._begin(context, armature)
        elif done is Do.NOTHING and not (moving or waits or self.machine.is_running):
            self._measure(context, armature, now_s)
        return done

    def write(self, context: bpy.types.Context, armature: bpy.types.Object, now_s: float) -> bool:
        """Write what ran; whether anything was written."""
        job, shown = self._job, armature.neural_motion.walk
        try:
            outcome = self._task.result() if self._task is not None else self._outcome
            if kept := why_kept(armature, action_options(shown.result)):
                self.machine.stop(kept)
                return False
            written = write_walk(context, shown, job, outcome)
        except REPORTED as error:
            self.machine.stop(f"Waits: {in_words(error)}")
            return False
        except Exception as error:
            self.machine.stop(f"Waits: {shortened(error)}")  # else it would be tried for ever
            raise
        finally:
            self._task = self._job = self._outcome = None
        tell_walk(context, shown, job, outcome, written, measured=False)
        self._unmeasured, self._written_s = (job, outcome, written), now_s
        self.machine.written()
        return True

    def cancel(self) -> None:
        """Tell a run to stop, without waiting for it."""
        if self._task is not None:
            self._task.cancel(0.0)
            self._ending.append(self._task)
        self._task = self._job = self._outcome = None

    @property
    def finished(self) -> bool:
        """Whether what is to be written has been generated."""
        return self._outcome is not None or (self._task is not None and self._task.finished)

    def _begin(self, context: bpy.types.Context, armature: bpy.types.Object) -> None:
        self._unmeasured = None
        options = action_options(armature.neural_motion.walk.result)
        if kept := why_kept(armature, options):
            self.machine.stop(kept)
            return
        try:
            settings = walk_settings_of(context, armature)
            if settings.start_frame is None:
                settings = replace(settings, start_frame=start_of_followed(armature))
            settings = replace(settings, replaces=options, while_edited=True)
            self._job = walk_scene.read(context, settings, model_choice(context))
            run = partial(self._job.run, pipeline=self._pipeline)
            if self._threaded:
                self._task = BackgroundTask(run)
            else:
                self._outcome = run()
        except REPORTED as error:
            self.machine.stop(f"Waits: {in_words(error)}")
        except Exception as error:
            self.machine.stop(f"Waits: {shortened(error)}")
            raise

    def _measure(
        self, context: bpy.types.Context, armature: bpy.types.Object, now_s: float
    ) -> None:
        """Say how exactly the rig shows the walk, once nobody is waiting for anything."""
        if self._unmeasured is None or now_s - self._written_s < MEASURED_AFTER_S:
            return
        job, outcome, written = self._unmeasured
        self._unmeasured = None
        tell_walk(context, armature.neural_motion.walk, job, outcome, written)
