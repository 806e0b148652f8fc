"""What a tracker sees, picture by picture: told on its thread, drawn on Blender's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import bpy
import numpy as np

from ....core.conventions import Floats
from ....core.video.points import joint_confidence, joints_of
from ....core.video.request import VideoResult
from ....core.video.tracked import Seen, TrackedPerson
from ..solved import solved_of

UNSURE: Final = 0.5
"""Joints below this confidence are drawn as guessed."""


@dataclass(frozen=True, eq=False)
class SeenPicture:
    """The fourteen joints in one picture.

    Args:
        joints_px: (14, 2), pixels of the picture.
        guessed: (14,) bool, hidden or in doubt.
        seen: whether anybody was there.
    """

    joints_px: Floats
    guessed: np.ndarray
    seen: Seen


@dataclass(eq=False)
class Watched:
    """What was seen so far while a tracker goes on."""

    pictures: dict[int, SeenPicture] = field(default_factory=dict)
    last: int | None = None

    def tell(self, number: int, points_px: Floats, visibility: Floats, seen: Seen) -> None:
        """Keep what was seen in a picture; any thread may call it."""
        self.pictures[number] = seen_picture(points_px, visibility, seen)
        self.last = number


def seen_picture(points_px: Floats, visibility: Floats, seen: Seen) -> SeenPicture:
    """The joints of (33, 2) landmarks of (33,) visibility."""
    confidence = joint_confidence(visibility)
    guessed = (confidence < UNSURE) | (seen != Seen.FOUND)
    return SeenPicture(joints_of(points_px), guessed, seen)


_running: Final[dict[int, Watched]] = {}


def watch(armature: bpy.types.Object) -> Watched:
    """Begin to watch a tracker that works for a character."""
    return _running.setdefault(armature.session_uid, Watched())


def stop_watching() -> None:
    """No tracker is at work any more."""
    _running.clear()


def watched(armature: bpy.types.Object) -> Watched | None:
    """What the tracker at work for a character has seen; None if none is."""
    return _running.get(armature.session_uid)


def picture_of(armature: bpy.types.Object, number: int) -> SeenPicture | None:
    """What was found in a picture of a character's film; None if it was not looked at.

    Args:
        armature: of the character.
        number: of the picture, counted from 0.
    """
    running = watched(armature)
    if running is not None:
        return running.pictures.get(number)
    kept = solved_of(armature)
    return None if kept is None else _of_result(kept.result, number)


def _of_result(result: VideoResult, number: int) -> SeenPicture | None:
    tracked: TrackedPerson = result.tracked
    at = number - tracked.first_frame
    if not 0 <= at < tracked.frame_count:
        return None
    seen = Seen(int(tracked.seen[at]))
    return seen_picture(tracked.points_px[at], tracked.visibility[at], seen)
