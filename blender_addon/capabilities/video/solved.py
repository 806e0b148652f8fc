"""What was found in films in this session, kept in memory: to be shown, and to be solved again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import bpy

from ...core.video.camera import FilmCamera
from ...core.video.request import VideoResult


@dataclass(frozen=True, eq=False)
class Solved:
    """What was found of one character's person.

    Args:
        result: what the pipeline gave.
        camera: of the film, in the scene, where the character is now; None where that is unknown.
    """

    result: VideoResult
    camera: FilmCamera | None = None


_kept: Final[dict[int, Solved]] = {}


def keep(armature: bpy.types.Object, kept: Solved) -> None:
    """Keep what was found for a character, in place of what was kept before."""
    _kept[armature.session_uid] = kept


def solved_of(armature: bpy.types.Object) -> Solved | None:
    """What was found for a character last; None if nothing was, or in an earlier session."""
    return _kept.get(armature.session_uid)


def forget_all() -> None:
    """Another file was loaded, or the extension is switched off."""
    _kept.clear()
