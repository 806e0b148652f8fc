"""What was seen picture by picture becomes one person's track.

What only the whole track tells is put right here: somebody seen for a picture or two between
empty ones was nobody; a person missed for a moment was there; left and right do not change places
for a moment.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...conventions import Bools
from ...errors import FilmError
from ...film.facts import FilmFacts
from ...maths.segments import Segments
from ..points import joints_of, torso_length
from ..tracked import Seen, TrackedPerson
from .follower import Glimpse
from .swaps import undo_swaps

_LONE_FRAMES: Final = 3
"""Fewer pictures than that in a row are a mistake of the detector."""
_HIDDEN_FRAMES: Final = 8
"""So many pictures in a row a person may be missed and still have been there."""
_HIDDEN_TORSOS: Final = 1.5
"""So far, in torsos, somebody may go meanwhile."""
_SIZE_FRAMES: Final = 12
_MOST_SIZE: Final = 1.4
"""Of the circle's size within so many pictures."""
_BEHIND_FRAMES: Final = 30
_BEHIND_TORSOS: Final = 4.0
"""The same for whoever goes behind somebody else."""


def assemble(glimpses: list[Glimpse], facts: FilmFacts, first_frame: int) -> TrackedPerson:
    """One person's track.

    Args:
        glimpses: of every picture, in order.
        facts: of the film.
        first_frame: of the film, which the first glimpse is of.

    Returns:
        The track.

    Raises:
        FilmError: nobody was seen at all.
    """
    seen = np.array([int(each.seen) for each in glimpses], np.uint8)
    _drop_misfits(seen, glimpses)
    _drop_lone(seen)
    if not seen.any():
        if all(each.is_unread for each in glimpses):
            raise FilmError(
                f"none of {len(glimpses)} pictures of {facts.name} can be read; check that the "
                "files are there and whole"
            )
        raise FilmError(
            f"nobody was found in {len(glimpses)} pictures of {facts.name}; choose a part in which "
            "a person is seen from head to foot, large and bright enough"
        )
    arrays = _Arrays(glimpses, seen)
    arrays.bridge(seen, np.array([each.is_hidden for each in glimpses]))
    undone = undo_swaps(arrays.points, arrays.visibility, arrays.world, seen)
    return TrackedPerson(
        first_frame=first_frame,
        frame_rate_hz=facts.frame_rate_hz,
        size_px=facts.size_px,
        points_px=arrays.points,
        visibility=arrays.visibility,
        presence=arrays.presence,
        world_m=arrays.world,
        seen=seen,
        crops_px=arrays.crops,
        notes=[*_unread(glimpses, facts, first_frame), *_notes(seen, undone)],
    )


def _drop_misfits(seen: NDArray[np.uint8], glimpses: list[Glimpse]) -> None:
    """Who is guessed at quite another size than soon before or after is not the person.

    Of a head that comes into the picture the network makes a small person.
    """
    sizes = np.array([
        np.nan if each.sighting is None else each.sighting.following.side_px for each in glimpses
    ])  # fmt: skip
    found = seen == Seen.FOUND
    for index in np.flatnonzero(seen == Seen.GUESSED):
        near = slice(max(0, index - _SIZE_FRAMES), index + _SIZE_FRAMES + 1)
        if not found[near].any():
            continue
        ratio = sizes[index] / np.median(sizes[near][found[near]])
        if not 1.0 / _MOST_SIZE < ratio < _MOST_SIZE:
            seen[index] = Seen.EMPTY


def _drop_lone(seen: NDArray[np.uint8]) -> None:
    there = Segments.of(len(seen)).spans(seen != Seen.EMPTY)
    for start, end in zip(there.starts, there.stops, strict=True):
        if end - start < _LONE_FRAMES and end - start < len(seen):
            seen[start:end] = Seen.EMPTY


class _Arrays:
    """The numbers of a track."""

    def __init__(self, glimpses: list[Glimpse], seen: NDArray[np.uint8]) -> None:
        count = len(glimpses)
        self.points = np.full((count, 33, 2), np.nan)
        self.visibility = np.zeros((count, 33))
        self.presence = np.zeros(count)
        self.world = np.full((count, 33, 3), np.nan)
        self.crops = np.full((count, 4), np.nan)
        for index in np.flatnonzero(seen != Seen.EMPTY):
            sighting = glimpses[index].sighting
            if sighting is None:
                continue
            self.points[index], self.world[index] = sighting.points_px, sighting.world_m
            self.visibility[index] = sighting.visibility
            self.presence[index] = sighting.presence
            self.crops[index] = sighting.crop.as_row()

    def bridge(self, seen: NDArray[np.uint8], hidden: Bools) -> None:
        """Fill in short gaps between two places that one person may have gone between.

        Args:
            seen: (T,) values of ``Seen``; changed in place.
            hidden: (T,) where somebody else stood before the person.
        """
        gaps = Segments.of(len(seen)).spans(seen == Seen.EMPTY)
        for start, end in zip(gaps.starts, gaps.stops, strict=True):
            if start == 0 or end == len(seen):
                continue
            # Whoever walks behind somebody is gone for longer, and goes farther meanwhile.
            behind = bool(hidden[start:end].any())
            if end - start > (_BEHIND_FRAMES if behind else _HIDDEN_FRAMES):
                continue
            before, after = self.points[start - 1], self.points[end]
            moved = float(np.linalg.norm(np.median(after - before, axis=0)))
            farthest = _BEHIND_TORSOS if behind else _HIDDEN_TORSOS
            if moved > farthest * float(torso_length(joints_of(np.stack((before, after)))).max()):
                continue
            share = (np.arange(start, end) - (start - 1)) / (end - start + 1)
            for values in (self.points, self.world, self.crops):
                weight = share.reshape(-1, *[1] * (values.ndim - 1))
                values[start:end] = (1.0 - weight) * values[start - 1] + weight * values[end]
            seen[start:end] = Seen.GUESSED


def _unread(glimpses: list[Glimpse], facts: FilmFacts, first_frame: int) -> list[str]:
    """What is told of pictures that nobody knew to be missing before they were read."""
    known = range(first_frame, first_frame + len(glimpses))
    count = sum(each.is_unread for each in glimpses)
    count -= sum(number in facts.missing for number in known)
    if count < 1:
        return []
    told = (
        f"{count} of {len(glimpses)} pictures show nothing: they cannot be read, or have another "
        "size than the first. The motion is filled in there"
    )
    return [told]


def _notes(seen: NDArray[np.uint8], undone: int) -> list[str]:
    notes = []
    if empty := int((seen == Seen.EMPTY).sum()):
        notes.append(f"nobody in {empty} of {len(seen)} pictures")
    if guessed := int((seen == Seen.GUESSED).sum()):
        notes.append(f"hidden, cut off or in doubt in {guessed} of {len(seen)} pictures")
    if undone:
        notes.append(f"left and right were swapped back in {undone} pictures")
    return notes
