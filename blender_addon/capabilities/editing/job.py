"""An edit between reading the scene and writing it: no Blender data, so any thread runs it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ...blender.keys.options import DEFAULT_LAYER, ResultOptions
from ...blender.rig.take import Take
from ...core.conventions import Bools, Floats
from ...core.editing.edited import Edited
from ...core.inference.choice import ModelChoice
from ...core.jobs import OnProgress, Outcome, Progress, RanModel
from ...core.motion.clip import MotionClip
from .choice import Edit
from .editors import kept_within


class Editor(Protocol):
    """What makes the edits of a job; ``opening.open_editor`` gives the one of its kind."""

    def edit(self, job: EditJob, progress: Progress) -> tuple[Edited, ...]: ...


@dataclass(frozen=True, eq=False, kw_only=True)
class EditJob:
    """Everything that an edit needs, read from the scene; holds no Blender data.

    Args:
        edit, settings, seed, variants: as in EditChoice.
        take: what is edited; of Connect the first of two.
        second: of Connect.
        span: first and last frame of animation that may change.
        is_part: more of the motion than that was read, which stays.
        known: of Fill, (T, 23) what stays: the hips' place, then the 22 joints.
        missing: of Clean, (T, 23) what is not to be believed; None for nothing.
        joints: (22,) which joints may change; None for all.
        bones: the only ones that get keys; empty for all.
        reference: of Restyle, whose style it takes.
        path: (T, 3) of Fill, or (N, 3) of Follow: where the hips go, core axes, metres of the
            common skeleton.
        options: how it is written.
        models: where the models lie and how to run them.
        notes: what is good to know about what was read.
    """

    edit: Edit
    settings: Any
    take: Take
    span: tuple[int, int]
    is_part: bool = False
    second: Take | None = None
    known: Bools | None = None
    missing: Bools | None = None
    joints: Bools | None = None
    bones: Sequence[str] = ()
    reference: MotionClip | None = None
    path: Floats | None = None
    seed: int = 0
    variants: int = 1
    options: ResultOptions = DEFAULT_LAYER
    models: ModelChoice = field(default_factory=ModelChoice)
    notes: tuple[str, ...] = ()

    def run(
        self,
        on_progress: Progress | OnProgress | None = None,
        *,
        editor: Editor | None = None,
    ) -> Outcome[tuple[Edited, ...]]:
        """Make the edit, as often as there are variants.

        Args:
            on_progress: given how much is done; may cancel.
            editor: another than the one of the chosen models.

        Raises:
            Cancelled: the job was cancelled.
            NeuralMotionError: the motion cannot be edited so, or a model cannot be used.
        """
        started, progress = time.perf_counter(), Progress.of(on_progress)
        models: tuple[RanModel, ...] = ()
        if editor is None:
            from .opening import open_editor

            editor, models = open_editor(self.edit, self.models, progress.cancellation)
        edited = tuple(kept_within(self, each) for each in editor.edit(self, progress))
        progress(1.0)
        return Outcome(edited, models, time.perf_counter() - started)
