"""Edits of motion in the scene: read what a character does, write what became of it.

``read`` and ``write`` belong on the main thread; ``EditJob.run`` between them touches no Blender
data and may run on any thread.
"""

from __future__ import annotations

from collections.abc import Sequence

import bpy

from ...blender.keys.options import ResultOptions
from ...blender.keys.undo import Undo
from ...core.editing.edited import Edited
from ...core.inference.choice import ModelChoice
from .choice import EditChoice
from .job import EditJob
from .written import CAPABILITY, WrittenEdit

__all__ = ["CAPABILITY", "read", "write"]


def read(
    context: bpy.types.Context, choice: EditChoice, models: ModelChoice | None = None
) -> EditJob:
    """Read a character's motion from the scene, and check all of it; changes nothing.

    Args:
        context: whose scene.
        choice: what the user chose.
        models: where the models lie and how to run them.

    Raises:
        InputError: something chosen cannot be used; says what and what to do.
    """
    raise NotImplementedError


def write(
    context: bpy.types.Context,
    job: EditJob,
    edited: Sequence[Edited],
    options: ResultOptions | None = None,
    undo: Undo | None = None,
) -> WrittenEdit:
    """Write an edit: a layer, an action or a strip; on any error nothing is changed.

    Args:
        context: whose scene.
        job, edited: what was made of it.
        options: how it is written; None for what the job says.
        undo: how to take everything back is registered here, for when something after this fails.

    Raises:
        InputError: the character is gone or cannot be animated any more.
    """
    raise NotImplementedError
