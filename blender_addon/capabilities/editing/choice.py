"""What the user chose of an edit of a character's motion, as the scene is read by it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

import bpy

from ...blender.keys.options import ResultOptions
from ...core.settings import Seeded


class Edit(Enum):
    """What is done to a motion."""

    FILL = "FILL"
    CLEAN = "CLEAN"
    RESTYLE = "RESTYLE"
    CONNECT = "CONNECT"
    LOOP = "LOOP"
    VARY = "VARY"
    FOLLOW = "FOLLOW"

    @property
    def keeps_time(self) -> bool:
        """Whether every frame stays where it was, so that a layer can hold the difference.

        Restyle keeps it as long as its timing is left alone; the result says so.
        """
        return self in (Edit.FILL, Edit.CLEAN, Edit.RESTYLE, Edit.VARY)


@dataclass(frozen=True, eq=False, kw_only=True)
class EditChoice(Seeded):
    """What the user chose for one character.

    Args:
        armature: whose motion it is.
        edit: what is done to it.
        settings: the settings dataclass of that edit.
        frame_range: first and last frame that may change; None for all that plays. Of Fill: the
            first and the last frame that are filled.
        bones: only these change; empty for all.
        gaps_over: of Fill: every gap of more frames than this between keys of the active action,
            instead of ``frame_range``.
        reference: of Restyle: name of an action, or of an NLA strip of the character.
        reference_armature: whose the reference is; None for the character's own.
        first, second: of Connect: names of two NLA strips of the character, or of two actions.
        path: of Fill and Follow: a curve that the hips follow.
        variants: how many results by seed, of Fill and Vary.
        missing: of Clean: bones of the rig whose keys are not to be believed.
        result: how it is written; None for the usual of that edit: a layer where every frame stays
            where it was, else a new action.
    """

    armature: bpy.types.Object | None
    edit: Edit
    settings: Any
    frame_range: tuple[int, int] | None = None
    bones: tuple[str, ...] = ()
    gaps_over: int | None = None
    reference: str = ""
    reference_armature: bpy.types.Object | None = None
    first: str = ""
    second: str = ""
    path: bpy.types.Object | None = None
    variants: int = 1
    missing: tuple[str, ...] = ()
    result: ResultOptions | None = None
