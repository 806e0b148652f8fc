"""What ``jobs scan`` finds in a shot; a command may suggest what to do with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import bpy

from ..blender.sound.choice import SoundChoice
from ..capabilities.package import Cue, Role


@dataclass(frozen=True)
class Found:
    """Of the file that is open.

    Args:
        character: the chosen one, or the only one.
        sound: a file that belongs to the shot; None without.
        curve: that the character could walk along; None where there is none, or several.
    """

    character: bpy.types.Object
    sound: Path | None = None
    curve: bpy.types.Object | None = None

    @property
    def cue(self) -> Cue:
        """What the character would perform; a part of a performance knows whether it can."""
        scene = bpy.context.scene
        sound = SoundChoice("FILE", path=str(self.sound)) if self.sound else SoundChoice()
        return Cue(Role.SPEAKER, scene.frame_start, scene.frame_end, sound=sound)
