"""What operators that change settings of the chosen character have in common."""

from __future__ import annotations

from typing import Any

import bpy

from ...blender.translation import translated
from ...blender.ui.reporting import report
from ...core.errors import REPORTED, in_words
from .chosen import reason_without_armature


class ChangesCharacter:
    """Mix-in of operators on the chosen character's settings of one capability.

    Whoever uses it names ``settings_of`` and ``change``.
    """

    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def reason(cls, context: bpy.types.Context) -> str | None:
        """Why it is greyed out, in the user's words; None if it is not."""
        return reason_without_armature(context)

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether it can be pressed; else the tooltip says why."""
        reason = cls.reason(context)
        if reason is not None:
            cls.poll_message_set(translated(reason))  # type: ignore[attr-defined]
        return reason is None

    @staticmethod
    def settings_of(context: bpy.types.Context) -> Any:
        """The chosen character's settings."""
        raise NotImplementedError

    def change(self, context: bpy.types.Context, chosen: Any) -> None:
        """What the operator does."""
        raise NotImplementedError

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Change the settings, or say why not."""
        try:
            self.change(context, self.settings_of(context))
        except REPORTED as error:
            report(self, {"ERROR"}, in_words(error))  # type: ignore[arg-type]
            return {"CANCELLED"}
        return {"FINISHED"}
