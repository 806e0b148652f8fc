"""Reads the pictures of a film one after the other, however long it is, on Blender's own thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final

import bpy
import numpy as np

from ...core.errors import FilmError
from ...core.film.facts import FilmFacts, Picture
from ..keys.keyframes import MAX_FRAME
from .reading_scene import rendered
from .unseen import no_picture_left

LONGEST_SIDE_PX: Final = 1280
"""Larger films are scaled down to this while they are decoded: networks look at 256 pixels."""
_MOST_AT_ONCE: Final = 16
_MOST_BYTES: Final = 12 << 20
"""Of pictures that are decoded at once: few, for Blender's window waits meanwhile."""
_TURNS: Final = {0: 0, 90: -1, 180: 2, 270: 1}
"""Quarter turns as NumPy counts them, counter-clockwise."""


@dataclass(frozen=True, eq=False)
class Reel:
    """A film as Blender's sequencer plays it.

    Args:
        made: given the first and the last picture that will be asked for, gives a scene of our own
            that plays them and the frame that shows picture 0, and takes the scene away again.
        size_px: width and height as Blender decodes it, before it is turned.
        turn_deg: by which it is then turned clockwise.
        is_cut_off: the file ends early: Blender repeats its last picture from there on.
        block: so many pictures a scene plays at most.
        fits: given the scene and a frame that was just rendered, whether its picture has the size
            that it should have; None where all have.
    """

    made: Callable[[int, int], AbstractContextManager[tuple[bpy.types.Scene, int]]]
    size_px: tuple[int, int]
    turn_deg: int = 0
    is_cut_off: bool = False
    block: int = MAX_FRAME
    fits: Callable[[bpy.types.Scene, int], bool] | None = None


class SequencerReader:
    """Reads pictures by letting Blender's sequencer play them.

    Args:
        facts: of the film.
        reel: how it is played.
    """

    def __init__(self, facts: FilmFacts, reel: Reel) -> None:
        self.facts = facts
        self.unread = 0
        """Pictures so far that are not there or cannot be decoded."""
        self._reel = reel

    def pictures(self, first: int, last: int) -> Iterator[Picture | None]:
        """Pictures from one to another, both included, counted from 0; None where one is missing.

        The scene that plays them is there until the last one was asked for, or until this is
        closed.

        Raises:
            FilmError: there are no such pictures, or none can be decoded now.
        """
        if not 0 <= first <= last < self.facts.frame_count:
            raise FilmError(
                f"{self.facts.name} has pictures 0 to {self.facts.frame_count - 1}; asked for were "
                f"{first} to {last}. Choose a part of the film"
            )
        before: Picture | None = None
        for start in range(first, last + 1, self._reel.block):
            end = min(start + self._reel.block - 1, last)
            with no_picture_left(), self._reel.made(start, end) as (scene, zero):
                for picture in self._played(scene, zero, start, end):
                    shown = None if self._repeats(before, picture) else picture
                    before = picture if picture is not None else before
                    self.unread += shown is None
                    yield shown

    def _played(
        self, scene: bpy.types.Scene, zero: int, first: int, last: int
    ) -> Iterator[Picture | None]:
        """A few pictures at a time, without those that are known to be missing."""
        width, height = self._reel.size_px
        at_once = max(1, min(_MOST_AT_ONCE, _MOST_BYTES // (8 * width * height)))
        missing, at = self.facts.missing, first
        while at <= last:
            if at in missing:
                yield None
                at += 1
                continue
            end = at
            while end < min(last, at + at_once - 1) and end + 1 not in missing:
                end += 1
            shown = rendered(scene, zero + at, zero + end, self.facts.name)
            for frame, each in enumerate(shown, zero + at):
                usable = each is not None and self._fits(scene, frame)
                yield self._turned(each) if each is not None and usable else None
            at = end + 1

    def _fits(self, scene: bpy.types.Scene, frame: int) -> bool:
        return self._reel.fits is None or self._reel.fits(scene, frame)

    def _turned(self, picture: Picture) -> Picture:
        quarters = _TURNS[self._reel.turn_deg]
        return np.ascontiguousarray(np.rot90(picture, quarters)) if quarters else picture

    def _repeats(self, before: Picture | None, picture: Picture | None) -> bool:
        """Whether a picture of a file that is cut off is only the last that could be decoded."""
        if not self._reel.is_cut_off or before is None or picture is None:
            return False
        return np.array_equal(before, picture)


def turned_size(size_px: tuple[int, int], turn_deg: int) -> tuple[int, int]:
    """Width and height after a turn by a multiple of 90 degrees."""
    return size_px if turn_deg % 180 == 0 else (size_px[1], size_px[0])
