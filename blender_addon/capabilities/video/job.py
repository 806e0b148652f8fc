"""A film's way between reading the scene and writing it: any thread may run it."""

from __future__ import annotations

from dataclasses import dataclass

from ...core.errors import FilmError
from ...core.jobs import OnProgress, Outcome, Progress
from ...core.motion.clip import MotionClip
from ...core.video.request import VideoResult


@dataclass(frozen=True, eq=False)
class VideoMotion:
    """A finished motion, ready to be written.

    Args:
        clip: of the character's skeleton at the scene's frame rate, in the world.
        result: what the pipeline gave.
    """

    clip: MotionClip
    result: VideoResult


@dataclass(frozen=True, eq=False)
class VideoJob:
    """Everything that one character needs, read from the scene."""

    notes: tuple[str, ...] = ()

    def run(self, on_progress: Progress | OnProgress | None = None) -> Outcome[VideoMotion]:
        """Find the person, and bring the motion to this rig.

        Raises:
            FilmError: the film cannot be used.
        """
        raise FilmError("films cannot be read yet")
