"""What was tracked lately: solving again with other pins or settings need not look at the film."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Final

from ...core.video.tracked import TrackedPerson

_MOST_FRAMES: Final = 400_000
"""Of all together, about 1.6 kB each."""
_kept: OrderedDict[Hashable, TrackedPerson] = OrderedDict()
_lock = Lock()


def tracked_before(key: Hashable) -> TrackedPerson | None:
    """What was tracked of this; None if that is not known any more.

    Args:
        key: film, part of it, person, quality and models.
    """
    with _lock:
        found = _kept.get(key)
        if found is not None:
            _kept.move_to_end(key)
        return found


def keep_tracked(key: Hashable, tracked: TrackedPerson) -> None:
    """Keep what was tracked; what was longest not asked for makes room.

    Args:
        key: film, part of it, person, quality and models.
        tracked: what a tracker gave.
    """
    with _lock:
        _kept[key] = tracked
        _kept.move_to_end(key)
        while len(_kept) > 1 and sum(each.frame_count for each in _kept.values()) > _MOST_FRAMES:
            _kept.popitem(last=False)
