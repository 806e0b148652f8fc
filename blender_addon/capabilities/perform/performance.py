"""A performance under way: part after part, taken back as a whole if one fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import bpy

from ...blender.face.shape_keys import armature_of
from ...blender.jobs.last_result import keep_result
from ...blender.jobs.stale import remember
from ...blender.keys.undo import Undo
from ...blender.sound.choice import read_sound
from ...blender.sound.sequencer import Voice, add_to_sequencer
from ...blender.timeline import end_kept, playhead_kept, unseen_frames
from ...blender.unkeyed import PosedValues
from ...core.errors import REPORTED, Cancelled, SettingsError
from ...core.jobs import Outcome
from ...core.notes import Note, told_of
from ..package import Cue, Written
from .cues import Taking
from .depends import made_from
from .job import PerformJob
from .properties import performing
from .scene import Step, failed, read, steps_of, write

Cast = Sequence[tuple[bpy.types.Object, Cue, Taking]]
"""Who performs what with which parts."""


class Performance:
    """Reads, is given what came of it, writes, and goes on to the next part.

    Args:
        context: whose scene.
        cast: each character once.

    Raises:
        SettingsError: nothing can take part; says why.
    """

    def __init__(self, context: bpy.types.Context, cast: Cast) -> None:
        self._context, self._cast = context, cast
        self._steps = steps_of(cast)
        if not self._steps:
            raise SettingsError(_why_nothing(cast))
        self._undo = Undo()
        self._held = PosedValues(armature_of(who) or who for who, *_ in cast)
        self._job: PerformJob | None = None
        self._written: list[tuple[Step, Written]] = []
        self._outcomes: list[Outcome[Any]] = []

    def begin(self) -> PerformJob:
        """The first job; cues are taken into the parts' own panels."""
        end_kept(self._context.scene, self._undo)

        def adopt_and_read() -> PerformJob:
            for step in self._steps:
                step.part.adopt(self._context, step.character, step.cue, self._undo)
            return self._read()

        return self._or_taken_back(adopt_and_read)

    def go_on(self, result: Callable[[], Outcome[Any]]) -> PerformJob | None:
        """Write what came of the job, and read the next one; None if that was the last.

        Args:
            result: gives the outcome of the job, or raises what it raised.
        """

        def write_and_read() -> PerformJob | None:
            self._write(result)
            if len(self._written) < len(self._steps):
                return self._read()
            return None

        return self._or_taken_back(write_and_read)

    def take_back(self) -> None:
        """Leave the scene as it was before the performance."""
        with playhead_kept(self._context.scene):
            self._undo.close()
        self._held.set_again()

    def accept(self) -> tuple[str, tuple[str, ...]]:
        """All is well: keep the results, and let the voices be heard.

        Returns:
            What is told, and notes and warnings.
        """
        self._undo.accept()
        told: list[str] = []
        for character, cue, taking in self._cast:
            notes = (*self._notes(character, cue, taking), *self._let_be_heard(character, cue))
            shown = performing(character)
            done = Outcome(
                None,
                tuple(dict.fromkeys(model for each in self._outcomes for model in each.models)),
                sum(each.compute_s for each in self._outcomes),
            )
            keep_result(shown, self._line(character, cue), done.describe(), notes)
            remember(shown, made_from(self._context.scene, shown.id_data))
            told += told_of(character.name, notes) if len(self._cast) > 1 else notes
        return "; ".join(self._brief(*each[:2]) for each in self._cast), tuple(told)

    @property
    def written(self) -> tuple[str, ...]:
        """Names of the actions and layers that got keys."""
        return tuple(name for _, each in self._written for name in each.names)

    @property
    def providers(self) -> str:
        """What the networks ran on."""
        return ", ".join(dict.fromkeys(each.providers for each in self._outcomes if each.models))

    def _read(self) -> PerformJob:
        self._job = read(self._context, self._steps[len(self._written)])
        return self._job

    def _write(self, result: Callable[[], Outcome[Any]]) -> None:
        step, job = self._steps[len(self._written)], self._job
        if job is None:
            raise RuntimeError("nothing was read that could be written")
        try:
            outcome = result()
        except Cancelled:
            raise
        except REPORTED as error:
            raise failed(step, error) from error
        self._written.append((step, write(self._context, job, outcome, step, self._undo)))
        self._outcomes.append(outcome)

    def _or_taken_back(self, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except BaseException:
            self.take_back()
            raise

    def _of(self, character: bpy.types.Object) -> list[tuple[Step, Written]]:
        return [each for each in self._written if each[0].character == character]

    def _brief(self, character: bpy.types.Object, cue: Cue) -> str:
        titles = ", ".join(step.part.title for step, _ in self._of(character))
        return f"'{character.name}': {titles}, frames {cue.first_frame} to {cue.last_frame}"

    def _line(self, character: bpy.types.Object, cue: Cue) -> str:
        titles = ", ".join(step.part.title for step, _ in self._of(character))
        details = [f"{step.part.title}: {each.summary}" for step, each in self._of(character)]
        first = f"{titles}, frames {cue.first_frame} to {cue.last_frame}"
        return "; ".join((first, *(each.replace("; ", ", ") for each in details)))

    def _notes(self, character: bpy.types.Object, cue: Cue, taking: Taking) -> tuple[str, ...]:
        left_out = [_left_out(title, why) for title, why in taking.left_out.items()]
        told = [
            text
            for step, each in self._of(character)
            for text in told_of(step.part.title, each.notes)
        ]
        unseen = unseen_frames(self._context.scene, cue.first_frame, cue.last_frame)
        return tuple(dict.fromkeys((*left_out, *told, *([unseen] if unseen else []))))

    def _let_be_heard(self, character: bpy.types.Object, cue: Cue) -> tuple[str, ...]:
        """Put the chosen files of the voices into the sequencer, where they are heard."""
        chosen, told = performing(character), list[str]()
        asked = (
            (chosen, cue.sound, character),
            (chosen.partner_sound, cue.partner_sound, cue.partner or character),
        )
        for group, sound, owner in asked:
            if sound.source != "FILE" or not group.add_to_sequencer:
                continue
            placed = read_sound(self._context.scene, sound, cue.first_frame)
            if placed is not None:
                voice = Voice(owner.name, sound.path, placed.start_frame, placed.end_frame)
                told += add_to_sequencer(self._context, voice)
        return tuple(told)


def _left_out(title: str, why: str) -> str:
    text = f"{title} is left out: {why}"
    return Note(text) if isinstance(why, Note) else text


def _why_nothing(cast: Cast) -> str:
    """What to say where no part can take part."""
    reasons = [f"{title}: {why}" for _, _, taking in cast for title, why in taking.left_out.items()]
    if not reasons:
        return "no part is ticked. Tick what is to be performed"
    return f"nothing can be performed. {'. '.join(reasons)}"
